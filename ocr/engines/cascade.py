"""Tesseract first; lines of which it is unsure are read by RapidOCR too, and the two vote.

A page of which it is unsure as a whole, or that is in Chinese or Japanese, RapidOCR also reads by itself.
"""

from collections.abc import Sequence
from typing import Literal

from PIL import Image

from winnow.ocr.engines import rapid
from winnow.ocr.engines.answer import Recognized, measure_confidence
from winnow.ocr.engines.noise import LEAST_SURE
from winnow.ocr.engines.vote import vote

# Of a line's least sure word. On worn pages of novels (not those of a test) that is two lines of five on good
# pages and all on bad ones, and nine tenths of what asking for all lines would gain.
UNSURE = 0.9
# The second engine sees letters in stains as well, but others: where both agree by half, in some letters, it
# is text.
LEAST_AGREED, LEAST_LETTERS = 0.5, 4
DOUBTFUL = 0.75  # mean confidence of a page
LEAST_KNOWN = 0.9  # of a line's letters: the second engine has no Cyrillic, for one
Engine = Literal["tesseract", "cascade"]
SCRIPTS = ("Latin", "Greek", "Han", "Japanese", "")  # the second engine's; "" where none is seen


def check_engine(engine: Engine) -> None:
    """ImportError where what it needs is not installed."""
    if engine == "cascade":
        rapid.check_installed()


def read_again(
    picture: Image.Image, lines: Sequence[Recognized], script: str
) -> tuple[list[Recognized], str, str]:
    """The lines of an upright picture as both engines have them, which engines these are (`tesseract`,
    `tesseract+rapidocr`, `rapidocr`), and why the second one failed, if it did.

    `script` as Tesseract's detector names it, "" where it was not asked. Raises ImportError.
    """
    try:
        voted, both = _vote(picture, lines)
        if script in SCRIPTS and measure_confidence(lines) < DOUBTFUL:
            alone = rapid.recognize(picture)
            if measure_confidence(alone) > measure_confidence(voted):
                return alone, "rapidocr", ""
    except ImportError:
        raise
    except Exception as error:  # whatever onnxruntime and OpenCV raise on a picture
        return list(lines), "tesseract", f"rapidocr failed ({type(error).__name__})"
    return voted, "tesseract+rapidocr" if both else "tesseract", ""


def _vote(picture: Image.Image, lines: Sequence[Recognized]) -> tuple[list[Recognized], int]:
    """The lines, those that are unsure by the vote of both engines; and how many both have read."""
    characters, both, read = rapid.list_characters(), 0, []
    known = set(characters)
    for line in lines:
        if is_unsure(line) and knows(line.text, known):
            reading = rapid.read_line(picture.crop(rapid.add_margin(line, picture)))
            if line.confidence >= LEAST_SURE or agree(line.text, reading.text):
                line, both = vote(line, reading, characters), both + 1
        read.append(line)
    return read, both


def is_unsure(line: Recognized) -> bool:
    """Whether a word of the line is less sure than `UNSURE`."""
    return min((word[1] for word in line.words), default=line.confidence) < UNSURE


def agree(a: str, b: str) -> bool:
    """Whether two readings have so much in common that it is no stain that both read."""
    from rapidfuzz.distance import Levenshtein

    enough = min(sum(map(str.isalnum, text)) for text in (a, b)) >= LEAST_LETTERS
    return enough and Levenshtein.normalized_similarity(a, b) >= LEAST_AGREED


def knows(text: str, characters: set[str]) -> bool:
    """Whether the second engine has nearly all letters of a text."""
    letters = [c for c in text if c.isalpha()]
    return sum(c in characters for c in letters) >= LEAST_KNOWN * len(letters)
