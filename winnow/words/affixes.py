"""What comes off the front of a word, off its end, and what separates in its middle.

These are the prefixes, suffixes, infixes and special cases of spaCy's English tokenizer, read from its
`lang/punctuation.py`, as functions over UTF-8 bytes. Every word is a span [b, e) of bytes.
"""

import numpy as np

from winnow.kernels import U8, U32, kernel
from winnow.words import byte
from winnow.words.unicode import (
    ASCII_DIGIT,
    BEFORE_DOT,
    CURRENCY,
    ICON,
    LETTER,
    LOWER,
    MARK,
    PREFIX,
    QUOTE,
    SUFFIX,
    UPPER,
    decode,
    flag,
    step_back,
)

_UNITS = (
    "km m dm cm mm ha nm yd in ft kg g mg t lb oz m/s km/h kmh mph hPa Pa mbar "
    "mb MB kb KB gb GB tb TB T G M K %"
)
UNITS = np.array([int.from_bytes(unit.encode()) for unit in _UNITS.split()], dtype=np.uint32)


@kernel(inlined=True)
def match_prefix(data: U8, b: int, e: int, table: U32) -> int:
    """Length of the punctuation that comes off the front of [b, e), or 0."""
    point, i = decode(data, b)
    if flag(point, table) & PREFIX:
        return int(i - b)
    if point == byte.PLUS:  # +5 stays whole
        return 0 if i < e and byte.ZERO <= data[i] <= byte.NINE else 1
    dots = b
    while dots < e and data[dots] == byte.DOT:
        dots += 1
    return dots - b if dots - b > 1 else 0


@kernel(inlined=False)
def _match_unit(data: U8, b: int, e: int, table: U32, units: U32) -> int:
    """Length of a unit or currency sign at the end of [b, e) that follows a digit, or 0."""
    code, i = np.uint32(0), e
    for k in range(4):
        i -= 1
        if i <= b:
            return 0
        code |= np.uint32(data[i]) << np.uint32(8 * k)
        if byte.ZERO <= data[i - 1] <= byte.NINE:
            for unit in units:
                if unit == code:
                    return e - i
            point, _ = decode(data, i) if data[i] & 0xC0 != 0x80 else (np.uint32(0), 0)
            return e - i if point == byte.PLUS or flag(point, table) & CURRENCY else 0
    return 0


@kernel(inlined=False)
def _is_abbreviation(data: U8, b: int, e: int, table: U32) -> bool:
    """Whether [b, e) is single letters with a point between each two, and more than one."""
    letters, i = 0, b
    while i < e:
        point, i = decode(data, i)
        if not flag(point, table) & LETTER:
            return False
        letters += 1
        if i < e and data[i] != byte.DOT:
            return False
        i += 1
    return letters > 1


@kernel(inlined=True)
def match_suffix(data: U8, b: int, e: int, table: U32, units: U32) -> int:
    """Length of the punctuation, possessive or unit that comes off the end of [b, e), or 0."""
    last = step_back(data, e, b)
    point, _ = decode(data, last)
    if point == byte.DOT:
        dots = last
        while dots > b and data[dots - 1] == byte.DOT:
            dots -= 1
        if e - dots > 1:
            return e - dots
        if last == b:
            return 0
        prev = step_back(data, last, b)
        kind = flag(decode(data, prev)[0], table)
        if kind & LETTER and _is_abbreviation(data, b, last, table):  # e.g. and p.m. keep their last point
            return 0
        if kind & BEFORE_DOT:
            return 1
        two = prev > b and flag(decode(data, step_back(data, prev, b))[0], table) & UPPER
        return 1 if kind & UPPER and two else 0
    if flag(point, table) & SUFFIX:
        return e - last
    if (point == byte.s or point == byte.S) and last > b:  # 's
        mark = step_back(data, last, b)
        quote = decode(data, mark)[0]
        if quote == byte.APOSTROPHE or quote == 0x2019:
            return e - mark
    return _match_unit(data, b, e, table, units)


@kernel(inlined=False)
def _match_dashes(data: U8, i: int, e: int, point: np.uint32, after: int) -> int:
    """Where the run of hyphens or dashes ends that starts at byte i: three bytes, or six, at most."""
    stop = i
    most = i + (3 if point == byte.HYPHEN else 6)
    while stop < e and stop < most and decode(data, stop)[0] == point:
        stop += after - i
    return stop


