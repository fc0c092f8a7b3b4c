import datetime
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_files import CORE, ODF, M, W, cell, open_document, p, pack, relate, shape, slides, table, word
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image

from winnow.ingest.markdown.blocks import Cell, write_table
from winnow.ingest.office import documents
from winnow.ingest.office.kinds import read_document
from winnow.sandbox import stop_all

NUMBERED = (
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%2)"/></w:lvl>'
    "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num>'
)


def listed(text: str, number: int, level: int = 0) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def read(data: bytes, **settings: Any) -> str:
    return read_all(data, **settings).text


def read_all(data: bytes, **settings: Any) -> Any:
    asked = {"comments": False, "hidden": False, "max_cells": 1000, "max_unpacked_bytes": 10_000_000}
    return read_document(data, **(asked | settings))


def row(path: Path, data: bytes, **settings: Any) -> dict[str, Any]:
    path.write_bytes(data)
    (frame,) = documents.read(str(path), **settings)
    assert frame.height == 1
    return frame.row(0, named=True)


# ---- .docx -------------------------------------------------------------------------------------------------


def test_a_document_is_one_row_with_what_its_properties_say(tmp_path: Path) -> None:
    found = row(tmp_path / "a.docx", word(p("One.") + p("Two.")), license="CC0-1.0")
    assert (found["text"], found["error"], found["drop_reason"]) == ("One.\n\nTwo.", None, None)
    assert (found["author"], found["date"], found["license"]) == (
        "Ann Lee",
        "2020-05-06T07:08:09Z",
        "CC0-1.0",
    )
    about = {"file": "a.docx", "kind": "docx", "title": "A title", "created": "2019-01-02T03:04:05Z"}
    assert json.loads(found["metadata"]) == about


def test_headings_by_style_in_any_language_and_by_outline() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/>'
        '<w:basedOn w:val="berschrift2"/></w:style>'
    )
    body = p("A", '<w:pStyle w:val="berschrift2"/>') + p("B", '<w:pStyle w:val="Own"/>')
    body += p("C", '<w:outlineLvl w:val="0"/>') + p("D", '<w:outlineLvl w:val="9"/>')
    assert read(word(body, styles=styles)) == "## A\n\n## B\n\n# C\n\nD"


def test_lists_have_the_labels_that_are_shown() -> None:
    body = listed("a", 5) + listed("b", 5, 1) + listed("c", 5, 1) + listed("d", 5) + listed("e", 5, 1)
    body += p("Between.") + listed("f", 6) + listed("g", 5)
    lines = "1. a\n  (a) b\n  (b) c\n2. d\n  (a) e\n\nBetween.\n\n- f\n3. g"
    assert read(word(body, numbering=NUMBERED)) == lines


def test_a_numbered_heading_keeps_its_number() -> None:
    body = p("Scope", '<w:outlineLvl w:val="0"/><w:numPr><w:numId w:val="5"/></w:numPr>')
    assert read(word(body, numbering=NUMBERED)) == "# 1. Scope"


def test_merged_cells_are_filled_downwards() -> None:
    body = table(
        cell("H", '<w:gridSpan w:val="2"/>') + cell("I|J"),
        cell("r", '<w:vMerge w:val="restart"/>') + cell("1") + cell("2"),
        cell("", "<w:vMerge/>") + cell("3") + cell("4"),
    )
    assert read(word(body)) == "| H |  | I\\|J |\n| --- | --- | --- |\n| r | 1 | 2 |\n| r | 3 | 4 |"


@pytest.mark.parametrize("text", ["# of staff", "#3", "#REF!", "#"])
def test_text_of_cells_is_no_mark_of_a_heading(text: str) -> None:
    written = f"| {text} | b |\n| --- | --- |\n| H | [^9] c |"
    head = "<w:tc>" + p("H", '<w:outlineLvl w:val="0"/>') + "</w:tc>"
    assert read(word(table(cell(text) + cell("b"), head + cell("[^9] c")))) == written
    cells = [
        f"<text:p>{text}</text:p>",
        "<text:p>b</text:p>",
        "<text:h>H</text:h>",
        "<text:p>[^9] c</text:p>",
    ]
    cells = [f"<table:table-cell>{each}</table:table-cell>" for each in cells]
    rows = [f"<table:table-row>{''.join(cells[at : at + 2])}</table:table-row>" for at in (0, 2)]
    assert read(open_document(f"<table:table>{''.join(rows)}</table:table>")) == written


