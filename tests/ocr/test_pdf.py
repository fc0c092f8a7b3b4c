"""PDFs made here, whole and broken, read back as documents."""

import json
import os
import signal
import threading
import time
from difflib import SequenceMatcher

import fsspec
import polars as pl
import pymupdf
import pytest

from winnow import sandbox
from winnow.ocr.engines.tesseract import MissingLanguage
from winnow.ocr.pdf import SAID, SIGNALS, PdfError, extract, read
from winnow.ocr.process import pages
from winnow.ocr.process.work import COLUMN

PROSE = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told at",
    "once where it lay and who had asked for it before.",
]


def make(path, contents, outline=(), **saving):
    """A PDF of pages, each a list of lines (or of (x, y, text, font) where places matter)."""
    document = pymupdf.open()
    for lines in contents:
        page = document.new_page()
        for index, line in enumerate(lines):
            x, y, text, font = line if isinstance(line, tuple) else (72, 150 + 13 * index, line, "helv")
            page.insert_text((x, y), text, fontsize=11, fontname=font)
    if outline:
        document.set_toc(list(outline))
    document.save(path, **saving)
    return str(path)


def rows(uri, **settings):
    return [row for frame in read(uri, **settings) for row in frame.drop(COLUMN, strict=False).to_dicts()]


def read_only(uri, **settings):
    (row,) = rows(uri, **settings)
    return row


@pytest.mark.usefixtures("reader")
def test_lines_become_paragraphs_and_pages_one_document(tmp_path):
    row = read_only(make(tmp_path / "a.pdf", [PROSE, ["A second page stands alone."]]))
    assert row["text"] == " ".join(PROSE) + "\n\nA second page stands alone."
    assert row["key"] == "pages 1-2"
    assert (row["drop_reason"], row["error"]) == (None, None)
    assert json.loads(row["metadata"])["page_count"] == 2


@pytest.mark.usefixtures("reader")
def test_a_paragraph_goes_on_over_a_page(tmp_path):
    row = read_only(make(tmp_path / "a.pdf", [PROSE[:2], PROSE[2:]]))
    assert row["text"] == " ".join(PROSE)


@pytest.mark.usefixtures("reader")
def test_hyphens_of_line_ends(tmp_path):
    lines = [
        "A long line about the well-known archive and its readers that ends in an inter-",
        "esting way, and another one that is as long as it and tells us that it is well-",
        "known to all of them.",
    ]
    text = read_only(make(tmp_path / "a.pdf", [lines]))["text"]
    assert "an interesting way" in text
    assert text.endswith("it is well-known to all of them.")


@pytest.mark.usefixtures("reader")
def test_code_keeps_lines_and_indents(tmp_path):
    code = ["def total(values):", "    result = 0", "    for value in values:", "        result += value"]
    lines = [(72, 150 + 13 * index, line, "cour") for index, line in enumerate(code)]
    assert read_only(make(tmp_path / "a.pdf", [lines]))["text"] == "\n".join(["```", *code, "```"])


@pytest.mark.usefixtures("reader")
def test_running_heads_and_page_numbers_go_but_what_stands_once_stays(tmp_path):
    words = ["ash", "birch", "cedar", "elm"]
    contents = [
        [
            (72, 40, "The Book of Trees", "helv"),
            (72, 300, f"Of the {word}.", "helv"),
            (300, 810, str(n), "helv"),
        ]
        for n, word in enumerate(words, 1)
    ]
    contents[2].insert(0, (72, 60, "A Note for the Reader", "helv"))
    text = read_only(make(tmp_path / "a.pdf", contents))["text"]
    assert text.split("\n\n") == [
        "Of the ash.",
        "Of the birch.",
        "A Note for the Reader",
        "Of the cedar.",
        "Of the elm.",
    ]


def test_two_pages_alike_are_no_running_head(tmp_path):
    contents = [[(72, 40, "Psalm", "helv"), (72, 300, "Text.", "helv")]] * 2
    assert read_only(make(tmp_path / "a.pdf", contents))["text"].count("Psalm") == 2


@pytest.mark.usefixtures("reader")
def test_turned_pages_read_as_upright_ones(tmp_path):
    for turn in (90, 180, 270):
        document = pymupdf.open()
        page = document.new_page()
        place = {90: (150, 700), 180: (540, 700), 270: (450, 100)}[turn]
        step = {90: (13, 0), 180: (0, -13), 270: (-13, 0)}[turn]
        for index, line in enumerate(PROSE):
            at = (place[0] + step[0] * index, place[1] + step[1] * index)
            page.insert_text(at, line, fontsize=11, rotate=turn)
        document.save(tmp_path / f"{turn}.pdf")
        assert read_only(str(tmp_path / f"{turn}.pdf"))["text"] == " ".join(PROSE), turn


