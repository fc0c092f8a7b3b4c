"""Pages as scanners and OCR engines leave them: hidden layers, right and wrong, and blank sheets."""

import random
from io import BytesIO

import pymupdf
from PIL import Image

from winnow.ocr.reader.mupdf import FLAGS


def is_western(page: pymupdf.Page) -> bool:
    """Whether the standard fonts have the page's letters."""
    return all(ord(c) < 0x100 or not c.isalpha() for c in page.get_text())


def hide_text(sheet: pymupdf.Page, page: pymupdf.Page, rng: random.Random | None) -> None:
    """The page's lines as an invisible layer; with `rng` as an OCR engine reads a bad scan."""
    noise = "abcdefghijklmnopqrstuvwxyzIl1|.,;:'~-_\\/()[]{}*^<>=#%&$§"
    for block in page.get_text("dict", flags=FLAGS)["blocks"]:
        for line in block.get("lines", ()):
            text = "".join(span["text"] for span in line["spans"]).strip()
            if rng is not None:
                text = "".join(c if c == " " or rng.random() < 0.1 else rng.choice(noise) for c in text)
            if text:
                size = line["spans"][0]["size"]
                width = pymupdf.get_text_length(text, fontsize=size) or 1
                fit = size * (line["bbox"][2] - line["bbox"][0]) / width
                sheet.insert_text(line["spans"][0]["origin"], text, fontsize=fit, render_mode=3)


def make_blank() -> pymupdf.Document:
    """Nothing, a white picture, a speck, a filled white box, a faint stain."""
    document = pymupdf.open()
    document.new_page()
    document.new_page().insert_image((0, 0, 595, 842), stream=_encode(Image.new("L", (800, 1100), 255)))
    speck = Image.new("L", (800, 1100), 250)
    speck.putpixel((400, 500), 60)
    document.new_page().insert_image((0, 0, 595, 842), stream=_encode(speck))
    document.new_page().draw_rect((50, 50, 300, 300), color=(1, 1, 1), fill=(1, 1, 1))
    stain = Image.new("L", (800, 1100), 245)
    stain.paste(230, (200, 300, 500, 360))
    document.new_page().insert_image((0, 0, 595, 842), stream=_encode(stain))
    return document


def _encode(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
