"""Places in a rewrite where an error can stand, and what it can borrow: shared by both sets of forms.

An error takes the sentences of a rewrite and gives them with one thing changed so that the parent no longer bears
it, or None where the text has no place for it.
"""

# ruff: noqa: E501, RUF001 - patterns that would be worse in pieces, and typographic quotes in them
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from rewrites_faithful import MONTHS
from rewrites_parents import GIVEN, Parent


class Pool(NamedTuple):
    """What an error can borrow: the parent itself and others of its kind."""

    parent: Parent
    others: list[Parent]


Error = Callable[[list[str], Random, Pool], list[str] | None]
Replace = Callable[[re.Match[str]], str | None]
NUMBER = r"(?<![\w.,/:#^_$–-])\$?(\d{1,3}(?:,\d{3})+|\d+)(?![\w/:^_-]|[.,]\d)"
_WHEN = "in|In|year|Since|since|until|by|By|from|From|during|of|between|and|since|to|after|After|before|late|early|around"
YEAR = "".join(
    (
        r"(?:",
        "|".join(f"(?<=\\b{w} )" for w in (*dict.fromkeys(_WHEN.split("|")), *MONTHS)),
        r"|(?<=\()|(?<=\d, )|(?<=\dth ))",
        r"(?:1[1-9]\d\d|20[0-2]\d)\b(?![\d,]*\d|[.:%]\d| ?[-+*/x×=] ?\d| [a-z]+s\b| (?:k?g|k?m|people|men|more)\b)(?!s)",
    )
)
NEGATED = re.compile(
    r"\b(?:not|no|never|cannot|nor|neither|without|none|nothing|hardly|unless|whether)\b|n['’]t\b"
)
AUX = r"(?:is|are|was|were|can|will|should|must|does|did|would)"
WORD_NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def sub(sentences: list[str], draw: Random, pattern: str, replace: Replace) -> list[str] | None:
    """One match of the pattern, by chance, as `replace` gives it; None where it gives nothing that differs."""
    places = [(at, m) for at, sentence in enumerate(sentences) for m in re.finditer(pattern, sentence)]
    draw.shuffle(places)
    for at, found in places:
        new = replace(found)
        if new is not None and new != found[0]:
            sentence = sentences[at][: found.start()] + new + sentences[at][found.end() :]
            return [*sentences[:at], sentence, *sentences[at + 1 :]]
    return None


def cased(old: str, new: str) -> str:
    return new[0].upper() + new[1:] if old[:1].isupper() else new


def table_sub(name: str, table: dict[str, str], barred: str = "") -> Error:
    """The error of that name, which changes one of the table's words into its other."""
    pattern = rf"(?i)(?<![-\w])(?<!more )(?<!most )(?<!less )(?<!not )(?<!as )(?:{'|'.join(sorted(table, key=len, reverse=True))})(?![-\w'’]){barred}"

    def error(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
        return sub(sentences, draw, pattern, lambda m: cased(m[0], table[m[0].lower()]))

    error.__name__ = name
    return error


def is_year(digits: str) -> bool:
    return bool(re.fullmatch(r"1\d{3}|20[0-4]\d", digits))


PERSON = re.compile(r"\b([A-Z][a-z]+)((?: [A-Z]\.)? (?:von |de |van )?[A-Z][a-z]+)\b")
NO_NAME = frozenset(
    (
        *MONTHS,
        *[
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
            "North",
            "South",
            "East",
            "West",
            "Northern",
            "Southern",
            "Eastern",
            "Western",
            "New",
            "Great",
            "The",
            "This",
            "That",
            "These",
            "It",
            "In",
            "On",
            "At",
            "And",
            "But",
            "He",
            "She",
            "They",
            "I",
            "A",
            "An",
            "If",
            "You",
            "We",
            "There",
            "Section",
            "Chapter",
            "Figure",
            "Table",
            "Appendix",
            "Note",
            "See",
            "Part",
            "Act",
            "English",
            "Latin",
            "Greek",
            "French",
            "German",
        ],
    )
)
IDENTIFIER = r"(?<![\w/.@-])[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*(?:_[a-z0-9]+|\.[a-z]{1,6}|\(\))(?![\w/@-])|(?<![\w.])/(?:[a-z]+/)+[a-z.]+\b|(?<=[a-z] )[A-Z][A-Z_]{3,}\b"

NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*(?![-'’])")


def persons(text: str) -> list[str]:
    return [m[0] for m in PERSON.finditer(text) if m[1] in GIVEN and m[2].split()[-1] not in NO_NAME]


def others_with(pool: Pool, draw: Random, find: Callable[[str], list[str]]) -> Iterator[str]:
    """Names of other parents, by chance, that the parent has not."""
    for _ in range(200):
        names = [name for name in find(draw.choice(pool.others).text) if name not in pool.parent.text]
        if names:
            yield draw.choice(names)


def put(sentences: list[str], draw: Random, new: str) -> list[str]:
    at = draw.randint(1, len(sentences))
    return [*sentences[:at], new, *sentences[at:]]
