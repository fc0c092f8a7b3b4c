"""By how much a page lies askew: at the right angle lines and the gaps between them stand out most.

The profile of Postl (1986): of all angles, that at which the rows' sums of ink differ most.
"""

import numpy as np
from PIL import Image

MOST = 6.0  # degrees either way
COARSE, FINE = 0.5, 0.05  # degrees
SMALL = 1000  # pixels of the longer side at which it is looked for
LEAST_INK, MOST_INK = 500, 15_000  # pixels; of more only every so many count
LEAST_GAIN = 1.02  # of the profile over that of the page as it lies
STILL = 0.15  # degrees: less does not hurt recognition


def find_skew(image: Image.Image) -> float:
    """Degrees by which the picture must be turned counterclockwise to lie level; 0 where it is not clear."""
    ratio = SMALL / max(image.size)
    small = image.reduce(max(1, round(1 / ratio))) if ratio < 1 else image
    pixels = np.asarray(small, dtype=np.uint8)
    y, x = np.nonzero(pixels < find_cut(pixels))
    if len(y) < LEAST_INK or len(y) > 0.5 * pixels.size:
        return 0.0
    step = 1 + len(y) // MOST_INK
    y, x = y[::step], x[::step]
    coarse = np.arange(-MOST, MOST + COARSE / 2, COARSE)
    best = coarse[int(np.argmax([_measure_profile(y, x, angle) for angle in coarse]))]
    fine = best + np.arange(-COARSE, COARSE + FINE / 2, FINE)
    sharp = [_measure_profile(y, x, angle) for angle in fine]
    angle = float(fine[int(np.argmax(sharp))])
    if abs(angle) < STILL or max(sharp) < LEAST_GAIN * _measure_profile(y, x, 0.0):
        return 0.0
    return -angle


def turn(image: Image.Image, degrees: float) -> Image.Image:
    """The picture turned counterclockwise, on white; quarters lose nothing."""
    if degrees % 90 == 0:
        quarters = {
            90: Image.Transpose.ROTATE_90,
            180: Image.Transpose.ROTATE_180,
            270: Image.Transpose.ROTATE_270,
        }
        way = quarters.get(int(degrees) % 360)
        return image if way is None else image.transpose(way)
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=False, fillcolor=255)


def _measure_profile(y: np.ndarray, x: np.ndarray, angle: float) -> float:
    """The sum of squares of the rows' ink, if the page were turned."""
    rows = y + x * np.tan(np.deg2rad(angle))
    rows = (rows - rows.min()).astype(np.int64)
    return float((np.bincount(rows) ** 2.0).sum())


def find_cut(pixels: np.ndarray) -> float:
    """What is ink: darker than the middle between paper and the darkest hundredth."""
    paper, dark = np.percentile(pixels, [90, 1])
    return float(0.5 * (paper + dark))