@pytest.mark.usefixtures("reader")
def test_chapters_become_documents_also_within_a_page(tmp_path):
    contents = [[f"Page {n} tells its own story."] for n in range(1, 25)]
    contents[14] = ["One more.", "Two more.", "Three more.", "Second", "It begins here."]
    path = make(tmp_path / "a.pdf", contents, [(1, "First", 3), (2, "Part", 4), (1, "Second", 15)])
    front, first, second = rows(path)
    assert [row["key"] for row in (front, first, second)] == [
        "pages 1-2",
        "pages 3-15: First",
        "pages 15-24: Second",
    ]
    assert "Three more." in first["text"] and "Second" not in first["text"]
    assert second["text"].startswith("Second") and "Three more." not in second["text"]
    assert json.loads(first["metadata"])["chapter"] == "First"
    assert len(rows(path, min_chapter_pages=24)) == 1


def test_a_long_document_is_cut_between_pages(tmp_path):
    path = make(tmp_path / "a.pdf", [PROSE] * 4)
    assert [row["key"] for row in rows(path, max_document_chars=500)] == ["pages 1-2", "pages 3-4"]


@pytest.mark.usefixtures("reader")
def test_encrypted(tmp_path):
    path = make(
        tmp_path / "a.pdf", [PROSE], encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="o"
    )
    row = read_only(path)
    assert "encrypted: name a file of passwords" in row["error"] and path in row["error"]
    open_to_all = make(tmp_path / "b.pdf", [PROSE], encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="o")
    assert read_only(open_to_all)["text"] == " ".join(PROSE)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "body", [b"", b"not a PDF", b"%PDF-1.7\n" + bytes(range(256)) * 40, b"<html>x</html>"]
)
def test_no_pdf_is_an_error_that_names_the_file(tmp_path, body, capfd):
    path = tmp_path / "bad.pdf"
    path.write_bytes(body)
    row = read_only(str(path))
    assert str(path) in row["error"] and "fetch it again" in row["error"] and row["text"] is None
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("reader")
def test_what_can_be_repaired_of_a_truncated_file_is_kept(tmp_path):
    make(tmp_path / "a.pdf", [[f"Page {n} tells its own story."] for n in range(1, 31)])
    body = (tmp_path / "a.pdf").read_bytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(body[: body.rindex(b"xref")])
    row = read_only(str(cut))
    assert "Page 1 tells" in row["text"] and json.loads(row["metadata"])["repaired"]


@pytest.mark.usefixtures("reader")
def test_no_text_layer(tmp_path):
    document = pymupdf.open()
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 20, 20), False)
    pixels.clear_with(90)
    document.new_page().insert_image(pymupdf.Rect(0, 0, 200, 200), pixmap=pixels)
    document.save(tmp_path / "a.pdf")
    for ocr, reason in ((True, "pdf.no_text"), (False, "pdf.no_text_layer")):
        row = read_only(str(tmp_path / "a.pdf"), ocr=ocr)
        assert (row["drop_reason"], row["text"], row["error"]) == (reason, "", None)
        assert json.loads(row["metadata"]).get("fallbacks") == (None if ocr else {"ocr is off": 1})


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.pdf"):
        rows(str(tmp_path / "gone.pdf"))


def scan(path, contents, dpi=200, turned=0):
    """The same pages as pictures: what a scanner makes of them."""
    source, document = pymupdf.open(make(path.with_suffix(".born"), contents)), pymupdf.open()
    for page in source:
        picture = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        new = document.new_page(width=page.rect.width, height=page.rect.height)
        new.insert_image(new.rect, pixmap=picture)
        new.set_rotation(turned)
    document.save(path)
    return str(path)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_scan_is_recognized_whichever_way_it_lies(tmp_path, turned):
    row = read_only(scan(tmp_path / "a.pdf", [PROSE * 3], turned=turned))
    assert SequenceMatcher(None, row["text"], " ".join(PROSE * 3)).ratio() > 0.97
    told = json.loads(row["metadata"])
    assert told["routes"] == {"ocr: no_text": 1}
    assert told["page_spans"][0][3:6] == ["tesseract", "ocr", "no_text"]
    assert (row["pdf_pages"], row["pdf_ocr_pages"], row["pdf_failed_pages"]) == (1, 1, 0)
    assert 0.8 < row["ocr_quality"] <= 1


