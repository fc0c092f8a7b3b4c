"""What comes off the front of a word, off its end, and what separates in its middle.

These are the prefixes, suffixes, infixes and special cases of spaCy's English tokenizer, read from its
`lang/punctuation.py`, as functions over UTF-8 bytes. Every word is a span [b, e) of bytes.
"""

import numpy as np

from filters.words.jit import kernel
from filters.words.unicode import (
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
    before,
    decode,
    flag,
)

_UNITS = (
    "km m dm cm mm ha nm yd in ft kg g mg t lb oz m/s km/h kmh mph hPa Pa mbar "
    "mb MB kb KB gb GB tb TB T G M K %"
)
UNITS = np.array([int.from_bytes(unit.encode()) for unit in _UNITS.split()], dtype=np.uint32)


@kernel
def prefix(data, b, e, table):
    """Length of the punctuation that comes off the front of [b, e), or 0."""
    point, i = decode(data, b)
    if flag(point, table) & PREFIX:
        return i - b
    if point == 43:  # +5 stays whole
        return 0 if i < e and 48 <= data[i] <= 57 else 1
    dots = b
    while dots < e and data[dots] == 46:
        dots += 1
    return dots - b if dots - b > 1 else 0


@kernel
def _unit(data, b, e, table, units):
    """Length of a unit or currency sign at the end of [b, e) that follows a digit, or 0."""
    code, i = np.uint32(0), e
    for k in range(4):
        i -= 1
        if i <= b:
            return 0
        code |= np.uint32(data[i]) << np.uint32(8 * k)
        if 48 <= data[i - 1] <= 57:
            for unit in units:
                if unit == code:
                    return e - i
            point, _ = decode(data, i) if data[i] & 0xC0 != 0x80 else (np.uint32(0), 0)
            return e - i if point == 43 or flag(point, table) & CURRENCY else 0
    return 0


@kernel
def _letters_and_points(data, b, e, table):
    """Whether [b, e) is single letters with a point between each two, and more than one."""
    letters, i = 0, b
    while i < e:
        point, i = decode(data, i)
        if not flag(point, table) & LETTER:
            return False
        letters += 1
        if i < e and data[i] != 46:
            return False
        i += 1
    return letters > 1


@kernel
def suffix(data, b, e, table, units):
    """Length of the punctuation, possessive or unit that comes off the end of [b, e), or 0."""
    last = before(data, e, b)
    point, _ = decode(data, last)
    if point == 46:
        dots = last
        while dots > b and data[dots - 1] == 46:
            dots -= 1
        if e - dots > 1:
            return e - dots
        if last == b:
            return 0
        prev = before(data, last, b)
        kind = flag(decode(data, prev)[0], table)
        if kind & LETTER and _letters_and_points(data, b, last, table):  # e.g. and p.m. keep their last point
            return 0
        if kind & BEFORE_DOT:
            return 1
        two = prev > b and flag(decode(data, before(data, prev, b))[0], table) & UPPER
        return 1 if kind & UPPER and two else 0
    if flag(point, table) & SUFFIX:
        return e - last
    if (point == 115 or point == 83) and last > b:  # 's
        mark = before(data, last, b)
        quote = decode(data, mark)[0]
        if quote == 39 or quote == 0x2019:
            return e - mark
    return _unit(data, b, e, table, units)


@kernel
def infix(data, i, e, prev, point, after, table):
    """Where the separator that starts at byte i within a word ends, or i if there is none."""
    if point == 46:
        dots = i
        while dots < e and data[dots] == 46:
            dots += 1
        if dots - i > 1:
            return dots
        follows = flag(decode(data, after)[0], table) if after < e else np.uint32(0)
        return after if prev & (LOWER | QUOTE) and follows & (UPPER | QUOTE) else i
    if point == 0x2026 or flag(point, table) & ICON:
        return after
    if after >= e:
        return i
    letter = prev & (LETTER | MARK)
    if point == 45 or point == 0x2014:  # runs of hyphens and dashes
        stop = i
        most = i + (3 if point == 45 else 6)
        while stop < e and stop < most and decode(data, stop)[0] == point:
            stop += after - i
        if stop < e and (letter or prev & ASCII_DIGIT) and flag(decode(data, stop)[0], table) & LETTER:
            return stop
    follows = flag(decode(data, after)[0], table)
    if (point == 43 or point == 45 or point == 42 or point == 94) and prev & ASCII_DIGIT:
        return after if follows & ASCII_DIGIT or data[after] == 45 else i
    if not follows & LETTER:
        return i
    if point == 44:
        return after if letter else i
    cuts = point == 0x2013 or point == 126 or point == 58 or point == 47 or 60 <= point <= 62
    return after if cuts and (letter or prev & ASCII_DIGIT) else i


@kernel
def clitic(data, b, e):
    """Where the contraction at the end of [b, e) starts (n't, 'll, 've, 're, 'd, 'm), or e."""
    i = e
    while i > b and e - i < 2 and 97 <= data[i - 1] | 32 <= 122:
        i -= 1
    start = i - 1
    if i - 3 > b and data[i - 3] == 0xE2 and data[i - 2] == 0x80 and data[i - 1] == 0x99:
        start = i - 3
    elif i == e or i <= b or data[i - 1] != 39:
        return e
    if start <= b or i == e:
        return e
    first, last = data[i] | 32, data[e - 1] | 32
    if e - i == 1:
        if first == 116:
            return start - 1 if start - 1 > b and data[start - 1] | 32 == 110 else e
        return start if first == 100 or first == 109 else e
    return start if (first == 108 and last == 108) or ((first == 118 or first == 114) and last == 101) else e


@kernel
def address(data, b, e):
    """Whether [b, e) is a host name, an e-mail address or a URL, which stay whole."""
    i, label, dot, letters, dashed = b, b, False, True, False
    while i < e:
        c = data[i]
        if c == 64 or (c == 58 and i + 2 < e and data[i + 1] == 47 and data[i + 2] == 47):
            i += 1 if c == 64 else 3
            label, dot, letters, dashed = i, False, True, False
            continue
        if c == 58 or c == 47 or c == 63 or c == 35:
            break
        if c == 46:
            if i == label or dashed:
                return False
            label, dot, letters = i + 1, True, True
        elif not (
            48 <= c <= 57 or 97 <= c | 32 <= 122 or c == 45 or c == 95 or c >= 0xC2 or c & 0xC0 == 0x80
        ):
            return False
        elif not (97 <= c <= 122 or c >= 0x80):
            letters = False
        dashed = c == 45 or c == 95
        i += 1
    if not dot or not letters or i - label < 2:
        return False
    return i == e or data[i] != 58 or (i + 1 < e and 48 <= data[i + 1] <= 57)
