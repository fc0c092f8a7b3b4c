"""What a page shows, whatever its text layer says: nothing, marks like letters, or something else."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pymupdf
from numpy.typing import NDArray

LONG_SIDE = 1000  # pixels: letters of ten points are some six pixels high
LEAST_MARK = 5  # pixels; dust is smaller
FAINT = 40  # levels of gray
FEW = 8
WORD_GAP = 8  # pixels, to either side
LINES = 3


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


def look(page: pymupdf.Page, boxes: Sequence[Sequence[float]] = ()) -> Surface:
    """The page as rendered, what lies within the boxes (in points) left out."""
    from scipy import ndimage  # only pages without much text come here

    scale = LONG_SIDE / max(page.rect.width, page.rect.height, 1)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY)
    gray = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)[:, : pixmap.width]
    ground = int(np.bincount(gray.ravel(), minlength=256).argmax())
    depth = np.abs(gray.astype(np.int16) - ground)
    for x0, y0, x1, y1 in boxes:
        top, left = max(int(y0 * scale) - 1, 0), max(int(x0 * scale) - 1, 0)
        depth[top : max(int(y1 * scale) + 2, 0), left : max(int(x1 * scale) + 2, 0)] = 0
    contrast = int(depth.max(initial=0))
    if contrast < 12:
        return Surface(0.0, 0, 0, contrast, depth > 255, scale)
    ink = depth > max(10, 0.4 * contrast)
    labels, amount = ndimage.label(ink, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=amount + 1)[1:]
    sizes = [(s[0].stop - s[0].start, s[1].stop - s[1].start) for s in ndimage.find_objects(labels)]
    solid = [size for size, area in zip(sizes, areas, strict=True) if area >= LEAST_MARK]
    marks = sum(3 <= height <= 60 and width <= 300 for height, width in solid)
    return Surface(float(ink.mean()), marks, len(solid), contrast, ink, scale)


def find_lines(surface: Surface) -> list[tuple[float, float, float, float]]:
    """Boxes in points of what is laid out as lines of text are, the longest."""
    from scipy import ndimage

    ink, scale = surface.pixels, surface.scale
    joined = ndimage.binary_dilation(ink, np.ones((1, 2 * WORD_GAP + 1)))
    boxes = ndimage.find_objects(ndimage.label(joined, np.ones((3, 3)))[0])
    found = [
        (box[1].stop - box[1].start, box[0].start, box[0].stop, box[1].start, box[1].stop) for box in boxes
    ]
    lines = sorted(
        (box for box in found if 4 <= box[2] - box[1] <= 40 and box[0] >= 4 * (box[2] - box[1])), reverse=True
    )
    return [
        ((left + WORD_GAP) / scale, (top - 1) / scale, (right - WORD_GAP) / scale, (bottom + 1) / scale)
        for _, top, bottom, left, right in lines[:LINES]
    ]
