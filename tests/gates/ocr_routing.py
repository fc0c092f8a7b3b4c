"""Gate: which PDF pages can be read from their text layer, and which go to OCR.

`make gate NAME=ocr_routing`. Good pages: all of data/pdf. Broken ones: the same PDFs, their ToUnicode maps
broken (`cmaps.py`); whether a page is broken is measured, by how much of its extracted text changed. Scans,
hidden layers, blank pages and outlines are made of the same pages. With WINNOW_DATA set, PDFs of other tests
are judged too, by the labels in golds/ocr_routing.tsv. Needs tesserocr; the models at hand are named.
With READER=pdfium in the environment pages are judged as PDFium reads them. Beside ours stand two simple
rules, and what pymupdf4llm would have recognized, where its environment is made (`make bench NAME=ocr`).
"""

import csv
import json
import os
import random
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pymupdf
import tesserocr
from cmaps import DAMAGES, break_fonts
from figures import Figures
from PIL import Image
from scans import hide_text, is_western, make_blank

from winnow.ocr.layer.fonts import Memory
from winnow.ocr.layer.judge import Verdict, judge
from winnow.ocr.layer.similarity import count_edits
from winnow.ocr.reader.mupdf import FLAGS
from winnow.ocr.reader.page import Document, load_reader

WORN = (".scan", ".scramble")  # what the demo's data hold beside the sound ones
PDFS = sorted(path for path in Path("data/pdf").glob("*.pdf") if Path(path.stem).suffix not in WORN)
GOLDS = Path(__file__).with_name("golds") / "ocr_routing.tsv"
TESSDATA = [
    Path(os.environ.get("TESSDATA_PREFIX", ".venv/share/tessdata")),
    Path("/usr/share/tesseract-ocr/5/tessdata"),
]
PAGES = 4  # of each damaged document
BROKEN, WHOLE = 0.08, 0.01  # share of a page's text that changed
LONG = 100
READER = os.environ.get("READER", "mupdf")
PEERS = ".venv-bench/bin/python"


class Case(NamedTuple):
    """A document, its pages to judge, and what should come of each: text, ocr, blank, None (any will do)."""

    kind: str
    document: pymupdf.Document
    expected: dict[int, str | None]


def load_models() -> dict[str, tesserocr.PyTessBaseAPI]:
    """A warm engine for each language at hand."""
    found: dict[str, Path] = {}
    for folder in TESSDATA:
        for file in sorted(folder.glob("*.traineddata")):
            if file.stem not in ("osd", "equ"):
                found.setdefault(file.stem, folder)
    return {
        name: tesserocr.PyTessBaseAPI(path=str(folder), lang=name, psm=tesserocr.PSM.SINGLE_LINE)
        for name, folder in found.items()
    }


def open_again(document: pymupdf.Document) -> pymupdf.Document:
    """The document as a reader would get it."""
    return pymupdf.open(stream=document.tobytes(), filetype="pdf")


def list_good() -> Iterator[Case]:
    """Whole documents. A page without text that shows something is OCR's; pages of the table as it says."""
    labels = read_labels("pdf")
    for path in PDFS:
        document = pymupdf.open(path)
        expected: dict[int, str | None] = {}
        for page in document:
            bare = not page.get_text().strip()
            label = ("ocr" if page.get_bboxlog() else "blank") if bare else "text"
            expected[page.number] = labels.get((path.name, page.number), label)
        yield Case("good", document, expected)


def list_broken() -> Iterator[Case]:
    """Each document in half of the ways, all fonts broken; and in one way its main font or another alone."""
    names = list(DAMAGES)
    for index, path in enumerate(PDFS):
        for turn in range(0, len(names), 2):
            name = names[(turn + index % 2) % len(names)]
            case = make_broken(path, name, index, None)
            if case:
                yield case
        fonts = count_fonts(pymupdf.open(path))[:2]
        for rank, font in zip(("main", "second"), fonts, strict=False):
            case = make_broken(path, "permuted", index, frozenset([font]))
            if case:
                yield case._replace(kind=f"{rank} font")


def count_fonts(document: pymupdf.Document) -> list[str]:
    """The names of the fonts of a document, most used first."""
    counts: Counter[str] = Counter()
    for number in pick_pages(document, 10):
        for block in document[number].get_text("dict", flags=FLAGS)["blocks"]:
            for line in block.get("lines", ()):
                for span in line["spans"]:
                    counts[span["font"]] += len(span["text"])
    return [name for name, _ in counts.most_common()]


