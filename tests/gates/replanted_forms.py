"""What the forms of planted errors are made of.

A form is its name, a pattern, and what stands instead of a match: text, or a function of the match and
of the draw, which answers None where the match is no place for the error.
"""

import random
import re
from collections.abc import Callable

Match = re.Match[str]
Change = Callable[[Match, random.Random], str | None]
Form = tuple[str, str, str | Change]


def listed(text: str) -> list[str]:
    return text.split()


YEAR = re.compile(r"1[0-9]\d\d|20[0-2]\d")
MONTHS = listed("January February March April May June July August September October November December")
MONTH = "(?:" + "|".join(MONTHS) + ")"
COUNTS = listed(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty"
)


def _plain(words: str) -> str:
    """The same for `three-quarters` and `three quarters`, `one third` and `a third`."""
    return re.sub(r"^one\b", "a", words.lower().replace("-", " "))


def other(words: list[str]) -> Change:
    """Another one of the words, with the capital of what it replaces."""

    def pick(found: Match, draw: random.Random) -> str | None:
        old = found[0].lower()
        new = draw.choice([w for w in words if _plain(w) != _plain(old)])
        return (
            new.capitalize() if found[0][0].isupper() and found[0].lower() in map(str.lower, words) else new
        )

    return pick


def swapped(pattern: str) -> Change:
    """The two groups `a` and `b` change places."""

    def swap(found: Match, draw: random.Random) -> str | None:
        a, b = found["a"], found["b"]
        if a.lower() == b.lower() or bool(YEAR.fullmatch(a)) != bool(YEAR.fullmatch(b)):
            return None
        start = found.start()
        text = found[0]
        return (
            text[: found.start("a") - start]
            + b
            + text[found.end("a") - start : found.start("b") - start]
            + a
            + text[found.end("b") - start :]
        )

    return swap


def two(one: str, between: str = r"[^.;|\n]{3,60}?") -> tuple[str, Change]:
    pattern = rf"(?P<a>{one}){between}(?P<b>{one})"
    return pattern, swapped(pattern)


def _pairs(*pairs: str) -> tuple[str, dict[str, str]]:
    both: dict[str, str] = {}
    for pair in pairs:
        one, two = pair.split("/")
        both[one], both[two] = two, one
    return r"\b(?:" + "|".join(sorted(both, key=len, reverse=True)) + r")\b", both


def exchange(*pairs: str) -> tuple[str, Change]:
    pattern, both = _pairs(*pairs)

    def turn(found: Match, draw: random.Random) -> str:
        return both[found[0]]

    return pattern, turn
