"""Peers that make text of PDFs, without OCR: run by `.venv-bench`.

`peers_facts.py SIDE PDF...`: SIDE is pdf_inspector, pymupdf4llm, kreuzberg, liteparse or pdf_oxide, asked for
Markdown, pdfplumber, asked for tables alone, or pdftotext (of poppler-utils). Prints as JSON the text of each
PDF, and the CPU seconds, imports and the first file apart. A PDF that a side fails on has no text.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable

Read = Callable[[str], str]


def open_pdf_inspector() -> Read:
    import pdf_inspector

    return lambda path: pdf_inspector.process_pdf(path).markdown or ""


def open_pymupdf4llm() -> Read:
    import pymupdf4llm

    return lambda path: pymupdf4llm.to_markdown(path, use_ocr=False, show_progress=False)


def open_kreuzberg() -> Read:
    import kreuzberg

    config = kreuzberg.ExtractionConfig(output_format="markdown", disable_ocr=True)
    return lambda path: kreuzberg.extract_file_sync(path, config=config).content


def open_liteparse() -> Read:
    from liteparse import LiteParse

    reader = LiteParse(output_format="markdown", ocr_enabled=False, quiet=True)
    return lambda path: reader.parse(path).text


def open_pdf_oxide() -> Read:
    import pdf_oxide

    return lambda path: pdf_oxide.PdfDocument(path).to_markdown_all()


def open_pdfplumber() -> Read:
    import pdfplumber

    def write(table: list[list[str | None]]) -> str:
        rows = [[" ".join((cell or "").split()).replace("|", "\\|") for cell in row] for row in table]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def read(path: str) -> str:
        with pdfplumber.open(path) as pdf:
            return "\n\n".join(write(table) for page in pdf.pages for table in page.extract_tables() if table)

    return read


def open_pdftotext() -> Read:
    def read(path: str) -> str:
        command = ["pdftotext", "-nopgbrk", path, "-"]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")

    return read


SIDES: dict[str, Callable[[], Read]] = {
    "pdf_inspector": open_pdf_inspector,
    "pymupdf4llm": open_pymupdf4llm,
    "kreuzberg": open_kreuzberg,
    "liteparse": open_liteparse,
    "pdf_oxide": open_pdf_oxide,
    "pdfplumber": open_pdfplumber,
    "pdftotext": open_pdftotext,
}


def read_all(read: Read, paths: list[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in paths:
        try:
            texts[path] = read(path)
        except Exception as error:  # whatever a peer raises, it has no text then
            print(f"{path}: {error}", file=sys.stderr)
            texts[path] = ""
    return texts


def main() -> None:
    read, paths = SIDES[sys.argv[1]](), sys.argv[2:]
    read_all(read, paths[:1])
    begun = os.times()
    texts = read_all(read, paths)
    ended = os.times()
    spent = sum(ended[:4]) - sum(begun[:4])  # of this process and its children
    print(json.dumps({"texts": texts, "seconds": spent}))


if __name__ == "__main__":
    main()
