"""Papers drawn here, in several styles, taken apart; lists of them, whole and broken."""

import gzip
import json
import re
import zipfile

import fsspec
import polars as pl
import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.layout.lines import Line, Page
from winnow.ocr.papers import drop_references, read
from winnow.ocr.scholar import outline
from winnow.ocr.scholar.names import split_names

PROSE = (
    "The keeper of the archive wrote down every parcel that came in on the morning train and gave it a "
    "number, a shelf and a day, so that whoever asked for it later could be told at once where it lay. "
)


HEADS = ("Abstract", "Introduction", "Methods", "References")


class Pen:
    """Writes lines onto pages of a PDF, from the top down."""

    def __init__(self, font="tiro", bold="tibo", width=95):
        self.document = pymupdf.open()
        self.font, self.bold, self.width = font, bold, width
        self.turn()

    def turn(self):
        self.page, self.y = self.document.new_page(), 90

    def put(self, text, size=10, bold=False, gap=0, x=72):
        if self.y > 760:
            self.turn()
        self.y += size * 1.2 + gap
        self.page.insert_text((x, self.y), text, fontsize=size, fontname=self.bold if bold else self.font)

    def fill(self, text, size=10, x=72):
        words, line = text.split(), ""
        self.y += 6
        for word in words:
            if len(line) + len(word) > self.width:
                self.put(line, size, x=x)
                line = ""
            line = f"{line} {word}".strip()
        self.put(line, size, x=x)

    def save(self, path):
        self.document.save(path)
        return str(path)


def draw(path, *, numbered=True, appendix=False, heads=HEADS):
    abstract, *sections, references = heads
    pen = Pen()
    pen.put("Shelves and Their Keepers:", 17)
    pen.put("A Study of Archives", 17)
    pen.put("Ada Byron and Jan van der Berg", 12, gap=10)
    pen.put("Department of Parcels, University of Somewhere", 10, gap=2)
    pen.put(abstract, 10, bold=True, gap=20)
    pen.fill("We study shelves. " + PROSE, 9, x=100)
    for number, name in enumerate(sections, 1):
        pen.put(f"{number} {name}" if numbered else name, 14, bold=True, gap=14)
        pen.fill(PROSE * 3)
        if number == 1:
            pen.put("1.1 Of trains" if numbered else "Of trains", 12, bold=True, gap=12)
            pen.fill(PROSE * 2)
    pen.put(references, 14, bold=True, gap=14)
    pen.fill("Byron, A. (1843). Notes on the engine. Taylor's Scientific Memoirs 3, 666-731.")
    pen.fill("Berg, J. (1999). Of parcels. Journal of Shelves 2, 1-9.")
    if appendix:
        pen.put("A Proofs", 14, bold=True, gap=14)
        pen.fill(PROSE)
    return pen.save(path)


def flat(text):
    """Ragged lines, as drawn here, may keep their ends."""
    return " ".join(text.split())


def take_apart(path, hint=""):
    with pymupdf.open(path) as document:
        pages = []
        for number, page in enumerate(document):
            blocks = page.get_text("dict")["blocks"]
            lines = [
                Line(*line["bbox"], span["size"], False, bool(span["flags"] & 16), index, span["text"])
                for index, block in enumerate(blocks)
                for line in block.get("lines", ())
                for span in line["spans"][:1]
            ]
            pages.append(Page(number, page.rect.height, lines))
    return outline(pages, hint), [line.text for page in pages for line in page.lines]


@pytest.mark.parametrize("numbered", [True, False])
def test_a_paper_is_taken_apart(tmp_path, numbered):
    paper, lines = take_apart(draw(tmp_path / "a.pdf", numbered=numbered))
    assert paper.title == "Shelves and Their Keepers: A Study of Archives"
    assert paper.authors == ["Ada Byron", "Jan van der Berg"]
    assert flat(paper.abstract) == flat("We study shelves. " + PROSE)
    wanted = ["1 Introduction", "1.1 Of trains", "2 Methods"]
    assert [s.heading for s in paper.sections] == (
        wanted if numbered else [w.split(" ", 1)[1] for w in wanted]
    )
    assert [s.level for s in paper.sections] == [1, 2, 1]
    assert flat(paper.sections[1].text) == flat(PROSE * 2)
    assert "University of Somewhere" in paper.notes
    first, last = paper.references
    assert lines[first] == "References" and last == len(lines) - 1
    assert paper.bibliography.startswith("Byron, A. (1843)")


def test_references_end_where_an_appendix_begins(tmp_path):
    paper, lines = take_apart(draw(tmp_path / "a.pdf", appendix=True))
    assert lines[paper.references[1] + 1] == "A Proofs"
    assert paper.sections[-1].heading == "A Proofs"
    assert "Proofs" not in paper.bibliography