@pytest.mark.usefixtures("reader")
def test_a_scanned_page_among_others_is_recognized_alone(tmp_path):
    document = pymupdf.open(make(tmp_path / "born.pdf", [PROSE, ["The last page stands alone."]]))
    document.insert_pdf(pymupdf.open(scan(tmp_path / "scan.pdf", [PROSE])), start_at=1)
    document.new_page()
    document.save(tmp_path / "a.pdf")
    row = read_only(str(tmp_path / "a.pdf"))
    told = json.loads(row["metadata"])
    assert told["routes"] == {"blank: blank": 1, "ocr: no_text": 1, "text: good": 2}
    pieces = [row["text"][start:end].strip() for _, start, end, *_ in told["page_spans"]]
    assert pieces[0] == " ".join(PROSE) and pieces[2] == "The last page stands alone." and not pieces[3]
    assert SequenceMatcher(None, pieces[1], " ".join(PROSE)).ratio() > 0.95
    assert (row["pdf_pages"], row["pdf_ocr_pages"]) == (4, 1)


def test_a_language_without_a_model_is_refused_before_any_page_is_read(tmp_path):
    with pytest.raises(MissingLanguage, match=r"no Tesseract model for \['tlh'\].*tesseract-ocr-<language>"):
        rows(make(tmp_path / "a.pdf", [PROSE]), languages=["tlh"])


@pytest.mark.usefixtures("reader")
def test_a_page_too_large_to_draw_is_a_hole_and_named(tmp_path):
    document = pymupdf.open(scan(tmp_path / "scan.pdf", [PROSE, PROSE]))
    large = document.new_page(pno=1, width=14_000, height=14_000)
    large.insert_image(large.rect, stream=document.extract_image(document[0].get_images()[0][0])["image"])
    large.draw_line((9, 9), (99, 99))
    document.save(tmp_path / "a.pdf")
    row, error = rows(str(tmp_path / "a.pdf"))
    assert error["key"] == "page 2" and "194 x 194 inches" in error["error"]
    ((first, last, place, why),) = json.loads(row["metadata"])["holes"]
    assert (first, last) == (2, 2) and why in error["error"]
    assert row["text"][place:].startswith("The keeper")
    assert (row["pdf_pages"], row["pdf_failed_pages"]) == (3, 1)


def test_a_file_of_which_no_page_can_be_read_is_errors_alone(tmp_path):
    document = pymupdf.open()
    large = document.new_page(width=14_000, height=14_000)
    picture = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 20, 20), False)
    large.insert_image(large.rect, pixmap=picture)
    large.draw_line((9, 9), (99, 99))
    document.save(tmp_path / "a.pdf")
    (error,) = rows(str(tmp_path / "a.pdf"))
    assert error["key"] == "page 1" and error["text"] is None and "inches" in error["error"]


def test_any_url(tmp_path):
    make(tmp_path / "a.pdf", [PROSE])
    fsspec.filesystem("memory").pipe("/a.pdf", (tmp_path / "a.pdf").read_bytes())
    assert read_only("memory://a.pdf")["text"] == " ".join(PROSE)
    assert "max_file_mb" in read_only("memory://a.pdf", max_file_mb=0)["error"]


def test_pages_behind_the_limit_are_named(tmp_path):
    document, rest = rows(make(tmp_path / "a.pdf", [PROSE] * 5), max_pages=2)
    assert document["key"] == "pages 1-2"
    assert rest["key"] == "pages 3-5" and "raise max_pages" in rest["error"]


def bomb(path):
    """Three pages, the second of which draws forms in forms, 10 to the power of 10 times."""
    document = pymupdf.open(
        make(path.with_suffix(".one"), [["Before."], ["Bomb."], ["After."]]), filetype="pdf"
    )
    inner = None
    for _ in range(10):
        form = document.get_new_xref()
        resources = f"/Resources<</XObject<</F {inner} 0 R>>>>" if inner else ""
        document.update_object(form, f"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]{resources}>>")
        document.update_stream(form, b"/F Do " * 10 if inner else b"0 0 1 1 re f ")
        inner = form
    page = document[1]
    document.xref_set_key(page.xref, "Resources", f"<</XObject<</F {inner} 0 R>>>>")
    document.update_stream(page.get_contents()[0], b"/F Do")
    document.save(path)
    return str(path)


@pytest.mark.usefixtures("reader")
def test_an_endless_page_costs_one_page(tmp_path):
    sandbox.stop_all()  # a child that waits has read other files: all of that would count where it is killed
    before = os.times().children_user
    document, page = rows(bomb(tmp_path / "a.pdf"), page_seconds=1.5)
    assert document["text"] == "Before.\n\nAfter."
    assert page["key"] == "page 2" and "took longer than 1.5 s" in page["error"]
    assert os.times().children_user - before < 20  # what a killed child used counts from then on


