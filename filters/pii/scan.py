"""Where numbers, addresses of mail and postal codes may stand: one pass over the bytes of a batch.

Nothing is decided here but what is surely none: what is found is looked at one by one, so it has to be rare.
"""

from typing import NamedTuple

import numpy as np

from winnow.kernels import I64, U8, kernel
from winnow.words import byte

CHAIN, AT, CODE, COLONS, POSTAL = range(5)
MIN_DIGITS = 6
_DIGIT, _UPPER, _LOWER, _GAP, _HEX, _LOCAL = 1, 2, 4, 8, 16, 32
_MAX_GAP = 3  # bytes between the groups of a number: `) `, ` - `, a no-break space
_MIN_CODE, _MAX_CODE = 8, 42
_MIN_IBAN = 15  # of one that may have small letters
_POSTAL_DIGITS = 5
_CONTINUED, _NBSP_LEAD, _NBSP = 0x80, 0xC2, 0xA0
_LATIN = 0xC3  # of capitals with accents
_DASHES = 0xE2  # U+2010 to U+2015: E2 80 90 to E2 80 95


class Candidates(NamedTuple):
    """Candidates in the order of their ends: what they are and where, in bytes of the batch."""

    kind: I64
    doc: I64
    start: I64
    end: I64


def _make_classes() -> U8:
    table = np.zeros(256, np.uint8)
    table[list(b"0123456789")] |= _DIGIT | _HEX | _LOCAL
    table[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] |= _UPPER | _LOCAL
    table[list(b"abcdefghijklmnopqrstuvwxyz_")] |= _LOWER | _LOCAL
    table[list(b"abcdefABCDEF:.")] |= _HEX
    table[list(b" .-()/")] |= _GAP
    table[list(b"!#$%&'*+/=?^`{|}~.-")] |= _LOCAL
    return table


CLASSES = _make_classes()


def find(data: U8, offsets: I64) -> Candidates:
    """The candidates of a batch: `data` is UTF-8, document i is `data[offsets[i]:offsets[i + 1]]`.

    CHAIN: groups of digits with at most three signs between, six digits or four groups with dots; a bracket
    or a plus before it belongs to it. AT: an `@` between two characters of an address. CODE: a word of
    capitals and digits, or of two capitals and two digits at its begin. COLONS: hexadecimal groups of an IPv6
    address. POSTAL: five digits behind a state's two capitals or before a capital.
    """
    room = 1024
    while True:
        out = np.empty((room, 4), np.int64)
        count = _find(data, offsets, CLASSES, out)
        if count <= room:
            return Candidates(*(np.ascontiguousarray(column) for column in out[:count].T))
        room = count


@kernel
def _emit(out: I64, n: int, kind: int, doc: int, start: int, end: int) -> int:
    if n < len(out):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = kind, doc, start, end
    return n + 1


@kernel
def _find(data: U8, offsets: I64, classes: U8, out: I64) -> int:  # noqa: C901 - one pass
    n = 0
    for d in range(len(offsets) - 1):
        first, last = offsets[d], offsets[d + 1]
        begin, end, digits, groups, i = -1, -1, 0, 0, first
        colons = first
        while i < last:
            kind = classes[data[i]]
            if not kind & (_DIGIT | _UPPER | _LOWER):
                if data[i] == byte.AT and first < i < last - 1:
                    if _parts_address(data, classes, i):
                        n = _emit(out, n, AT, d, i, i + 1)
                elif data[i] == byte.COLON and i >= colons:
                    start, colons, count = _take_colons(data, classes, first, i, last)
                    if count:
                        n = _emit(out, n, COLONS, d, start, colons)
                i += 1
                continue
            start = i
            i, seen, own, numeric = _read_word(data, classes, i, last)
            if not numeric:
                if _is_code(data, classes, start, i, seen, own):
                    n = _emit(out, n, CODE, d, start, i)
                n = _emit_number(out, n, d, begin, end, digits, groups)
                begin = -1
                continue
            if begin >= 0 and not _is_gap(data, classes, end, start):
                n = _emit_number(out, n, d, begin, end, digits, groups)
                begin = -1
            if begin < 0:
                begin, digits, groups = _find_begin(data, first, start), 0, 0
            end, digits, groups = i, digits + own, groups + 1
            if own < i - start and own >= MIN_DIGITS and seen & _UPPER:
                n = _emit(out, n, CODE, d, start, i)
            if own == i - start == _POSTAL_DIGITS and _is_postal(data, classes, first, start, i, last):
                n = _emit(out, n, POSTAL, d, start, i)
        n = _emit_number(out, n, d, begin, end, digits, groups)
    return n


