"""What each Unicode character is to the rules: a table of flags, a table of folds, and UTF-8 to read them by.

Both tables cover the planes that hold scripts (0 to 3). They are shipped (`winnow.words.tables` makes them),
so that every Python judges alike, whichever version of Unicode it knows.
"""

import functools
from pathlib import Path

import numpy as np

from winnow.kernels import U8, U32, Int, kernel

SPACE = 1
LETTER = 2
DIGIT = 4  # any number: Nd, Nl, No
MARK = 8  # combining; belongs to the character before it
ALONE = 16  # a letter of a script written without spaces
LOWER = 32  # lower case, or of a script without case
UPPER = 64  # upper case, or of a script without case
PREFIX = 128  # comes off the front of a word
SUFFIX = 256  # comes off the end of a word
QUOTE = 512
BEFORE_DOT = 1024  # a full stop after it is punctuation, not part of the word
ICON = 2048  # splits a word wherever it stands
CURRENCY = 4096
ASCII_DIGIT = 8192
SYMBOL = 16384  # neither letter, digit, mark nor space
PUNCTUATION = 32768  # category P
TERMINAL = 65536  # ends a sentence: the property Sentence_Terminal

SIZE = 0x40000


@functools.cache
def _load_tables() -> tuple[U32, U32]:
    with np.load(Path(__file__).with_name("characters.npz")) as file:
        return file["flags"], file["folds"] + np.arange(SIZE, dtype=np.uint32)


def flags() -> U32:
    """Flags of every code point below `SIZE`, uint32."""
    return _load_tables()[0]


def folds() -> U32:
    """The character each code point below `SIZE` is compared as: case folded where that is one character."""
    return _load_tables()[1]


@kernel(inlined=True)
def decode(data: U8, i: Int) -> tuple[np.uint32, Int]:
    """The code point that starts at byte i of valid UTF-8, and where the next one starts."""
    b = np.uint32(data[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0:
        return (b & np.uint32(0x1F)) << np.uint32(6) | np.uint32(data[i + 1] & 0x3F), i + 2
    low = np.uint32(data[i + 1] & 0x3F) << np.uint32(6) | np.uint32(data[i + 2] & 0x3F)
    if b < 0xF0:
        return (b & np.uint32(0x0F)) << np.uint32(12) | low, i + 3
    return (b & np.uint32(0x07)) << np.uint32(18) | low << np.uint32(6) | np.uint32(data[i + 3] & 0x3F), i + 4


@kernel(inlined=True)
def flag(point: np.uint32, table: U32) -> np.uint32:
    """The flags of a code point; beyond the table are variation selectors (marks) and private use."""
    if point < SIZE:
        found: np.uint32 = table[point]
        return found
    return np.uint32(MARK if 0xE0100 <= point <= 0xE01EF else SYMBOL)


@kernel(inlined=False)
def step_back(data: U8, i: int, b: int) -> int:
    """Where the character that ends at byte i starts; b is the lower bound."""
    i -= 1
    while i > b and data[i] & 0xC0 == 0x80:
        i -= 1
    return i
