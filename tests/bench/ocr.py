"""Bench: PDFs read beside PyMuPDF, pymupdf4llm and pypdfium2, and pages recognized beside bare Tesseract.

`make bench NAME=ocr`, on the PDFs of data/pdf (`make data`). CPU seconds of one core, the best of REPEATS (5)
rounds in which the sides take turns: what else runs on a machine costs CPU time as well, so the load is
printed. Imports and the first file are not counted; ours has a warm child.

- Text route: pages a CPU second on documents of more than 100 pages, and on some of their pages as a folder
  of PDFs of five pages. `child` is what opens a file, checks its layer and gives its lines; `whole` is
  `ocr.pdf:read` to the end: columns, tables, headings, kind of document. Documents with pages to recognize
  are left out. Beside them plain `get_text` of PyMuPDF and pypdfium2, which check and lay out nothing, and
  pymupdf4llm's Markdown of a few pages.
- OCR route: the CPU seconds of our child on scans over those of bare tesserocr on the same pages, drawn at
  the same resolution by PyMuPDF.
- Two workers: a folder of scans through a run with one worker and with two, in seconds of the
  clock. That says something only where no other program wants the cores: above a load of IDLE it has no
  floor, and the CPU seconds of both runs are what to compare.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import psutil
import pymupdf
import sides
import tesserocr
from figures import say_figure

from winnow.ocr.engines.tesseract import list_languages
from winnow.ocr.pdf import read
from winnow.ocr.picture.render import render
from winnow.ocr.process import pages
from winnow.ocr.reader import mupdf

FOLDER = sides.OUT / "ocr"
REPEATS = int(os.environ.get("REPEATS", "5"))
LONG = 100  # pages
MOST = int(os.environ.get("DOCUMENTS", "4"))  # long documents
SHORT, SHORTS = 5, 40  # pages of a short PDF; how many
SCANS, SCAN_DPI = int(os.environ.get("SCANS", "8")), 300
LLM_PAGES = 3  # of each long document: pymupdf4llm takes half a second for one
IDLE = 0.5
FLOORS = {"long child": 150.0, "short child": 25.0, "ocr over tesseract": 1.15, "two workers": 1.8}
RECIPE = """
name = "bench-ocr"
[[source]]
name = "pdf"
uris = ["{folder}/*.pdf"]
read = {{ use = "ocr.pdf:read" }}
part_bytes = 1
[[stage]]
name = "read"
after = "pdf"
steps = [ {{ use = "dedup.exact:hash" }} ]
"""


def sample() -> tuple[list[str], list[str], list[str]]:
    """Long documents with text on all pages; some of their pages as short PDFs; and as scans."""
    long = [str(path) for path in sorted(Path("data/pdf").glob("*.pdf")) if len(pymupdf.open(path)) > LONG]
    long = list(islice((path for path in long if set(ask(path)) <= {"text", "blank"}), MOST))
    places = [(path, first) for path in long for first in range(5, len(pymupdf.open(path)) - SHORT, SHORT)]
    (FOLDER / "short").mkdir(parents=True)
    (FOLDER / "scans").mkdir()
    for number, (path, first) in enumerate(places[:: max(1, len(places) // SHORTS)]):
        part = pymupdf.open()
        part.insert_pdf(pymupdf.open(path), from_page=first, to_page=first + SHORT - 1)
        part.save(FOLDER / f"short/{number:03}.pdf", garbage=3, deflate=True)
        if number % (SHORTS // SCANS) == 0:
            scan, page = pymupdf.open(), part[0]
            sheet = scan.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, pixmap=page.get_pixmap(dpi=SCAN_DPI, colorspace=pymupdf.csGRAY))
            scan.save(FOLDER / f"scans/{number:03}.pdf", deflate=True)
    short, scans = (sorted(map(str, (FOLDER / name).glob("*.pdf"))) for name in ("short", "scans"))
    return long, short, scans


def ask(path: str) -> list[str]:
    """The routes of a file's pages, read by the child alone."""
    answers = pages.read_pages(path, page_seconds=60, max_memory_mb=2048, max_pages=5000)
    return [
        answer["about"]["route"] if "about" in answer else "failed" for answer in answers if "page" in answer
    ]


