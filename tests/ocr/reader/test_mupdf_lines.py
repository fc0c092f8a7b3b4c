"""Lines from right to left, from PDFs whose glyphs say Arabic, Hebrew or Vietnamese letters."""

# ruff: noqa: RUF001 - the letters are meant

import pymupdf
import pytest

from winnow.ocr.reader import mupdf, pdfium

CMAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
{count} beginbfchar
{rows}
endbfchar endcmap CMapName currentdict /CMap defineresource pop end end"""


def write(path, content, letters, widths=None, producer="XeTeX"):
    """A page; `letters`: what each code says; `widths`: of codes that are not half an em wide."""
    document = pymupdf.open()
    page = document.new_page()
    cmap, font, stream = (document.get_new_xref() for _ in range(3))
    rows = "\n".join(
        f"<{ord(code):02X}> <{text.encode('utf-16-be').hex()}>" for code, text in letters.items()
    )
    document.update_object(cmap, "<<>>")
    document.update_stream(cmap, CMAP.format(count=len(letters), rows=rows).encode())
    wide = " ".join(str((widths or {}).get(chr(code), 500)) for code in range(32, 127))
    document.update_object(
        font,
        "<</Type/Font/Subtype/TrueType/BaseFont/Arial/FirstChar 32/LastChar 126/Encoding/WinAnsiEncoding"
        f"/Widths[{wide}]/ToUnicode {cmap} 0 R>>",
    )
    document.update_object(stream, "<<>>")
    document.update_stream(stream, f"BT /F1 20 Tf {content} ET".encode())
    document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
    document.xref_set_key(page.xref, "Resources", f"<</Font<</F1 {font} 0 R>>>>")
    document.set_metadata({"producer": producer})
    document.save(path)
    return str(path)


def read(path, reader=mupdf):
    blocks, _ = reader.open_document(path)[0].read_blocks()
    return ["".join(span["text"] for span in line["spans"]) for block in blocks for line in block["lines"]]


def test_a_ligature_is_read_in_its_own_order(tmp_path):
    path = write(tmp_path / "a.pdf", "50 700 Td (cbLa) Tj", {"a": "ا", "L": "لإ", "b": "ن", "c": "ت"})
    assert read(path) == ["الإنت"]


def test_a_letter_without_width_is_behind_the_one_where_it_stands(tmp_path):
    letters = {"a": "ا", "l": "ل", "i": "إ", "n": "ن"}
    path = write(tmp_path / "a.pdf", "50 700 Td (nila) Tj", letters, {"i": 0})
    assert read(path) == ["الإن"]


def test_a_mark_is_on_the_letter_that_is_drawn_next(tmp_path):
    letters = {"s": "ש", "l": "ל", "m": "ם", "o": "\u05b8"}
    path = write(tmp_path / "a.pdf", "50 700 Td (mlos) Tj", letters, {"o": 0})
    assert read(path) == ["שָלם"]


def test_marks_without_a_map_are_those_that_their_maker_told(tmp_path):
    letters = {"k": "ك", "l": "لٌ"}  # as LibreOffice maps lam, wherever it stands
    drawn = "50 700 Td (lk) Tj /Span<</ActualText<FEFF0644064C>>> BDC 30 0 Td (!l) Tj EMC (k) Tj"
    path = write(tmp_path / "a.pdf", drawn, letters, {"!": 0}, producer="LibreOffice 7.4")
    assert read(path) == ["كلٌ كل"]


def test_cells_that_stand_apart_are_no_line(tmp_path):
    letters = {"a": "א", "b": "ב"}
    path = write(tmp_path / "a.pdf", "50 700 Td (ab) Tj 200 0 Td (ba) Tj", letters)
    assert read(path) == ["בא", "אב"]


@pytest.mark.parametrize("reader", [mupdf, pdfium])
@pytest.mark.parametrize(("space", "found"), [("", "tế bế"), (" 0 -40 Td (e b) Tj", "tếbế")])
def test_gaps_behind_letters_are_spaces_where_none_is_drawn(tmp_path, reader, space, found):
    letters = {"e": "ế", "t": "t", "b": "b", " ": " "}
    path = write(tmp_path / "a.pdf", f"50 700 Td [(te) -300 (be)] TJ{space}", letters)
    assert read(path, reader)[0] == found