def pick_pages(document: pymupdf.Document, amount: int) -> list[int]:
    """Pages all over a document."""
    step = max(len(document) // amount, 1)
    return list(range(step // 2, len(document), step))[:amount]


def make_broken(path: Path, name: str, seed: int, fonts: frozenset[str] | None) -> Case | None:
    """A damaged copy; None where its fonts have no maps to break."""
    document, damaged = pymupdf.open(path), pymupdf.open(path)
    break_fonts(damaged, DAMAGES[name], seed, fonts)
    damaged = open_again(damaged)
    expected: dict[int, str | None] = {}
    for number in pick_pages(document, PAGES):
        before, after = (d[number].get_text("text", flags=FLAGS) for d in (document, damaged))
        if not before.strip():
            continue
        changed = count_edits(before[:3000], after[:3000]) / len(before[:3000])
        expected[number] = "ocr" if changed >= BROKEN else "text" if changed <= WHOLE else None
    return Case(name, damaged, expected) if any(label == "ocr" for label in expected.values()) else None


def list_scans() -> Iterator[Case]:
    """Pictures of pages: bare, with a header, under a hidden layer that is right or noise; and outlines."""
    rng = random.Random(7)
    cases = {
        kind: pymupdf.open()
        for kind in ("scan", "scan with header", "hidden good", "hidden noise", "outlines")
    }
    for path in PDFS:
        document = pymupdf.open(path)
        page = next(page for page in document.pages(len(document) // 2) if len(page.get_text()) > 800)
        picture = page.get_pixmap(dpi=110, colorspace=pymupdf.csGRAY)
        for kind, made in cases.items():
            if kind == "outlines":
                drawn = pymupdf.open(stream=page.get_svg_image(text_as_path=True).encode(), filetype="svg")
                made.insert_pdf(pymupdf.open(stream=drawn.convert_to_pdf(), filetype="pdf"))
                continue
            if kind.startswith("hidden") and not is_western(page):
                continue
            sheet = made.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, pixmap=picture)
            if kind == "scan with header":
                sheet.insert_text(
                    (40, 20), "Downloaded from the library of the university, 12 May 2011", fontsize=7
                )
            if kind.startswith("hidden"):
                hide_text(sheet, page, rng if kind == "hidden noise" else None)
    for kind, made in cases.items():
        label = "text" if kind == "hidden good" else "ocr"
        document = open_again(made)
        yield Case(kind, document, dict.fromkeys(range(len(document)), label))


def list_blank() -> Iterator[Case]:
    """Nothing, a white picture, a speck, a filled white box, a faint stain."""
    document = open_again(make_blank())
    yield Case("blank", document, dict.fromkeys(range(len(document)), "blank"))


def read_labels(folder: str) -> dict[tuple[str, int], str | None]:
    """What people saw: folder, file, page from 0, route ("-": either will do)."""
    with GOLDS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row and row[0] == folder]
    return {(name, int(page)): None if route == "-" else route for _, name, page, route in rows}


def list_others() -> Iterator[Case]:
    """PDFs of Docling's and OCRmyPDF's tests, where they are at hand."""
    data = os.environ.get("WINNOW_DATA")
    for folder in ("ocr/docling", "ocr/ocrmypdf") if data else ():
        pages: dict[str, dict[int, str | None]] = defaultdict(dict)
        for (name, page), route in read_labels(folder).items():
            pages[name][page] = route
        for name, expected in pages.items():
            yield Case(f"others: {folder[4:]}", pymupdf.open(Path(str(data)) / folder / name), expected)


RULES: dict[str, Callable[[str], bool]] = {
    "no text": lambda text: not text.strip(),
    "any U+FFFD": lambda text: not text.strip() or "\ufffd" in text,
}


def main() -> None:
    pymupdf.TOOLS.mupdf_display_errors(False)
    engines = load_models()

    def recognize(picture: Image.Image, languages: str | None, least_sure: float = 0.0) -> str:
        engine = engines[languages or "eng"]
        engine.SetImage(picture)
        text = str(engine.GetUTF8Text()).strip()
        sure = engine.AllWordConfidences() if least_sure else ()
        return "" if sum(sure) < 100 * least_sure * len(sure) else text

    for name in engines:
        recognize(Image.new("L", (200, 40), 255), name)
    print("models:", " ".join(engines))
    routes: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    simple: dict[str, Counter[tuple[str, bool]]] = {rule: Counter() for rule in RULES}
    clock = {"long": [0.0, 0], "all": [0.0, 0]}
    labels: list[tuple[str, int, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for makes in (list_good, list_broken, list_scans, list_blank, list_others):
            for number, case in enumerate(makes()):
                judge_case(case, recognize, list(engines), routes, reasons, simple, clock)
                file = Path(folder) / f"{makes.__name__}_{number}.pdf"
                case.document.save(file)
                labels += [(str(file), page, label) for page, label in case.expected.items() if label]
        simple |= ask_peer(labels, Path(folder) / "places.json")
    report(routes, reasons, simple, clock)


def ask_peer(labels: list[tuple[str, int, str]], listed: Path) -> dict[str, Counter[tuple[str, bool]]]:
    """What pymupdf4llm's own test of pages says of the same ones."""
    if not Path(PEERS).exists():
        print("pymupdf4llm: left out, it has no environment here (`make bench NAME=ocr` makes it)")
        return {}
    listed.write_text(json.dumps([place[:2] for place in labels]))
    one = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    command = [PEERS, "tests/bench/peers_ocr.py", "routing", str(listed)]
    said = subprocess.run(command, capture_output=True, text=True, env=os.environ | one, check=True).stdout
    answer = json.loads(said.splitlines()[-1])
    print(f"pymupdf4llm: {1e3 * answer['seconds'] / len(labels):.1f} ms a page to decide")
    found = ((label, needs) for (_, _, label), needs in zip(labels, answer["needs_ocr"], strict=True))
    return {"pymupdf4llm's own": Counter(found)}


def judge_case(case, recognize, models, routes, reasons, simple, clock) -> None:  # type: ignore[no-untyped-def]
    """Judge a case's pages in order; count routes, reasons, simple rules and time."""
    memory = Memory(models)
    document = open_case(case)
    spent = 0.0
    for number, expected in sorted(case.expected.items()):
        page = document[number]
        blocks, _ = page.read_blocks()
        start = time.process_time()
        verdict: Verdict = judge(page, memory, recognize, blocks)
        spent += time.process_time() - start
        if expected is None:
            continue
        routes[case.kind][expected, verdict.route] += 1
        reasons[case.kind][verdict.reason] += 1
        if verdict.route != expected:
            seen = {name: round(value, 2) for name, value in verdict.features.items()}
            print(f"  {case.kind}, page {number}: {expected} but {verdict.route} ({verdict.reason}) {seen}")
        for rule, needs in RULES.items():
            simple[rule][expected, needs(case.document[number].get_text("text", flags=FLAGS))] += 1
    if case.kind == "good":
        for name in ("all", "long") if len(case.expected) > LONG else ("all",):
            clock[name][0] += spent
            clock[name][1] += len(case.expected)


def open_case(case: Case) -> Document:
    """A case's document as READER opens it."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(case.document.tobytes())
        file.flush()
        opened: Document = load_reader(READER).open_document(file.name)
    return opened


def report(routes, reasons, simple, clock) -> None:  # type: ignore[no-untyped-def]
    """Tables and figures."""
    print("| pages | to text | to OCR | blank | reasons |\n|---|---|---|---|---|")
    for kind, counts in routes.items():
        for label in ("text", "ocr", "blank"):
            row = [counts[label, route] for route in ("text", "ocr", "blank")]
            if sum(row):
                why = ", ".join(f"{name} {n}" for name, n in reasons[kind].most_common(5))
                print(
                    f"| {kind}, should be {label} ({sum(row)}) | " + " | ".join(map(str, row)) + f" | {why} |"
                )
    total: Counter[tuple[str, str]] = sum(routes.values(), Counter())
    bad = {route: total["ocr", route] for route in ("text", "ocr", "blank")}
    good = {route: total["text", route] for route in ("text", "ocr", "blank")}
    print("| rule | broken or missing found | good sent to OCR |\n|---|---|---|")
    for rule, counts in simple.items():
        found = counts["ocr", True] / max(counts["ocr", True] + counts["ocr", False], 1)
        lost = counts["text", True] / max(counts["text", True] + counts["text", False], 1)
        print(f"| {rule} | {found:.3f} | {lost:.3f} |")
    figures = Figures("ocr_routing" if READER == "mupdf" else f"ocr_routing_{READER}")
    figures.add("pages", sum(total.values()), 400)
    figures.add("pages_broken_or_missing", sum(bad.values()), 100)
    figures.add("broken_or_missing_found", round(bad["ocr"] / sum(bad.values()), 4), 0.99)
    figures.add("good_sent_to_ocr", round(1 - good["text"] / sum(good.values()), 4), 0.01, most=True)
    blank = [total["blank", route] for route in ("text", "ocr", "blank")]
    figures.add("blank_found", round(blank[2] / max(sum(blank), 1), 4), 0.99)
    for name, (seconds, pages) in clock.items():
        figures.add(
            f"ms_a_page_{name}",
            round(1e3 * seconds / max(pages, 1), 2),
            {"long": 4, "all": 8}[name],
            most=True,
        )
    figures.close()


if __name__ == "__main__":
    main()
