"""Born-digital pages whose text is known, as pictures worn in seven ways."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pymupdf
from drawn_columns import clean_paragraphs, draw_columns
from PIL import Image, ImageFilter

from winnow.ocr.picture.deskew import turn

MANUALS = ("project-history.en", "debian-faq.en", "developers-reference", "maint-guide.en", "policy")
LEAST_CHARS = 800
Damage = Callable[[Image.Image, np.random.Generator], Image.Image]


class Born(NamedTuple):
    """A page, its name, how many columns it is set in, and its words, where they are known beforehand."""

    name: str
    columns: int
    page: pymupdf.Page
    text: str | None


def speckle(image: Image.Image, rng: np.random.Generator, spread: float) -> Image.Image:
    pixels = np.asarray(image, dtype=float) + rng.normal(0, spread, (image.height, image.width))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def press(image: Image.Image, quality: int) -> Image.Image:
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=quality)
    return Image.open(stored).convert("L")


DAMAGES: dict[str, tuple[int, Damage]] = {
    "200 dpi": (200, lambda image, rng: image),
    "150 dpi": (150, lambda image, rng: image),
    "noise": (200, lambda image, rng: speckle(image, rng, rng.uniform(20, 45))),
    "skew": (200, lambda image, rng: turn(image, rng.uniform(1, 5) * rng.choice([-1, 1]))),
    "quarter turn": (200, lambda image, rng: turn(image, rng.choice([90, 180, 270]))),
    "jpeg": (150, lambda image, rng: press(image, int(rng.integers(8, 25)))),
    "blur": (150, lambda image, rng: image.filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 1.8)))),
}


def wear(page: pymupdf.Page, damage: str, rng: np.random.Generator) -> tuple[Image.Image, int]:
    """The page as a picture, worn, and its resolution."""
    dpi, spoil = DAMAGES[damage]
    drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return spoil(Image.frombytes("L", (drawn.width, drawn.height), drawn.samples), rng), dpi


def wrap(image: Image.Image, dpi: float, path: Path) -> str:
    """A PDF of one page that is this picture."""
    document, stored = pymupdf.open(), io.BytesIO()
    image.save(stored, "PNG")
    page = document.new_page(width=72 * image.width / dpi, height=72 * image.height / dpi)
    page.insert_image(page.rect, stream=stored.getvalue())
    document.save(path)
    return str(path)


def list_born(count: int) -> Iterator[Born]:
    """Half of them pages of manuals, half set here in one, two and three columns; in turn."""
    manuals = list_manuals(-(-count // 2))
    paragraphs = [part for name in MANUALS[:3] for part in _read_paragraphs(name)]
    columns = draw_columns(paragraphs * 3, count // 2)
    for number, manual in enumerate(manuals):
        yield manual
        drawn = next(columns, None)
        if drawn:
            page = pymupdf.open("pdf", drawn.body)[0]
            yield Born(f"{drawn.style} {number}", int(drawn.style[0]), page, " ".join(drawn.words))


def list_manuals(count: int) -> Iterator[Born]:
    """Pages of manuals that are mostly prose, of each as many."""
    rng = np.random.default_rng(3)
    for name in MANUALS:
        born, found = pymupdf.open(Path("data/pdf") / f"{name}.pdf"), 0
        for number in rng.permutation(len(born)).tolist():
            text = born[number].get_text()
            if len(text) < LEAST_CHARS or ". . . ." in text:
                continue
            alone = pymupdf.open()
            alone.insert_pdf(born, from_page=number, to_page=number)
            yield Born(f"{name} {number}", 1, alone[0], None)
            found += 1
            if found == -(-count // len(MANUALS)):
                break


def _read_paragraphs(name: str) -> list[str]:
    """Of a manual's blocks of text those that are paragraphs."""
    blocks = [
        " ".join(block[4].split())
        for page in pymupdf.open(Path("data/pdf") / f"{name}.pdf")
        for block in page.get_text("blocks")
    ]
    return clean_paragraphs("\n\n".join(blocks))
