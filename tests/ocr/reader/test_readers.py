"""What both readers give of the same PDFs, and what PDFium does without."""

import json
import subprocess
import sys

import numpy as np
import pymupdf
import pytest

from winnow.ocr.engines.tesseract import recognize_line
from winnow.ocr.layer.fonts import Memory
from winnow.ocr.layer.judge import judge
from winnow.ocr.process.forms import read_form
from winnow.ocr.reader import mupdf, pdfium
from winnow.ocr.reader.page import BOLD, MONOSPACED, PAINTED, RAISED, Unreadable, check_reader, load_reader

PROSE = [
    "The committee met on Tuesday to discuss the report of the treasurer",
    "and to decide about the new building near the river",
    "Several members asked how the work would be paid for",
]
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def write(lines, **options):
    document = pymupdf.open()
    page = document.new_page()
    for index, line in enumerate(lines):
        page.insert_text((60, 80 + 14 * index), line, fontsize=11, **options)
    return document


def open_both(path, document, **saving):
    document.save(path, **saving)
    return mupdf.open_document(str(path)), pdfium.open_document(str(path))


def list_lines(page):
    return [line for block in page.read_blocks()[0] for line in block["lines"]]


def read_lines(page):
    return ["".join(span["text"] for span in line["spans"]) for line in list_lines(page)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_stand_at_the_same_places_whichever_way_the_page_lies(tmp_path, turn):
    document = write(PROSE)
    document[0].insert_text((300, 500), "Upward on the page", fontsize=11, rotate=90)
    document[0].set_cropbox(pymupdf.Rect(20, 30, 560, 800))
    document[0].set_rotation(turn)
    first, second = (opened[0] for opened in open_both(tmp_path / "a.pdf", document))
    assert (first.width, first.height) == pytest.approx((second.width, second.height))
    assert read_lines(first) == read_lines(second) == [*PROSE, "Upward on the page"]
    for one, other in zip(list_lines(first), list_lines(second), strict=True):
        assert one["bbox"] == pytest.approx(other["bbox"], abs=1.5)
        assert one["spans"][0]["origin"] == pytest.approx(other["spans"][0]["origin"], abs=0.1)
        assert one["dir"] == pytest.approx(other["dir"], abs=1e-3)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_good_layer_of_a_turned_page_is_believed(reader, tmp_path, turn):
    source, document = write(PROSE), pymupdf.open()
    source[0].draw_line((60, 130), (400, 130))
    wide = turn != 180
    page = document.new_page(width=842 if wide else 595, height=595 if wide else 842)
    page.show_pdf_page(page.rect, source, rotate=turn)  # as wide tables are set: upright when it is turned
    page.set_rotation(turn)
    document.save(tmp_path / "a.pdf")
    found = load_reader(reader).open_document(str(tmp_path / "a.pdf"))[0]
    assert (found.width, found.height) == pytest.approx((595, 842))
    assert judge(found, Memory(), recognize_line).reason == "good"
    assert read_lines(found) == PROSE
    assert {tuple(round(way) for way in line["dir"]) for line in list_lines(found)} == {(1, 0)}
    assert all(kind.startswith(("fill", "stroke")) and box[3] < 140 for kind, box in found.list_drawn())
    assert [box[1] for box in found.read_blocks()[1]] == [pytest.approx(130, abs=1)]


@pytest.mark.parametrize("turn", [0, 90])
def test_pages_and_parts_of_them_look_alike(tmp_path, turn):
    document = write(PROSE)
    document[0].set_rotation(turn)
    first, second = (opened[0] for opened in open_both(tmp_path / "a.pdf", document))
    for clip in (None, (50.0, 60.0, 300.0, 120.0), (-20.0, 500.0, 100.0, 5000.0)):
        one, other = (np.asarray(page.draw(2.0, clip)) for page in (first, second))
        assert one.shape == other.shape
        if one.min() < 128:
            assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
        else:
            assert other.min() >= 128
    assert first.draw(2.0, (50.0, 60.0, 300.0, 120.0)).getextrema()[0] < 60 or turn
    assert second.draw(2.0, (900.0, 0.0, 950.0, 9.0)).size[0] == 0


def test_rulings_are_lines_and_boxes_but_no_curves_slants_and_white_ones(opened):
    document = pymupdf.open()
    page = document.new_page()
    page.draw_line((72, 100), (300, 100))
    page.draw_rect((72, 120, 200, 160))
    page.draw_rect((72, 200, 200, 260), color=None, fill=(0, 0, 1))
    page.draw_rect((72, 300, 200, 360), color=None, fill=(1, 1, 1))
    page.draw_line((72, 400), (300, 460))
    page.draw_circle((300, 600), 40)
    rulings = opened(document)[0].read_blocks()[1]
    expected = [(72, 100, 300, 100), (72, 120, 200, 160), (72, 200, 200, 260)]
    assert len(rulings) == len(expected)
    for found, box in zip(rulings, expected, strict=True):
        assert found == pytest.approx(box, abs=1)


def test_what_lies_in_forms_is_found_where_it_is_drawn(tmp_path):
    inner = write(PROSE)
    inner[0].draw_line((60, 300), (400, 300))
    pixels = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 40, 20), False)
    inner[0].insert_image((60, 400, 260, 500), pixmap=pixels)
    outer = pymupdf.open()
    page = outer.new_page()
    page.show_pdf_page(pymupdf.Rect(0, 0, page.rect.width / 2, page.rect.height / 2), inner, 0)
    first, second = (opened[0] for opened in open_both(tmp_path / "a.pdf", outer))
    assert read_lines(first) == read_lines(second) == PROSE
    assert list_lines(first)[0]["bbox"] == pytest.approx(list_lines(second)[0]["bbox"], abs=1)
    ((one,), (other,)) = (page.read_blocks()[1] for page in (first, second))
    assert one == pytest.approx(other, abs=1)
    ((image,), (same,)) = (page.list_images() for page in (first, second))
    assert image == pytest.approx(same, rel=1e-3)
    assert sorted({kind for kind, _ in first.list_drawn()}) == sorted(
        {kind for kind, _ in second.list_drawn()}
    )


