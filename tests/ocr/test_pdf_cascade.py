"""Scanned pages read by two engines: what is recorded of it, and what is refused."""

import json

import numpy as np
import polars as pl
import pymupdf
import pytest
from PIL import Image, ImageFilter

pytest.importorskip("rapidocr", reason="rapidocr comes with `make extras`")

from winnow.ocr.engines import rapid
from winnow.ocr.papers import read as read_papers
from winnow.ocr.pdf import extract, read

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
        row for frame in read(str(scan), engine="cascade", page_seconds=600) for row in frame.to_dicts()
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


def test_a_japanese_page_is_read_without_a_model_of_tesseract(tmp_path):
    sentences = [
        "\u79c1\u306f\u6bce\u671d\u516d\u6642\u306b\u8d77\u304d\u3066\u3001\u516c\u5712\u3092\u6563\u6b69\u3057\u307e\u3059\u3002",
        "\u6628\u65e5\u306f\u96e8\u304c\u964d\u3063\u305f\u306e\u3067\u3001\u5bb6\u3067\u672c\u3092\u8aad\u307f\u307e\u3057\u305f\u3002",
        "\u6765\u9031\u306e\u91d1\u66dc\u65e5\u306b\u6771\u4eac\u306e\u56f3\u66f8\u9928\u3078\u884c\u304d\u307e\u3059\u3002",
        "\u53cb\u9054\u306f\u5927\u962a\u306e\u5927\u5b66\u3067\u6b74\u53f2\u3092\u52c9\u5f37\u3057\u3066\u3044\u307e\u3059\u3002",
    ] * 3
    born, document = pymupdf.open(), pymupdf.open()
    page = born.new_page()
    for number, sentence in enumerate(sentences):
        page.insert_text((60, 100 + 24 * number), sentence, fontsize=14, fontname="japan")
    document.new_page().insert_image(page.rect, pixmap=page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY))
    document.save(tmp_path / "a.pdf")
    read_ = read(str(tmp_path / "a.pdf"), engine="cascade", page_seconds=600)
    (row,) = (row for frame in read_ for row in frame.to_dicts())
    told = json.loads(row["metadata"])
    assert [span[3] for span in told["page_spans"]] == ["rapidocr"] and told["models"] == {"PP-OCRv6": 1}
    assert "".join(row["text"].split()) == "".join(sentences)
