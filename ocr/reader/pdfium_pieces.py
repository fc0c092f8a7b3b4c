"""Words of one run on a page that PDFium reads: which go on in a line, where a block begins, their box."""

from collections.abc import Sequence
from typing import NamedTuple

from winnow.ocr.reader.page import MONOSPACED

SAME_LINE, SAME_BLOCK = 0.8, 1.4  # ems between baselines
WIDEST, OVERLAP = 0.8, -0.5  # ems between the words of a line
INDENT = 0.5  # points
UPRIGHT = 0.999


class Font(NamedTuple):
    """A font on this page: its name without a subset's prefix, and MuPDF's `flags`."""

    name: str
    flags: int
    digest: str


class Style(NamedTuple):
    """What a run of text shares; `up`: where its baseline is, across its direction."""

    font: Font
    handle: int
    size: float
    direction: tuple[float, float]
    up: float
    hidden: bool


class Piece(NamedTuple):
    """Some words of one run: its first and last characters, and from where to where it goes: along its
    direction, and across it; `indent`: spaces before it."""

    first: int
    end: int
    style: Style
    near: float
    far: float
    low: float
    high: float
    indent: int = 0


def is_continuation(before: Piece, after: Piece) -> bool:
    """Whether a piece stands in the same line."""
    style = after.style
    size = style.size or 1.0
    if style.direction != before.style.direction or abs(style.up - before.style.up) >= SAME_LINE * size:
        return False
    gap = (after.near - before.far) / size
    spaced = before.style is style and after.first - before.end == 1 and style.font.flags & MONOSPACED
    return OVERLAP < gap < WIDEST or bool(spaced and gap > 0)


def is_block_start(line: Sequence[Piece], after: Piece) -> bool:
    """Whether what follows a line is of another block: turned, far from it, or set in."""
    first, last, style = line[0], line[-1], after.style
    if style.direction != last.style.direction:
        return True
    down = abs(style.up - last.style.up) / (style.size or 1.0)
    return down >= SAME_LINE and (down > SAME_BLOCK or abs(after.near - first.near) > INDENT)


def turn_back(lines: list[list[Piece]]) -> list[list[Piece]]:
    """The lines in order: those that run downward on the page PDFium gives from the last to the first."""
    ordered: list[list[Piece]] = []
    run: list[list[Piece]] = []
    for line in lines:
        style = line[0].style
        if run and not (style.direction == run[-1][0].style.direction and style.up > run[-1][0].style.up):
            ordered += reversed(run)
            run = []
        if style.direction[1] > UPRIGHT:
            run.append(line)
        else:
            ordered.append(line)
    return [*ordered, *reversed(run)]


def are_alike(one: Style, other: Style) -> bool:
    """Whether two runs may stand in one span."""
    if one is other:
        return True
    return (
        one.font.name == other.font.name
        and abs(one.size - other.size) < 0.01
        and abs(one.up - other.up) < 0.01
        and one.hidden == other.hidden
    )


def measure_advance(piece: Piece) -> float:
    """What a character is wide, in points."""
    return max((piece.far - piece.near) / (piece.end - piece.first + piece.indent), 0.1)


def place(along: float, across: float, direction: tuple[float, float]) -> tuple[float, float]:
    """A point of the page, from where it is along a direction and across it."""
    right, down = direction
    return along * right + across * down, along * down - across * right


def turn(pieces: Sequence[Piece], direction: tuple[float, float]) -> tuple[float, float, float, float]:
    """The box of pieces on the page."""
    near, far = min(piece.near for piece in pieces), max(piece.far for piece in pieces)
    low, high = min(piece.low for piece in pieces), max(piece.high for piece in pieces)
    (a, b), (d, e) = place(near, low, direction), place(far, high, direction)
    return min(a, d), min(b, e), max(a, d), max(b, e)