@pytest.fixture
def children(monkeypatch):
    """The processes that are started from now on; none waits from before."""
    sandbox.stop_all()
    started = []

    class Noted(pages.Child):
        def __init__(self, max_memory_mb, reader):
            super().__init__(max_memory_mb, reader)
            started.append(self.process)

    monkeypatch.setattr(pages, "Child", Noted)
    yield started
    sandbox.stop_all()
    assert all(child.poll() is not None for child in started)


def test_a_crash_costs_one_page(tmp_path, children):
    said = pages.read_pages(bomb(tmp_path / "a.pdf"), page_seconds=60, max_memory_mb=2048, max_pages=9)
    assert next(said)["pages"] == 3
    assert next(said)["page"] == 0
    children[0].send_signal(signal.SIGSEGV)
    failed, after = sorted(said, key=lambda page: page["page"])  # a failed one was asked of the other reader
    assert failed["page"] == 1 and "crashed the reader (signal 11)" in failed["error"]
    assert after["page"] == 2 and "error" not in after
    assert len(children) == 3 and children[0].poll() is not None


def test_a_reader_that_always_dies_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "MAX_DEATHS", 1)
    document, page, rest = rows(bomb(tmp_path / "a.pdf"), page_seconds=1)
    assert document["text"] == "Before."
    assert page["key"] == "page 2"
    assert rest["key"] == "pages 3-3" and "the rest of the file is lost" in rest["error"]


def test_a_page_that_needs_too_much_memory_costs_one_page(tmp_path):
    document = pymupdf.open(make(tmp_path / "one.pdf", [["Before."], ["Bomb."], ["After."]]))
    again = b"1 0 0 1 72 700 Tm (ab cd ef gh ij kl mn op) Tj "
    document.update_stream(document[1].get_contents()[0], b"BT /helv 9 Tf " + again * 300_000 + b"ET")
    document.save(tmp_path / "a.pdf", deflate=True)
    kept, page = rows(str(tmp_path / "a.pdf"), max_memory_mb=200)
    assert kept["text"] == "Before.\n\nAfter."
    assert page["key"] == "page 2" and "max_memory_mb" in page["error"]


def test_the_child_goes_when_reading_stops_early(tmp_path, children):
    said = pages.read_pages(bomb(tmp_path / "a.pdf"), page_seconds=60, max_memory_mb=2048, max_pages=9)
    next(said)
    said.close()
    assert children[0].poll() is not None


def test_one_child_reads_file_after_file_until_it_is_worn(tmp_path, children, monkeypatch, reader):
    monkeypatch.setattr(sandbox, "MAX_JOBS", 3)
    paths = [make(tmp_path / f"{number}.pdf", [[f"Number {number}."]]) for number in range(4)]
    large = bytearray(2**30)  # a child counts its own memory, not that of who started it
    large[:: 2**12] = b"x" * 2**18
    (tmp_path / "no.pdf").write_bytes(b"no PDF")
    texts = [row["text"] for path in (paths[0], tmp_path / "no.pdf", *paths[1:]) for row in rows(str(path))]
    assert texts == ["Number 0.", None, "Number 1.", "Number 2.", "Number 3."]
    assert len(children) == 2 + (reader == "mupdf")  # what it cannot open is asked of the other reader


def test_a_child_that_died_while_it_waited_costs_nothing(tmp_path, children):
    path = make(tmp_path / "a.pdf", [PROSE])
    read_only(path)
    children[0].kill()
    children[0].wait()
    assert read_only(path)["text"] == " ".join(PROSE)
    assert len(children) == 2


def bodies(tmp_path, *contents):
    """Rows as a reader of archives gives them: PDFs, and between them a page that is none."""
    files = [tmp_path / f"{i}.pdf" for i in range(len(contents))]
    for path, content in zip(files, contents, strict=True):
        make(path, content)
    rows = [
        {"text": "", "media_type": "application/pdf", "body": path.read_bytes(), "metadata": '{"a": 1}'}
        for path in files
    ]
    rows.insert(1, {"text": "<p>a page", "media_type": "text/html", "body": None, "metadata": None})
    schema = {"text": pl.String, "media_type": pl.String, "body": pl.Binary, "metadata": pl.String}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(id=pl.int_range(frame.height).cast(pl.String))