@pytest.mark.parametrize(
    "heads",
    [
        ["Zusammenfassung", "Einleitung", "Verfahren", "Literatur"],
        ["Résumé", "Introduction", "Données", "Références"],
        ["Resumen", "Introducción", "Datos", "Bibliografía"],
    ],
)
def test_papers_in_other_languages(tmp_path, heads):
    paper, _ = take_apart(draw(tmp_path / "a.pdf", heads=heads))
    assert paper.abstract.startswith("We study shelves.")
    assert [s.heading for s in paper.sections] == [f"1 {heads[1]}", "1.1 Of trains", f"2 {heads[2]}"]
    assert "Journal of Shelves" in paper.bibliography


def test_the_title_is_that_of_the_metadata_where_its_words_stand_there(tmp_path):
    pen = Pen()
    pen.put("SHELF LETTERS", 24)
    pen.put("On the Order of Parcels", 13)
    pen.fill(PROSE * 3)
    path = pen.save(tmp_path / "a.pdf")
    assert take_apart(path, "On the order of parcels")[0].title == "On the Order of Parcels"
    assert take_apart(path, "untitled-3.dvi")[0].title == "SHELF LETTERS"


def test_a_letter_has_no_abstract_no_sections_no_references(tmp_path):
    pen = Pen()
    pen.fill(PROSE * 4)
    paper, _ = take_apart(pen.save(tmp_path / "a.pdf"))
    assert (paper.abstract, paper.references) == ("", None)
    assert "".join(s.text for s in paper.sections).startswith("The keeper")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Achim Zeileis†\tTorsten Hothorn‡", ["Achim Zeileis", "Torsten Hothorn"]),
        (
            "Li Wei1,2, José García-Núñez2 and R. A. Fisher3,*",
            ["Li Wei", "José García-Núñez", "R. A. Fisher"],
        ),
        ("Valentin Wimmer(1,2)\u2217and Michael Höhle(1,2)", ["Valentin Wimmer", "Michael Höhle"]),
        ("ADA BYRON, JAN BERG, AND ALAN GENZ", ["ADA BYRON", "JAN BERG", "ALAN GENZ"]),
        ("by Dr. David Meyer", ["David Meyer"]),
        ("山田 太郎、佐藤 花子", ["山田 太郎", "佐藤 花子"]),
        ("Department of Statistics, University of Vienna", []),
        ("Lubbock, TX 79409, U.S.A", []),
        ("david@example.org", []),
        ("We thank the keeper of the archive", []),
    ],
)
def test_names(text, names):
    assert split_names(text) == names


def rows(uri):
    return [row for frame in read(str(uri)) for row in frame.to_dicts()]


def make_list(tmp_path, records, name="list.jsonl", pack=bytes):
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    path = tmp_path / name
    path.write_bytes(pack(b"\n".join(lines) + b"\n"))
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_list_gives_a_document_a_paper(tmp_path, pack):
    draw(tmp_path / "a.pdf", appendix=True)
    record = {"id": "2101.1", "path": "a.pdf", "license": "CC-BY-4.0", "year": 2021, "source": "a.tex"}
    (row,) = rows(make_list(tmp_path, [record], pack=pack))
    assert (row["key"], row["license"], row["date"], row["error"]) == ("2101.1", "CC-BY-4.0", "2021", None)
    known = json.loads(row["metadata"])
    assert row["text"].startswith(
        "# Shelves and Their Keepers: A Study of Archives\n\nAda Byron, Jan van der Berg\n\n## Abstract\n\nWe"
    )
    assert row["text"][known["references_at"] :].startswith("## References\n\nByron")
    assert "\n\n### 1.1 Of trains\n\n" in row["text"] and "\n\n## A Proofs\n\n" in row["text"]
    assert known["tex_source"] == "a.tex" and known["pages"] == [1, known["page_count"]]


def test_a_zstd_list(tmp_path):
    draw(tmp_path / "a.pdf")
    path = tmp_path / "list.jsonl.zst"
    pl.DataFrame({"path": ["a.pdf"], "id": ["x"]}).write_ndjson(path, compression="zstd")
    assert path.read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert [row["key"] for row in rows(path)] == ["x"]


def test_bad_lines_become_errors_that_name_them_and_the_rest_goes_on(tmp_path):
    draw(tmp_path / "a.pdf")
    (tmp_path / "b.pdf").write_text("no PDF")
    (tmp_path / "c.pdf").touch()
    records = [b"{", b"[1]", b"\xff", {"id": 1}, {"path": "none.pdf"}, {"path": "b.pdf"}, {"path": "c.pdf"}]
    found = rows(make_list(tmp_path, [*records, {"path": "a.pdf", "id": "last"}]))
    assert [row["key"] for row in found] == [*(f"line {n}" for n in range(1, 8)), "last"]
    assert all(row["error"].startswith(f"line {n}: ") for n, row in enumerate(found[:-1], 1))
    assert "none.pdf" in found[4]["error"] and "not a" in found[5]["error"]
    assert found[-1]["error"] is None


