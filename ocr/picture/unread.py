"""Where a page shows what may be text and no line was read: engines lose paragraphs, and do not say so."""

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from winnow.ocr.engines.answer import Recognized

Box = tuple[int, int, int, int]
LINE = 8  # pixels that a line is high in the picture in which it is looked for
FAINT = 0.3  # of the contrast: what is ink in it
PAD = 0.25  # of a line's height: by how much ink may stick out of what was read
WIDE, HIGH = 3.0, 0.6  # line heights: a word or two
LEAST_INK, MOST_INK = 0.08, 0.6  # of a box: rulings and frames have less, photographs more
MOST = 12  # places of a page
CLEAR = 0.5  # of a line's height: white around a place


def find_unread(image: Image.Image, lines: Sequence[Recognized]) -> list[Box]:
    """Boxes (x0, y0, x1, y1, pixels) of ink that may be text and that none of the lines covers, from the top.

    The `MOST` largest. None where there is no line, whose height says what may be text.
    """
    if not lines:
        return []
    height = median(line.y1 - line.y0 for line in lines)
    factor = max(1, round(height / LINE))
    ink = _find_ink(np.asarray(image.reduce(factor)))
    for line in lines:
        x0, y0, x1, y1 = (value / factor for value in line[:4])
        pad = PAD * height / factor
        ink[max(round(y0 - pad), 0) : round(y1 + pad), max(round(x0 - pad), 0) : round(x1 + pad)] = False
    found = []
    for down, across in ndimage.find_objects(ndimage.label(_close_gaps(ink))[0]):
        high, wide = down.stop - down.start, across.stop - across.start
        share = ink[down, across].mean()
        if high >= HIGH * LINE and wide >= WIDE * LINE and LEAST_INK <= share <= MOST_INK:
            box = (across.start * factor, down.start * factor, across.stop * factor, down.stop * factor)
            found.append((high * wide, box))
    return sorted((box for _, box in sorted(found)[-MOST:]), key=lambda box: (box[1], box[0]))


def cut_out(image: Image.Image, box: Box, lines: Sequence[Recognized]) -> tuple[Image.Image, Box]:
    """A place with some white around it, and where that is; what was read already is white in it."""
    height = median(line.y1 - line.y0 for line in lines)
    clear = round(CLEAR * height)
    x0, y0 = max(box[0] - clear, 0), max(box[1] - clear, 0)
    x1, y1 = min(box[2] + clear, image.width), min(box[3] + clear, image.height)
    place, paper = image.crop((x0, y0, x1, y1)), round(float(np.percentile(np.asarray(image)[::8, ::8], 90)))
    for line in lines:
        if line.x0 < x1 and line.x1 > x0 and line.y0 < y1 and line.y1 > y0:
            left, top, right, bottom = map(round, line[:4])
            place.paste(paper, (left - x0, top - y0, right - x0, bottom - y0))
    return place, (x0, y0, x1, y1)


def put_between(lines: Sequence[Recognized], found: Sequence[Recognized]) -> list[Recognized]:
    """The lines with those of one place among them: behind the nearest above it, else before that below."""
    x0, x1 = min(line.x0 for line in found), max(line.x1 for line in found)
    middle = (min(line.y0 for line in found) + max(line.y1 for line in found)) / 2
    column = [(line.y1, at) for at, line in enumerate(lines) if min(line.x1, x1) - max(line.x0, x0) > 0]
    above = [one for one in column if one[0] <= middle]
    below = [one for one in column if one[0] > middle]
    at = max(above)[1] + 1 if above else min(below)[1] if below else len(lines)
    block = 1 + max(line.block for line in lines)
    return [*lines[:at], *(line._replace(block=block) for line in found), *lines[at:]]


def _close_gaps(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the gaps between letters, words and lines filled."""
    filled = np.pad(ink.astype(np.uint8), LINE)
    for axis, size in ((1, 2 * LINE), (0, LINE)):
        filled = ndimage.minimum_filter1d(ndimage.maximum_filter1d(filled, size, axis), size, axis)
    return filled[LINE:-LINE, LINE:-LINE] > 0


def _find_ink(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    paper, dark = np.percentile(pixels[::2, ::2], [90, 1])
    return pixels < paper - FAINT * (paper - dark) if paper - dark > 1 else np.zeros(pixels.shape, bool)
