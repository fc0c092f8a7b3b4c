"""What MuPDF cannot open or read is asked of PDFium; what neither reads stays an error."""

import json

import pymupdf
import pytest

from winnow.ocr.pdf import read
from winnow.ocr.process import pages
from winnow.ocr.process.child import _make_sound
from winnow.ocr.process.rescue import is_doubtful, open_other, read_other

WORDS = "The keeper of the archive wrote down every parcel that came in on the morning train."


def make_page(number, words, **about):
    line = [0.0, 0.0, 9.0, 9.0, 10.0, False, False, 0, words]
    lines = [line] if words else []
    return {"page": number, "height": 9.0, "lines": lines, "rulings": [], "about": {"quality": 1.0, **about}}


def ask_of(*answers):
    return lambda only: iter([{"pages": 9}, *answers])


def read_rows(path, **settings):
    return [row for frame in read(str(path), ocr=False, **settings) for row in frame.to_dicts()]


def test_bytes_that_are_no_utf8_in_a_warning_lose_no_file(tmp_path):
    document = pymupdf.open()
    for number in range(3):
        document.new_page().insert_text((72, 72), f"{WORDS} {number}")
    # A page of which nothing is left: what MuPDF says of it stands in its error.
    document.update_stream(document[1].get_contents()[0], b"1 0 0 1 0 7.89\xffcm")
    document.save(tmp_path / "a.pdf")
    rows = read_rows(tmp_path / "a.pdf")
    assert sum((row["text"] or "").count(WORDS) for row in rows) == 2
    for row in rows:
        json.dumps(row, ensure_ascii=False).encode("utf-8")


def test_strings_are_sound_at_any_depth():
    told = _make_sound({"a\udcff": ["x\udc80\0", ("plain", 1, None)], "b": "\ud83d\ude00"})
    assert told == {"a\ufffd": ["x\ufffd", ["plain", 1, None]], "b": "\N{GRINNING FACE}"}


def test_a_failed_page_is_that_of_the_other_reader_where_it_has_text():
    doubtful = [{"page": 1, "error": "damaged"}, {"page": 2, "error": "damaged"}]
    one, two = read_other(doubtful, 9, ask_of(make_page(1, WORDS), make_page(2, "")), "pdfium")
    assert one["about"]["rescued"] == "read by pdfium" and one["about"]["damage"] == "damaged"
    assert two == doubtful[1], "a page that is blank for its damage is no page that was read"


@pytest.mark.parametrize(("words", "rescued"), [(WORDS * 2, True), (WORDS, False), (WORDS[:20], False)])
def test_of_a_damaged_page_that_stays_which_has_more(words, rescued):
    first = make_page(3, WORDS, damage="zlib error")
    (page,) = read_other([first], 9, ask_of(make_page(3, words)), "pdfium")
    assert ("rescued" in page["about"]) is rescued


def test_pages_that_were_given_up_are_all_told():
    lost = [{"page": 6, "lost": "20 pages stopped the reader"}]
    told = list(read_other(lost, 9, ask_of(), "pdfium"))
    assert told == lost
    told = list(read_other(lost, 9, ask_of(make_page(7, WORDS)), "pdfium"))
    assert [(page["page"], "error" in page) for page in told] == [(6, True), (7, False), (8, True)]


def test_a_file_of_which_the_other_reads_no_text_keeps_its_error():
    first = {"error": "no page in it can be read"}
    assert open_other(first, ask_of(make_page(0, "")), "pdfium") == [first]
    head, one, two = open_other(first, ask_of(make_page(0, ""), make_page(1, WORDS)), "pdfium")
    assert head["repaired"] and "pdfium reads nothing" in one["error"] and "rescued" in two["about"]


def test_what_is_over_a_bound_is_not_asked_again():
    assert not is_doubtful({"page": 0, "error": "took longer", "bound": True})
    assert not is_doubtful(make_page(0, WORDS))


@pytest.mark.parametrize("other", ["pdfium", ""])
def test_pages_that_mupdf_does_not_find_are_read_and_counted(tmp_path, monkeypatch, other):
    monkeypatch.setattr(pages, "find_other", lambda reader: other)
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), WORDS)
    # MuPDF takes the tree of pages at its word.
    body = document.tobytes().replace(b"/Count 1", b"/Count 0")
    (tmp_path / "a.pdf").write_bytes(body)
    (row,) = read_rows(tmp_path / "a.pdf")
    if not other:
        assert "no page in it can be read" in row["error"]
        return
    notes = json.loads(row["metadata"])
    assert row["text"] == WORDS and notes["fallbacks"] == {"read by pdfium": 1}
    assert notes["damaged_pages"] == 1
    assert json.loads(row["_work"])["fallback"]["read by pdfium"][0] == 1
