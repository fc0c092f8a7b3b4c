"""Gate: hostile PDFs, one by one and in a run: each ends with a verdict, within bounds, and harms no other.

`make gate NAME=ocr_hostile`. One by one: the generated files of `hostile_pdfs.py` and, with WINNOW_DATA set,
all PDFs of its folder `ocr`, each through `ocr.pdf:read`. Each must end as something that has a name: kept,
blank, hole (pages of a kept file), dropped or failed, with an error of a known class; sound pages must be
kept; the processor time must stay within what its pages may take, the memory of the process tree within a
bound; and the file read after it must be whole. Pages get 5 s of processor time here, not 20, so that the
gate ends sooner.

In a run: 1,000 PDFs of one to five pages, cut out of those of `data/pdf` (`make data`), every twentieth
replaced by a hostile one, through a run with two workers (`many_pdfs.py`). Every file and every
page must be told once: the sums are held against what PyMuPDF says that each file has, or PDFium, where it
reads what PyMuPDF does not open.
"""

import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hostile_pdfs
import many_pdfs
import psutil
from figures import Figures
from hostile_pdfs import BLANK, DROPPED, FAILED, HOLE, KEPT, WORDS, Case

from winnow import sandbox
from winnow.ocr.pdf import read

FOLDER = Path("out/gates/ocr_hostile")
PAGE_SECONDS, MEMORY_MB = 5, 1024
OWN_MB = 600  # of the gate's process and of a child before it reads
# How the message of each class of error begins behind the file's name, in the order of the reader's layers.
CLASSES = {
    "empty": "an empty file",
    "too_large": "larger than ",
    "no_pdf": "not a PDF: ",
    "damaged": r"not a readable PDF \(",
    "encrypted": "encrypted: ",
    "no_pages": "no page in it can be read",
    "time": r"(opening it|the page) (took longer than|took too much processor|did nothing for)",
    "crash": r"(opening it|the page) (crashed|ended) the reader",
    "memory": r".*more memory needed than max_memory_mb",
    "output": r"(opening it|the page) gave more than",
    "too_many_pixels": r"the page cannot be read \((the page (measures|holds|has)|.*pixels)",
    "damaged_page": r"the page cannot be read \(damaged: ",
    "form": "the form cannot be read",
    "page": r"the page cannot be read \(",
    "rest": "the rest of the file is",
}


class Told(NamedTuple):
    """What became of a file: its end, classes of errors, sound pages found, and what it cost."""

    end: str
    errors: Counter[str]
    sound: int
    pages: int
    seconds: float
    peak: float
    whole: bool


def classify(error: str, path: str) -> str:
    """The class of an error row, or "untyped"."""
    said = re.sub(r"^(, pages? [\d-]+)?: ", "", error.removeprefix(path))
    return next((name for name, start in CLASSES.items() if re.match(start, said)), "untyped")


def name_end(rows: list[dict[str, Any]]) -> str:
    """Kept beside holes counts as a hole; what is blank alone as blank."""
    kept = [row for row in rows if row["error"] is None and row["drop_reason"] is None]
    dropped = [row for row in rows if row["drop_reason"] is not None]
    if any(row["error"] is not None for row in rows):
        return HOLE if kept or dropped else FAILED
    if kept:
        return KEPT
    routes = {name for row in dropped for name in json.loads(row["metadata"]).get("routes", {})}
    return BLANK if routes and all(name.startswith("blank: b") for name in routes) else DROPPED


