"""A page as a picture in gray, of no more pixels than allowed: they are counted before any is drawn."""

from math import inf, log2, sqrt
from typing import NamedTuple

from PIL import Image

from winnow.ocr.reader.page import Page, Placed

MAX_PIXELS = 40_000_000  # of a rendered page: A3 at 500 dpi
MAX_SOURCE_PIXELS = 400_000_000  # of one embedded image as it is decoded: 400 MB in gray
MIN_DPI = 40  # a poster's letters are large
POINTS = 72  # an inch


class TooManyPixels(ValueError):
    """A page that would take more memory than a page is worth; the message has the numbers."""


class Picture(NamedTuple):
    """The picture (mode L), and how many of its pixels make an inch of the page."""

    image: Image.Image
    dpi: float


def render(page: Page, dpi: int) -> Picture:
    """The page at `dpi`, or at less where it is larger than `MAX_PIXELS` allow.

    Raises TooManyPixels for a page that could be drawn only at less than `MIN_DPI`, unless it shows nothing
    finer, and for one with an image of which more than `MAX_SOURCE_PIXELS` would be decoded.
    """
    width, height = page.width / POINTS, page.height / POINTS  # inches
    if not width * height > 0:
        raise TooManyPixels("the page has no area")
    used = min(dpi, sqrt(MAX_PIXELS / (width * height)))
    if used < MIN_DPI and used < _find_finest(page):
        raise TooManyPixels(
            f"the page measures {width:.0f} x {height:.0f} inches: {MAX_PIXELS:,} pixels are too few"
        )
    for picture in page.list_images():
        if (pixels := _count_decoded(picture, used, page.most_halvings)) > MAX_SOURCE_PIXELS:
            raise TooManyPixels(f"the page holds an image of {pixels:,} pixels, above {MAX_SOURCE_PIXELS:,}")
    return Picture(page.draw(used / POINTS, notes=False), used)


def _find_finest(page: Page) -> float:
    """The resolution of the finest picture of a page that shows pictures alone; else there is no end."""
    if any("image" not in kind for kind, _ in page.list_drawn()):
        return inf
    return max((max(_measure_dpi(picture)) for picture in page.list_images()), default=inf)


def _measure_dpi(picture: Placed) -> tuple[float, float]:
    """Pixels an inch, along both sides of a picture as it is placed."""
    across, down = max(picture.across, 1e-3), max(picture.down, 1e-3)
    return POINTS * picture.width / across, POINTS * picture.height / down


def _count_decoded(picture: Placed, dpi: float, most_halvings: int) -> int:
    """Pixels that are held of an image drawn at `dpi`: its sides are halved while both stay finer."""
    finer = min(_measure_dpi(picture)) / dpi
    halvings = min(int(log2(finer)), most_halvings) if finer > 1 else 0
    return int(picture.width * picture.height) >> 2 * halvings
