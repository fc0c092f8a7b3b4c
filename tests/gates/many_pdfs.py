"""A thousand PDFs for the gate `ocr_hostile`, one of twenty hostile, and what a run made of each page."""

import json
import os
import random
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import hostile_pdfs
import polars as pl
import pymupdf
import pypdfium2
import runs
from recipe_text import source, stage, step, write

FILES, EVERY = int(os.environ.get("FILES", "1000")), 20  # one of so many is hostile
MOST_PAGES = 5
SCANS = 12  # files of one page that is a picture
BLANKS = 30  # files with an empty page at the end
MOST_BYTES = 2_000_000  # of a hostile file: large ones are read by themselves


def make_files(folder: Path) -> dict[str, int | None]:
    """The files, and the pages that PyMuPDF says each has; None where it opens none."""
    folder.mkdir(parents=True)
    sources = [
        document for path in sorted(Path("data/pdf").glob("*.pdf")) if len(document := pymupdf.open(path)) > 9
    ]
    if not sources:
        raise SystemExit("data/pdf: no PDFs; run `make data` first")
    cases = [case for case in hostile_pdfs.every() if len(case.data) <= MOST_BYTES]
    rng = random.Random(13)
    hostile = rng.sample(cases, FILES // EVERY)
    for number in range(FILES):
        path = folder / f"{number:04}.pdf"
        if number % EVERY == EVERY - 1:
            path.write_bytes(hostile[number // EVERY].data)
        else:
            _cut(rng, sources, number).save(path, garbage=3, deflate=True)
    return {str(path.resolve()): count_pages(path) for path in sorted(folder.glob("*.pdf"))}


def _cut(rng: random.Random, sources: list[pymupdf.Document], number: int) -> pymupdf.Document:
    """Pages that follow each other; some as a picture, some with an empty one behind."""
    whole = rng.choice(sources)
    count = rng.randint(1, MOST_PAGES)
    first = rng.randrange(len(whole) - count)
    part = pymupdf.open()
    part.insert_pdf(whole, from_page=first, to_page=first + count - 1, links=False, annots=False)
    if number % (FILES // SCANS) == 5:
        scan = pymupdf.open()
        page = scan.new_page(width=part[0].rect.width, height=part[0].rect.height)
        page.insert_image(page.rect, pixmap=part[0].get_pixmap(dpi=150, colorspace=pymupdf.csGRAY))
        return scan
    if number % (FILES // BLANKS) == 7:
        part.new_page()
    return part


def count_pages(path: Path) -> int | None:
    """What PyMuPDF says, which speaks of each damage on the screen unless told not to."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(path, filetype="pdf")
        return None if document.needs_pass or not document.is_pdf else len(document) or None
    except Exception:  # whatever it raises: it does not open it
        return None


def count_by_other(path: Path) -> int | None:
    """What PDFium says of a file that PyMuPDF does not open."""
    try:
        return len(pypdfium2.PdfDocument(path)) or None
    except pypdfium2.PdfiumError:
        return None


def run(folder: Path, seconds: float, memory: int) -> int:
    """The exit code of a run with two workers over FOLDER/in."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    recipe = folder / "recipe.toml"
    read = step("ocr.pdf:read", page_seconds=seconds, max_memory_mb=memory)
    pdf = source("pdf", (folder / "in").resolve() / "*.pdf", read, part_bytes=4_000_000)
    write(recipe, pdf, stage("read", "pdf", "dedup.exact:hash"))
    words = ("run", recipe, folder / "out", "--workers", 2)
    return runs.begin(folder / "run.log", *words).wait()


def read_rows(out: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of the run, by file."""
    found: dict[str, list[dict[str, Any]]] = {}
    columns = ["uri", "key", "metadata", "error", "pdf_pages", "pdf_ocr_pages", "pdf_failed_pages"]
    for fate in ("kept", "dropped", "failed"):
        folder = out / "read" if fate == "kept" else out / "read" / fate
        for path in sorted(folder.glob("part-*.parquet")):
            frame = pl.read_parquet(path, glob=False)
            for row in frame.select(name for name in columns if name in frame.columns).iter_rows(named=True):
                found.setdefault(row["uri"], []).append(row | {"fate": fate})
    return found


def count_fates(rows: list[dict[str, Any]]) -> Counter[str]:
    """Pages of a file by what became of them: text, ocr, blank, hole, failed; `file` for one not opened.

    Failed pages that a document has as holes stand in `failed/` too and count once.
    """
    fates: Counter[str] = Counter()
    documents = [row for row in rows if row["fate"] != "failed"]
    failed = 0
    for row in (row for row in rows if row["fate"] == "failed"):
        place = re.fullmatch(r"pages? (\d+)(?:-(\d+))?", row["key"] or "")
        if place is None:
            fates["file"] += 1
        else:
            failed += int(place[2] or place[1]) - int(place[1]) + 1
    for row in documents:
        fates["hole"] += row["pdf_failed_pages"]
        if row["fate"] == "dropped":  # whose pages have no text; their routes are not kept
            fates["ocr"] += row["pdf_ocr_pages"]
            fates["blank"] += row["pdf_pages"] - row["pdf_ocr_pages"] - row["pdf_failed_pages"]
            continue
        for name, count in json.loads(row["metadata"]).get("routes", {}).items():
            fates[name.partition(":")[0]] += count
    if documents and failed != fates["hole"]:
        fates["untold"] += abs(failed - fates["hole"])  # what one side says and the other does not
    if not documents:
        fates["failed"] += failed
    return +fates
