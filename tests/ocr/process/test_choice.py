"""Layers that look unlike language: which OCR replaces, and which stay."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from winnow.ocr.engines.tesseract import list_languages
from winnow.ocr.layer.judge import Verdict
from winnow.ocr.layer.pixels import MODELS
from winnow.ocr.layout.documents import make_documents
from winnow.ocr.layout.lines import Line, Page
from winnow.ocr.pdf import read
from winnow.ocr.process.choice import NO_BETTER, choose_models, choose_reading, reads_better
from winnow.ocr.reader.page import Document

PROSE = [
    "The committee met on Tuesday to discuss the report of the treasurer",
    "and to decide about the new building near the river",
    "Several members asked how the work would be paid for",
    "and whether the old house could be kept for another year",
]
# Abbreviations of a listing, which no pair of letters of a language is like.
LISTING = "кмнд прм = щфтхц; жбгпдр(фщцхж, ъгдкл); взврт шхнфк бзжчц"
Open = Callable[[pymupdf.Document], Document]


def write_listing(path: Path, pages: int = 1) -> str:
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page()
        for index in range(12):
            page.insert_htmlbox((60, 60 + 30 * index, 560, 88 + 30 * index), LISTING)
    document.save(path)
    return str(path)


def read_one(uri: str, **settings: Any) -> dict[str, Any]:
    (row,) = [row for frame in read(uri, **settings) for row in frame.to_dicts()]
    return row


@pytest.mark.usefixtures("reader")
@pytest.mark.skipif(bool({*MODELS["Cyrillic"]} & {*list_languages()}), reason="there is a model")
def test_nothing_is_replaced_without_a_model_of_its_script(tmp_path: Path) -> None:
    row = read_one(write_listing(tmp_path / "a.pdf"))
    told = json.loads(row["metadata"])
    assert told["fallbacks"] == {"no OCR model of Cyrillic": 1}
    assert told["routes"] == {"ocr: broken_letters": 1}
    assert row["text"].count("щфтхц") == 12
    assert (row["pdf_ocr_pages"], row["ocr_quality"]) == (0, None)


def lay_out(lines: list[str]) -> dict[str, Any]:
    return {"height": 842.0, "lines": [[0, 0, 1, 1, 11.0, False, False, 0, line] for line in lines]}


def choose(opened: Open, layer: list[str], reason: str, tmp_path: Path) -> dict[str, Any]:
    document = pymupdf.open()
    page = document.new_page()
    for index, line in enumerate(PROSE):
        page.insert_text((60, 80 + 20 * index), line, fontsize=11)
    verdict = Verdict("ocr", reason, 0.2, {}, False)
    place = str(tmp_path / "0.png")
    return choose_reading(opened(document)[0], verdict, lambda: lay_out(layer), ["eng"], place)


def test_a_layer_stays_unless_ocr_reads_better(opened: Open, tmp_path: Path) -> None:
    same = choose(opened, PROSE, "broken_letters", tmp_path)
    assert [line[8] for line in same["lines"]] == PROSE
    assert same["about"] == {"engine": "layer", "fallback": NO_BETTER}
    assert not list(tmp_path.glob("*.png")), "no picture for a model to read"
    noise = str.maketrans("aeiounrst", "qxjzvkwfp")
    broken = choose(opened, [line.translate(noise) for line in PROSE], "broken_letters", tmp_path)
    assert broken["about"]["engine"] == "tesseract" and "fallback" not in broken["about"]
    assert broken["lines"][0][8] == PROSE[0]


def test_what_pictures_speak_against_is_replaced(opened: Open, tmp_path: Path) -> None:
    assert choose(opened, PROSE, "pixels_differ", tmp_path)["about"]["engine"] == "tesseract"


def test_letters_of_no_language_cost_as_chance() -> None:
    text = "\n".join(PROSE)
    assert not reads_better(text, text, "Latin")
    assert reads_better(text.replace("e", "\ufffd"), text, "Latin")
    assert reads_better(text.replace("e", "\u0435"), text, "Latin"), "Cyrillic among Latin letters"
    assert not reads_better(text.replace("e", "\ufffd"), PROSE[3], "Latin"), "most is lost"


@pytest.mark.parametrize(
    ("script", "asked", "known", "chosen"),
    [
        ("Latin", ["eng"], ["eng"], ["eng"]),
        ("Cyrillic", ["eng"], ["eng", "osd"], []),
        ("Cyrillic", ["eng"], ["eng", "ukr"], ["ukr"]),
        ("Cyrillic", ["eng", "rus"], ["eng", "rus"], ["eng", "rus"]),
        ("Han", ["jpn"], ["jpn"], ["jpn"]),
        ("Cyrillic", ["mon"], ["mon"], ["mon"]),
        ("", ["eng"], ["eng"], ["eng"]),
    ],
)
def test_models_of_a_script(script: str, asked: list[str], known: list[str], chosen: list[str]) -> None:
    assert choose_models(script, asked, known) == chosen


def test_one_bad_page_is_no_bad_book() -> None:
    def lay(number: int, about: Mapping[str, Any], written: bool = True) -> Page:
        line = Line(72, 300, 300, 310, 10.0, False, False, 0, f"It is kept on shelf {chr(97 + number) * 4}.")
        return Page(number, 842.0, [line] if written else [], about=about)

    layer = {"route": "text", "reason": "good", "engine": "layer", "quality": 0.9}
    scan = {"route": "ocr", "reason": "no_text", "engine": "tesseract", "languages": "eng", "quality": 0.2}
    pages = [lay(0, scan), *(lay(n, layer) for n in range(1, 9)), lay(9, scan, False), lay(10, layer, False)]
    head = {"pages": 11, "outline": [], "repaired": False}
    ((_, row),) = make_documents(head, pages, [], min_chapter_pages=99, max_chars=1e9)
    assert row["ocr_quality"] == pytest.approx(1 - 0.8 * 2 / 10), "a blank page is none of the ten"
    ((_, row),) = make_documents(head, pages[:1], [], min_chapter_pages=99, max_chars=1e9)
    assert row["ocr_quality"] == pytest.approx(0.2)
