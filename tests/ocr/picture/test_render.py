"""Pages too large to draw as usual: at what resolution they are drawn, or why not."""

import pymupdf
import pytest

from winnow.ocr.picture import render as module
from winnow.ocr.picture.render import TooManyPixels, render


def lay(width, height, picture, scale=1.0, rotate=0):
    """A page of that size in inches with a picture of that many pixels on a part of it."""
    document = pymupdf.open()
    page = document.new_page(width=72 * width, height=72 * height)
    pixels = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, *picture), False)
    pixels.clear_with(200)
    place = (0, 0, scale * page.rect.width, scale * page.rect.height)
    page.insert_image(place, pixmap=pixels, rotate=rotate, keep_proportion=False)
    return document


def test_a_page_is_drawn_as_asked_where_that_is_not_too_much(opened):
    picture = render(opened(lay(8, 10, (80, 100)))[0], 300)
    assert picture.dpi == 300 and picture.image.size == (2400, 3000)


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_poster_of_a_coarse_picture_alone_is_drawn_as_fine_as_that(opened, rotate):
    picture = render(opened(lay(250, 500, (2000, 2000), rotate=rotate))[0], 300)
    width, height = picture.image.size
    assert 0.98 * module.MAX_PIXELS < width * height <= 1.01 * module.MAX_PIXELS and picture.dpi > 17


def test_a_poster_with_a_fine_picture_or_outlines_is_refused(opened):
    with pytest.raises(TooManyPixels, match="250 x 500 inches"):
        render(opened(lay(250, 500, (1000, 1000), scale=0.1))[0], 300)
    document = lay(250, 500, (250, 500))
    document[0].draw_line((9, 9), (99, 99))
    with pytest.raises(TooManyPixels, match="250 x 500 inches"):
        render(opened(document)[0], 300)


def test_an_image_counts_as_it_is_decoded_where_it_is_drawn_smaller(opened, reader, monkeypatch):
    monkeypatch.setattr(module, "MAX_PIXELS", 10_000)
    monkeypatch.setattr(module, "MAX_SOURCE_PIXELS", 100_000)
    document = opened(lay(1, 1, (1000, 1000)))  # a megapixel that MuPDF thins out three times
    if reader == "mupdf":
        assert render(document[0], 100).image.size == (100, 100)
    else:
        with pytest.raises(TooManyPixels, match="image of 1,000,000 pixels"):
            render(document[0], 100)
    with pytest.raises(TooManyPixels, match="image of 1,000,000 pixels, above 100,000"):
        render(opened(lay(1, 1, (1_000_000, 1)))[0], 100)  # thinned out only where both sides are finer
