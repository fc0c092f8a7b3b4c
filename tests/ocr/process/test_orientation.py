"""Pages drawn here, blurred, with rows of dots, or of which the engine loses lines, read to the end."""

import json

import pymupdf
import pytest
from PIL import Image, ImageFilter

from winnow.ocr.engines import tesseract
from winnow.ocr.pdf import read
from winnow.ocr.process import orientation

TITLES = ["Authors of the book", "How to read it", "A short history", "What comes next", "Where to ask"]
LINES = [f"line number {number} of the keeper of the archive who wrote down parcels" for number in range(24)]


def draw(texts, blur=0.0):
    """A picture at 300 dpi of lines of type at 10 points."""
    page = pymupdf.open().new_page(width=400, height=60 + 14 * len(texts))
    for row, text in enumerate(texts):
        page.insert_text((30, 40 + 14 * row), text, fontsize=10, fontname="tiro")
    drawn = page.get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
    return image.filter(ImageFilter.GaussianBlur(blur)) if blur else image


def scan(path, image):
    """What is read of a PDF that is this picture: its text and what is told of it."""
    document = pymupdf.open()
    page = document.new_page(width=image.width * 72 / 300, height=image.height * 72 / 300)
    pixels = pymupdf.Pixmap(pymupdf.csGRAY, image.width, image.height, image.tobytes(), False)
    page.insert_image(page.rect, pixmap=pixels)
    document.save(path)
    (row,) = (row for frame in read(str(path)) for row in frame.to_dicts())
    return row["text"], json.loads(row["metadata"])


def test_a_blurred_page_is_read_and_counted(tmp_path):
    text, told = scan(tmp_path / "a.pdf", draw(LINES, blur=3.5))
    assert sum(line in text for line in LINES) >= 20 and told["sharpened_pages"] == 1
    text, told = scan(tmp_path / "b.pdf", draw(LINES))
    assert all(line in text for line in LINES) and "sharpened_pages" not in told


def test_titles_before_rows_of_dots_are_read_and_the_rows_stand_for_them(tmp_path):
    rows = [f"{title} {'. ' * (40 - len(title))}{number}" for number, title in enumerate(TITLES * 4, 11)]
    text, told = scan(tmp_path / "a.pdf", draw(rows))
    assert all(text.count(title) == 4 for title in TITLES)
    assert sum(f"..... {number}" in text for number in range(11, 31)) >= 18
    assert told["document_type"] == "table_of_contents"


def test_lines_that_the_engine_loses_are_read_apart(monkeypatch):
    whole = tesseract.recognize

    def lose(picture, languages, dpi, mode="page"):
        lines = whole(picture, languages, dpi, mode)
        return [*lines[:5], *lines[12:]] if mode == "page" else lines

    monkeypatch.setattr(orientation.tesseract, "recognize", lose)
    found = orientation.read_upright(draw(LINES), ("eng",), 300)
    assert [line.text for line in found.lines] == LINES and found.places == 1 and found.unread == 0


@pytest.mark.parametrize("kind", ["page", "block"])
def test_what_stays_unread_is_told(monkeypatch, kind):
    whole = tesseract.recognize

    def lose(picture, languages, dpi, mode="page"):
        return whole(picture, languages, dpi, mode)[:5] if mode == "page" or kind == "page" else []

    monkeypatch.setattr(orientation.tesseract, "recognize", lose)
    found = orientation.read_upright(draw(LINES), ("eng",), 300)
    if kind == "block":
        assert len(found.lines) == 5 and found.unread > 0.5
    else:
        assert len(found.lines) == 10
