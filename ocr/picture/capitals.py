"""Small capitals: an engine reads them as capitals, and only the picture tells that they are lower ones."""

import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from winnow.ocr.engines.answer import Recognized, join_words

LEAST_LETTERS = 3
LOWER, LOWEST = 0.12, 0.45  # of the first letter's height: by how much the others are lower at least, at most
LEAST_HEIGHT = 0.4  # of the word's: less is no letter but a mark or a broken piece
LESSER = re.compile(r"(?<=\w)\w|(?<=['\u2019])\w")  # not a word's first letter, nor one behind a hyphen


def write_small_capitals(line: Recognized, picture: Image.Image) -> Recognized:
    """The line with words in small capitals as `Rubens`, not as `RUBENS`; words all of one height stay."""
    if not any(_is_capital(word[0]) for word in line.words):
        return line
    words = [
        (LESSER.sub(lambda found: found[0].lower(), word[0]), *word[1:])
        if _is_capital(word[0]) and are_small(picture.crop(word[2:]))
        else word
        for word in line.words
    ]
    return join_words(words, line.block)


def are_small(word: Image.Image) -> bool:
    """Whether the letters of a word in capitals are lower than its first one."""
    pixels = np.asarray(word)
    if 0 in pixels.shape:
        return False
    ink = pixels < (int(pixels.min()) + int(pixels.max())) / 2
    tops, heights = _measure_letters(ink)
    whole = ink.shape[0] - tops.min() if len(tops) else 0
    tops = tops[heights > LEAST_HEIGHT * whole]
    if len(tops) < LEAST_LETTERS:
        return False
    lower = float(np.median(tops[1:]) - tops[0]) / max(ink.shape[0] - float(tops[0]), 1.0)
    return bool(LOWER <= lower <= LOWEST)


def _measure_letters(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Top and height of each run of columns with ink."""
    filled = np.concatenate([[False], ink.any(axis=0), [False]])
    edges = np.flatnonzero(filled[1:] != filled[:-1]).reshape(-1, 2)
    rows = [np.flatnonzero(ink[:, begin:end].any(axis=1)) for begin, end in edges]
    tops = np.array([row[0] for row in rows], dtype=np.int64)
    return tops, np.array([row[-1] - row[0] + 1 for row in rows], dtype=np.int64)


def _is_capital(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) >= LEAST_LETTERS