@pytest.mark.usefixtures("reader")
def test_bodies_become_text(tmp_path):
    docs = bodies(tmp_path, [PROSE, ["A second page stands alone."]], [[]])
    found = extract(docs)
    assert found["text"].to_list() == [" ".join(PROSE) + "\n\nA second page stands alone.", "<p>a page", ""]
    assert found["drop_reason"].to_list() == [None, None, "pdf.no_text_layer"]
    assert found["body"].to_list() == [None, None, None]
    assert found["pdf_pages"].to_list() == [2, None, 1] and found["pdf_failed_pages"].to_list() == [
        0,
        None,
        0,
    ]
    told = json.loads(found["metadata"][0])
    assert {"a": 1, "pages": [1, 2], "page_count": 2}.items() <= told.items()
    assert [span[:4] for span in told["page_spans"]] == [[1, 0, 229, "layer"], [2, 229, 256, "layer"]]
    parts = [extract(docs[:1]), extract(docs[1:1]), extract(docs[1:])]
    assert pl.concat(parts).drop(COLUMN).equals(found.drop(COLUMN))
    works = [None if said is None else json.loads(said) for said in found[COLUMN]]
    assert works[1] is None and works[0]["route"]["text: good"][0] == 2


def test_no_bodies_no_change(tmp_path):
    docs = bodies(tmp_path, [PROSE])
    assert extract(docs.drop("body")).columns == [*docs.drop("body").columns, *SAID, *SIGNALS]
    dropped = docs.with_columns(drop_reason=pl.lit("x"))
    assert extract(dropped)["text"].to_list() == docs["text"].to_list()


def test_a_body_that_is_no_pdf_is_refused_by_name(tmp_path):
    docs = bodies(tmp_path, [PROSE]).with_columns(body=pl.lit(b"%PDF-1.4 nothing"))
    with pytest.raises(PdfError, match=r"not a readable PDF.*file 'the body'"):
        extract(docs)


def test_files_that_cannot_be_opened_cost_one_child_of_the_other_reader(tmp_path, children):
    (tmp_path / "no.pdf").write_bytes(b"no PDF")
    good = make(tmp_path / "a.pdf", [PROSE])
    for path in (good, tmp_path / "no.pdf", good, tmp_path / "no.pdf", good):
        rows(str(path))
    assert len(children) == 2


def test_the_seconds_of_a_page_are_those_that_it_works(tmp_path, children):
    said = pages.read_pages(bomb(tmp_path / "a.pdf"), page_seconds=2, max_memory_mb=2048, max_pages=9)
    assert [next(said)["pages"], next(said)["page"]] == [3, 0]
    children[0].send_signal(signal.SIGSTOP)  # a machine that has no time for it
    waker = threading.Timer(5, children[0].send_signal, [signal.SIGCONT])
    waker.start()
    began = time.monotonic()
    failed = next(said)
    waker.join()
    assert failed["page"] == 1 and "took longer than 2 s of processor time" in failed["error"]
    assert time.monotonic() - began > 5


def test_a_child_that_does_nothing_is_ended_as_well(tmp_path, children, monkeypatch):
    monkeypatch.setattr(sandbox, "HANG_SECONDS", 3)
    said = pages.read_pages(bomb(tmp_path / "a.pdf"), page_seconds=1, max_memory_mb=2048, max_pages=9)
    assert [next(said)["pages"], next(said)["page"]] == [3, 0]
    children[0].send_signal(signal.SIGSTOP)
    assert "did nothing for 3 s" in next(said)["error"]
    assert [page["page"] for page in said] == [2]


def test_a_page_that_is_empty_because_it_is_damaged_is_not_blank(tmp_path):
    document = pymupdf.open(make(tmp_path / "one.pdf", [PROSE, PROSE, []], deflate=True))
    for number in document[1].get_contents():
        document.update_stream(number, b"\xff" * 99, compress=False)
        document.xref_set_key(number, "Filter", "/FlateDecode")
    document.save(tmp_path / "a.pdf")
    kept, error = rows(str(tmp_path / "a.pdf"))
    assert error["key"] == "page 2" and "page cannot be read (damaged: library error: zlib" in error["error"]
    assert json.loads(kept["metadata"])["routes"] == {"blank: blank": 1, "text: good": 1}


def test_pages_of_which_something_is_damaged_are_counted(tmp_path):
    document = pymupdf.open(make(tmp_path / "one.pdf", [PROSE, PROSE]))
    number = document[1].get_contents()[-1]
    document.update_stream(number, document.xref_stream(number) + b"\n(never closed] >> Tj")
    document.save(tmp_path / "a.pdf")
    assert json.loads(read_only(str(tmp_path / "a.pdf"))["metadata"])["damaged_pages"] == 1
