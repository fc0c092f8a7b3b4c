"""PDFs as they are met: the demo's own documents scanned, and with fonts that name other letters.

Their pages look as before; the text layer is gone, or says something else.
"""

import re
from pathlib import Path

import pymupdf

PAGES = 6
FIRST = 12  # behind title and contents
DPI = 200
BLOCK = re.compile(rb"beginbf(char|range).*?endbf\1", re.S)
ENTRY = re.compile(rb"(<[0-9A-Fa-f]+>\s*(?:<[0-9A-Fa-f]+>\s*)?)<([0-9A-Fa-f]{4})>(?=\s*\n)")
SHIFT = 3


def scan(source: Path, target: Path) -> None:
    """Some pages of a PDF as pictures, and nothing else."""
    born, scanned = pymupdf.open(source), pymupdf.open()
    for number in range(FIRST, min(FIRST + PAGES, len(born))):
        page = born[number]
        picture = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
        new = scanned.new_page(width=page.rect.width, height=page.rect.height)
        new.insert_image(new.rect, stream=picture.tobytes("jpeg", jpg_quality=60))
    _save(scanned, target)


def scramble(source: Path, target: Path) -> None:
    """Some pages of a PDF whose fonts name each letter by the one three behind it."""
    document = pymupdf.open(source)
    document.select(list(range(FIRST, min(FIRST + PAGES, len(document)))))
    fonts = {font[0] for number in range(len(document)) for font in document.get_page_fonts(number)}
    for font in sorted(fonts):
        kind, value = document.xref_get_key(font, "ToUnicode")
        if kind == "xref":
            place = int(value.split()[0])
            named = BLOCK.sub(lambda block: ENTRY.sub(_shift, block[0]), document.xref_stream(place))
            document.update_stream(place, named)
    _save(document, target)


def _shift(found: re.Match[bytes]) -> bytes:
    code = int(found[2], 16)
    return found[1] + b"<%04X>" % (code + SHIFT if code > 32 else code)


def _save(document: pymupdf.Document, target: Path) -> None:
    """Without a new id, so that the same source gives the same file."""
    document.set_metadata({})
    document.save(target, garbage=3, deflate=True, no_new_id=True)
