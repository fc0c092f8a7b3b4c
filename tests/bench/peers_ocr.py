"""Peers that read the text layers of PDFs, one core: run by `.venv-bench`.

`peers_ocr.py SIDE PAGES PDF...`: SIDE is pymupdf (`get_text`, the text alone), pypdfium2 (the same) or
pymupdf4llm (`to_markdown`, without OCR), of the first PAGES pages of each. Prints the pages and the CPU
seconds, imports and the first page apart, as JSON.

`peers_ocr.py routing PLACES.json`, a list of [PDF, page]: whether pymupdf4llm would have each recognized, and
the CPU seconds that it took to decide, as JSON.
"""

import json
import sys
import time
from pathlib import Path


def pymupdf(path: str, most: int) -> int:
    import pymupdf

    document = pymupdf.open(path)
    for page in document.pages(0, min(most, len(document))):
        page.get_text()
    return min(most, len(document))


def pypdfium2(path: str, most: int) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    count = min(most, len(document))
    for number in range(count):
        page = document[number]
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    document.close()
    return count


def pymupdf4llm(path: str, most: int) -> int:
    import pymupdf4llm

    count = min(most, len(pymupdf4llm.pymupdf.open(path)))
    pymupdf4llm.to_markdown(path, pages=list(range(count)), use_ocr=False)
    return count


def decide(places: list[tuple[str, int]]) -> tuple[list[bool], float]:
    import pymupdf
    from pymupdf4llm.ocr.analyze_page import analyze_page

    pymupdf.TOOLS.mupdf_display_errors(False)
    documents = {path: pymupdf.open(path) for path, _ in places}
    analyze_page(documents[places[0][0]][places[0][1]])
    begun = time.process_time()
    found = [bool(analyze_page(documents[path][number])["needs_ocr"]) for path, number in places]
    return found, time.process_time() - begun


def main() -> None:
    if sys.argv[1] == "routing":
        found, seconds = decide(json.loads(Path(sys.argv[2]).read_text()))
        print(json.dumps({"needs_ocr": found, "seconds": seconds}))
        return
    side, most, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    read = {"pymupdf": pymupdf, "pypdfium2": pypdfium2, "pymupdf4llm": pymupdf4llm}[side]
    read(paths[0], 1)
    begun = time.process_time()
    pages = sum(read(path, most) for path in paths)
    print(json.dumps({"pages": pages, "seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main()
