"""The loops that cut documents into words; `dedup.overlap.lexer.words` says what a word is.

Most words are ASCII and end plainly: they are read by a table of 256 bytes. Any other word is read again
from its start, a character at a time.
"""

import numpy as np

from winnow.dedup.overlap.lexer.confusables import APOSTROPHE, DIGIT, HYPHEN, IDEOGRAPH, LETTER, SHIFT, SKIP
from winnow.dedup.overlap.lexer.markup import find_rest, read_mark
from winnow.dedup.overlap.lexer.tables import BREAK, DASH, ODD, TICK, TURN, Tables
from winnow.kernels import I64, U8, U64, Bool, Int, kernel
from winnow.words import byte
from winnow.words.hashes import GOLDEN, find, mix

WORD, NUMBER, STOP = 1, 2, 3

_1 = np.uint64(1)
_40 = np.uint64((1 << 40) - 1)  # the second and third character of a letter
_SHIFT, _CHARACTER, _LOW = np.uint64(SHIFT), np.uint64(20), np.uint64(0xFFFFF)
_POINT = np.uint64(ord(".") + 1)  # as characters are taken in: by one more than they are
_ZERO = np.uint64(ord("0") + 1)


@kernel(inlined=True)
def _finish(h: np.uint64) -> np.uint64:
    """The hash of a word, of the polynomial of its characters; never 0."""
    return mix(h) | _1


@kernel
def read(data: U8, offsets: I64, known: Tables, doc: I64, start: I64, end: I64, kind: U8, hashes: U64) -> Int:
    """Words of all documents into the last four arrays, bounds into `doc`; their number, -1 for no room."""
    size = 0
    for d in range(len(offsets) - 1):
        begun = size
        i, stop = offsets[d], offsets[d + 1]
        while True:
            while i < stop and known.plain[data[i]] < ODD:
                i += 1
            if i >= stop:
                break
            if size + 2 >= len(start):
                return -1
            first, last, h, letter = _read_plain(data, i, stop, known.plain)
            i = last
            if h == 0:
                first, last, i, h, letter = _read_word(data, first, stop, known)
            if first >= 0:
                size = _put(known, size, begun, first, last, h, letter, start, end, kind, hashes)
        doc[d + 1] = size
    return size


@kernel(inlined=True)
def _read_plain(data: U8, i: Int, stop: Int, plain: U8) -> tuple[Int, Int, np.uint64, Bool]:
    """The word at byte i where it is ASCII to its end: (start, end, hash, has a letter); hash 0 where not."""
    first, h, last = i, np.uint64(0), i
    c: Int = plain[data[i]]
    if c >= byte.a:
        while True:
            while c > byte.BLANK:
                h = h * GOLDEN + np.uint64(c) + _1
                i += 1
                c = plain[data[i]] if i < stop else BREAK
            last = i
            while c == TICK:
                i += 1
                c = plain[data[i]] if i < stop else BREAK
            if c <= byte.BLANK:
                break
        broken = c == DASH and i + 1 < stop and data[i + 1] <= byte.BLANK  # perhaps at the end of a line
        return first, last, np.uint64(0) if c == ODD or broken else _finish(h), True
    while byte.BLANK < c < byte.a:
        h = h * GOLDEN + np.uint64(c) + _1
        i += 1
        c = plain[data[i]] if i < stop else BREAK
    follows = c == BREAK and i + 1 < stop and _is_digit(data[i + 1]) and _is_in_number(data[i])
    return first, i, np.uint64(0) if c == ODD or follows else _finish(h), False


@kernel
def _read_word(data: U8, i: Int, stop: Int, known: Tables) -> tuple[Int, Int, Int, np.uint64, Bool]:
    """The next word from byte i on: (start, end, where to read on, hash, has a letter); start -1 for none."""
    h, start, last = np.uint64(0), np.int64(-1), np.int64(-1)
    letter, digit, point, fraction, zeros = False, False, False, False, 0
    while i < stop:
        shown, after = read_mark(data, i, stop, known)
        kind = shown >> _SHIFT
        if kind == LETTER:
            if digit and not letter:
                break
            start, last, letter = i if start < 0 else start, after, True
            h = _hash_letters(h, shown)
        elif kind == DIGIT:
            start, last, digit = i if start < 0 else start, after, True
            if point and shown & _LOW == byte.ZERO:
                zeros += 1  # they count once another digit follows
            else:
                h = _hash_digits(h, shown, point and not fraction, zeros)
                fraction, zeros = point, 0
        elif kind == IDEOGRAPH:
            if start < 0:
                start, last, letter = i, after, True
                h = (shown & _LOW) + _1
                i = after
            break
        elif kind == SKIP:
            last = after if start >= 0 and data[i] != byte.LT else last  # a tag may end what a word stands in
        else:
            after, goes_on = _pass_sign(data, i, after, stop, shown, start >= 0, letter, digit, point)
            if not goes_on:
                i = after
                break
            point |= digit and not letter and data[i] == byte.DOT
        i = after
    return start, last, i, _finish(h), letter


