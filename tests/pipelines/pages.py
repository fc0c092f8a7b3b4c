"""Small PDFs that go by several routes: a text layer, scans, a hidden layer of noise, an endless page."""

import random
from pathlib import Path

import pymupdf

PROSE = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told at",
    "once where it lay and who had asked for it before.",
    "Several members asked how the work would be paid for and whether the old house could be",
    "kept for another year, and it was agreed that the architect should be asked again.",
]
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)>"


def write(*pages: list[str]) -> pymupdf.Document:
    """Born digital."""
    document = pymupdf.open()
    for lines in pages:
        page = document.new_page()
        for number, line in enumerate(lines):
            page.insert_text((72, 150 + 14 * number), line, fontsize=11)
    return document


def scan(*pages: list[str]) -> pymupdf.Document:
    """Pages as pictures, without text."""
    scanned = pymupdf.open()
    for page in write(*pages):
        picture = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
        new = scanned.new_page()
        new.insert_image(new.rect, stream=picture.tobytes("png"))
    return scanned


def hide(lines: list[str], layer: list[str]) -> pymupdf.Document:
    """A scan with a text layer that is not drawn."""
    document = scan(lines)
    for number, line in enumerate(layer):
        document[0].insert_text((72, 150 + 14 * number), line, fontsize=11, render_mode=3)
    return document


def make_noise(lines: list[str]) -> list[str]:
    """As an engine reads a bad scan."""
    signs, rng = "abcdefghijklmnopqrstuvwxyzIl1|.,;:'~-_", random.Random(3)
    return ["".join(c if c == " " else rng.choice(signs) for c in line) for line in lines]


def add_endless_page(document: pymupdf.Document) -> pymupdf.Document:
    """With a last page that no reader comes to the end of."""
    page, inner = document.new_page(), None
    for _ in range(10):
        form = document.get_new_xref()
        resources = f"/Resources<</XObject<</F {inner} 0 R>>>>" if inner else ""
        document.update_object(form, f"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]{resources}>>")
        document.update_stream(form, b"/F Do " * 10 if inner else b"0 0 1 1 re f ")
        inner = form
    page.insert_text((72, 72), ".")  # so that it has contents
    document.xref_set_key(page.xref, "Resources", f"<</XObject<</F {inner} 0 R>>>>")
    document.update_stream(page.get_contents()[0], b"/F Do")
    return document


def lay_out(folder: Path) -> None:
    """good.pdf, scan.pdf (two pages), hidden.pdf, hostile.pdf."""
    folder.mkdir(exist_ok=True)
    write(PROSE).save(folder / "good.pdf")
    scan(PROSE, PROSE[::-1]).save(folder / "scan.pdf")
    hide(PROSE, make_noise(PROSE)).save(folder / "hidden.pdf")
    hide(PROSE, [HOSTILE, *make_noise(PROSE)]).save(folder / "hostile.pdf")
