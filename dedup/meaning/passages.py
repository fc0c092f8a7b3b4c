"""Passages of a document that may ask something."""

import re
from collections.abc import Iterator
from typing import NamedTuple

SHORTEST, LONGEST = 40, 1200  # characters of a passage
LONG = 80  # characters of a question without numbers that tells what it is
_FULL = 50  # characters of a line that may have been wrapped
_LINE = re.compile(r"[^\n]*\n?")
_SIGNS = "?\uff1f\u061f"  # what questions end with, in Chinese and in Arabic, too
_ENDS = re.compile(rf"[.!:;…\u3002\uff01\u0964|>»\u201d\"'){_SIGNS}\]]$")
_MARK = re.compile(f"[{_SIGNS}]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_GROUPS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_ASKED = re.compile(rf"[{_SIGNS}][\"'\u201d\u2019»)\]\s]*$")


class Passage(NamedTuple):
    """Where it stands in its text, in characters, and what it says."""

    start: int
    end: int
    text: str


def find_passages(text: str) -> Iterator[Passage]:
    """The passages of a text that may ask something: with a question mark, or two numbers.

    A passage is a line, and the next where the line may have been wrapped: a long one that ends in no sign.
    What has more than `LONGEST` characters is cut.
    """
    for start, end in _find_lines(text):
        for begin in range(start, end, LONGEST):
            said = text[begin : min(end, begin + LONGEST)]
            if len(said.strip()) >= SHORTEST and may_ask(said):
                yield Passage(begin, begin + len(said), said.strip())


def _find_lines(text: str) -> Iterator[tuple[int, int]]:
    start = None
    for match in _LINE.finditer(text):
        line = match[0].strip()
        start = match.start() if start is None else start
        wrapped = len(line) >= _FULL and not _ENDS.search(line) and match.end() < len(text)
        if not wrapped:
            yield start, match.end()
            start = None


def may_ask(text: str) -> bool:
    """Whether a question or a problem in figures may stand there."""
    return bool(_MARK.search(text)) or len(_NUMBER.findall(text)) > 1


def says_enough(text: str) -> bool:
    """Whether what a question means tells it from others: it is long, or has two numbers."""
    return len(text) >= LONG or (len(text) >= SHORTEST and len(_NUMBER.findall(text)) > 1)


def is_asked(text: str) -> bool:
    """Whether a text ends with a question."""
    return bool(_ASKED.search(text))


def find_numbers(text: str) -> frozenset[float]:
    """The numbers of a text, `1,000` and `1.000` as one thousand, `3,5` as three and a half."""
    return frozenset(float(each.replace(",", ".")) for each in _NUMBER.findall(_GROUPS.sub("", text)))