@kernel(inlined=True)
def _pass_sign(
    data: U8,
    i: Int,
    after: Int,
    stop: Int,
    shown: np.uint64,
    begun: Bool,
    letter: Bool,
    digit: Bool,
    point: Bool,
) -> tuple[Int, Bool]:
    """Where to read on behind the sign at byte i, and whether a word that has `begun` goes on there."""
    kind = shown >> _SHIFT
    if kind == HYPHEN:
        rest = find_rest(data, after, stop) if letter else np.int64(-1)
        if rest >= 0:
            return rest, True
        return after, shown & _LOW != 0 or not begun  # a soft hyphen is only invisible
    if not begun or (kind == APOSTROPHE and letter):
        return after, True
    if letter or not digit or not _is_continued(data, i, after, stop, point):
        return i, False
    return after, True


@kernel
def _hash_letters(h: np.uint64, shown: np.uint64) -> np.uint64:
    """The polynomial with the one to three characters that a letter is read as."""
    h = h * GOLDEN + (shown & _LOW) + _1
    rest = shown >> _CHARACTER & _40
    while rest:
        h = h * GOLDEN + (rest & _LOW) + _1
        rest >>= _CHARACTER
    return h


@kernel
def _hash_digits(h: np.uint64, shown: np.uint64, begins: Bool, zeros: Int) -> np.uint64:
    """The polynomial with a point where a fraction begins, the zeros that waited, and the digits shown."""
    if begins:
        h = h * GOLDEN + _POINT
    for _ in range(zeros):
        h = h * GOLDEN + _ZERO
    h = h * GOLDEN + (shown & _LOW) + _1
    rest = shown >> _CHARACTER & _LOW
    return h * GOLDEN + rest + _1 if rest else h


@kernel
def _is_continued(data: U8, i: Int, after: Int, stop: Int, point: Bool) -> Bool:
    """Whether a number goes on behind byte i: a decimal point, or a comma before three digits."""
    if after >= stop or not _is_digit(data[after]) or point:
        return False
    if data[i] == byte.COMMA:
        three = after + 3 <= stop and _is_digit(data[after + 1]) and _is_digit(data[after + 2])
        return three and not (after + 3 < stop and _is_digit(data[after + 3]))
    return data[i] == byte.DOT


@kernel(inlined=True)
def _is_digit(b: Int) -> Bool:
    """Whether a byte is a digit of ASCII."""
    return byte.ZERO <= b <= byte.NINE


@kernel(inlined=True)
def _is_in_number(b: Int) -> Bool:
    """Whether a byte may stand between the digits of a number."""
    return b == byte.DOT or b == byte.COMMA


@kernel(inlined=True)
def _put(
    known: Tables,
    size: Int,
    begun: Int,
    first: Int,
    last: Int,
    h: np.uint64,
    letter: Bool,
    start: I64,
    end: I64,
    kind: U8,
    hashes: U64,
) -> Int:
    """Write a word, or add it to the number that the words before it spell; the count of words."""
    sort = WORD if letter else NUMBER
    if letter:
        common = find(known.common, TURN, len(known.common) - 1, h)
        if common == 0:
            sort = STOP
        elif common > 0:
            sort, value = NUMBER, common - 1
            h = _hash_number(value)
            if size > begun and kind[size - 1] == NUMBER and first - end[size - 1] <= 2:
                whole = _add_numbers(hashes[size - 1], value)
                if whole >= 0:
                    end[size - 1], hashes[size - 1] = last, _hash_number(whole)
                    return size
    start[size], end[size], kind[size], hashes[size] = first, last, sort, h
    return size + 1


@kernel
def _hash_number(value: Int) -> np.uint64:
    """The hash of a whole number, as of its digits."""
    power = np.int64(1)
    while value // power >= 10:
        power *= 10
    h = np.uint64(0)
    while power > 0:
        h = h * GOLDEN + np.uint64(value // power % 10) + _ZERO
        power //= 10
    return _finish(h)


@kernel
def _add_numbers(h: np.uint64, value: Int) -> Int:
    """The number that a number with hash `h` and the word for `value` after it spell; -1 for none."""
    if value == 100 or value == 1000 or value == 1_000_000:
        for n in range(1, 100):
            if _hash_number(n) == h:
                return n * value
    elif 1 <= value <= 9:
        for n in range(20, 100, 10):
            if _hash_number(n) == h:
                return n + value
    return np.int64(-1)
