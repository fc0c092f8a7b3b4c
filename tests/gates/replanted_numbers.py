"""Planted errors of numbers: digits, magnitudes, counts, ordinals, fractions, bounds, versions."""

import random
import re

from replanted_forms import COUNTS, Change, Form, Match, listed, other, two

_ORDINALS = listed("first second third fourth fifth sixth seventh eighth ninth tenth")
_NAMED = (
    r"(?<![A-Z]\w\w )(?<![A-Z]\w\w\w )(?<![A-Z]\w\w\w\w )(?<![A-Z]\w{5} )(?<![A-Z]\w{6} "
    r")(?<![A-Z]\w{7} )(?<!version )(?<!Version )(?<!section )(?<!No\. )"
)
_NUMBER = (
    rf"(?<=[a-z,($€£>] ){_NAMED}\d+(?:,\d\d\d)*(?:\.\d+)?(?![\d,.]*\d)(?!s\b|th\b|"
    rf"st\b|nd\b|rd\b|[-\u2013/)]|\]|°)"
)


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"1[0-9]\d\d|20[0-2]\d", text))


def _digit(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    if _is_year(text) or len(text.replace(",", "")) < 2:
        return None
    place = draw.choice(
        [n for n, c in enumerate(text) if c.isdigit() and not (n and n == len(text) - 1 and "." in text)]
    )
    new = draw.choice([d for d in "123456789" if abs(int(d) - int(text[place])) > 1])
    return text[:place] + new + text[place + 1 :]


def _transposed(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    places = [
        n
        for n in range(len(text) - 1)
        if text[n : n + 2].isdigit() and text[n] != text[n + 1] and text[n + 1] != "0"
    ]
    if _is_year(text) or not places:
        return None
    n = places[0]
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :]


def _times(factor: int) -> Change:
    def scale(found: Match, draw: random.Random) -> str | None:
        text = found[0]
        if _is_year(text) or "." in text or int(text.replace(",", "")) < 3:
            return None
        value = int(text.replace(",", ""))
        return f"{value * factor:,}" if factor > 1 and value * factor < 10**9 else None

    return scale


def _point(found: Match, draw: random.Random) -> str | None:
    whole, _, part = found[0].replace(",", "").partition(".")
    return f"{whole}{part[0]}.{part[1:]}" if len(part) > 1 else f"{whole}{part}" if whole != "0" else None


_PLURAL = r"(?= (?:[a-z-]+ )?[a-z]{3,}s\b)"
NUMBERS: list[Form] = [
    ("digit", _NUMBER, _digit),
    ("digits transposed", _NUMBER, _transposed),
    ("ten times", _NUMBER, _times(10)),
    ("a thousand times", _NUMBER, _times(1000)),
    ("decimal point moved", r"(?<=[a-z,($€£] )(?<!ection )(?<!version )\d+\.\d+(?![\d.]*\d)", _point),
    (
        "percentage",
        r"\b\d{1,2}(?:\.\d+)?(?=%| per ?cent)",
        lambda m, d: str(d.choice([n for n in range(3, 97, 7) if abs(n - float(m[0])) > 8])),
    ),
    (
        "percent to points",
        r"(?<=\d)(?:%| per ?cent)(?= (?:of|more|less|higher|lower|increase|decrease|in|for)\b)",
        " percentage points",
    ),
    ("counts in words", rf"\b(?:{'|'.join(COUNTS)})\b{_PLURAL}", other(COUNTS)),
    ("ordinals in words", rf"(?<=[Tt]he )(?:{'|'.join(_ORDINALS[1:])})\b(?= [a-z])", other(_ORDINALS)),
    ("first to another", r"(?<=[Tt]he )first\b(?= [a-z]+ (?:to|in|of|who|that)\b)", other(_ORDINALS[1:4])),
    (
        "millions and billions",
        r"(?<=\d )(?:million|billion|trillion)\b",
        other(["thousand", "million", "billion"]),
    ),
    (
        "dozens, hundreds, thousands",
        r"\b(?:hundreds|thousands|millions|dozens)(?= of\b)",
        other(["dozens", "hundreds", "thousands", "millions"]),
    ),
    (
        "fractions in words",
        (
            r"\b(?:two-thirds|two thirds|a quarter|one quarter|one-third|one third|a third(?! "
            r"part| person| time)|three quarters|three-quarters)\b"
        ),
        other(["a quarter", "two-thirds", "one-fifth", "three quarters"]),
    ),
    ("half", r"\b(?:half)(?= (?:of|the|a)\b)", other(["a quarter of", "a tenth of"])),
    (
        "bounds of ranges",
        r"(?<=[a-z] )\d+(?= (?:to|and) \d+ [a-z]+s\b)",
        lambda m, d: None if _is_year(m[0]) else str(int(m[0]) + d.choice([20, 30, 50])),
    ),
    ("more to fewer", r"\bmore than(?= (?:[\d$£€]|half|two|three|ten|a hundred|a third))", "fewer than"),
    (
        "over to under",
        (
            r"(?:(?<=of )|(?<=by )|(?<=to )|(?<=for )|(?<=had )|(?<=has )|(?<=with )|(?<=at "
            r"))over(?= \d[\d,.]*(?:%| |,))"
        ),
        "under",
    ),
    ("at least to at most", r"\bat least(?= (?:\d|one|two|three|four))", "at most"),
    ("up to to at least", r"\bup to(?= \d)", "at least"),
    (
        "twice",
        r"\b(?:twice|three times)(?= (?:as|the|in|a|before)\b)",
        other(["twice", "five times", "ten times"]),
    ),
    (
        "double and triple",
        r"\b(?:doubled?|tripled?)\b(?! precision| quot)",
        lambda m, d: {"double": "triple", "doubled": "tripled", "triple": "double", "tripled": "halved"}[
            m[0]
        ],
    ),
    ("two numbers swapped", *two(_NUMBER)),
    ("counts in words swapped", *two(rf"\b(?:{'|'.join(COUNTS)})\b(?= [a-z]+s\b)")),
    ("both to all three", r"\bboth(?= (?:of|the|[a-z]+s)\b)", "all three"),
    ("once to twice", r"\bonce(?= (?:a|per|every)\b)", "three times"),
    (
        "numbers of versions",
        r"(?<=version )\d+\.\d+",
        lambda m, d: f"{m[0].split('.')[0]}.{int(m[0].split('.')[1]) + d.randint(2, 5)}",
    ),
]
