"""Labelled pages as if they were written in other scripts: what of a line is left without case or spaces.

Who labels pages of three or four languages labels none of most scripts, and trees that never saw a line
without case take it for a row of numbers. Letters of these texts mean nothing; sizes, signs and what comes
back stay.
"""

import re
import zlib

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
_SIGNS = (
    (re.compile(r"(?<!\.)\.(?=\s|$) ?", re.M), "\u3002"),
    (re.compile(r", "), "\uff0c"),
    (re.compile(r"\?(?=\s|$) ?", re.M), "\uff1f"),
    (re.compile(r"!(?=\s|$) ?", re.M), "\uff01"),
    (re.compile(r": "), "\uff1a"),
)
_IDEOGRAPHS = 800  # so many make up most of a Chinese text
_LETTERS_OF_ONE = 3  # letters of a word that take one of them


def without_case(text: str) -> str:
    """Each letter as one of Hebrew."""
    return "".join(chr(0x5D0 + ord(c.lower()[0]) % 27) if c.isalpha() else c for c in text)


def without_spaces(text: str) -> str:
    """Each word as one ideograph or some, without spaces between; with the signs of Chinese."""
    text = _BETWEEN.sub("", _WORD.sub(_spell, text))
    for sign, other in _SIGNS:
        text = sign.sub(other, text)
    return text


def _spell(word: re.Match[str]) -> str:
    small = word[0].lower()
    count = max(1, round(len(small) / _LETTERS_OF_ONE))
    return "".join(chr(0x4E00 + zlib.crc32(f"{small}{n}".encode()) % _IDEOGRAPHS) for n in range(count))