OTHERS = ["../a.pdf", "below/../../a.pdf", "{0}/a.pdf", "file://{0}/a.pdf", "local://{0}/a.pdf",
          "simplecache::file://{0}/a.pdf", "zip://a.pdf::file://{0}/a.zip", "https://x.org/::{0}/a.pdf",
          "sftp://127.0.0.1{0}/a.pdf"]  # fmt: skip


@pytest.mark.parametrize("path", OTHERS)
@pytest.mark.parametrize("remote", [False, True])
def test_a_list_names_no_file_of_this_machine_but_beside_itself(tmp_path, path, remote):
    draw(tmp_path / "a.pdf")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.pdf", "a.pdf")
    (tmp_path / "lists/below").mkdir(parents=True)
    line = {"openAccessPdf": {"url": path.format(tmp_path)}}
    uri = make_list(tmp_path / "lists", [line])
    if remote:
        fsspec.filesystem("memory").pipe("/lists/list.jsonl", uri.read_bytes())
        uri = "memory://lists/list.jsonl"
    (row,) = rows(uri)
    assert row["text"] is None
    assert re.search("does not lie in the list's folder|no file of the web or of a store", row["error"])


def test_a_list_names_files_below_it_by_whole_paths_too(tmp_path):
    (tmp_path / "below").mkdir()
    draw(tmp_path / "below/a.pdf")
    records = [{"path": "below/a.pdf"}, {"path": f"{tmp_path}/below/a.pdf"}, {"path": "below/../below/a.pdf"}]
    assert [row["error"] for row in rows(make_list(tmp_path, records))] == [None] * 3


def test_a_pdf_whose_size_is_not_said_is_bounded(tmp_path, monkeypatch):
    memory = fsspec.filesystem("memory")
    memory.pipe("/lists/a.pdf", bytes(3_000_000))
    memory.pipe("/lists/list.jsonl", b'{"path": "a.pdf"}\n')
    info = type(memory).info
    monkeypatch.setattr(type(memory), "info", lambda *given, **more: info(*given, **more) | {"size": None})
    (row,) = pl.concat(list(read("memory://lists/list.jsonl", max_file_mb=1))).to_dicts()
    assert "larger than 1 MiB" in row["error"]


def test_a_damaged_list_gives_what_it_holds_and_an_error(tmp_path):
    draw(tmp_path / "a.pdf")
    path = make_list(
        tmp_path, [{"path": "a.pdf", "id": str(n), "x": n**400} for n in range(3)], pack=gzip.compress
    )
    path.write_bytes(path.read_bytes()[:-30])
    assert "damaged" in rows(path)[-1]["error"]


def test_what_the_pages_do_not_show_comes_from_the_list(tmp_path):
    pen = Pen()
    pen.fill(PROSE * 2)
    pen.save(tmp_path / "a.pdf")
    record = {
        "path": "a.pdf",
        "title": "Shelves",
        "authors": [{"name": "Ada Byron"}],
        "abstract": "Of shelves.",
    }
    (row,) = rows(make_list(tmp_path, [record]))
    assert "\n\nAda Byron\n\n## Abstract\n\nOf shelves.\n\n" in row["text"]


def test_a_missing_list_is_raised(tmp_path):
    with pytest.raises(FileNotFoundError):
        rows(tmp_path / "none.jsonl")


def test_a_pdf_without_text_is_dropped_for_that(tmp_path):
    document = pymupdf.open()
    document.new_page()
    document.save(tmp_path / "a.pdf")
    (row,) = rows(make_list(tmp_path, [{"path": "a.pdf", "title": "Blank"}]))
    assert row["drop_reason"] == "pdf.no_text_layer"


def test_references_are_cut(tmp_path):
    draw(tmp_path / "a.pdf")
    frame = next(read(str(make_list(tmp_path, [{"path": "a.pdf"}]))))
    cut = drop_references(frame)
    assert cut["text"][0].endswith("it lay.") and "References" not in cut["text"][0]
    assert cut["papers_reference_chars"][0] == len(frame["text"][0]) - len(cut["text"][0])
    assert drop_references(cut)["text"][0] == cut["text"][0]


document = st.builds(
    lambda body, tail, at, stale: (
        body + ("\n\n## References\n\n" + tail if tail else ""),
        json.dumps({"references_at": len(body) + 2 + stale} if tail or at else {"title": body}),
    ),
    st.text(max_size=20),
    st.text(max_size=9),
    st.booleans(),
    st.sampled_from([0, 0, 3]),
)


@given(st.lists(document, max_size=4), st.lists(document, max_size=4))
def test_cutting_knows_no_batches(a, b):
    def frame(docs):
        return pl.DataFrame(docs, schema={"text": pl.String, "metadata": pl.String}, orient="row")

    whole = drop_references(frame(a + b))
    assert whole.equals(pl.concat([drop_references(frame(a)), drop_references(frame(b))]))
