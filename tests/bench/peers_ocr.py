"""Peers that read the text layers of PDFs, one core: run by `.venv-bench`.

`peers_ocr.py SIDE PAGES PDF...`: SIDE is pymupdf (`get_text`, the text alone), pypdfium2 (the same) or
pymupdf4llm (`to_markdown`, without OCR), of the first PAGES pages of each. Prints the pages and the CPU
seconds, imports and the first page apart, as JSON.
"""

import json
import sys
import time


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


def main() -> None:
    side, most, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    read = {"pymupdf": pymupdf, "pypdfium2": pypdfium2, "pymupdf4llm": pymupdf4llm}[side]
    read(paths[0], 1)
    begun = time.process_time()
    pages = sum(read(path, most) for path in paths)
    print(json.dumps({"pages": pages, "seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main()
