"""A levelled picture as lines: turned upright, read, and what the engine had lost read apart."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from PIL import Image

from winnow.ocr.engines import tesseract
from winnow.ocr.engines.answer import Recognized, measure_confidence, move
from winnow.ocr.engines.cascade import DOUBTFUL
from winnow.ocr.engines.noise import leave_out_noise
from winnow.ocr.engines.reading_order import put_in_order
from winnow.ocr.picture.deskew import turn
from winnow.ocr.picture.leaders import erase_leaders, may_have_leaders, put_back
from winnow.ocr.picture.unread import cut_out, find_unread, put_between

MIN_TURN_SURE = 1.0
SCRIPTS = {"Cyrillic": "rus", "Japanese": "jpn", "Han": "chi_sim", "Hangul": "kor", "Greek": "ell"}
MANY = 1.2  # times the lines read at first
# What is read in a place that the engine had lost is text, not a drawing's lines, where it is so sure (mean
# confidence), has so many letters and figures, and little else (share of all but spaces).
SURE, LETTERS, MOSTLY = 0.65, 12, 0.75
LONG = 5  # letters of a line that is wider than high


class OrientedPicture(NamedTuple):
    """An upright picture and what Tesseract read of it: by which models, after how many degrees
    counterclockwise, the script that its detector saw ("": not asked), how many rows of dots were painted
    over, how many places that it had lost were read apart, and the share of the text's area that was not."""

    image: Image.Image
    lines: list[Recognized]
    languages: tuple[str, ...]
    quarter: int = 0
    script: str = ""
    leaders: int = 0
    places: int = 0
    unread: float = 0.0


def read_upright(image: Image.Image, languages: tuple[str, ...], dpi: int) -> OrientedPicture:
    """What Tesseract reads of a picture (mode L): where it is unsure, as the detector of turns and scripts
    says; without rows of dots; and what it lost, read apart. Raises MissingLanguage."""
    read = OrientedPicture(image, tesseract.recognize(image, languages, dpi), languages)
    if measure_confidence(read.lines) < DOUBTFUL or lies_on_side(read.lines):
        read = _read_again(read, dpi)
    if may_have_leaders(read.lines):
        read = _read_without_leaders(read, dpi)
    return _read_missing(read, dpi)


def _read_missing(read: OrientedPicture, dpi: int) -> OrientedPicture:
    """What may be text and was not read, place by place."""
    text, lines, places, missing = leave_out_noise(read.lines), read.lines, 0, 0.0
    known = set(text)
    for box in find_unread(read.image, text):
        picture, (x0, y0, x1, y1) = cut_out(read.image, box, text)
        found = leave_out_noise(tesseract.recognize(picture, read.languages, dpi, "block"))
        if not is_text(found):
            missing += _measure(box)
            continue
        noise = {line for line in lines if line not in known and x0 <= (line.x0 + line.x1) / 2 <= x1}
        noise = {line for line in noise if y0 <= (line.y0 + line.y1) / 2 <= y1}
        lines = put_between(
            [line for line in lines if line not in noise], [move(line, x0, y0) for line in found]
        )
        places += 1
    if len(lines) > MANY * len(text):  # the engine's own order says nothing
        lines = put_in_order(lines)
    read_area = sum(_measure(line[:4]) for line in leave_out_noise(lines))
    return read._replace(lines=lines, places=places, unread=missing / max(missing + read_area, 1.0))


def is_text(lines: Sequence[Recognized]) -> bool:
    """Whether what was read in a lost place is text rather than a drawing."""
    signs = "".join(line.text for line in lines).replace(" ", "")
    letters = sum(map(str.isalnum, signs))
    return measure_confidence(lines) >= SURE and letters >= max(LETTERS, MOSTLY * len(signs))


def _measure(box: Sequence[float]) -> float:
    """The area of a box."""
    return (box[2] - box[0]) * (box[3] - box[1])


def _read_without_leaders(read: OrientedPicture, dpi: int) -> OrientedPicture:
    """The page read again with its rows of dots painted over, where it has some and that makes it surer."""
    height = median(line.y1 - line.y0 for line in read.lines)
    clear, rows = erase_leaders(read.image, height)
    if not rows:
        return read
    again = tesseract.recognize(clear, read.languages, dpi)
    if measure_confidence(again) < measure_confidence(read.lines):
        return read
    return read._replace(image=clear, lines=put_back(again, rows, height), leaders=len(rows))


def _read_again(read: OrientedPicture, dpi: int) -> OrientedPicture:
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
    return OrientedPicture(turned, again, other, quarter, script)


def lies_on_side(lines: Sequence[Recognized]) -> bool:
    """Whether most lines of several letters are higher than wide.

    Tesseract may read a page that lies on its side, and be sure, but no layout can be told from such places.
    """
    long = [line for line in lines if len(line.text) >= LONG]
    high = sum(line.y1 - line.y0 > line.x1 - line.x0 for line in long)
    return 2 * high > len(long)
