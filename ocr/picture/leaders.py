"""Rows of dots that lead from a title to its page number.

An engine takes them for noise, and the text around them with it, so they are painted over before a page is
read, and put back as a word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from winnow.ocr.engines.answer import Recognized, Word, join_words
from winnow.ocr.engines.noise import LEAST_SURE
from winnow.ocr.picture.deskew import find_cut

LEAST_DOTS = 5  # in a row: an ellipsis has three, or four
SMALL = 0.3  # of a line's height: a dot's sides
LEVEL = 0.08  # of a line's height: by how much dots of a row differ in height
APART = 1.2  # line heights: between dots
PAD = 0.2  # of a line's height: by how much dots may stand below a line's letters
EVEN, ALIKE = 0.15, 0.35  # by how much gaps between dots of a row, and their sides, differ
ABOVE, BELOW = 0.5, 0.25  # line heights that are paper
STRAY = 0.02  # of its pixels: specks
NEAR = 2.0  # times the gap between dots: from a word to its leader
NUMBER = re.compile(r"[\divxlcIVXLC.\-]{1,7}")
LEADER = "....."  # which is written for a row, however long
LEADERS = re.compile(r"(?:[.\u2026\u00b7] ?){5,}")
MANY = 3  # lines that are unsure or full of dots: there may be leaders
Dot = tuple[float, float, int, int, int, int]  # middle across and down; left, top, right, bottom


class Row(NamedTuple):
    """Where a row of dots stands, and how far one is from the next, in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float
    gap: float


def may_have_leaders(lines: Sequence[Recognized]) -> bool:
    """Whether what an engine read looks as if there were rows of dots."""
    return sum(line.confidence < LEAST_SURE or bool(LEADERS.search(line.text)) for line in lines) >= MANY


def erase_leaders(image: Image.Image, height: float) -> tuple[Image.Image, list[Row]]:
    """The picture (mode L) without its rows of dots, and these; `height`: of a line, in pixels."""
    pixels = np.asarray(image)
    ink = pixels < find_cut(pixels)
    rows = [row for row in _find_rows(_find_dots(ink, height), height) if _is_bare(ink, row, height)]
    if not rows:
        return image, []
    clear = pixels.copy()
    paper = int(np.percentile(pixels[::4, ::4], 90))
    for row in rows:
        for _, _, x0, y0, x1, y1 in row:
            clear[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = paper
    return Image.fromarray(clear), [_frame(row) for row in rows]


def put_back(lines: Sequence[Recognized], rows: Sequence[Row], height: float) -> list[Recognized]:
    """The lines with `LEADER` where a row of dots was; a number that it leads to is on the same line."""
    joined: dict[int, Recognized] = dict(enumerate(lines))
    for row in rows:
        before, behind = _find_neighbours(joined, row, height)
        at = behind if before is None else before
        if at is None:
            continue
        words = [*joined[at].words, (LEADER, 1.0, *row[:4])]
        if behind not in (None, at) and NUMBER.fullmatch(joined[behind].text):
            words += joined.pop(behind).words
        joined[at] = join_words(_put_in_order(words), joined[at].block)
    return list(joined.values())


def _find_neighbours(
    lines: Mapping[int, Recognized], row: Row, height: float
) -> tuple[int | None, int | None]:
    """The nearest lines that stand level with a row of dots: before or around it, and behind it."""
    middle = (row.y0 + row.y1) / 2
    sides: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    for at, line in lines.items():
        far = max(row.x0 - line.x1, line.x0 - row.x1, 0.0)
        if line.y0 <= middle <= line.y1 + PAD * height and far <= NEAR * row.gap:
            sides[line.x0 > row.x0].append((far, at))
    before, behind = (min(side)[1] if side else None for side in sides)
    return before, behind


def _put_in_order(words: Sequence[Word]) -> list[Word]:
    """From left to right, rows of dots next to each other as one."""
    ordered = sorted(words, key=lambda word: word[2])
    return [
        word for at, word in enumerate(ordered) if at == 0 or not (word[0] == LEADER == ordered[at - 1][0])
    ]


def _frame(dots: Sequence[Dot]) -> Row:
    across, _, x0, y0, x1, y1 = zip(*dots, strict=True)
    return Row(min(x0), min(y0), max(x1), max(y1), (across[-1] - across[0]) / (len(dots) - 1))


def _is_bare(ink: NDArray[np.bool_], row: Sequence[Dot], height: float) -> bool:
    """Whether nothing stands right above and below the dots, as what they are parts of does."""
    x0, y0, x1, y1, _ = map(round, _frame(row))
    above = ink[max(y0 - round(ABOVE * height), 0) : max(y0 - 1, 0), x0:x1]
    below = ink[y1 + 1 : y1 + round(BELOW * height), x0:x1]
    return all(band.size == 0 or band.mean() <= STRAY for band in (above, below))


def _find_dots(ink: NDArray[np.bool_], height: float) -> list[Dot]:
    """Spots of ink as small as a dot and about as wide as high, by rows."""
    found = []
    for down, across in ndimage.find_objects(ndimage.label(ink)[0]):
        high, wide = down.stop - down.start, across.stop - across.start
        if max(high, wide) <= SMALL * height and 2 <= max(high, wide) <= 2 * min(high, wide):
            x, y = (across.start + across.stop) / 2, (down.start + down.stop) / 2
            found.append((x, y, across.start, down.start, across.stop, down.stop))
    return found


def _find_rows(dots: Sequence[Dot], height: float) -> Iterator[list[Dot]]:
    """Dots that stand level and at even distances."""
    open_rows: list[list[Dot]] = []
    for dot in sorted(dots):
        row = next((row for row in reversed(open_rows) if _is_next_dot(row, dot, height)), None)
        if row is None:
            open_rows.append([dot])
        else:
            row.append(dot)
        for old in [row for row in open_rows if dot[0] - row[-1][0] > APART * height]:
            open_rows.remove(old)
            if len(old) >= LEAST_DOTS:
                yield old
    yield from (row for row in open_rows if len(row) >= LEAST_DOTS)


def _is_next_dot(row: Sequence[Dot], dot: Dot, height: float) -> bool:
    last = row[-1]
    gap = dot[0] - last[0]
    if abs(dot[1] - last[1]) > LEVEL * height or not 0 < gap <= APART * height:
        return False
    sides = ((dot[4] - dot[2], last[4] - last[2]), (dot[5] - dot[3], last[5] - last[3]))
    if any(abs(one - other) > 1 + ALIKE * max(one, other) for one, other in sides):
        return False
    return len(row) == 1 or abs(gap - (last[0] - row[-2][0])) <= EVEN * gap + 1