def look_at_child() -> float:
    """CPU seconds so far of all children that wait."""
    spent = [child.cpu_times() for child in psutil.Process().children()]
    return sum(one.user + one.system for one in spent)


def read_ours(paths: list[str]) -> tuple[int, float, float]:
    """Pages; CPU seconds of the child, and of all."""
    inside, begun = look_at_child(), time.process_time()
    count = sum(frame["pdf_pages"].sum() for path in paths for frame in read(path))
    child = look_at_child() - inside
    return count, child, child + time.process_time() - begun


def read_theirs(side: str, paths: list[str], most: int) -> tuple[int, float]:
    """Pages and CPU seconds of a peer, in a process of its own environment."""
    command = [sides.PEERS, "tests/bench/peers_ocr.py", side, str(most), *paths]
    one = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    said = subprocess.run(command, capture_output=True, text=True, env=os.environ | one, check=True).stdout
    answer = json.loads(said.splitlines()[-1])
    return answer["pages"], answer["seconds"]


def recognize_barely(paths: list[str]) -> float:
    """CPU seconds of Tesseract as it comes on the pages, drawn as ours are."""
    reader = tesserocr.PyTessBaseAPI(path=list_languages()["eng"], lang="eng", psm=tesserocr.PSM.AUTO)

    def recognize() -> None:
        for page in chain.from_iterable(pymupdf.open(path) for path in paths):
            picture = render(mupdf.Page(page), SCAN_DPI)
            reader.SetImage(picture.image)
            reader.SetSourceResolution(round(picture.dpi))
            reader.GetUTF8Text()

    return sides.take(recognize)


def take_turns(long: list[str], short: list[str], scans: list[str]) -> Iterator[dict[str, float]]:
    """A round of all sides: pages a CPU second, and CPU seconds of the scans."""
    for number in range(REPEATS):
        said: dict[str, float] = {}
        for name, paths in (("long", long), ("short", short)):
            count, child, whole = read_ours(paths)
            said |= {f"{name} child": count / child, f"{name} whole": count / whole}
        for side, most in (("pymupdf", 5000), ("pypdfium2", 5000), ("pymupdf4llm", LLM_PAGES)):
            if side != "pymupdf4llm" or number == 0:
                count, seconds = read_theirs(side, long, most)
                said[side] = count / seconds
        said |= {"ours scans": read_ours(scans)[1], "tesseract scans": recognize_barely(scans)}
        yield said


def run_workers(workers: int) -> float:
    """Seconds of the clock of a run over the scans."""
    recipe, out = FOLDER / "recipe.toml", FOLDER / f"out{workers}"
    recipe.write_text(RECIPE.format(folder=(FOLDER / "scans").resolve()))
    command = [sys.executable, "-m", "winnow", "run", str(recipe), str(out), "--workers", str(workers)]
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    parts = [json.loads(path.read_text()) for path in (out / "read/receipts").glob("*.json")]
    print(f"  {workers} workers: {sum(part['seconds'] for part in parts):.1f} s in parts")
    return time.monotonic() - begun


def main() -> None:
    os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
    shutil.rmtree(FOLDER, ignore_errors=True)
    load = os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} cores; the best of {REPEATS} rounds")
    long, short, scans = sample()
    if not long:
        raise SystemExit("data/pdf has no PDF of more than 100 pages with text on all: run `make data`")
    rounds = list(take_turns(long, short, scans))
    slow = ("ours scans", "tesseract scans")
    names = list(rounds[0])
    best = {name: (min if name in slow else max)(r[name] for r in rounds if name in r) for name in names}
    best["ocr over tesseract"] = min(r["ours scans"] / r["tesseract scans"] for r in rounds)
    best["two workers"] = run_workers(1) / run_workers(2)
    holds = True
    for name, value in best.items():
        if name in FLOORS and not (name == "two workers" and load > IDLE):
            most = name == "ocr over tesseract"
            holds &= say_figure(name, value, FLOORS[name], most=most) == "ok"
        else:
            print(f"{name} {value:.2f}")
    sides.close("ocr", {"load": load, "rounds": rounds, "best": best}, holds)


if __name__ == "__main__":
    main()
