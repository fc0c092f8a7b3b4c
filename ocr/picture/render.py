"""A page as a picture in gray, of no more pixels than allowed: they are counted before any is drawn."""

from math import hypot, inf, log2, sqrt
from typing import Any, NamedTuple

import pymupdf
from PIL import Image

MAX_PIXELS = 40_000_000  # of a rendered page: A3 at 500 dpi
MAX_SOURCE_PIXELS = 400_000_000  # of one embedded image as MuPDF decodes it: 400 MB in gray
MOST_HALVINGS = 6  # of the sides of an image that is drawn smaller, which MuPDF thins out as it decodes
MIN_DPI = 40  # a poster's letters are large
POINTS = 72  # an inch


class TooManyPixels(ValueError):
    """A page that would take more memory than a page is worth; the message has the numbers."""


class Picture(NamedTuple):
    """The picture (mode L), and how many of its pixels make an inch of the page."""

    image: Image.Image
    dpi: float


def render(page: pymupdf.Page, dpi: int) -> Picture:
    """The page at `dpi`, or at less where it is larger than `MAX_PIXELS` allow.

    Raises TooManyPixels for a page that could be drawn only at less than `MIN_DPI`, unless it shows nothing
    finer, and for one with an image of which more than `MAX_SOURCE_PIXELS` would be decoded.
    """
    width, height = page.rect.width / POINTS, page.rect.height / POINTS  # inches
    if not width * height > 0:
        raise TooManyPixels("the page has no area")
    used = min(dpi, sqrt(MAX_PIXELS / (width * height)))
    if used < MIN_DPI and used < _find_finest(page):
        raise TooManyPixels(
            f"the page measures {width:.0f} x {height:.0f} inches: {MAX_PIXELS:,} pixels are too few"
        )
    for picture in page.get_image_info():
        if (pixels := _count_decoded(picture, used)) > MAX_SOURCE_PIXELS:
            raise TooManyPixels(f"the page holds an image of {pixels:,} pixels, above {MAX_SOURCE_PIXELS:,}")
    scale = used / POINTS
    drawn = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False, annots=False
    )
    image = Image.frombuffer("L", (drawn.width, drawn.height), drawn.samples, "raw", "L", drawn.stride, 1)
    return Picture(image, used)


def _find_finest(page: pymupdf.Page) -> float:
    """The resolution of the finest picture of a page that shows pictures alone; else there is no end."""
    if any("image" not in kind for kind, _ in page.get_bboxlog()):
        return inf
    return max((max(_measure_dpi(picture)) for picture in page.get_image_info()), default=inf)


def _measure_dpi(picture: dict[str, Any]) -> tuple[float, float]:
    """Pixels an inch, along both sides of a picture as it is placed."""
    a, b, c, d, *_ = picture["transform"]
    across, down = max(hypot(a, b), 1e-3), max(hypot(c, d), 1e-3)
    return POINTS * picture["width"] / across, POINTS * picture["height"] / down


def _count_decoded(picture: dict[str, Any], dpi: float) -> int:
    """Pixels that MuPDF holds of an image drawn at `dpi`: it halves both sides while they stay finer."""
    finer = min(_measure_dpi(picture)) / dpi
    halvings = min(int(log2(finer)), MOST_HALVINGS) if finer > 1 else 0
    return int(picture["width"] * picture["height"]) >> 2 * halvings
