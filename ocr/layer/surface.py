"""What a page shows, whatever its text layer says: nothing, marks like letters, or something else."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winnow.ocr.reader.page import Page

LONG_SIDE = 1000  # pixels: letters of ten points are some six pixels high
LEAST_MARK = 5  # pixels; dust is smaller
FAINT = 40  # levels of gray
FEW = 8
WORD_GAP = 8  # pixels, to either side
LINES = 3
MOST_RUNS = 100_000  # of pixels in rows: a halftone


class Surface(NamedTuple):
    """`ink`: share of the page that differs from its ground. `marks`: spots of the size of letters and words.
    `spots`: all but dust. `contrast`: levels of gray between the ground and the darkest (or lightest) spot.
    `pixels`: where the ink is, `scale` of them to a point."""

    ink: float
    marks: int
    spots: int
    contrast: int
    pixels: NDArray[np.bool_]
    scale: float

    @property
    def blank(self) -> bool:
        """Nothing, dust, or a faint trace of something."""
        return not self.spots or (self.contrast < FAINT and self.marks < FEW)


def measure_surface(page: Page, boxes: Sequence[Sequence[float]] = ()) -> Surface:
    """The page as rendered, what lies within the boxes (in points) left out."""
    scale = LONG_SIDE / max(page.width, page.height, 1)
    gray = np.asarray(page.draw(scale))
    ground = int(np.bincount(gray.ravel(), minlength=256).argmax())
    depth = np.abs(gray.astype(np.int16) - ground)
    for x0, y0, x1, y1 in boxes:
        top, left = max(int(y0 * scale) - 1, 0), max(int(x0 * scale) - 1, 0)
        depth[top : max(int(y1 * scale) + 2, 0), left : max(int(x1 * scale) + 2, 0)] = 0
    contrast = int(depth.max(initial=0))
    if contrast < 12:
        return Surface(0.0, 0, 0, contrast, depth > 255, scale)
    ink = depth > max(10, 0.4 * contrast)
    solid = [(y1 - y0, x1 - x0) for x0, y0, x1, y1, area in find_spots(ink) if area >= LEAST_MARK]
    marks = sum(3 <= height <= 60 and width <= 300 for height, width in solid)
    return Surface(float(ink.mean()), marks, len(solid), contrast, ink, scale)


def find_lines(surface: Surface) -> list[tuple[float, float, float, float]]:
    """Boxes in points of what is laid out as lines of text are, the longest."""
    ink, scale = surface.pixels, surface.scale
    sums = np.pad(ink.astype(np.int32), ((0, 0), (WORD_GAP + 1, WORD_GAP))).cumsum(1)
    joined = sums[:, 2 * WORD_GAP + 1 :] > sums[:, : -2 * WORD_GAP - 1]
    found = [(x1 - x0, x0, y0, x1, y1) for x0, y0, x1, y1, _ in find_spots(joined)]
    lines = sorted((box for box in found if 4 <= box[4] - box[2] <= 40 <= 10 * box[0]), reverse=True)
    return [
        ((x0 + WORD_GAP) / scale, (y0 - 1) / scale, (x1 - WORD_GAP) / scale, (y1 + 1) / scale)
        for width, x0, y0, x1, y1 in lines
        if width >= 4 * (y1 - y0)
    ][:LINES]


def find_spots(ink: NDArray[np.bool_]) -> list[tuple[int, int, int, int, int]]:
    """Pixels that touch, also by a corner: x0, y0, x1, y1, area of each; each run, where they are very many.

    Runs of rows are joined to those above (union and find). SciPy has this, but takes longer to import than
    a document takes to judge.
    """
    edges = np.diff(np.pad(ink.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = (side.tolist() for side in np.nonzero(edges == 1))
    ends = np.nonzero(edges == -1)[1].tolist()
    parents = list(range(len(rows)))
    if len(rows) > MOST_RUNS:
        return [(start, row, end, row + 8, 8) for row, start, end in zip(rows, starts, ends, strict=True)]
    above = 0
    for index, row in enumerate(rows):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < starts[index]):
            above += 1
        other = above
        while rows[other] == row - 1 and starts[other] <= ends[index]:
            _join(parents, other, index)
            other += 1
    boxes: dict[int, list[int]] = {}
    for index, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        box = boxes.setdefault(_find(parents, index), [start, row, end, row + 1, 0])
        box[0], box[2], box[3] = min(box[0], start), max(box[2], end), row + 1
        box[4] += end - start
    return [(box[0], box[1], box[2], box[3], box[4]) for box in boxes.values()]


def _find(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = index = parents[parents[index]]
    return index


def _join(parents: list[int], a: int, b: int) -> None:
    first, second = _find(parents, a), _find(parents, b)
    parents[max(first, second)] = min(first, second)
