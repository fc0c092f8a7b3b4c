"""Pages drawn here of which some lines were lost: they are found, cut out and put back in place."""

import pymupdf
from PIL import Image, ImageDraw

from winnow.ocr.engines import tesseract
from winnow.ocr.engines.answer import join_words
from winnow.ocr.picture.unread import cut_out, find_unread, put_between
from winnow.ocr.process.orientation import is_text

LINES = [f"line number {number} of the keeper of the archive" for number in range(20)]


def draw():
    page = pymupdf.open().new_page(width=300, height=360)
    for row, text in enumerate(LINES):
        page.insert_text((30, 40 + 14 * row), text, fontsize=10, fontname="tiro")
    drawn = page.get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)


def test_what_was_read_is_not_read_again():
    image = draw()
    assert find_unread(image, tesseract.recognize(image, ("eng",), 300)) == []


def test_lines_that_were_lost_are_read_apart_and_put_back():
    image = draw()
    whole = tesseract.recognize(image, ("eng",), 300)
    some = [*whole[:7], *whole[11:]]
    (box,) = find_unread(image, some)
    assert box[1] < whole[7].y1 and box[3] > whole[10].y0
    place, (x0, y0, _, _) = cut_out(image, box, some)
    found = tesseract.recognize(place, ("eng",), 300, "block")
    assert [line.text for line in found] == LINES[7:11]
    assert abs(found[0].y0 + y0 - whole[7].y0) < 5 and abs(found[0].x0 + x0 - whole[7].x0) < 5
    moved = [
        line._replace(y0=line.y0 + y0, y1=line.y1 + y0, x0=line.x0 + x0, x1=line.x1 + x0) for line in found
    ]
    assert [line.text for line in put_between(some, moved)] == LINES
    assert [line.text for line in put_between(whole[7:], whole[:7])] == LINES
    assert [line.text for line in put_between(whole[:7], whole[7:])] == LINES


def test_pictures_rules_and_empty_pages_are_not_text():
    image = draw()
    lines = tesseract.recognize(image, ("eng",), 300)
    paint = ImageDraw.Draw(image)
    paint.rectangle((900, 300, 1200, 800), fill=90)
    paint.rectangle((900, 900, 1200, 1300), outline=0, width=4)
    paint.line((50, 1400, 1200, 1400), fill=0, width=5)
    assert find_unread(image, lines) == []
    assert find_unread(Image.new("L", (900, 900), 255), lines) == [] == find_unread(image, [])


def test_what_a_drawing_is_read_as_is_no_text():
    def say(text, sure=0.9):
        return [join_words([(word, sure, 0.0, 0.0, 9.0, 9.0) for word in text.split()], 1)]

    assert is_text(say("the keeper of the archive"))
    assert not is_text(say("= hab te"))
    assert not is_text(say("the keeper of the archive", 0.5))
    assert not is_text(say("| . . the = * & keeper -- -- , , _ of ~ ~ it"))
    assert not is_text([])
