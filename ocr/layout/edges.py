"""Running heads and feet that one page shows by itself: rows at its edge, off from the text."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from winnow.ocr.layout.alignment import LEADERS
from winnow.ocr.layout.lines import WIDE_GAP, Line
from winnow.ocr.layout.rows import Row, make_rows

MARGIN_RATIO = 0.16  # of the page's height: where running heads and feet stand
FAR_RATIO = 0.08  # of it: above this no text begins, but in a page without margins
MAX_ROWS, MAX_PARTS = 3, 4
MIN_ROWS = 6  # a page of fewer is a title, a letterhead or a slide, and shows by its numbers alone
OFF = 1.3  # in sizes of its font: how far a running head stands from the text
FAR_OFF = 2.0  # the same of one that its words do not tell
LABEL_OFF, LABELLED_OFF = 0.7, 1.0  # and of a page's number alone, and with words
LARGER, LABEL_LARGER = 1.1, 1.3  # than the text: no running head is, nor one with a page's number
KINDS = ("running_head", "running_foot", "page_number")
NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
LABEL = re.compile(
    r"([-\u2013\u2014|\[+]\s?)?(\d{1,4}|(?-i:[ivxl]{1,6}))(\s?[/|]\s?\d{1,4})*(\s?[-\u2013\u2014|\]+])?"
    r"|((page|pag|p|seite|s|side|sida|sivu|strona|str|p[aá]gina|стр|страница)\W{0,2})?"
    r"\d{1,4}(\s\w{1,3}\s\d{1,4})?"
    r"|第\s?\d+\s?[页頁](\s*共\s?\d+\s?[页頁])?",
    re.IGNORECASE,
)
NOTE = re.compile(r"[*†‡§¶\d]")  # begins a footnote
SOURCE = re.compile(
    r"(https?://|www\.|doi\b|downloaded (from|by)\b|©|\(c\)\s|copyright\b|all rights reserved)", re.IGNORECASE
)


class Parted(NamedTuple):
    """A page's pieces of text less its running heads and feet, which are one line each, marked by kind."""

    heads: list[Line]
    text: list[Line]
    feet: list[Line]


def part_furniture(lines: Sequence[Line], height: float, usual: float) -> Parted:
    """Running heads, text, and running feet of a page, told by this page alone.

    From the edge inwards, among the outermost three rows in the outer 16% of the page: a page's number that
    stands alone or wide apart from other words in its row; an address, a DOI, a copyright line; in the outer
    8% a row in parts wide apart, and any that stands off by two sizes of its font. Each stands off from the
    text and is not larger (`usual` is the size of the text), but for a number on the right: that of
    a heading stands on the left. Of a page of few rows numbers alone go. A page is never emptied.
    """
    rows = make_rows(lines)
    heads = _peel(rows, height, usual, top=True)
    feet = _peel(rows[len(heads) :][::-1], height, usual, top=False)
    if len(heads) + len(feet) == len(rows):
        return Parted([], list(lines), [])
    gone = {id(line) for row in (*heads, *feet) for cell in row.cells for line in cell}
    return Parted(
        [_join_row(row, top=True) for row in heads],
        [line for line in lines if id(line) not in gone],
        [_join_row(row, top=False) for row in reversed(feet)],
    )


def name_kind(text: str, *, top: bool) -> str:
    """The kind that a line removed at the top or the bottom is counted as."""
    if not any(map(str.isalpha, NUMBER.sub("", text))):
        return "page_number"
    return "running_head" if top else "running_foot"


def _peel(rows: Sequence[Row], height: float, usual: float, *, top: bool) -> list[Row]:
    """The rows, from the edge inwards, that are furniture."""
    found: list[Row] = []
    for index, row in enumerate(rows[:MAX_ROWS]):
        depth = row.y1 if top else height - row.y0
        inner = rows[index + 1 :]
        if depth > MARGIN_RATIO * height or not inner:
            break
        gap = min(other.y0 for other in inner) - row.y1 if top else row.y0 - max(other.y1 for other in inner)
        words = _list_words(inner[0])
        # Contents and tables have numbers on the right in every row.
        listed = len(words) > 1 and bool(LABEL.fullmatch(words[-1]))
        sparse = len(rows) < MIN_ROWS
        if not _is_furniture(row, gap, depth / height, usual, sparse=sparse, listed=listed):
            break
        found.append(row)
    return found


def _is_furniture(row: Row, gap: float, depth: float, usual: float, *, sparse: bool, listed: bool) -> bool:
    """Whether a row so far from the text and so deep in the page is a running head or foot."""
    lines = [line for cell in row.cells for line in cell]
    size = max(line.size for line in lines)
    words = _list_words(row)
    off = gap / max(size, 1)
    if any(line.mark for line in lines) or off < LABEL_OFF or size > LABEL_LARGER * usual:
        return False
    if LABEL.fullmatch(" ".join(words)):
        return True
    larger = size > LARGER * usual
    return not any(map(LEADERS.search, words)) and _is_worded(row, words, off, depth, larger, sparse, listed)


def _is_worded(
    row: Row, words: Sequence[str], off: float, depth: float, larger: bool, sparse: bool, listed: bool
) -> bool:
    """Whether a row with words in it is furniture: by a page's number in it, its words or its place."""
    lines = [line for cell in row.cells for line in cell]
    bold = all(line.bold for line in lines)
    wide = [b[0].x0 - a[-1].x1 >= WIDE_GAP * min(a[-1].size, b[0].size) for a, b in pairwise(row.cells)]
    if off >= (FAR_OFF if listed else LABELLED_OFF) and _is_labelled(words, wide):
        return not (words[0].isdecimal() and (bold or larger))
    if sparse or off < OFF or larger or all(line.code for line in lines):
        return False
    far = depth <= FAR_RATIO and (off >= FAR_OFF or (any(wide) and not bold))
    return bool(SOURCE.match(words[0])) or (far and _is_prose("".join(words)))


def _is_prose(text: str) -> bool:
    """Whether a row is words, not a formula or a footnote."""
    return not NOTE.match(text) and 3 * sum(map(str.isalpha, text)) > len("".join(text.split()))


def _list_words(row: Row) -> list[str]:
    """The words of each of its parts."""
    return [" ".join(line.text.strip() for line in cell).strip() for cell in row.cells]


def _is_labelled(words: Sequence[str], wide: Sequence[bool]) -> bool:
    """Whether one part of a row of few is a page's number: the last, or one wide apart from the others."""
    labels = [index for index, word in enumerate(words) if LABEL.fullmatch(word)]
    if len(labels) != 1 or len(words) > MAX_PARTS:
        return False
    at = labels[0]
    return at == len(words) - 1 or all(wide[max(at - 1, 0) : at + 1])


def _join_row(row: Row, *, top: bool) -> Line:
    lines = [line for cell in row.cells for line in cell]
    text = "\t".join(_list_words(row))
    return lines[0]._replace(
        y0=row.y0,
        x1=max(line.x1 for line in lines),
        y1=row.y1,
        size=max(line.size for line in lines),
        code=False,
        bold=all(line.bold for line in lines),
        text=text,
        mark=name_kind(text, top=top),
    )
