"""A page read from its picture: rendered, levelled, turned upright, recognized; what is noise is left out."""

from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from PIL import Image

from ocr.engines import cascade, rapid, tesseract
from ocr.engines.answer import Recognized, measure_confidence
from ocr.engines.noise import leave_out_noise
from ocr.engines.quality import expect_accuracy
from ocr.engines.spacing import close_up
from ocr.picture.capitals import write_small_capitals
from ocr.picture.leaders import erase_leaders, may_have_leaders, put_back
from ocr.picture.level import find_skew, turn
from ocr.picture.render import POINTS, render
from ocr.picture.sharpen import sharpen
from ocr.reader.page import Page

DPI = 300
DOUBTFUL = cascade.DOUBTFUL  # mean confidence: a page may lie on its side, or be in another script
MIN_TURN_SURE = 1.0
SCRIPTS = {"Cyrillic": "rus", "Japanese": "jpn", "Han": "chi_sim", "Hangul": "kor", "Greek": "ell"}
LONG = 5  # letters of a line that is wider than high
SIZE = 0.75  # of a line's height: the size of its type


def read_scan(
    page: Page, languages: Sequence[str], picture_at: str = "", engine: str = "tesseract"
) -> dict[str, Any]:
    """`height` (points), `lines` as `ocr.process.child` gives them, and `about` the reading.

    `about`: `engine` (that, or those, which read it), `languages`, `quality` (expected accuracy), `dpi`,
    `turned` and `skew` (degrees counterclockwise), `blur` (that was taken off: its sigma in pixels of that
    resolution), `leaders` (rows of dots, each written as one word), `words`, `noise` (lines left out),
    `fallback` (why the second engine of the cascade did not read it), and `picture`, the upright page as PNG
    at `picture_at`, where that is given. Raises TooManyPixels, MissingLanguage, ImportError.
    """
    picture = render(page, DPI)
    skew = find_skew(picture.image)
    level = turn(picture.image, skew)
    seen, blur = sharpen(level)
    read = _read_upright(seen, tuple(languages), round(picture.dpi))
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


class Upright(NamedTuple):
    """An upright picture and what Tesseract read of it: by which models, after how many degrees
    counterclockwise, the script that its detector saw ("": not asked), and how many rows of dots were painted
    over."""

    image: Image.Image
    lines: list[Recognized]
    languages: tuple[str, ...]
    quarter: int = 0
    script: str = ""
    leaders: int = 0


def _read_upright(image: Image.Image, languages: tuple[str, ...], dpi: int) -> Upright:
    read = Upright(image, tesseract.recognize(image, languages, dpi), languages)
    if measure_confidence(read.lines) < DOUBTFUL or lies_on_side(read.lines):
        read = _look_again(read, dpi)
    return _read_without_leaders(read, dpi) if may_have_leaders(read.lines) else read


def _read_without_leaders(read: Upright, dpi: int) -> Upright:
    """The page read again with its rows of dots painted over, where it has some and that makes it surer."""
    height = median(line.y1 - line.y0 for line in read.lines)
    clear, rows = erase_leaders(read.image, height)
    if not rows:
        return read
    again = tesseract.recognize(clear, read.languages, dpi)
    if measure_confidence(again) < measure_confidence(read.lines):
        return read
    return read._replace(image=clear, lines=put_back(again, rows, height), leaders=len(rows))


def _name_models(engine: str, languages: Sequence[str]) -> list[str]:
    """The models that read a page, of Tesseract by their languages."""
    own = languages if "tesseract" in engine else ()
    return [*own, *([rapid.NAME] if "rapidocr" in engine else [])]


def _look_again(read: Upright, dpi: int) -> Upright:
    """The picture turned as the detector of scripts says, and read by the model of the script it sees; the
    first reading where that is the surer one."""
    quarter, sure, script = tesseract.find_turn(read.image)
    named = SCRIPTS.get(script)
    other = (named,) if named in tesseract.list_languages() else read.languages
    first = read._replace(script=script)
    if sure < MIN_TURN_SURE or (quarter == 0 and other == read.languages):
        return first
    turned = turn(read.image, quarter)
    again = tesseract.recognize(turned, other, dpi)
    upright = lies_on_side(read.lines) and not lies_on_side(again)
    if not upright and measure_confidence(again) <= measure_confidence(read.lines):
        return first
    return Upright(turned, again, other, quarter, script)


def lies_on_side(lines: Sequence[Recognized]) -> bool:
    """Whether most lines of several letters are higher than wide.

    Tesseract may read a page that lies on its side, and be sure, but no layout can be told from such places.
    """
    long = [line for line in lines if len(line.text) >= LONG]
    high = sum(line.y1 - line.y0 > line.x1 - line.x0 for line in long)
    return 2 * high > len(long)


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
