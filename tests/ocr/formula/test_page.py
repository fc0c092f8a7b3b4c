"""Formulas of real pages, set in the usual fonts of TeX (pages of Debian's packages: tests/gates/golds)."""

import re
import tarfile
from pathlib import Path

import pytest

from winnow.ocr.formula.page import write_formulas
from winnow.ocr.layer.fonts import Memory
from winnow.ocr.process import child
from winnow.ocr.reader import mupdf

PAGES = Path("tests/gates/golds/page_facts/pages.tar.xz")
READ = ("019", "034", "037", "045", "115")
WORD = re.compile(r"[A-Za-z]{4,}")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    home = tmp_path_factory.mktemp("pages")
    with tarfile.open(PAGES) as archive:
        for name in READ:
            archive.extract(f"pages/{name}.pdf", home, filter="data")
    return home / "pages"


def read(files, name):
    page = mupdf.open_document(str(files / f"{name}.pdf"))[0]
    blocks, rulings = page.read_blocks()
    written, left, counts = write_formulas(page, blocks, rulings)
    return blocks, rulings, written, left, counts


def list_texts(blocks):
    return [
        "".join(span["text"] for span in line["spans"]) for block in blocks for line in block.get("lines", ())
    ]


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("037", "\\log ( \\mu _{i} ) = x _{i}^{\\top} \\beta + \\log ( 1 - f _{\\text{ zero }}"),
        ("037", "\\begin{cases} f _{\\text{ zero }} ( 0 ; z , \\gamma ) & \\text{ if } y = 0"),
        ("034", "\\begin{pmatrix} 1 & - 1 & 0 & 0 & 0 \\\\ 1 & 0 & - 1 & 0 & 0 \\\\"),
        ("045", "= ( \\frac{1}{n} X ^{\\top} X ) ^{- 1} \\frac{1}{n} \\Phi"),
        ("019", "= \\frac{1}{25} \\sum_{s = - 4}^{4} ( 5 - | s | ) \\hat{\\Gamma} _{s}"),
    ],
)
def test_a_formula_by_itself(files, name, latex):
    displays = [text for text in list_texts(read(files, name)[2]) if text.startswith("$$")]
    assert any(latex in text for text in displays)


def test_formulas_within_a_line(files):
    texts = " ".join(list_texts(read(files, "037")[2]))
    assert "one or two additional dispersion parameters $\\theta$ (if $f _{\\text{ count }}$ or" in texts


@pytest.mark.parametrize("name", READ)
def test_no_word_of_the_text_is_lost(files, name):
    before, _, after, _, counts = read(files, name)
    assert counts["displays"] + counts["inline"] > 0
    left = "".join(" ".join(list_texts(after)).split())
    words = {word for text in list_texts(before) if "=" not in text for word in WORD.findall(text)}
    missing = {word for word in words if word not in left}
    assert missing <= {"fcount", "fzero"}  # a sign with its script


def test_a_page_without_a_font_of_formulas_is_left_as_it_is(files):
    page = mupdf.open_document(str(files / "037.pdf"))[0]
    blocks, rulings = page.read_blocks()
    for block in blocks:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                span["font"] = "Times-Roman"
    assert write_formulas(page, blocks, rulings) == (blocks, rulings, {})


def test_odd_glyphs_cost_the_formulas_and_are_told(files, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(child, "write_formulas", fail)
    page = mupdf.open_document(str(files / "037.pdf"))[0]
    blocks, rulings = page.read_blocks()
    told = {"fallback": "formulas as glyphs (ZeroDivisionError)"}
    assert child._write_formulas(page, blocks, rulings, Memory()) == (blocks, rulings, told)
