"""A page for a person: a small picture beside what its layer says and what is read."""

import base64
import io
from collections.abc import Sequence

from winnow.ocr.layer.text import clean
from winnow.ocr.picture.render import render
from winnow.ocr.process.scan import read_scan
from winnow.ocr.reader.page import Page

DPI = 72
SIDES = (460, 640)  # pixels at most
QUALITY = 55
MAX_CHARS = 1500


def show_page(page: Page, languages: Sequence[str], engine: str) -> dict[str, str]:
    """`picture` (a JPEG in base64), `layer` and `ocr` (texts, cut). Raises as `read_scan` does."""
    image, stored = render(page, DPI).image, io.BytesIO()
    image.thumbnail(SIDES)
    image.save(stored, "JPEG", quality=QUALITY)
    read = "\n".join(line[8] for line in read_scan(page, languages, engine=engine)["lines"])
    layer = "\n".join(clean(line) for line in page.read_text().splitlines() if line.strip())
    return {
        "picture": base64.b64encode(stored.getvalue()).decode("ascii"),
        "layer": layer[:MAX_CHARS],
        "ocr": read[:MAX_CHARS],
    }