@pytest.mark.parametrize("text", ["#3", "[^9] c", "|x|"])
def test_an_item_keeps_its_label_whatever_it_begins_with(text: str) -> None:
    item = f"<text:list><text:list-item><text:p>{text}</text:p></text:list-item></text:list>"
    assert read(open_document(item)) == f"- {text}"


def test_a_heading_that_begins_with_a_minus_keeps_it() -> None:
    level = '<w:outlineLvl w:val="0"/>'
    bulleted = p("-10 degrees", level + '<w:numPr><w:numId w:val="6"/></w:numPr>')
    assert (
        read(word(p("-10 degrees", level) + bulleted, numbering=NUMBERED)) == "# -10 degrees\n\n# -10 degrees"
    )


def test_a_table_that_lays_out_a_page_is_no_table() -> None:
    inner = f"<w:tc>{p('left')}{table(cell('1') + cell('2'))}</w:tc>{cell('right')}"
    assert read(word(table(inner))) == "left\n\n| 1 | 2 |\n| --- | --- |\n\nright"
    assert read(word(table(cell("boxed")))) == "boxed"


def test_changes_count_as_accepted_and_are_counted() -> None:
    deleted = '<w:del w:id="1"><w:r><w:delText>old </w:delText></w:r></w:del>'
    body = f'<w:p><w:r><w:t>The </w:t></w:r>{deleted}<w:ins w:id="2"><w:r><w:t>new </w:t></w:r></w:ins>'
    body += "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
    body += "<w:moveTo><w:r><w:t>text</w:t></w:r></w:moveTo></w:p>"
    body += '<w:p><w:pPr><w:rPr><w:del w:id="3"/></w:rPr></w:pPr><w:r><w:t>Joined </w:t></w:r></w:p>' + p(
        "lines."
    )
    found = read_all(word(body))
    assert found.text == "The new text\n\nJoined lines."
    assert found.counts == {"deletions": 2, "insertions": 2}


def test_a_deleted_row_is_gone() -> None:
    gone = "<w:trPr><w:del/></w:trPr>" + cell("c") + cell("d")
    assert read(word(table(cell("a") + cell("b"), gone))) == "| a | b |\n| --- | --- |"


def test_notes_stand_behind_their_paragraph() -> None:
    body = '<w:p><w:r><w:t>A</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r>'
    body += '<w:r><w:endnoteReference w:id="4"/></w:r></w:p>' + p("B")
    notes = {
        "footnotes": f'<w:footnote w:id="2">{p("Foot")}{p("note.")}</w:footnote>',
        "endnotes": f'<w:endnote w:id="4">{p("End.")}</w:endnote>',
    }
    assert read(word(body, **notes)) == "A[^1].[^e1]\n\n[^1]: Foot note.\n[^e1]: End.\n\nB"


def test_a_note_is_written_once_however_often_it_is_named() -> None:
    named = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    found = read(word(f"<w:p>{named * 99}</w:p>", footnotes=f'<w:footnote w:id="1">{p("x")}</w:footnote>'))
    assert found == "[^1]\n\n[^1]: x"


def test_comments_are_left_out_unless_wanted() -> None:
    body = '<w:p><w:r><w:t>A.</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    said = f'<w:comment w:id="0" w:author="Bo">{p("Why?")}</w:comment>'
    assert read_all(word(body, comments=said))[0::3] == ("A.", {"comments": 1})
    assert read(word(body, comments=said), comments=True) == "A. [Bo: Why?]"


def test_text_boxes_follow_once_their_paragraph() -> None:
    box = f"<wps:txbx><w:txbxContent>{p('Boxed.')}</w:txbxContent></wps:txbx>"
    drawing = f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
    older = f"<w:pict><w:txbxContent>{p('Boxed.')}</w:txbxContent></w:pict>"
    drawing += f"<mc:Fallback>{older}</mc:Fallback></mc:AlternateContent>"
    found = read_all(word(f"<w:p><w:r><w:t>Around.</w:t>{drawing}</w:r></w:p>{p('After.')}"))
    assert found.text == "Around.\n\nBoxed.\n\nAfter."
    assert found.counts == {"text_boxes": 1}


