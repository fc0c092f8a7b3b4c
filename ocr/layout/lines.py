"""A page as lines of text with their places."""

from collections.abc import Sequence
from typing import Any, NamedTuple

WIDE_GAP = 2.0  # in sizes of the font: what parts cells of a table


class Line(NamedTuple):
    """A line as it is seen; places in points from the page's top left; `block` numbers MuPDF's blocks."""

    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    code: bool
    bold: bool
    block: int
    text: str


class Page(NamedTuple):
    """A page in reading order; `number` counts from 0."""

    number: int
    height: float
    lines: list[Line]


def build_page(answer: dict[str, Any]) -> Page:
    """A page from the child's words: fragments on one line are joined, cells of a table by a tab."""
    lines = _join_fragments([Line(*values) for values in answer["lines"]])
    return Page(answer["page"], answer["height"], _mark_code(lines))


def _join_fragments(fragments: Sequence[Line]) -> list[Line]:
    lines: list[Line] = []
    for part in fragments:
        last = lines[-1] if lines else None
        if last and part.x0 >= last.x1 - 0.5 * part.size and _is_level(last, part):
            lines[-1] = _merge(last, part)
        else:
            lines.append(part)
    return lines


def _is_level(a: Line, b: Line) -> bool:
    overlap = min(a.y1, b.y1) - max(a.y0, b.y0)
    # Columns of a page stand level too, but in blocks of many lines.
    return overlap > 0.5 * min(a.y1 - a.y0, b.y1 - b.y0) and b.block - a.block <= 1


def _merge(a: Line, b: Line) -> Line:
    gap = (b.x0 - a.x1) / max(b.size, 1)
    space = "\t" if gap > WIDE_GAP and not (a.code and b.code) else " "
    if a.code and b.code:
        width = (b.x1 - b.x0) / max(len(b.text), 1)
        space = " " * max(1, round((b.x0 - a.x1) / max(width, 1)))
    elif gap < 0.1:
        space = ""
    text = f"{a.text.rstrip()}{space}{b.text.lstrip()}" if space else a.text + b.text
    return Line(
        a.x0,
        min(a.y0, b.y0),
        b.x1,
        max(a.y1, b.y1),
        max(a.size, b.size),
        a.code and b.code,
        a.bold and b.bold,
        b.block,
        text,
    )


def _mark_code(lines: Sequence[Line]) -> list[Line]:
    """`code` holds for whole blocks only: a lone command within prose is prose."""
    prose = {line.block for line in lines if not line.code}
    return [line._replace(code=line.code and line.block not in prose) for line in lines]
