"""Scanned pages read by two engines: what is recorded of it, and what is refused."""

import json

import numpy as np
import polars as pl
import pymupdf
import pytest
from PIL import Image, ImageFilter

pytest.importorskip("rapidocr", reason="rapidocr comes with `make extras`")

from ocr.engines import rapid
from ocr.papers import read as read_papers
from ocr.pdf import extract, read

LINES = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told at",
    "once where it lay and who had asked for it before.",
]


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A page that is a blurred picture at 150 dpi with noise."""
    born, path = pymupdf.open(), tmp_path_factory.mktemp("scan") / "a.pdf"
    page = born.new_page()
    for number, line in enumerate(LINES):
        page.insert_text((60, 150 + 14 * number), line, fontsize=11, fontname="tiro")
    drawn = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
    image = image.filter(ImageFilter.GaussianBlur(1.3))
    noise = np.random.default_rng(5).normal(0, 12, (image.height, image.width))
    pixels = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
    shown = pymupdf.Pixmap(pymupdf.csGRAY, image.width, image.height, pixels.tobytes(), False)
    document = pymupdf.open()
    document.new_page().insert_image(page.rect, pixmap=shown)
    document.save(path)
    return path


def test_both_engines_are_recorded_and_the_text_is_right(scan):
    (row,) = (
        row for frame in read(str(scan), engine="cascade", page_seconds=120) for row in frame.to_dicts()
    )
    told = json.loads(row["metadata"])
    assert row["text"] == " ".join(LINES)
    assert [span[3:5] for span in told["page_spans"]] == [["tesseract+rapidocr", "ocr"]]
    assert told["models"] == {"eng+PP-OCRv6": 1} and "fallbacks" not in told
    assert row["pdf_ocr_pages"] == 1 and row["ocr_quality"] > 0.95


def test_what_is_not_installed_is_refused_before_a_page_is_read(scan, tmp_path, monkeypatch):
    monkeypatch.setattr(rapid, "find_spec", lambda name: None)
    docs = pl.DataFrame(schema={"id": pl.String, "media_type": pl.String, "body": pl.Binary})
    (tmp_path / "list.jsonl").write_text(json.dumps({"path": str(scan)}) + "\n")
    for ask in (
        lambda: list(read(str(scan), engine="cascade")),
        lambda: extract(docs, engine="cascade"),
        lambda: list(read_papers(str(tmp_path / "list.jsonl"), engine="cascade")),
    ):
        with pytest.raises(ImportError, match=r"rapidocr.*make extras"):
            ask()
    assert extract(docs).height == 0
