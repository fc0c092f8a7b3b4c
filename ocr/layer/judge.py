"""Whether a page's text layer can be used."""

from typing import Any, NamedTuple

import pymupdf


class Verdict(NamedTuple):
    """`route` text, ocr or blank; why; how far the layer is believed."""

    route: str
    reason: str
    quality: float
    features: dict[str, float]
    checked: bool


class Memory:
    """What is known of a document's fonts."""


def judge(page: pymupdf.Page, memory: Memory, recognize: Any, layer: dict[str, Any]) -> Verdict:
    """Only whether there is text, yet."""
    text = any(
        s["text"].strip() for b in layer["blocks"] for line in b.get("lines", ()) for s in line["spans"]
    )
    drawn = page.get_image_info() or page.get_cdrawings()
    if text or not drawn:
        return Verdict("text" if text else "blank", "good" if text else "blank", 1.0, {}, False)
    return Verdict("ocr", "no_text", 0.0, {}, False)
