"""What a paper is made of."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from winnow.ocr.layout.lines import Line

HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]$")
RANGE = re.compile(r"\d[-\u2013]$")
START = re.compile(r"[^\W\d_]+")
# TeX's oldest fonts draw an accent as a sign of its own, before its letter.
ACCENTS = {
    "\u00b4": "\u0301",
    "`": "\u0300",
    "¨": "\u0308",
    "\u02c6": "\u0302",
    "\u02dc": "\u0303",
    "ˇ": "\u030c",
}
ACCENTS |= {"˚": "\u030a", "\u00b8": "\u0327", "˝": "\u030b", "˘": "\u0306", "¯": "\u0304", "˙": "\u0307"}
ACCENTED = re.compile(rf"([{''.join(ACCENTS)}]) ?([^\W\d_])")
CUT_ADDRESS = re.compile(r"(\bhttps?://)\s(?=\w)")
DOTLESS = {"\u0131": "i", "ȷ": "j"}


class Section(NamedTuple):
    """A heading with its number, its level (1 is the top), and the text up to the next one.

    `line` is the place of the heading's first line among the lines of all pages; text before the first
    heading that is no part of the front has the heading "" and the level 1.
    """

    heading: str
    level: int
    text: str
    line: int


class Paper(NamedTuple):
    """A paper taken apart; what is not found is empty.

    `references` are the places of the bibliography's first line (its heading) and last one among the lines
    of all pages, `bibliography` is their text. `notes` is the rest of the front: affiliations, addresses,
    dates, keywords.
    """

    title: str
    authors: list[str]
    abstract: str
    sections: list[Section]
    references: tuple[int, int] | None
    bibliography: str
    notes: str


class PlacedLine(NamedTuple):
    """A line, its place among the lines of all pages, and its page's number."""

    at: int
    page: int
    line: Line


class Heading(NamedTuple):
    """A heading on the lines [first, last] of the spots."""

    first: int
    last: int
    level: int
    text: str


def find_body_size(spots: Sequence[PlacedLine]) -> float:
    """The size that most characters have, in points, to the half."""
    sizes: Counter[float] = Counter()
    for spot in spots:
        if not spot.line.code:
            sizes[round(spot.line.size * 2) / 2] += len(spot.line.text)
    return max(sizes, key=lambda size: sizes[size]) if sizes else 10.0


def compose(text: str) -> str:
    """Text with accents put onto the letters behind them, and addresses cut behind `//` made whole."""
    return CUT_ADDRESS.sub(r"\1", ACCENTED.sub(_put_accent, text))


def _put_accent(match: re.Match[str]) -> str:
    letter = DOTLESS.get(match[2], match[2])
    both = unicodedata.normalize("NFC", letter + ACCENTS[match[1]])
    return both if len(both) == 1 else match[0]


def flow(lines: Sequence[Line], words: frozenset[str]) -> str:
    """Lines as one run of text, hyphens of line ends resolved by the document's `words`."""
    text = ""
    for line in lines:
        following = line.text.strip()
        head, tail = HYPHEN.search(text), START.match(following)
        if head and tail and tail[0][0].islower():
            joined = f"{head[1]}{tail[0]}".lower()
            kept = f"{head[1]}-{tail[0]}".lower() in words and joined not in words
            text = text + following if kept else text[:-1] + following
        elif (head and text.endswith("-")) or RANGE.search(text):
            text += following
        else:
            text = f"{text} {following}"
    return " ".join(text.split())


def squeeze(text: str) -> str:
    """Letters and digits alone, in lower case: what stays the same over fonts and spaces."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", compose(text)).lower()))