@kernel(inlined=False)
def _match_dots(data: U8, i: int, e: int, prev: np.uint32, table: U32) -> int:
    """`match_infix` for points: several, or one between a small letter and a capital."""
    dots = i
    while dots < e and data[dots] == byte.DOT:
        dots += 1
    if dots - i > 1:
        return dots
    follows = flag(decode(data, dots)[0], table) if dots < e else np.uint32(0)
    return dots if prev & (LOWER | QUOTE) and follows & (UPPER | QUOTE) else i


@kernel(inlined=True)
def match_infix(data: U8, i: int, e: int, prev: np.uint32, point: np.uint32, after: int, table: U32) -> int:
    """Where the separator that starts at byte i within a word ends, or i if there is none."""
    if point == byte.DOT:
        return _match_dots(data, i, e, prev, table)
    if point == 0x2026 or flag(point, table) & ICON:
        return after
    if after >= e:
        return i
    letter = prev & (LETTER | MARK)
    if (point == byte.HYPHEN or point == 0x2014) and (letter or prev & ASCII_DIGIT):
        stop = _match_dashes(data, i, e, point, after)
        if stop < e and flag(decode(data, stop)[0], table) & LETTER:
            return stop
    follows = flag(decode(data, after)[0], table)
    if prev & ASCII_DIGIT and point in (byte.PLUS, byte.HYPHEN, byte.STAR, byte.CARET):
        return after if follows & ASCII_DIGIT or data[after] == byte.HYPHEN else i
    if not follows & LETTER:
        return i
    if point == byte.COMMA:
        return after if letter else i
    cuts = point in (0x2013, byte.TILDE, byte.COLON, byte.SLASH, byte.LT, byte.EQ, byte.GT)
    return after if cuts and (letter or prev & ASCII_DIGIT) else i


@kernel(inlined=True)
def find_clitic(data: U8, b: int, e: int) -> int:
    """Where the contraction at the end of [b, e) starts (n't, 'll, 've, 're, 'd, 'm), or e."""
    i = e
    while i > b and e - i < 2 and byte.a <= data[i - 1] | byte.CASE <= byte.z:
        i -= 1
    start = i - 1
    if i - 3 > b and data[i - 3] == 0xE2 and data[i - 2] == 0x80 and data[i - 1] == 0x99:
        start = i - 3
    elif i == e or i <= b or data[i - 1] != byte.APOSTROPHE:
        return e
    if start <= b or i == e:
        return e
    first, last = data[i] | byte.CASE, data[e - 1] | byte.CASE
    if e - i == 1:
        if first == byte.t:
            return start - 1 if start - 1 > b and data[start - 1] | byte.CASE == byte.n else e
        return start if first == byte.d or first == byte.m else e
    return (
        start
        if (first == byte.l and last == byte.l) or ((first == byte.v or first == byte.r) and last == byte.e)
        else e
    )


@kernel(inlined=True)
def is_address(data: U8, b: int, e: int) -> bool:
    """Whether [b, e) is a host name, an e-mail address or a URL, which stay whole."""
    i, label, dot, letters, dashed = b, b, False, True, False
    while i < e:
        c = data[i]
        if c == byte.AT or (
            c == byte.COLON and i + 2 < e and data[i + 1] == byte.SLASH and data[i + 2] == byte.SLASH
        ):
            i += 1 if c == byte.AT else 3
            label, dot, letters, dashed = i, False, True, False
            continue
        if c == byte.COLON or c == byte.SLASH or c == byte.QUESTION or c == byte.HASH:
            break
        if c == byte.DOT:
            if i == label or dashed:
                return False
            label, dot, letters = i + 1, True, True
        elif not (
            byte.ZERO <= c <= byte.NINE
            or byte.a <= c | byte.CASE <= byte.z
            or c == byte.HYPHEN
            or c == byte.UNDERSCORE
            or c >= 0xC2
            or c & 0xC0 == 0x80
        ):
            return False
        elif not (byte.a <= c <= byte.z or c >= 0x80):
            letters = False
        dashed = c == byte.HYPHEN or c == byte.UNDERSCORE
        i += 1
    if not dot or not letters or i - label < 2:
        return False
    return i == e or data[i] != byte.COLON or (i + 1 < e and byte.ZERO <= data[i + 1] <= byte.NINE)
