"""What each Unicode character is to the rules: a table of flags, a table of folds, and UTF-8 to read them by.

Both tables cover the planes that hold scripts (0 to 3). They are built from Python's own `unicodedata`
when first asked for (about a tenth of a second) and then kept for the life of the process.
"""

# ruff: noqa: RUF001 - the unusual characters are meant
import functools
import unicodedata

import numba
import numpy as np

# For loops over bytes that allocate nothing: without counting references to the arrays they are
# handed, they run three times as fast.
kernel = numba.njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
# A call that hands many arrays on costs more than a short word's work.
inlined = numba.njit(cache=True, nogil=True, _nrt=False, forceinline=True)  # type: ignore[call-overload]

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
    mark = PUNCTUATION if kind[0] == "P" else 0
    return SYMBOL | icon | money | mark


@functools.cache
def flags() -> np.ndarray:
    """Flags of every code point below `SIZE`, uint32."""
    table = np.fromiter((_flags_of(chr(c)) for c in range(SIZE)), dtype=np.uint32, count=SIZE)
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


@functools.cache
def folds() -> np.ndarray:
    """The character each code point below `SIZE` is compared as: case folded where that is one character."""

    def fold(char: str) -> int:
        for form in (char.casefold(), char.lower()):
            if len(form) == 1:
                return ord(form)
        return ord(char.lower()[0])

    return np.fromiter((fold(chr(c)) for c in range(SIZE)), dtype=np.uint32, count=SIZE)


@kernel
def decode(data, i):
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


@kernel
def flag(point, table):
    """The flags of a code point; beyond the table are variation selectors (marks) and private use."""
    if point < SIZE:
        return table[point]
    return np.uint32(MARK if 0xE0100 <= point <= 0xE01EF else SYMBOL)


@kernel
def before(data, i, b):
    """Where the character that ends at byte i starts; b is the lower bound."""
    i -= 1
    while i > b and data[i] & 0xC0 == 0x80:
        i -= 1
    return i