@kernel
def _parts_address(data: U8, classes: U8, at: int) -> bool:
    """Whether an `@` stands between two characters of an address."""
    before, after = data[at - 1], data[at + 1]
    local = classes[before] & _LOCAL or before >= _CONTINUED
    return bool(local and (classes[after] & (_DIGIT | _UPPER | _LOWER) or after >= _CONTINUED))


@kernel
def _read_word(data: U8, classes: U8, i: int, last: int) -> tuple[int, int, int, bool]:
    """A word's end, its classes, its digits, and whether it is a group of a number.

    That is digits alone, with one letter behind (`131052-308T`) or before them (`x123`), or an `x` between.
    """
    start, seen, own, leading, x = i, 0, 0, 0, 0
    while i < last and classes[data[i]] & (_DIGIT | _UPPER | _LOWER):
        if classes[data[i]] & _DIGIT:
            leading += own == i - start
            own += 1
        elif data[i] == byte.x:
            x += 1
        seen |= classes[data[i]]
        i += 1
    length = i - start
    return (
        i,
        seen,
        own,
        own > 0 and (leading >= length - 1 or (own == length - 1 and (leading == 0 or x == 1))),
    )


@kernel
def _find_begin(data: U8, first: int, start: int) -> int:
    """Where a number begins with the brackets and pluses before its first digit."""
    while start > first and (data[start - 1] == byte.PLUS or data[start - 1] == byte.LPAREN):
        start -= 1
    return start


@kernel
def _emit_number(out: I64, n: int, doc: int, start: int, end: int, digits: int, groups: int) -> int:
    if start >= 0 and (digits >= MIN_DIGITS or (groups >= 4 and digits >= 4)):
        return _emit(out, n, CHAIN, doc, start, end)
    return n


@kernel
def _is_gap(data: U8, classes: U8, start: int, end: int) -> bool:
    """Whether what stands between two groups may stand within a number."""
    if end - start > _MAX_GAP or end == start:
        return False
    i = start
    while i < end:
        if classes[data[i]] & _GAP:
            i += 1
        elif data[i] == _NBSP_LEAD and i + 1 < end and data[i + 1] == _NBSP:
            i += 2
        elif data[i] == _DASHES and i + 2 < end and data[i + 1] == 0x80 and 0x90 <= data[i + 2] <= 0x95:
            i += 3
        else:
            return False
    return True


@kernel
def _is_code(data: U8, classes: U8, start: int, end: int, seen: int, digits: int) -> bool:
    """Whether a word has the capitals and digits of an identity number or an IBAN's begin."""
    length = end - start
    if digits < 2 or length > _MAX_CODE or (seen & _LOWER and length < _MIN_IBAN):
        return False
    if digits >= MIN_DIGITS and length >= _MIN_CODE and not seen & _LOWER:
        return True
    return (
        length >= 4
        and not classes[data[start]] & _DIGIT
        and not classes[data[start + 1]] & _DIGIT
        and classes[data[start + 2]] & classes[data[start + 3]] & _DIGIT != 0
    )


@kernel
def _take_colons(data: U8, classes: U8, first: int, at: int, last: int) -> tuple[int, int, int]:
    """The run of hexadecimal groups about a colon, and 1 where it may be an IPv6 address."""
    start, end, colons, double = at, at, 0, False
    while start > first and classes[data[start - 1]] & _HEX:
        start -= 1
    while end < last and classes[data[end]] & _HEX:
        if data[end] == byte.COLON:
            colons += 1
            double = double or (end + 1 < last and data[end + 1] == byte.COLON)
        end += 1
    word = _DIGIT | _UPPER | _LOWER
    apart = (start == first or not classes[data[start - 1]] & word) and (
        end == last or not classes[data[end]] & word
    )
    return start, end, 1 if apart and end - start > 5 and (colons >= 7 or double) else 0


@kernel
def _is_postal(data: U8, classes: U8, first: int, start: int, end: int, last: int) -> bool:
    """Whether five digits follow a state's two capitals, or stand before a capital."""
    if start - first < 8:
        return False
    if classes[data[start - 2]] & classes[data[start - 3]] & _UPPER and data[start - 1] == byte.BLANK:
        return True
    city = end + 1 < last and data[end] == byte.BLANK
    return city and (classes[data[end + 1]] & _UPPER != 0 or data[end + 1] == _LATIN)
