"""Rows of dots drawn here are painted over and put back; dots of other kinds stay."""

import numpy as np
import pymupdf
import pytest
from PIL import Image

from winnow.ocr.engines.answer import join_words
from winnow.ocr.picture.leaders import LEADER, Row, erase_leaders, may_have_leaders, put_back

HEIGHT = 36.0  # pixels of a line at 300 dpi


def draw(*texts):
    page = pymupdf.open().new_page(width=400, height=40 + 14 * len(texts))
    for number, text in enumerate(texts):
        page.insert_text((20, 30 + 14 * number), text, fontsize=9, fontname="helv")
    drawn = page.get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)


def line(text, x0, x1, y0=100.0, block=1, sure=0.9):
    return join_words([(text, sure, x0, y0, x1, y0 + 30)], block)


def test_rows_of_dots_are_painted_over_and_the_letters_stay():
    whole = draw("Authors . . . . . . . . . . . . 67", "Feedback ........................ 68", "plain text")
    bare = draw("Authors", "Feedback", "plain text")
    clear, rows = erase_leaders(whole, HEIGHT)
    assert len(rows) == 2 and all(row.y1 - row.y0 < 10 for row in rows)
    left = int(rows[0].x0) - 4
    assert np.array_equal(np.asarray(clear)[:, :left], np.asarray(bare)[:, :left])
    assert all(
        np.asarray(clear)[int(row.y0) : int(row.y1), int(row.x0) : int(row.x1)].min() > 200 for row in rows
    )


@pytest.mark.parametrize("text", ["and so on ... or not ....", "iiiiiiiiiiii i i i i i i i", "a.b.c.d.e.f.g"])
def test_other_dots_stay(text):
    image = draw(text)
    assert erase_leaders(image, HEIGHT) == (image, [])


def test_a_leader_and_its_number_go_on_the_line_of_the_title():
    lines = [line("Authors", 10, 100), line("Next", 10, 60, y0=140), line("67", 300, 330, block=2)]
    read = put_back(lines, [Row(110, 122, 290, 126, 10)], HEIGHT)
    assert [one.text for one in read] == [f"Authors {LEADER} 67", "Next"]
    assert read[0].x1 == 330 and read[0].block == 1


def test_two_rows_in_a_line_are_one_each_and_neighbours_one():
    lines = [join_words([("a", 0.9, 10, 100, 20, 130), ("b", 0.9, 200, 100, 220, 130)], 1)]
    rows = [Row(25, 122, 90, 126, 10), Row(100, 122, 190, 126, 10), Row(230, 122, 300, 126, 10)]
    assert [one.text for one in put_back(lines, rows, HEIGHT)] == [f"a {LEADER} b {LEADER}"]


def test_a_row_is_not_put_into_the_next_column():
    lines = [line("Authors", 10, 100), line("prose", 340, 500, block=2), line("far", 10, 100, y0=400)]
    assert put_back(lines, [Row(110, 122, 290, 126, 10)], HEIGHT)[1:] == lines[1:]
    assert put_back(lines[1:], [Row(110, 122, 290, 126, 10)], HEIGHT) == lines[1:]


def test_prose_is_not_looked_at_twice():
    assert not may_have_leaders([line("and so on ...", 0, 9)] * 9)
    assert may_have_leaders([line("Authors ......... 67", 0, 9)] * 3)
    assert may_have_leaders([line("eee", 0, 9, sure=0.2)] * 3)
