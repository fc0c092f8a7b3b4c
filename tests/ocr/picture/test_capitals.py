"""Words in small capitals, drawn with MuPDF's own fonts, are told from words in capitals."""

import pymupdf
import pytest
from PIL import Image

from winnow.ocr.engines.answer import join_words
from winnow.ocr.picture.capitals import write_small_capitals

DPI = 300


def draw(first, rest, font, lesser):
    """A word in a picture, its first letter at 12 points and the others at 12 times `lesser`."""
    page = pymupdf.open().new_page(width=200, height=40)
    page.insert_text((10, 25), first, fontsize=12, fontname=font)
    x = 10 + pymupdf.get_text_length(first, font, 12)
    page.insert_text((x + 0.3, 25), rest, fontsize=12 * lesser, fontname=font)
    drawn = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
    box = image.point(lambda value: 255 * (value < 128)).getbbox()
    return image, join_words([("of", 0.9, 0, 0, 5, 20), (first + rest, 0.9, *map(float, box))], 4)


@pytest.mark.parametrize("font", ["tiro", "tibo", "tiit", "helv"])
@pytest.mark.parametrize("name", ["RUBENS", "TITIAN", "JOHN", "EDGAR,", "QUINN'S"])
@pytest.mark.parametrize("lesser", [0.72, 0.8])
def test_small_capitals_are_lower_case(font, name, lesser):
    picture, line = draw(name[0], name[1:], font, lesser)
    written = write_small_capitals(line, picture)
    assert written.text == "of " + name[0] + name[1:].lower()
    assert (written.block, written.words[1][2:]) == (4, line.words[1][2:])


@pytest.mark.parametrize("font", ["tiro", "tibo", "tiit", "helv"])
@pytest.mark.parametrize("name", ["RUBENS", "TITIAN", "JOHN", "QUINN'S", "JUNTA", "OF", "II", "Rubens"])
def test_capitals_stay(font, name):
    picture, line = draw(name[0], name[1:], font, 1.0)
    assert write_small_capitals(line, picture) == line


def test_a_hyphen_begins_anew():
    picture, line = draw("A", "NGLO-SAXON", "tiro", 0.75)
    assert write_small_capitals(line, picture).text == "of Anglo-Saxon"
