"""Make the tables of `winnow.words.unicode` from `unicodedata`: `python -m winnow.words.tables`.

Made with Unicode 14.0, that of Python 3.11, the oldest that is supported.
"""

# ruff: noqa: RUF001 - the unusual characters are meant
import unicodedata
from pathlib import Path

import numpy as np

from winnow.words.unicode import (
    ALONE,
    ASCII_DIGIT,
    BEFORE_DOT,
    CURRENCY,
    DIGIT,
    ICON,
    LETTER,
    LOWER,
    MARK,
    PREFIX,
    PUNCTUATION,
    QUOTE,
    SIZE,
    SPACE,
    SUFFIX,
    SYMBOL,
    TERMINAL,
    UPPER,
)

_PUNCTUATION = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
_TERMINAL = (
    "21 2e 3f 589 61d-61f 6d4 700-702 7f9 837 839 83d-83e 964-965 104a-104b 1362 1367-1368 166e 1735-1736 "
    "17d4-17d6 17d9-17da 1803 1809 1944-1945 1aa8-1aab 1b5a-1b5b 1b5e-1b5f 1b7d-1b7e 1c3b-1c3c 1c7e-1c7f "
    "203c-203d 2047-2049 2e2e 2e3c 2e53-2e54 3002 a4ff a60e-a60f a6f3 a6f7 a876-a877 a8ce-a8cf a92f "
    "a9c8-a9c9 aa5d-aa5f aaf0-aaf1 abeb fe52 fe56-fe57 ff01 ff0e ff1f ff61 10a56-10a57 10f55-10f59 "
    "10f86-10f89 11047-11048 110be-110c1 11141-11143 111c5-111c6 111cd 111de-111df 11238-11239 "
    "1123b-1123c 112a9 1144b-1144c 115c2-115c3 115c9-115d7 11641-11642 1173c-1173e 11944 11946 "
    "11a42-11a43 11a9b-11a9c 11c41-11c42 11ef7-11ef8 11f43-11f44 16a6e-16a6f 16af5 16b37-16b38 16b44 "
    "16e98 1bc9f 1da88"
)
_QUOTES = "'\"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉⟦⟧"
_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x1B000, 0x1B16F),
    (0x20000, 0x323AF),
)


def _classify(char: str) -> int:
    kind = unicodedata.category(char)
    if char.isspace():
        return SPACE
    if kind[0] == "L":
        case = {"Ll": LOWER, "Lu": UPPER}.get(kind, LOWER | UPPER)
        return LETTER | case | (BEFORE_DOT if case & LOWER else 0)
    if kind[0] == "M":
        return MARK
    if kind[0] == "N":
        return DIGIT
    icon = ICON | PREFIX | SUFFIX if kind == "So" else 0
    money = CURRENCY | PREFIX if kind == "Sc" else 0
    mark = PUNCTUATION if kind[0] == "P" else 0
    return SYMBOL | icon | money | mark


def flags() -> np.ndarray:
    """See `winnow.words.unicode.flags`; from the Unicode tables of this Python."""
    table = np.fromiter((_classify(chr(c)) for c in range(SIZE)), dtype=np.uint32, count=SIZE)
    for char in _PUNCTUATION:
        table[ord(char)] |= PREFIX | SUFFIX | BEFORE_DOT
    for char in _QUOTES:
        table[ord(char)] |= PREFIX | SUFFIX | QUOTE | BEFORE_DOT
    for char in "§%=—–":
        table[ord(char)] |= PREFIX
    for char in "—–":
        table[ord(char)] |= SUFFIX
    for char in "%²-+|":
        table[ord(char)] |= BEFORE_DOT
    table[ord("0") : ord("9") + 1] |= ASCII_DIGIT | BEFORE_DOT
    for span in _TERMINAL.split():
        low, high = (int(end, 16) for end in (span.split("-") * 2)[:2])
        table[low : high + 1] |= TERMINAL
    for first, last in _NO_SPACES:
        part = table[first : last + 1]
        part[(part & LETTER) != 0] |= ALONE
    return table


def folds() -> np.ndarray:
    """See `winnow.words.unicode.folds`; from the Unicode tables of this Python."""

    def fold(char: str) -> int:
        for form in (char.casefold(), char.lower()):
            if len(form) == 1:
                return ord(form)
        return ord(char.lower()[0])

    return np.fromiter((fold(chr(c)) for c in range(SIZE)), dtype=np.uint32, count=SIZE)


if __name__ == "__main__":
    # Differences compress better than characters.
    np.savez_compressed(
        Path(__file__).with_name("characters.npz"),
        flags=flags(),
        folds=folds() - np.arange(SIZE, dtype=np.uint32),
    )
