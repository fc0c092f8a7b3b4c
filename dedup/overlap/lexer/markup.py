"""What stands at a byte of a document: a character of UTF-8, an entity, a tag, an escape, formatting TeX."""

import numpy as np

from winnow.dedup.overlap.lexer import confusables as letters
from winnow.dedup.overlap.lexer.tables import Tables
from winnow.kernels import U8, U64, Bool, Int, kernel
from winnow.words import byte
from winnow.words.hashes import GOLDEN
from winnow.words.unicode import decode

_LONGEST_TAG = 400  # bytes of a tag behind its name


@kernel
def read_point(point: Int, letter: U64) -> Int:
    """Class and characters of a code point."""
    if point < len(letter):
        return letter[point]
    if point < 0x40000:
        return np.uint64(letters.IDEOGRAPH) << np.uint64(letters.SHIFT) | np.uint64(point)
    return np.uint64(letters.SKIP) << np.uint64(letters.SHIFT)


@kernel
def _is_letter(b: Int) -> Bool:
    """Whether a byte is a letter of ASCII."""
    return byte.A <= b <= byte.Z or byte.a <= b <= byte.z


@kernel
def _is_digit(b: Int) -> Bool:
    """Whether a byte is a digit of ASCII."""
    return byte.ZERO <= b <= byte.NINE


@kernel
def _read_digits(data: U8, i: Int, e: Int, base: Int) -> tuple[Int, Int]:
    """Value of the digits from byte i on, eight at most, and where they end."""
    value, k = np.int64(0), i
    while k < e and k < i + 8:
        b = data[k]
        digit: Int = -1
        if _is_digit(b):
            digit = b - byte.ZERO
        elif base == 16 and byte.a <= b | byte.CASE <= byte.f:
            digit = (b | byte.CASE) - byte.a + 10
        if digit < 0:
            break
        value, k = value * base + digit, k + 1
    return value, k


@kernel
def _find(sorted_: U64, h: np.uint64) -> Int:
    """Where a hash stands among sorted ones, -1 if it does not."""
    k = np.searchsorted(sorted_, h)
    return k if k < len(sorted_) and sorted_[k] == h else -1


@kernel
def _read_entity(data: U8, i: Int, e: Int, known: Tables) -> tuple[Int, Int]:
    """The character of the entity that starts at byte i (an ampersand), and its end; -1 for none."""
    if i + 2 < e and data[i + 1] == byte.HASH:
        base, k = (16, i + 3) if data[i + 2] | byte.CASE == byte.x else (10, i + 2)
        value, end = _read_digits(data, k, e, base)
        if end > k and end < e and data[end] == byte.SEMICOLON and value < 0x110000:
            return value, end + 1
        return np.int64(-1), i
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 10 and (_is_letter(data[k]) or _is_digit(data[k])):
        h = h * GOLDEN + np.uint64(data[k]) + np.uint64(1)
        k += 1
    if k < e and data[k] == byte.SEMICOLON:
        place = _find(known.entity, h)
        if place >= 0:
            return known.point[place], k + 1
    return np.int64(-1), i


@kernel
def _read_command(data: U8, i: Int, e: Int, known: Tables) -> Int:
    """Where the command of formatting TeX ends that starts with the backslash at byte i; -1 for none.

    Its letters count as they are read: the text around it may be in capitals or disguised.
    """
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 80:
        if _is_letter(data[k]):
            h, k = h * GOLDEN + np.uint64(data[k] | byte.CASE) + np.uint64(1), k + 1
            continue
        if data[k] < 0x80:
            break
        point, after = decode(data, k)
        read = read_point(point, known.letter)
        kind = read >> np.uint64(letters.SHIFT)
        if kind == letters.LETTER:
            h = h * GOLDEN + (read & np.uint64(0xFFFFF)) + np.uint64(1)
        elif kind != letters.SKIP:
            break
        k = after
    return k if k > i + 1 and _find(known.command, h) >= 0 else -1


@kernel
def _read_escape(data: U8, i: Int, e: Int, known: Tables) -> tuple[Int, Int]:
    """(character, end) of what starts with the backslash at byte i: a space for a command or an escape."""
    k = _read_command(data, i, e, known)
    if k >= 0:
        return np.int64(byte.BLANK), k
    if i + 1 < e:
        c = data[i + 1]
        if c == byte.u:  # \u2019, as JSON writes it
            value, end = _read_digits(data, i + 2, min(e, i + 6), 16)
            if end == i + 6:
                return value, end
        if c == byte.n or c == byte.t or c == byte.r:
            return np.int64(byte.BLANK), i + 2
    return np.int64(byte.BLANK), i + 1


@kernel
def _read_tag(data: U8, i: Int, e: Int, known: Tables) -> tuple[np.uint64, Int]:
    """(class, end) of the tag of HTML that starts at byte i, a <; the end is i for none.

    What follows the name must be the tag's end or have an attribute: "a <b and c> d" is no tag.
    """
    none = np.uint64(letters.SEPARATOR)
    k = i + 2 if i + 1 < e and data[i + 1] == byte.SLASH else i + 1
    h, longest = np.uint64(0), k + 10
    while k < e and k < longest and (_is_letter(data[k]) or _is_digit(data[k])):
        h, k = h * GOLDEN + np.uint64(data[k] | byte.CASE) + np.uint64(1), k + 1
    place = _find(known.tag, h)
    if place < 0:
        return none, i
    bare, value, last = False, False, min(e, k + _LONGEST_TAG)
    while k < last and data[k] != byte.GT and data[k] != byte.LT:
        value |= data[k] == byte.EQ
        bare |= data[k] > byte.BLANK and data[k] != byte.SLASH
        k += 1
    if k >= last or data[k] == byte.LT or (bare and not value):
        return none, i
    return np.uint64(letters.SKIP) if known.inline[place] else none, k + 1


@kernel
def _is_indent(b: Int) -> Bool:
    """Whether a byte may stand before a line: white space, or a sign of quotations and comments."""
    return (
        b == byte.BLANK
        or b == byte.TAB
        or b == byte.GT
        or b == byte.HASH
        or b == byte.STAR
        or b == byte.SLASH
    )


@kernel
def find_rest(data: U8, i: Int, e: Int) -> Int:
    """Where the word goes on that a hyphen before byte i breaks at the end of a line; -1 if it does not."""
    k = i
    while k < e and (data[k] == byte.BLANK or data[k] == byte.CR):
        k += 1
    if k >= e or data[k] != byte.LF:
        return -1
    k += 1
    most = k + 80
    while k < min(e, most) and _is_indent(data[k]):
        k += 1
    return k if k < e and (byte.a <= data[k] <= byte.z or data[k] >= 0x80) else -1


@kernel
def read_mark(data: U8, i: Int, e: Int, known: Tables) -> tuple[Int, Int]:
    """What stands at byte i, and where what follows begins."""
    b = data[i]
    if b == byte.AMPERSAND:
        point, end = _read_entity(data, i, e, known)
        if point >= 0:
            return read_point(point, known.letter), end
    elif b == byte.BACKSLASH:
        point, end = _read_escape(data, i, e, known)
        return read_point(point, known.letter), end
    elif b == byte.LT:
        kind, end = _read_tag(data, i, e, known)
        if end > i:
            return kind << np.uint64(letters.SHIFT), end
        return known.letter[b], i + 1
    elif b < 0x80:
        return known.letter[b], i + 1
    point, end = decode(data, i)
    return read_point(point, known.letter), end
