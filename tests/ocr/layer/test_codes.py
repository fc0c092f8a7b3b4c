"""Control characters of layers, read by the encoding that makes words of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from winnow.ocr.layer.codes import CODE, ENCODINGS, Codes, decode, read_codes
from winnow.ocr.layer.fonts import Memory
from winnow.ocr.layer.judge import judge
from winnow.ocr.pdf import read
from winnow.ocr.reader.page import Document

FRENCH = [
    "Le ~chier que voici signi~e que les di^érents outils sont dé~nis",
    "dans la dernière partie de ce guide, <tel qu'il est>, pour tous",
    "et que le fichier de la machine reste en place - pour toujours",
]
CODED = {
    "T1": {"~": 0x1C, "^": 0x1B, "<": 0x10, ">": 0x11, "-": 0x15},
    "OT1": {"~": 0x0C, "^": 0x0B},
}
HEAD = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange
<{first:02X}> <FF> <{first:04X}> endbfrange endcmap end end"""
TYPE3 = """<</Type /Font /Subtype /Type3 /Name /{name} /FontMatrix [.001 0 0 .001 0 0] /FontBBox [0 0 500 700]
/Resources <<>> /FirstChar 0 /LastChar 255 /Widths [{widths}] /Encoding <</Differences [0 {names}]>>
/CharProcs <<{glyphs}>> /ToUnicode {chart} 0 R>>"""
# MuPDF takes an end of a line in a map for a space, and a code that has no map for itself; PDFium the map.
FIRST = {"mupdf": 0x20, "pdfium": 0}
Open = Callable[[pymupdf.Document], Document]


def write(lines: list[str], codes: dict[str, int], reader: str, name: str = "F15") -> pymupdf.Document:
    """A page in a font as TeX makes it of bitmaps (here of nothing): its characters have no names, and the
    map says their codes. Some of the lines' characters stand for codes."""
    document = pymupdf.open()
    page = document.new_page()
    table = {ord(sign): code for sign, code in codes.items()}
    for index, line in enumerate(lines):
        page.insert_text((60, 80 + 20 * index), [line.translate(table)], fontsize=11)
    chart, glyph = document.get_new_xref(), document.get_new_xref()
    for xref, stream in ((chart, HEAD.format(first=FIRST[reader])), (glyph, "500 0 d0")):
        document.update_object(xref, "<<>>")
        document.update_stream(xref, stream.encode())
    names = [f"/a{code}" for code in range(256)]
    glyphs = " ".join(f"{each} {glyph} 0 R" for each in names)
    font = TYPE3.format(name=name, widths="500 " * 256, names=" ".join(names), glyphs=glyphs, chart=chart)
    for xref, *_ in page.get_fonts():
        document.update_object(xref, font)
    return document


def read_texts(document: Document, known: Codes | None = None) -> list[str]:
    blocks = document[0].read_blocks()[0]
    read_codes(blocks, known or Codes())
    return ["".join(span["text"] for span in line["spans"]) for block in blocks for line in block["lines"]]


@pytest.mark.parametrize("name", ["T1", "OT1"])
def test_codes_of_tex(opened: Open, reader: str, name: str) -> None:
    codes = CODED[name]
    lines = read_texts(opened(write(FRENCH, codes, reader)))
    expected = [line.replace("~", "fi").replace("^", "ff") for line in FRENCH]
    if name == "T1":
        expected = [line.replace("<", "\u201c").replace(">", "\u201d") for line in expected]
        expected[2] = expected[2].replace("-", "\u2013")
    assert lines == expected


def test_codes_of_windows(opened: Open, reader: str) -> None:
    lines = ["They don^t know what <the house> is worth", "the house ~ and what they know of it"]
    read = read_texts(opened(write(lines, {"^": 0x92, "<": 0x93, ">": 0x94, "~": 0x96}, reader)))
    assert read == [
        "They don\u2019t know what \u201cthe house\u201d is worth",
        "the house \u2013 and what they know of it",
    ]


def test_what_no_encoding_knows_is_seen_and_costs_quality(opened: Open, reader: str) -> None:
    """Codes given one after the other, as a printer's driver does."""
    lines = ["The committee met on Tuesday to discuss the report of the treasurer and to decide about it"] * 6
    codes = {letter: code for code, letter in enumerate("coytun", 0x81)}
    document = opened(write(lines, codes, reader))
    text = read_texts(document)[0]
    assert "\ufffd" in text and not CODE.search(text)
    page = opened(write(lines, {"y": 0x81}, reader))[0]
    blocks = page.read_blocks()[0]
    read_codes(blocks, Codes())
    whole = judge(opened(write(lines, {}, reader))[0], Memory(), None)
    assert judge(page, Memory(), None, blocks).quality < whole.quality


def test_signs_that_no_word_tells_are_lost_and_drawings_are_none(opened: Open, reader: str) -> None:
    assert read_texts(opened(write(["~ ~"], {"~": 0x0F}, reader))) == ["\ufffd \ufffd"]
    span = {"text": "\x0c\x0f", "font": "LCIRCLE10"}
    read_codes([{"lines": [{"spans": [span]}]}], Codes())
    assert span["text"] == ""


def test_a_font_of_few_words_is_read_as_the_document(opened: Open, reader: str) -> None:
    known = Codes()
    read_texts(opened(write(FRENCH, CODED["T1"], reader)), known)
    lines = read_texts(opened(write(["Il est <bon>", "ou un ~x"], CODED["T1"], reader, "F16")), known)
    assert lines == ["Il est \u201cbon\u201d", "ou un fix"]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("caf\x13e", "OT1", "café"),
        ("na\x7f\x10ve", "OT1", "naïve"),
        ("a\rower", "OT1", "aflower"),
        ("ends\r", "OT1", "ends\r"),
        ("\x13 a", "OT1", "\ufffd a"),
        ("\x8a\xf3d\x99", "T1", "Łódź".replace("ź", "Ź")),
        ("a\tb\0c\n", "T1", "a\tb\0c\n"),
        ("100\x80 \x81", "CP1252", "100€ \ufffd"),
    ],
)
def test_encodings(text: str, name: str, expected: str) -> None:
    assert decode(text, ENCODINGS[name]) == expected


def test_no_letter_is_lost_in_silence(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "a.pdf"
    write(FRENCH, CODED["T1"], reader).save(path)
    (row,) = [row for frame in read(str(path)) for row in frame.to_dicts()]
    text: Any = row["text"]
    assert "signifie que les différents outils sont définis" in text and "\u201ctel qu'il est\u201d" in text
    assert json.loads(row["metadata"])["routes"] == {"text: good": 1}
