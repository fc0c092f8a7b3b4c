"""What each Unicode character is to the splitter of words: a table of flags and a table of folds.

Both cover the planes that hold scripts (0 to 3). They are built from Python's own `unicodedata`
when first asked for (about a tenth of a second) and then kept for the life of the process.
"""

import functools
import unicodedata

import numpy as np

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

SIZE = 0x40000

_PUNCTUATION = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
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


def _flags_of(char: str) -> int:
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
    return SYMBOL | icon | money


@functools.cache
def flags() -> np.ndarray:
    """Flags of every code point below `SIZE`, uint16."""
    table = np.fromiter((_flags_of(chr(c)) for c in range(SIZE)), dtype=np.uint16, count=SIZE)
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
    for first, last in _NO_SPACES:
        part = table[first : last + 1]
        part[(part & LETTER) != 0] |= ALONE
    return table


@functools.cache
def folds() -> np.ndarray:
    """The character each code point below `SIZE` is compared as: case folded where that is one character."""

    def fold(char: str) -> int:
        for form in (char.casefold(), char.lower()):
            if len(form) == 1:
                return ord(form)
        return ord(char.lower()[0])

    return np.fromiter((fold(chr(c)) for c in range(SIZE)), dtype=np.uint32, count=SIZE)
