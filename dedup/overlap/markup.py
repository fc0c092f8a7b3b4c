"""What stands at a byte of a document: a character of UTF-8, an entity, a tag, an escape, formatting TeX."""

import numpy as np

from dedup.overlap import confusables as letters
from filters.words.jit import kernel

BASE = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_TAG = 400  # bytes of a tag behind its name


@kernel
def decode(data, i, e):
    """The code point at byte i of valid UTF-8, and where the next one starts."""
    b = np.int64(data[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0 or i + 2 >= e:
        return (b & 0x1F) << 6 | np.int64(data[min(i + 1, e - 1)]) & 0x3F, min(i + 2, e)
    low = (np.int64(data[i + 1]) & 0x3F) << 6 | np.int64(data[i + 2]) & 0x3F
    if b < 0xF0 or i + 3 >= e:
        return (b & 0x0F) << 12 | low, i + 3
    return (b & 0x07) << 18 | low << 6 | np.int64(data[i + 3]) & 0x3F, i + 4


@kernel
def read_point(point, letter):
    """Class and characters of a code point."""
    if point < len(letter):
        return letter[point]
    if point < 0x40000:
        return np.uint64(letters.IDEOGRAPH) << np.uint64(letters.SHIFT) | np.uint64(point)
    return np.uint64(letters.SKIP) << np.uint64(letters.SHIFT)


@kernel
def _is_letter(byte):
    return 65 <= byte <= 90 or 97 <= byte <= 122


@kernel
def _read_digits(data, i, e, base):
    """Value of the digits from byte i on, eight at most, and where they end."""
    value, k = np.int64(0), i
    while k < e and k < i + 8:
        b = data[k]
        digit = b - 48 if 48 <= b <= 57 else (b | 32) - 87 if base == 16 and 97 <= (b | 32) <= 102 else -1
        if digit < 0:
            break
        value, k = value * base + digit, k + 1
    return value, k


@kernel
def _find(sorted_, h):
    k = np.searchsorted(sorted_, h)
    return k if k < len(sorted_) and sorted_[k] == h else -1


@kernel
def _read_entity(data, i, e, known):
    """The character of the entity that starts at byte i (an ampersand), and its end; -1 for none."""
    if i + 2 < e and data[i + 1] == 35:
        base, k = (16, i + 3) if data[i + 2] | 32 == 120 else (10, i + 2)
        value, end = _read_digits(data, k, e, base)
        if end > k and end < e and data[end] == 59 and value < 0x110000:
            return value, end + 1
        return np.int64(-1), i
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 10 and (_is_letter(data[k]) or 48 <= data[k] <= 57):
        h = h * BASE + np.uint64(data[k]) + np.uint64(1)
        k += 1
    if k < e and data[k] == 59:
        place = _find(known.entity, h)
        if place >= 0:
            return known.point[place], k + 1
    return np.int64(-1), i


@kernel
def _read_command(data, i, e, known):
    """Where the command of formatting TeX ends that starts with the backslash at byte i; -1 for none.

    Its letters count as they are read: the text around it may be in capitals or disguised.
    """
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 80:
        if _is_letter(data[k]):
            h, k = h * BASE + np.uint64(data[k] | 32) + np.uint64(1), k + 1
            continue
        if data[k] < 0x80:
            break
        point, after = decode(data, k, e)
        read = read_point(point, known.letter)
        kind = read >> np.uint64(letters.SHIFT)
        if kind == letters.LETTER:
            h = h * BASE + (read & np.uint64(0xFFFFF)) + np.uint64(1)
        elif kind != letters.SKIP:
            break
        k = after
    return k if k > i + 1 and _find(known.command, h) >= 0 else -1


@kernel
def _read_escape(data, i, e, known):
    """(character, end) of what starts with the backslash at byte i: a space for a command or an escape."""
    k = _read_command(data, i, e, known)
    if k >= 0:
        return np.int64(32), k
    if i + 1 < e:
        c = data[i + 1]
        if c == 117:  # \u2019, as JSON writes it
            value, end = _read_digits(data, i + 2, min(e, i + 6), 16)
            if end == i + 6:
                return value, end
        if c == 110 or c == 116 or c == 114:
            return np.int64(32), i + 2
    return np.int64(32), i + 1


@kernel
def _read_tag(data, i, e, known):
    """(class, end) of the tag of HTML that starts at byte i, a <; the end is i for none.

    What follows the name must be the tag's end or have an attribute: "a <b and c> d" is no tag.
    """
    none = np.uint64(letters.SEPARATOR)
    k = i + 2 if i + 1 < e and data[i + 1] == 47 else i + 1
    h, longest = np.uint64(0), k + 10
    while k < e and k < longest and (_is_letter(data[k]) or 48 <= data[k] <= 57):
        h, k = h * BASE + np.uint64(data[k] | 32) + np.uint64(1), k + 1
    place = _find(known.tag, h)
    if place < 0:
        return none, i
    bare, value, last = False, False, min(e, k + _LONGEST_TAG)
    while k < last and data[k] != 62 and data[k] != 60:
        value |= data[k] == 61
        bare |= data[k] > 32 and data[k] != 47
        k += 1
    if k >= last or data[k] == 60 or (bare and not value):
        return none, i
    return np.uint64(letters.SKIP) if known.inline[place] else none, k + 1


@kernel
def find_rest(data, i, e):
    """Where the word goes on that a hyphen before byte i breaks at the end of a line; -1 if it does not."""
    k = i
    while k < e and (data[k] == 32 or data[k] == 13):
        k += 1
    if k >= e or data[k] != 10:
        return -1
    k += 1
    most = k + 80
    while k < min(e, most) and (
        data[k] == 32 or data[k] == 9 or data[k] == 62 or data[k] == 35 or data[k] == 42 or data[k] == 47
    ):
        k += 1
    return k if k < e and (97 <= data[k] <= 122 or data[k] >= 0x80) else -1


@kernel
def read_mark(data, i, e, known):
    """What stands at byte i, and where what follows begins."""
    b = data[i]
    if b == 38:
        point, end = _read_entity(data, i, e, known)
        if point >= 0:
            return read_point(point, known.letter), end
    elif b == 92:
        point, end = _read_escape(data, i, e, known)
        return read_point(point, known.letter), end
    elif b == 60:
        kind, end = _read_tag(data, i, e, known)
        if end > i:
            return kind << np.uint64(letters.SHIFT), end
        return known.letter[b], i + 1
    elif b < 0x80:
        return known.letter[b], i + 1
    point, end = decode(data, i, e)
    return read_point(point, known.letter), end