def test_spans_say_what_is_bold_monospaced_raised_and_hidden(opened):
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 100), "Bold", fontname="hebo")
    page.insert_text((72, 150), "x  =  1", fontname="cour")
    page.insert_text((72, 200), "a word", fontname="helv")
    page.insert_text((104, 196), "12", fontname="helv", fontsize=6)
    page.insert_text((72, 300), "never drawn", render_mode=3)
    spans = {span["text"].strip(): span for line in list_lines(opened(document)[0]) for span in line["spans"]}
    assert spans["Bold"]["flags"] & BOLD and not spans["a word"]["flags"] & BOLD
    assert spans["x  =  1"]["flags"] & MONOSPACED and not spans["a word"]["flags"] & MONOSPACED
    assert spans["12"]["flags"] & RAISED and not spans["a word"]["flags"] & RAISED
    assert not spans["never drawn"]["char_flags"] & PAINTED and spans["a word"]["char_flags"] & PAINTED


def test_letters_that_no_map_knows_are_found(opened):
    document = pymupdf.open()
    document.new_page().insert_htmlbox((60, 60, 500, 300), " ".join(PROSE))
    document = pymupdf.open("pdf", document.tobytes())
    for number in range(1, document.xref_length()):
        if document.xref_get_key(number, "ToUnicode")[0] == "xref":
            document.xref_set_key(number, "ToUnicode", "null")
    page = opened(document)[0]
    verdict = judge(page, Memory(), None)
    assert (verdict.route, verdict.reason) == ("ocr", "unmapped"), read_lines(page)


def test_the_licence_of_xmp_and_the_outline(opened):
    document = write(PROSE)
    packet = f'<?xpacket begin=""?><cc:license rdf:resource="{LICENSE}"/><?xpacket end="w"?>'
    document.set_xml_metadata(packet)
    document.set_toc([[1, "First", 1]])
    document.set_metadata({"title": "Minutes", "author": "Ada"})
    found = opened(document)
    assert LICENSE in found.read_xmp()
    assert found.read_outline() == [(1, "First", 0)]
    assert (found.about["title"], found.about["author"]) == ("Minutes", "Ada")


def test_fields_and_notes(opened):
    document = write(PROSE)
    document.new_page().add_text_annot((72, 72), "mind this")
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_TEXT, "name"
    widget.rect = pymupdf.Rect(72, 300, 200, 320)
    document.new_page().add_widget(widget)
    document[0].insert_link(
        {"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(9, 9, 99, 99), "uri": "http://a.b"}
    )
    found = opened(document)
    pages = [found[number] for number in range(3)]
    assert [(page.has_notes(), page.has_fields()) for page in pages] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert read_form(found) is None


def test_pdfium_names_what_it_cannot_open(tmp_path):
    path = str(tmp_path / "a.pdf")
    (tmp_path / "a.pdf").write_bytes(b"no PDF")
    with pytest.raises(Unreadable, match=r"not a readable PDF .no PDF, or damaged.*fetch it again"):
        pdfium.open_document(path)
    write(PROSE).save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="o")
    with pytest.raises(Unreadable, match="encrypted: name a file of passwords"):
        pdfium.open_document(path)


def test_a_reader_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("winnow.ocr.reader.page.find_spec", lambda name: None)
    with pytest.raises(ImportError, match='reader = "pdfium" needs the package pypdfium2'):
        check_reader("pdfium")


WITHOUT = """
import sys
sys.modules["pymupdf"] = None  # importing it fails
import winnow.ocr.papers, winnow.ocr.pdf
from winnow.ocr.process import child
from winnow.ocr.reader.page import load_reader
child.write_message = lambda pipe, message: print(message.decode())
asked = child.Request(path=sys.argv[1], max_pages=9, page_seconds=60, languages=["eng"], ocr=True)
child.answer(None, load_reader("pdfium"), asked, "it is allowed")
print(sorted(name for name, module in sys.modules.items() if module and "mupdf" in name))
"""


def test_with_pdfium_no_mupdf_is_imported(tmp_path):
    write(PROSE).save(tmp_path / "a.pdf")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path / "a.pdf")], capture_output=True, text=True, check=True
    )
    head, page, modules = done.stdout.splitlines()
    assert json.loads(head)["pages"] == 1 and modules == "[]"
    assert [line[-1] for line in json.loads(page)["lines"]] == PROSE