def test_formulas_are_latex() -> None:
    fraction = "<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    power = "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    inline = f"<w:p><w:r><w:t>So </w:t></w:r><m:oMath>{fraction}</m:oMath></w:p>"
    shown = f"<w:p><m:oMathPara><m:oMath>{power}</m:oMath></m:oMathPara></w:p>"
    text = read(word(inline + shown))
    assert text.startswith(r"So $\frac{a}{2}$") and text.split("\n\n")[1] in ("$$x^2$$", "$$x^{2}$$")


def test_a_bar_is_escaped_in_cells_alone_and_written_as_a_sign_in_formulas() -> None:
    formula = "<m:oMath><m:r><m:t>P(A|B)</m:t></m:r></m:oMath>"
    row = f"<w:tc><w:p>{formula}</w:p></w:tc>" + cell("$5 | or $6")
    assert read(word(table(row))) == "| $P(A\\vert B)$ | $5 \\| or $6 |\n| --- | --- |"
    assert read(save(write_book(S=[["a|b"], ["c"]]))) == "## S\n\na|b\nc"


def test_what_nobody_reads_on_the_page_is_left_out_and_counted() -> None:
    hidden = "<w:p><w:r><w:t>Seen.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> Hidden.</w:t></w:r></w:p>"
    contents = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent>{p('Seen 1')}</w:sdtContent></w:sdt>"
    )
    found = read_all(word(contents + hidden, header1=p("Head"), footer2=p("")))
    assert found.text == "Seen."
    assert found.counts == {"headers": 1, "hidden_runs": 1, "tables_of_contents": 1}
    assert read(word(hidden), hidden=True) == "Seen. Hidden."


def test_breaks_tabs_symbols_and_fields() -> None:
    body = "<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t>"
    body += '<w:sym w:font="Symbol" w:char="F061"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
    body += "<w:fldSimple><w:r><w:t>7</w:t></w:r></w:fldSimple>"
    body += "<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>"
    assert read(word(body)) == "a\nb\tc\u2011d\u03b17link"


def test_strict_documents_are_read_as_others() -> None:
    strict = word(p("Strict.")), "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    bundle = zipfile.ZipFile(BytesIO(strict[0]))
    parts = {name: bundle.read(name) for name in bundle.namelist()}
    named = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    parts["word/document.xml"] = parts["word/document.xml"].replace(strict[1].encode(), named)
    assert read(pack(dict(parts))) == "Strict."


# ---- slides and sheets -------------------------------------------------------------------------------------


def test_a_slide_is_a_section_and_its_notes_are_told_apart() -> None:
    first = shape("Point\nOther", "body") + shape("Title", "title") + shape("3", "sldNum")
    frame = (
        "<p:graphicFrame><p:nvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl>"
        "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>a</a:t></a:r></a:p></a:txBody></a:tc>"
        "<a:tc><a:txBody><a:p><a:r><a:t>b</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData>"
        "</a:graphic></p:graphicFrame>"
    )
    second = f"<p:grpSp>{shape('Free text')}{frame}</p:grpSp>"
    found = read_all(slides(first, second, shape("Secret"), hidden=(3,), notes="Say this."))
    assert found.text == (
        "## Title\n\n- Point\n- Other\n\n> Notes: Say this.\n\n"
        "## Slide 2\n\nFree text\n\n| a | b |\n| --- | --- |"
    )
    assert found.counts == {
        "headers_and_footers": 1,
        "hidden_slides": 1,
        "notes": 1,
        "slides": 2,
        "tables": 1,
    }
    assert "Secret" in read(slides(shape("Secret"), hidden=(1,)), hidden=True)


