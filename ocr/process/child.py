"""The process that opens one PDF: MuPDF is C and reads hostile files, so it works apart from the pipeline.

`python -m ocr.process.child PATH FIRST MAX_PAGES MAX_MEMORY_MB PAGE_SECONDS` writes JSON, one object a line:
first what the file is (`pages`, `title`, `producer`, `outline`) or why it cannot be read (`error`), then
one object for each page from FIRST (0 is the first).
"""

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import pymupdf

from ocr.layer.rulings import read_blocks

MAX_PAGE_CHARS = 2_000_000
MAX_PAGE_LINES = 50_000
MAX_OUTLINE = 2_000
FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
MONOSPACED = re.compile(r"mono|courier|consol|typewriter|cmtt|menlo|fixed|inconsolata|sourcecode", re.I)
CONTROLS = dict.fromkeys([*range(9), *range(10, 32), *range(127, 160)])
ROTATED: dict[tuple[int, int], Callable[[float, float, float, float], tuple[float, float]]] = {
    (0, -1): lambda x, y, w, h: (h - y, x),
    (0, 1): lambda x, y, w, h: (y, w - x),
}


def main(path: str, first: int, max_pages: int, max_memory_mb: int, page_seconds: float) -> None:
    """Write what PATH holds to standard output."""
    # Whatever a library prints must not come between our lines.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    memory = max_memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _allow(page_seconds)
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(path, filetype="pdf")
        head = _read_head(document)
    except Exception as error:  # whatever MuPDF raises on a damaged file
        head = {
            "error": f"not a readable PDF ({_name_error(error)}): fetch it again, or repair it with `qpdf`"
        }
    _send(out, head)
    if "error" in head:
        return
    for number in range(first, min(head["pages"], max_pages)):
        _allow(page_seconds)
        _send(out, _read_page(document, number))


def _allow(seconds: float) -> None:
    """A bound on processor time, so that an endless page ends also where the parent is gone."""
    soft = int(time.process_time() + 2 * seconds) + 30
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _read_head(document: pymupdf.Document) -> dict[str, Any]:
    if not document.is_pdf:  # MuPDF opens by content, whatever it is told
        return {"error": "not a PDF: fetch it again, or read it with the reader of its format"}
    if document.needs_pass:
        return {"error": "encrypted: remove the password (`qpdf --decrypt --password=...`) or leave it out"}
    if not len(document):
        return {"error": "no page in it can be read: fetch it again, or repair it with `qpdf`"}
    about = document.metadata or {}
    try:
        outline = [[level, _clean(title), page - 1] for level, title, page in document.get_toc() if page > 0]
    except Exception:  # a broken outline costs the chapters, not the text
        outline = []
    return {
        "pages": len(document),
        "title": _clean(about.get("title") or ""),
        "producer": _clean(about.get("producer") or ""),
        "repaired": bool(document.is_repaired),
        "outline": outline[:MAX_OUTLINE],
    }


def _read_page(document: pymupdf.Document, number: int) -> dict[str, Any]:
    try:
        page = document[number]
        blocks, rulings = read_blocks(page, FLAGS)
        lines = [
            _read_line(line, index) for index, block in enumerate(blocks) for line in block.get("lines", ())
        ]
        size = (page.rect.width, page.rect.height)
    except Exception as error:  # one page of a damaged file
        return {"page": number, "error": f"the page cannot be read ({_name_error(error)})"}
    if len(lines) > MAX_PAGE_LINES or sum(len(line[-1]) for _, line in lines) > MAX_PAGE_CHARS:
        much = f"{MAX_PAGE_LINES:,} lines or {MAX_PAGE_CHARS:,} characters"
        return {"page": number, "error": f"more than {much} on one page: no page for readers"}
    lines = [line for line in lines if line[1][-1].strip()]
    upright, height, direction = _turn_upright(lines, *size)
    rulings = [_turn_box(direction, box, *size) for box in rulings]
    return {"page": number, "height": height, "lines": upright, "rulings": rulings}


def _read_line(line: dict[str, Any], block: int) -> tuple[tuple[int, int], list[Any]]:
    """A line's direction, and x0, y0, x1, y1, size, monospaced, bold, block, text."""
    spans = line["spans"]
    text = _clean("".join(span["text"] for span in spans))
    letters = {"all": 0, "mono": 0, "bold": 0}
    for span in spans:
        length = len(span["text"].strip())
        letters["all"] += length
        letters["mono"] += length * bool(span["flags"] & 8 or MONOSPACED.search(span["font"]))
        letters["bold"] += length * bool(span["flags"] & 16)
    size = max((span["size"] for span in spans if span["text"].strip()), default=0)
    share = 0.9 * letters["all"]
    box = [round(value, 1) for value in (*line["bbox"], size)]
    direction = (round(line["dir"][0]), round(line["dir"][1]))
    return direction, [*box, letters["mono"] >= share, letters["bold"] >= share, block, text]


def _turn_upright(
    lines: list[tuple[tuple[int, int], list[Any]]], width: float, height: float
) -> tuple[list[list[Any]], float, tuple[int, int]]:
    """The lines of the page's main direction, turned upright; stray ones (stamps in the margin) are left."""
    weight: dict[tuple[int, int], int] = {}
    for direction, line in lines:
        weight[direction] = weight.get(direction, 0) + len(line[-1])
    total = sum(weight.values())
    main = max(weight, key=lambda direction: weight[direction], default=(1, 0))
    kept = []
    for direction, line in lines:
        if direction != main and weight[direction] < 0.1 * total:
            continue
        if direction == main and main != (1, 0):
            line[:4] = _turn_box(main, line[:4], width, height)
        kept.append(line)
    return kept, width if main in ROTATED else height, main


def _turn_box(direction: tuple[int, int], box: list[float], width: float, height: float) -> list[float]:
    """A box in the coordinates of a reader who turned the page."""
    if direction not in ROTATED:
        x0, y0, x1, y1 = box
        return [width - x1, height - y1, width - x0, height - y0] if direction == (-1, 0) else box
    turn = ROTATED[direction]
    (a, b), (c, d) = turn(box[0], box[1], width, height), turn(box[2], box[3], width, height)
    return [round(value, 1) for value in (min(a, c), min(b, d), max(a, c), max(b, d))]


def _clean(text: str) -> str:
    return text.translate(CONTROLS).encode("utf-8", "replace").decode("utf-8")


def _name_error(error: Exception) -> str:
    if isinstance(error, MemoryError) or "alloc (" in str(error):
        return "more memory needed than max_memory_mb allows"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _send(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, separators=(",", ":")) + "\n")
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
