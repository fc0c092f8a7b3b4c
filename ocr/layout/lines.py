"""A page as lines of text with their places."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from winnow.ocr.reader.bidi import RIGHT_TO_LEFT

WIDE_GAP = 2.0  # in sizes of the font: what parts cells of a table
SECTION_NUMBER = re.compile(r"\s*(\d{1,3}\.)+\d{1,3}\s*")
Ruling = tuple[float, float, float, float]


class Line(NamedTuple):
    """A line as it is seen; places in points from the page's top left; `block` numbers MuPDF's blocks.

    A table found on the page is one line, its `mark` "table" and its `text` Markdown; a footnote's `mark` is
    "note", a page's text as a model wrote it "answer". Else `mark` is empty.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    code: bool
    bold: bool
    block: int
    text: str
    mark: str = ""


class Page(NamedTuple):
    """A page in reading order; `number` counts from 0; `removed` names the kind of each line taken out;
    `about` is how it was read (`route`, `reason`, `engine`, `quality`, `seconds` and so on)."""

    number: int
    height: float
    lines: list[Line]
    removed: tuple[str, ...] = ()
    about: Mapping[str, Any] = MappingProxyType({})


def read_fragments(answer: dict[str, Any]) -> tuple[list[Line], list[Ruling]]:
    """The child's words of a page: pieces of lines as they were drawn, and drawn lines and boxes."""
    lines = [Line(*values) for values in answer["lines"]]
    return lines, [(a, b, c, d) for a, b, c, d in answer.get("rulings", ())]


def join_fragments(fragments: Sequence[Line]) -> list[Line]:
    """Pieces that stand level and follow each other become one line, a wide gap in it a tab."""
    lines: list[Line] = []
    for part in fragments:
        last = lines[-1] if lines else None
        if last and not last.mark and not part.mark and _is_next(last, part):
            lines[-1] = _merge(last, part)
        else:
            lines.append(part)
    return lines


def mark_code(lines: Sequence[Line]) -> list[Line]:
    """`code` holds for whole blocks only: a lone command within prose is prose."""
    prose = {line.block for line in lines if not line.code and not line.mark}
    return [line._replace(code=False) if line.code and line.block in prose else line for line in lines]


def is_level(a: Line, b: Line) -> bool:
    """Whether two lines overlap in height by more than half of the lower one."""
    return min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5 * min(a.y1 - a.y0, b.y1 - b.y0)


def is_right_to_left(lines: Sequence[Line]) -> bool:
    """Whether most lines hold letters of a script written from right to left."""
    return 2 * sum(bool(RIGHT_TO_LEFT.search(line.text)) for line in lines) > len(lines)


def _is_next(last: Line, part: Line) -> bool:
    # Columns of a page stand level too, but in blocks of many lines.
    follows = part.x0 >= last.x1 - 0.5 * part.size or _is_left_of(last, part)
    return follows and part.block - last.block <= 1 and is_level(last, part)


def _is_left_of(last: Line, part: Line) -> bool:
    """Whether a piece stands left of the last one, in a line that is written from right to left."""
    turned = RIGHT_TO_LEFT.search(last.text) or RIGHT_TO_LEFT.search(part.text)
    return bool(turned) and part.x1 <= last.x0 + 0.5 * part.size


def _merge(a: Line, b: Line) -> Line:
    gap = (a.x0 - b.x1 if _is_left_of(a, b) else b.x0 - a.x1) / max(b.size, 1)
    space = "\t" if gap > WIDE_GAP and not (a.code and b.code) else " "
    if a.code and b.code:
        width = (b.x1 - b.x0) / max(len(b.text), 1)
        space = " " * max(1, round((b.x0 - a.x1) / max(width, 1)))
    elif gap < 0.1 and not (SECTION_NUMBER.fullmatch(a.text) and b.text[:1].isupper()):
        space = ""
    text = f"{a.text.rstrip()}{space}{b.text.lstrip()}" if space else a.text + b.text
    return Line(
        min(a.x0, b.x0),
        min(a.y0, b.y0),
        max(a.x1, b.x1),
        max(a.y1, b.y1),
        max(a.size, b.size),
        a.code and b.code,
        a.bold and b.bold,
        b.block,
        text,
    )