def write_book(**sheets: list[list[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for values in rows:
            sheet.append(values)
    return book


def save(book: openpyxl.Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sheet_is_a_table_of_its_filled_cells() -> None:
    book = write_book(
        First=[["name", None, "when"], [], ["a|b", None, datetime.datetime(2020, 1, 2)], [True, None, 0.1]],
        Second=[["x"]],
        Lookup=[["hidden"]],
    )
    book["Lookup"].sheet_state = "hidden"
    found = read_all(save(book))
    assert found.text == (
        "## First\n\n| name | when |\n| --- | --- |\n| a\\|b | 2020-01-02 |\n| TRUE | 0.1 |\n\n## Second\n\nx"
    )
    assert found.counts["hidden_sheets"] == 1 and found.counts["sheets"] == 2
    assert "hidden" in read(save(book), hidden=True)


def test_merged_cells_of_a_sheet_are_filled_downwards() -> None:
    book = write_book(S=[["h", "i"], ["r", 1], [None, 2], [None, 3]])
    book["S"].merge_cells("A2:A3")
    assert read(save(book)).endswith("| r | 1 |\n| r | 2 |\n|  | 3 |")


def test_comments_of_a_sheet_and_what_is_drawn_on_it_are_counted() -> None:
    book = write_book(S=[["h", "i"], ["r", 1]])
    sheet = book["S"]
    sheet["B2"].comment = Comment("Why\nso?", "Bo")
    sheet["A1"].comment = Comment("[Threaded comment] Your version", "Bo")
    sheet.add_chart(BarChart(), "D1")
    for place in ("D9", "D20"):
        PIL.Image.new("RGB", (1, 1)).save(picture := BytesIO(), "png")
        sheet.add_image(Image(picture), place)
    book.create_chartsheet().add_chart(BarChart())
    data = save(book)
    found = read_all(data)
    assert "Why" not in found.text
    counts = {"cells": 4, "charts": 2, "comments": 1, "pictures": 2, "sheets": 1}
    assert found.counts == counts
    assert read(data, comments=True).endswith("| r | 1 |\n\n> Comment on B2: Why so?")


def test_comments_of_open_sheets_stand_in_their_cell() -> None:
    said = "<office:annotation><dc:creator>Bo</dc:creator><text:p>Why?</text:p></office:annotation>"
    sheet = "".join(
        f"<table:table-cell>{each}</table:table-cell>"
        for each in (f"{said}<text:p>a</text:p>", "<text:p>b</text:p>")
    )
    book = open_document(
        f'<table:table table:name="S"><table:table-row>{sheet}</table:table-row></table:table>', "spreadsheet"
    )
    assert "| a | b |" in read(book) and read_all(book).counts["comments"] == 1
    assert "| [Bo: Why?] a | b |" in read(book, comments=True)


def test_what_a_sheet_claims_of_its_size_is_not_believed() -> None:
    bundle = zipfile.ZipFile(BytesIO(save(write_book(S=[["a", "b"], ["c", "d"]]))))
    parts: dict[str, str | bytes] = {each: bundle.read(each) for each in bundle.namelist()}
    sheet = bundle.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:B2"', b'ref="A1:A1"')
    assert b'ref="A1:A1"' in sheet
    assert read(pack(parts | {"xl/worksheets/sheet1.xml": sheet})).endswith("| c | d |")


def test_a_workbook_is_cut_at_max_cells_and_says_so() -> None:
    found = read_all(save(write_book(A=[[1, 2]] * 100, B=[["never"]])), max_cells=50)
    assert found.counts["cut_sheets"] == 2 and "never" not in found.text
    assert found.text.count("| 1 | 2 |") == 25


# ---- OpenDocument ------------------------------------------------------------------------------------------


def test_open_documents_are_read_in_order(tmp_path: Path) -> None:
    styles = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/></text:list-style>'
    )
    note = '<text:note text:note-class="footnote"><text:note-body><text:p>Foot.</text:p>'
    note += "</text:note-body></text:note>"
    said = "<office:annotation><dc:creator>Bo</dc:creator><text:p>Why?</text:p></office:annotation>"
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:p>T 1</text:p></text:table-of-content>"
        '<text:h text:outline-level="2">Head</text:h>'
        f'<text:p>A  <text:span>b</text:span><text:s text:c="2"/>c{note}.{said}</text:p>'
        '<text:list text:style-name="L"><text:list-item><text:p>one</text:p>'
        "<text:list><text:list-item><text:p>in</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
        "<table:table><table:table-row>"
        '<table:table-cell table:number-rows-spanned="2"><text:p>r</text:p></table:table-cell>'
        "<table:table-cell><text:p>1</text:p></table:table-cell></table:table-row><table:table-row>"
        "<table:covered-table-cell/><table:table-cell><text:p>2</text:p></table:table-cell></table:table-row></table:table>"
    )
    found = row(tmp_path / "a.odt", open_document(body, styles=styles))
    assert found["text"] == (
        "## Head\n\nA b  c[^1].\n\n[^1]: Foot.\n1. one\n  - in\n2. two\n\n| r | 1 |\n| --- | --- |\n| r | 2 |"
    )
    assert (found["author"], found["date"]) == ("Bo", "2021-02-03T04:05:06")
    counts = json.loads(found["metadata"])
    assert (counts["deletions"], counts["comments"], counts["tables_of_contents"]) == (1, 1, 1)


def test_open_sheets_and_slides() -> None:
    sheet = (
        '<table:table table:name="S"><table:table-row><table:table-cell table:number-columns-repeated="2">'
        '<text:p>x</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1020"/>'
        '</table:table-row><table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
        '</table:table-row></table:table><table:table table:name="H" table:style-name="off"><table:table-row>'
        "<table:table-cell><text:p>no</text:p></table:table-cell></table:table-row></table:table>"
    )
    off = '<style:style style:name="off"><style:table-properties table:display="false"/></style:style>'
    found = read_all(open_document(sheet, "spreadsheet", off))
    assert (found.kind, found.text) == ("ods", "## S\n\n| x | x |\n| --- | --- |")
    assert found.counts["hidden_sheets"] == 1
    page = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>T</text:p></draw:text-box>'
        "</draw:frame><draw:frame><draw:text-box><text:p>Body</text:p></draw:text-box></draw:frame>"
        "<presentation:notes><draw:frame><draw:text-box><text:p>Say.</text:p></draw:text-box></draw:frame>"
        "</presentation:notes></draw:page>"
    )
    assert read(open_document(page, "presentation")) == "## T\n\nBody\n\n> Notes: Say."


def test_cells_that_an_open_sheet_repeats_are_bounded_and_told() -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    many = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    found = read_all(
        open_document(f"<table:table>{many * 50}</table:table>", "spreadsheet"), max_cells=10_000
    )
    assert found.text.count("x") <= 11_000 and found.counts["cut_repeats"] > 0 and found.counts["cut_sheets"]


def test_flat_open_documents_are_read() -> None:
    flat = f"<?xml version='1.0'?><office:document {ODF}><office:body><office:text><text:p>Flat.</text:p>"
    assert read(f"{flat}</office:text></office:body></office:document>".encode()) == "Flat."


def test_formulas_of_open_documents_are_latex() -> None:
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>x</mi><mn>2</mn></msup></math>'
    body = '<text:p>So <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>.</text:p>'
    body += "<text:p>$5 or 6$</text:p>"
    body += '<text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    found = read(open_document(body, **{"Object 1/content.xml": math}))
    first, second, third = found.split("\n\n")
    assert first in ("So $x^2$.", "So $x^{2}$.") and second == "$5 or 6$" and third.startswith("$$x^")


# ---- RTF ---------------------------------------------------------------------------------------------------

RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\info{\title T\'e9st}{\author Ann}{\revtim\yr2010\mo3\dy4\hr1}}
{\header Head\par}First \b bold\b0  para.{\footnote A note.}\par
Second {\v hidden }{\cf1\deleted gone }{\*\annotation why}line \u8364?.\par
\trowd\cellx100\cellx200 a\cell b\cell\row\trowd\cellx100\cellx200 c\cell d\cell\row\pard End\par}"""


def test_rtf_is_read_with_its_tables_and_notes(tmp_path: Path) -> None:
    found = row(tmp_path / "a.rtf", RTF)
    assert found["text"].replace("  ", " ") == (
        "First bold para.[^1]\n\n[^1]: A note.\n\nSecond line \u20ac.\n\n"
        "| a | b |\n| --- | --- |\n| c | d |\n\nEnd"
    )
    assert (found["author"], found["date"]) == ("Ann", "2010-03-04")
    counts = json.loads(found["metadata"])
    names = ("title", "deletions", "hidden_runs", "comments", "headers", "footnotes", "tables")
    assert [counts[each] for each in names] == ["T\u00e9st", 1, 1, 1, 1, 1, 1]


def test_notes_and_title_of_rtf_are_read_by_the_code_page_and_fonts_of_the_file() -> None:
    found = read_all(
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 A;}{\f1\fcharset161 G;}}{\info{\title \'cf\'f0}}"
        rb"\'cf.{\footnote \'f0 \f1 \'e1{\deleted x}}\par {\f1 \'e1{\*\footnote \'e1}\par}"
        rb"{\f1\footnote \'e1}}"
    )
    marks = "\u041f.[^1]\n\n[^1]: \u0440 \u03b1\n\n\u03b1[^2]\n\n[^2]: \u03b1\n\n[^3]\n\n[^3]: \u03b1"
    assert (found.text, found.properties["title"]) == (marks, "\u041f\u0440")
    assert read_all(rb"{\rtf1\ansi\ansicpg932{\info{\title \'81}}A}").properties["title"] == "\ufffd"


def test_text_of_rtf_that_is_hidden_without_a_group_is_left_out() -> None:
    source = rb"{\rtf1 A\v  \'e9\{ x{\b y\u233?}{\footnote\plain N}\v0  B {c\v  d}e \deleted f\plain g\par}"
    found = read_all(source)
    assert (found.text, found.counts) == ("A B ce g", {"deletions": 1, "footnotes": 1, "hidden_runs": 2})
    assert read(source, hidden=True).replace("\n", "") == "A \u00e9{ xy\u00e9[^1] B c de g[^1]: N"


def test_a_footnote_without_an_end_costs_no_more_than_the_file() -> None:
    found = read(rb"{\rtf1 Text.{\footnote " + rb"{" * 50_000)
    assert found.startswith("Text.")


# ---- verdicts and hostile files ----------------------------------------------------------------------------


def name(text: str) -> bytes:
    return text.encode("utf-16-le")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
MAIN: dict[str, str | bytes] = {"_rels/.rels": relate(officeDocument="d.xml")}
LOCKED = f"<m {ODF}><manifest:encryption-data/></m>"
SPY = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (OLE + name("EncryptedPackage"), "office.encrypted"),
        (OLE + name("WordDocument"), "office.old_binary"),
        (OLE + name("PowerPoint Document"), "office.old_binary"),
        (word(""), "office.no_text"),
        (pack(MAIN | {"d.xml": BOMB + "<w>&b;</w>"}), "office.document_type"),
        (pack({"mimetype": "x", "content.xml": SPY + "<w>&a;</w>"}), "office.document_type"),
        (pack({"mimetype": "x", "content.xml": (BOMB + "<w/>").encode("utf-16")}), "office.document_type"),
        (f"<!--{SPY}--><office:document {ODF}/>".encode(), "office.no_text"),
        (f"{SPY}<office:document {ODF}>&a;</office:document>".encode(), "office.document_type"),
        (pack(MAIN | {"d.xml": bytes(3_000_000)}), "office.unpacks_too_large"),
        (open_document("", **{"META-INF/manifest.xml": LOCKED}), "office.encrypted"),
    ],
)  # fmt: skip
def test_what_is_not_read_has_a_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    found = row(tmp_path / "a.docx", data, max_unpacked_bytes=2_000_000)
    assert (found["drop_reason"], found["text"], found["error"]) == (reason, None, None)


def test_an_old_form_says_which_it_is(tmp_path: Path) -> None:
    found = row(tmp_path / "a.doc", OLE + name("WordDocument"))
    assert json.loads(found["metadata"])["told"] == "Word 97 (.doc)"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"plain text", "no document of an office suite"),
        (word(p("a"))[:200], "a damaged zip"),
        (pack({"a.txt": "x"}), "a zip that is no document"),
        (pack({"_rels/.rels": relate(officeDocument="word/gone.xml")}), "word/gone.xml is missing"),
        (pack({"_rels/.rels": relate(officeDocument="d.xml"), "d.xml": "<w:document"}), "invalid XML"),
        (OLE, "a compound file"),
    ],
)
def test_what_cannot_be_read_is_an_error_row(data: bytes, told: str, tmp_path: Path) -> None:
    found = row(tmp_path / "a.docx", data)
    assert told in found["error"] and found["text"] is None and found["drop_reason"] is None


def test_a_file_that_is_too_large_and_a_lock_file(tmp_path: Path) -> None:
    assert row(tmp_path / "a.docx", word(p("a")), max_bytes=100)["drop_reason"] == "office.too_large"
    assert row(tmp_path / "~$a.docx", b"Ann")["drop_reason"] == "office.lock_file"


def test_a_package_without_relations_is_known_by_the_name_of_its_part() -> None:
    main = f"<w:document {W}><w:body>{p('Text.')}</w:body></w:document>"
    assert read(pack({"word/document.xml": main})) == "Text."


def test_macros_are_never_run_and_the_text_is_read() -> None:
    files = word(p("Text."), vbaProject="")
    assert read(files) == "Text."


def test_what_takes_too_long_or_too_much_costs_its_file_alone(tmp_path: Path) -> None:
    cells = "".join(f'<c r="A{at}" t="inlineStr"><is><t>x</t></is></c>' for at in range(1, 3))
    rows = "".join(f'<row r="{at}">{cells.replace("A", "XFD")}</row>' for at in range(1, 20_000))
    claim = '<dimension ref="A1:XFD1048576"/>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{main}">{claim}<sheetData>{rows}</sheetData></worksheet>'
    book = save(write_book(S=[["x"]]))
    bundle = zipfile.ZipFile(BytesIO(book))
    parts: dict[str, str | bytes] = {each: bundle.read(each) for each in bundle.namelist()}
    wide = pack(parts | {"xl/worksheets/sheet1.xml": sheet})
    found = row(tmp_path / "wide.xlsx", wide, max_cells=10_000)
    assert json.loads(found["metadata"])["cut_sheets"] == 1 and "x" in found["text"]
    found = row(tmp_path / "wide.xlsx", wide, max_cells=1_000_000_000, max_seconds=1)
    assert "max_seconds (1)" in found["error"]
    deep = word(p("x" * 100) * 100_000)
    found = row(tmp_path / "large.docx", deep, max_memory_mb=120)
    assert "max_memory_mb" in found["error"]
    assert row(tmp_path / "next.docx", word(p("Fine.")), max_memory_mb=120)["text"] == "Fine."
    stop_all()


def test_nesting_without_an_end_is_bounded() -> None:
    def nest(opens: str, inner: str, closes: str, times: int) -> str:
        return opens * times + inner + closes * times

    assert (
        read(word("<w:p>" + nest("<w:smartTag>", "<w:r><w:t>x</w:t></w:r>", "</w:smartTag>", 100) + "</w:p>"))
        == ""
    )
    math = nest("<m:f><m:num>", "<m:r><m:t>a</m:t></m:r>", "</m:num></m:f>", 80)
    assert read(word(f"<w:p><m:oMath {M}>{math}</m:oMath></w:p>")) is not None
    tables = nest(f"<w:tbl><w:tr>{cell('a')}<w:tc>", p("in"), "</w:tc></w:tr></w:tbl>", 60)
    assert "a" in read(word(tables))
    assert read(open_document('<text:p><text:s text:c="999999999"/>x</text:p>')) == "x"


@given(st.lists(st.lists(st.text("ab |\n", max_size=4), min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_cell_that_says_something_stands_in_its_row(grid: list[list[str]]) -> None:
    written = write_table([[Cell(text) for text in row] for row in grid])
    filled = [row for row in grid if any(text.split() for text in row)]
    lines = written.split("\n") if written else []
    columns = {at for row in grid for at, text in enumerate(row) if text.split()}
    assert len(lines) == len(filled) + (len(columns) > 1)
    if len(columns) < 2:
        return
    for line, texts in zip(lines[:1] + lines[2:], filled, strict=True):
        cells = [each.strip().replace("\\|", "|") for each in line.strip("|").replace("\\|", "\0").split("|")]
        cells = [each.replace("\0", "|") for each in cells]
        assert [each for each in cells if each] == [" ".join(t.split()) for t in texts if t.split()]


@given(st.binary(max_size=300), st.integers(0, 3))
def test_damaged_bytes_raise_only_what_the_child_names(noise: bytes, at: int) -> None:
    from winnow.ingest.office.child import answer

    whole = [
        word(p("a")),
        save(write_book(S=[["x"]])),
        open_document("<text:p>a</text:p>"),
        slides(shape("a")),
    ][at]
    half = len(whole) // 2
    asked = {"comments": False, "hidden": False, "max_cells": 100, "max_unpacked_bytes": 10_000_000}
    found = answer(whole[:half] + noise + whole[half + len(noise) :], asked, "it is allowed")
    assert {"text", "error", "drop_reason"} & set(found)


def test_core_properties_may_be_missing(tmp_path: Path) -> None:
    found = row(tmp_path / "a.docx", word(p("a"), core=CORE.replace("2020-05-06T07:08:09Z", "yesterday")))
    assert found["date"] == "2019-01-02T03:04:05Z"
    assert row(tmp_path / "b.docx", word(p("a"), core="<broken"))["author"] is None
