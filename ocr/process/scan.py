"""A page read from its picture: rendered, levelled, turned upright, recognized; what is noise is left out."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from winnow.ocr.engines import cascade, rapid
from winnow.ocr.engines.answer import Recognized
from winnow.ocr.engines.noise import leave_out_noise
from winnow.ocr.engines.quality import expect_accuracy
from winnow.ocr.engines.spacing import close_up
from winnow.ocr.picture.capitals import write_small_capitals
from winnow.ocr.picture.deskew import find_skew, turn
from winnow.ocr.picture.render import POINTS, render
from winnow.ocr.picture.sharpen import sharpen
from winnow.ocr.process.orientation import read_upright
from winnow.ocr.reader.page import Page

DPI = 300
SIZE = 0.75  # of a line's height: the size of its type


def read_scan(
    page: Page, languages: Sequence[str], picture_at: str = "", engine: str = "tesseract"
) -> dict[str, Any]:
    """`height` (points), `lines` as `ocr.process.child` gives them, and `about` the reading.

    `about`: `engine` (that, or those, which read it), `languages`, `quality` (expected accuracy), `dpi`,
    `turned` and `skew` (degrees counterclockwise), `blur` (that was taken off: its sigma in pixels of that
    resolution), `leaders` (rows of dots, each written as one word), `places` (that were lost at first and
    read apart), `unread` (share of the area of what may be text), `words`, `noise` (lines left out),
    `fallback` (why the second engine of the cascade did not read it), and `picture`, the upright page as PNG
    at `picture_at`, where that is given. Raises TooManyPixels, MissingLanguage, ImportError.
    """
    picture = render(page, DPI)
    skew = find_skew(picture.image)
    level = turn(picture.image, skew)
    seen, blur = sharpen(level)
    read = read_upright(seen, tuple(languages), round(picture.dpi))
    lines, by, failed = read.lines, "tesseract", ""
    if engine == "cascade":
        lines, by, failed = cascade.read_again(turn(level, read.quarter), lines, read.script)
    kept = [close_up(write_small_capitals(line, read.image)) for line in leave_out_noise(lines)]
    about = {
        "engine": by,
        "languages": "+".join(_name_models(by, read.languages)),
        "quality": round(expect_accuracy(lines, kept, by), 4),
        "dpi": round(picture.dpi),
        "turned": read.quarter,
        "skew": round(skew, 2),
        "blur": round(blur, 2),
        "leaders": read.leaders,
        "places": read.places,
        "unread": round(read.unread, 4),
        "words": sum(len(line.words) for line in kept),
        "noise": len(lines) - len(kept),
        "fallback": failed,
    }
    if picture_at:
        turn(level, read.quarter).save(picture_at, "PNG", compress_level=1)
        about["picture"] = picture_at
    scale = POINTS / picture.dpi
    shown = {name: value for name, value in about.items() if value or name in ("quality", "words")}
    return {"height": read.image.height * scale, "lines": _list_lines(kept, scale), "about": shown}


def _name_models(engine: str, languages: Sequence[str]) -> list[str]:
    """The models that read a page, of Tesseract by their languages."""
    own = languages if "tesseract" in engine else ()
    return [*own, *([rapid.NAME] if "rapidocr" in engine else [])]


def _list_lines(lines: Sequence[Recognized], scale: float) -> list[list[Any]]:
    """In points; the size of type is that of the whole block, since a line's box depends on its letters."""
    heights: dict[int, list[float]] = {}
    for line in lines:
        heights.setdefault(line.block, []).append(line.y1 - line.y0)
    sizes = {block: round(SIZE * scale * median(found), 1) for block, found in heights.items()}
    return [
        [
            *(round(scale * value, 1) for value in line[:4]),
            sizes[line.block],
            False,
            False,
            line.block,
            line.text,
        ]
        for line in lines
    ]