class Watch(threading.Thread):
    """The most memory (MB, resident) that this process and its children held, looked at all the time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0.0, threading.Event()

    def run(self) -> None:
        own = psutil.Process()
        while True:
            held = 0.0
            for process in (own, *own.children(recursive=True)):
                try:
                    held += process.memory_info().rss / 2**20
                except psutil.Error:
                    continue
            self.peak = max(self.peak, held)
            if self.over.wait(0.05):
                return


def count_seconds() -> float:
    """Processor time of all children so far, those that live and those that are gone."""
    gone = os.times()
    total = gone.children_user + gone.children_system
    for process in psutil.Process().children():
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system
    return total


def try_file(path: Path, neighbour: Path) -> Told:
    """The file, and a good one behind it."""
    watch, before = Watch(), count_seconds()
    watch.start()
    asked = {"page_seconds": PAGE_SECONDS, "max_memory_mb": MEMORY_MB}
    rows = [row for frame in read(str(path), **asked) for row in frame.to_dicts()]
    watch.over.set()
    watch.join()
    seconds = count_seconds() - before
    after = [row for frame in read(str(neighbour), **asked) for row in frame.to_dicts()]
    whole = len(after) == 1 and WORDS in (after[0]["text"] or "")
    errors = Counter(classify(row["error"], str(path)) for row in rows if row["error"] is not None)
    sound = sum((row["text"] or "").count(WORDS) for row in rows)
    told = sum(row["pdf_pages"] or 0 for row in rows)
    return Told(name_end(rows), errors, sound, told, seconds, watch.peak, whole)


def list_cases() -> Iterator[tuple[Case, Path]]:
    """Generated files, written as they come, and those of the shared set."""
    for number, case in enumerate(hostile_pdfs.every()):
        path = FOLDER / "files" / f"{number:03}.pdf"
        path.write_bytes(case.data)
        yield case, path
        path.unlink()
    folder = os.environ.get("WINNOW_DATA")
    if not folder:
        print("WINNOW_DATA is not set: the hostile files of others are left out")
        return
    for path in sorted(Path(folder, "ocr").rglob("*.pdf")):
        yield Case(f"{path.parent.name}/{path.name}", b"", 0, hostile_pdfs.ANY), path


def try_all(figures: Figures) -> None:
    """Every file by itself."""
    (FOLDER / "files").mkdir(parents=True, exist_ok=True)
    neighbour = FOLDER / "good.pdf"
    neighbour.write_bytes(hostile_pdfs.born(1))
    ends: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    wrong, late, lost, unsound, peak = 0, 0, 0, 0, 0.0
    for case, path in list_cases():
        told = try_file(path, neighbour)
        allowed = PAGE_SECONDS * (told.pages + told.errors.total() + 1) + 2 * sandbox.START_SECONDS
        ends[told.end] += 1
        errors += told.errors
        wrong += told.end not in case.ends
        late += told.seconds > allowed
        lost += not told.whole
        unsound += max(case.sound - told.sound, 0)
        peak = max(peak, told.peak)
        said = " ".join(f"{name} {count}" for name, count in told.errors.items())
        print(f"  {case.name}: {told.end} {said} {told.seconds:.1f} s {told.peak:.0f} MB", flush=True)
    print("ends", dict(ends), "errors", dict(errors))
    figures.add("files", ends.total(), 100)
    figures.add("files that ended as they must not", wrong, 0, most=True)
    figures.add("errors without a class", errors["untyped"], 0, most=True)
    figures.add("sound pages lost", unsound, 0, most=True)
    figures.add("files over their time", late, 0, most=True)
    figures.add("peak MB of the process tree", peak, MEMORY_MB + OWN_MB, most=True)
    figures.add("files after which the next was not whole", lost, 0, most=True)


def run_many(figures: Figures) -> None:
    """A thousand files through the pipeline, and the sums of their pages."""
    folder = FOLDER / "many"
    shutil.rmtree(folder, ignore_errors=True)
    known = many_pdfs.make_files(folder / "in")
    code = many_pdfs.run(folder, PAGE_SECONDS, MEMORY_MB)
    print("\n".join((folder / "run.log").read_text().splitlines()[-8:]), flush=True)
    rows = many_pdfs.read_rows(folder / "out") if code == 0 else {}
    total: Counter[str] = Counter()
    missing, differ = 0, []
    for uri, count in known.items():
        fates = many_pdfs.count_fates(rows.get(uri, []))
        total += fates
        missing += not rows.get(uri)
        if count is None and not fates["file"]:  # the other reader found text in it
            count = many_pdfs.count_by_other(Path(uri))
        told = sum(fates[name] for name in ("text", "ocr", "blank", "hole", "failed"))
        if fates["untold"] or (count is None) != (fates["file"] == 1) or (count or 0) != told:
            differ.append(f"{Path(uri).name}: PyMuPDF has {count} pages, the run {dict(fates)}")
    pages_known = sum(count or 0 for count in known.values())
    print(f"{len(known)} files, {pages_known} pages by PyMuPDF; by the run", dict(sorted(total.items())))
    print(*differ, sep="\n")
    figures.add("exit code of the run", code, 0, most=True)
    figures.add("files without a row", missing, 0, most=True)
    figures.add("files whose pages do not add up", len(differ), 0, most=True)


if __name__ == "__main__":
    figures = Figures("ocr_hostile")
    try_all(figures)
    run_many(figures)
    figures.close()
