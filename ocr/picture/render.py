"""A page as a picture in gray, of no more pixels than allowed: they are counted before any is drawn."""

from math import sqrt
from typing import NamedTuple

import pymupdf
from PIL import Image

MAX_PIXELS = 40_000_000  # of a rendered page: A3 at 500 dpi
MAX_SOURCE_PIXELS = 400_000_000  # of one embedded image, which MuPDF decodes whole: 400 MB in gray
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

    Raises TooManyPixels for pages that could be drawn only at less than `MIN_DPI`, or that hold an image of
    more than `MAX_SOURCE_PIXELS`.
    """
    width, height = page.rect.width / POINTS, page.rect.height / POINTS  # inches
    if not width * height > 0:
        raise TooManyPixels("the page has no area")
    used = min(dpi, sqrt(MAX_PIXELS / (width * height)))
    if used < MIN_DPI:
        raise TooManyPixels(
            f"the page measures {width:.0f} x {height:.0f} inches: {MAX_PIXELS:,} pixels are too few"
        )
    for picture in page.get_image_info():
        if (pixels := picture["width"] * picture["height"]) > MAX_SOURCE_PIXELS:
            raise TooManyPixels(f"the page holds an image of {pixels:,} pixels, above {MAX_SOURCE_PIXELS:,}")
    scale = used / POINTS
    drawn = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False, annots=False
    )
    image = Image.frombuffer("L", (drawn.width, drawn.height), drawn.samples, "raw", "L", drawn.stride, 1)
    return Picture(image, used)
