"""What was done for a PDF, counted and timed: beside the columns, and never in a document."""

import json

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.layout.documents import FailedPages
from winnow.ocr.layout.lines import Page
from winnow.ocr.pdf import read
from winnow.ocr.process.work import COLUMN, ERRORS, count_work, write_work

PROSE = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told.",
]


@pytest.fixture
def mixed(tmp_path):
    """A page born digital, its picture, and a blank one."""
    born = pymupdf.open()
    page = born.new_page()
    for number, line in enumerate(PROSE):
        page.insert_text((72, 150 + 14 * number), line, fontsize=11)
    picture = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    new = born.new_page()
    new.insert_image(new.rect, stream=picture.tobytes("png"))
    born.new_page()
    born.save(tmp_path / "a.pdf")
    return str(tmp_path / "a.pdf")


def test_a_file_is_counted_by_route_engine_and_step(mixed):
    (row,) = (row for frame in read(mixed, page_seconds=120) for row in frame.to_dicts())
    work = json.loads(row[COLUMN])
    counts = {what: {name: count for name, (count, _) in names.items()} for what, names in work.items()}
    assert counts["route"] == {"text: good": 1, "ocr: no_text": 1, "blank: blank": 1}
    assert counts["engine"] == {"layer": 2, "tesseract eng": 1}
    assert counts["step"] == {"open": 1, "judge": 3, "check": 1, "layout": 3}
    assert sum(counts["expected_error"].values()) == 1 and "fallback" not in counts
    seconds = {name: spent for names in work.values() for name, (_, spent) in names.items()}
    assert seconds["ocr: no_text"] > seconds["tesseract eng"] > 0
    assert seconds["judge"] >= seconds["check"] > 0
    assert "seconds" not in row["metadata"]


def test_pages_that_failed_and_those_given_up_are_counted():
    failed = [FailedPages(3, 3, "crashed"), FailedPages(5, 14, "the rest", rest=True)]
    work = count_work({"seconds": 0.5}, [], failed, 0.0)
    assert work["route"] == {"failed: page": [1, 0.0], "failed: given up": [10, 0.0]}
    assert work["step"]["open"] == [1, 0.5]


def test_what_a_model_was_asked_and_did_not_answer():
    about = {"route": "ocr", "reason": "no_text", "engine": "tesseract", "languages": "eng", "quality": 0.99}
    about |= {"seconds": 2.0, "judge_seconds": 0.5}
    answered = about | {"engine": "eye", "attempts": 2, "asked_seconds": 7.0, "quality": 0.4}
    failed = about | {"attempts": 4, "asked_seconds": 9.0, "fallback": "truncated"}
    work = count_work({}, [Page(0, 800, [], about=one) for one in (answered, failed)], [], 0.0)
    assert work["request"] == {"answered": [2, 7.0], "given up": [4, 9.0]}
    assert work["fallback"] == {"truncated": [1, 0.0]}
    assert work["engine"] == {"tesseract eng": [2, 3.0]}  # it read both, before the model did
    assert work["expected_error"] == {"0.005-0.01": [1, 0.0]}  # of the model nobody knows it


@given(st.integers(0, 10_000))
def test_every_quality_has_its_place(ten_thousandths):
    quality = ten_thousandths / 10_000
    about = {
        "route": "ocr",
        "reason": "no_text",
        "engine": "tesseract",
        "languages": "eng",
        "quality": quality,
    }
    work = count_work({}, [Page(0, 800, [], about=about)], [], 0.0)
    (name,) = json.loads(write_work(work))["expected_error"]
    lower, upper = map(float, name.split("-"))
    error = round(1 - quality, 4)
    assert lower in ERRORS and (lower < error <= upper or error == lower == 0)
