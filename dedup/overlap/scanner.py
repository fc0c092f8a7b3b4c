"""The loops that cut documents into words; `contamination_words` says what a word is.

Most words are ASCII and end plainly: they are read by a table of 256 bytes. Any other word is read again
from its start, a character at a time.
"""

import numpy as np

from dedup.overlap.confusables import APOSTROPHE, DIGIT, HYPHEN, IDEOGRAPH, LETTER, SHIFT, SKIP
from dedup.overlap.markup import BASE, find_rest, read_mark
from filters.words.jit import kernel

WORD, NUMBER, STOP = 1, 2, 3
# Of a byte in the table of plain ones; more is the small letter or the digit itself.
BREAK, DASH, TICK, ODD = range(4)

_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_33, _40, _1 = np.uint64(33), np.uint64((1 << 40) - 1), np.uint64(1)
_SHIFT, _CHARACTER, _LOW = np.uint64(SHIFT), np.uint64(20), np.uint64(0xFFFFF)


@kernel(inlined=True)
def mix(h):
    """The hash of a word, of the polynomial of its characters; never 0."""
    h ^= h >> _33
    h *= _MIX1
    h ^= h >> _33
    h *= _MIX2
    h ^= h >> _33
    return h | _1


@kernel
def read(data, offsets, known, doc, start, end, kind, hashes):
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
def _read_plain(data, i, stop, plain):
    """The word at byte i where it is ASCII to its end: (start, end, hash, has a letter); hash 0 where not."""
    first, h, last = i, np.uint64(0), i
    c = plain[data[i]]
    if c >= 97:
        while True:
            while c > 32:
                h = h * BASE + np.uint64(c) + _1
                i += 1
                c = plain[data[i]] if i < stop else BREAK
            last = i
            while c == TICK:
                i += 1
                c = plain[data[i]] if i < stop else BREAK
            if c <= 32:
                break
        broken = c == DASH and i + 1 < stop and data[i + 1] <= 32  # perhaps at the end of a line
        return first, last, np.uint64(0) if c == ODD or broken else mix(h), True
    while 32 < c < 97:
        h = h * BASE + np.uint64(c) + _1
        i += 1
        c = plain[data[i]] if i < stop else BREAK
    follows = c == BREAK and i + 1 < stop and 48 <= data[i + 1] <= 57 and (data[i] == 46 or data[i] == 44)
    return first, i, np.uint64(0) if c == ODD or follows else mix(h), False


@kernel
def _read_word(data, i, stop, known):
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
            if point and shown & _LOW == 48:
                zeros += 1  # they count once another digit follows
            else:
                h = _hash_digits(h, shown, point and not fraction, zeros)
                fraction, zeros = point, 0
        elif kind == SKIP:
            last = after if start >= 0 and data[i] != 60 else last  # a tag may end what a word stands in
        elif kind == HYPHEN:
            goes_on = find_rest(data, after, stop) if letter else np.int64(-1)
            if goes_on >= 0:
                after = goes_on
            elif shown & _LOW == 0 and start >= 0:  # but a soft hyphen is only invisible
                i = after
                break
        elif kind == IDEOGRAPH:
            if start < 0:
                start, last, letter = i, after, True
                h = (shown & _LOW) + _1
                i = after
            break
        elif start >= 0 and not (kind == APOSTROPHE and letter):
            if letter or not digit or not _is_continued(data, i, after, stop, point):
                break
            point |= data[i] == 46
        i = after
    return start, last, i, mix(h), letter


@kernel
def _hash_letters(h, shown):
    """The polynomial with the one to three characters that a letter is read as."""
    h = h * BASE + (shown & _LOW) + _1
    rest = shown >> _CHARACTER & _40
    while rest:
        h = h * BASE + (rest & _LOW) + _1
        rest >>= _CHARACTER
    return h


@kernel
def _hash_digits(h, shown, begins, zeros):
    """The polynomial with a point where a fraction begins, the zeros that waited, and the digits shown."""
    if begins:
        h = h * BASE + np.uint64(47)
    for _ in range(zeros):
        h = h * BASE + np.uint64(49)
    h = h * BASE + (shown & _LOW) + _1
    rest = shown >> _CHARACTER & _LOW
    return h * BASE + rest + _1 if rest else h


@kernel
def _is_continued(data, i, after, stop, point):
    """Whether a number goes on behind byte i: a decimal point, or a comma before three digits."""
    if after >= stop or not 48 <= data[after] <= 57 or point:
        return False
    if data[i] == 44:
        three = after + 3 <= stop and 48 <= data[after + 1] <= 57 and 48 <= data[after + 2] <= 57
        return three and not (after + 3 < stop and 48 <= data[after + 3] <= 57)
    return data[i] == 46


@kernel(inlined=True)
def _put(known, size, begun, first, last, h, letter, start, end, kind, hashes):
    """Write a word, or add it to the number that the words before it spell; the count of words."""
    sort = WORD if letter else NUMBER
    if letter:
        rows = np.uint64(len(known.common) - 1)
        place = h & rows
        while known.common[place] != 0 and known.common[place] != h:
            place = (place + _1) & rows
        if known.common[place] == h:
            value = known.value[place]
            sort = STOP if value < 0 else NUMBER
            if value >= 0:
                h = _hash_number(value)
                if size > begun and kind[size - 1] == NUMBER and first - end[size - 1] <= 2:
                    whole = _add_numbers(hashes[size - 1], value)
                    if whole >= 0:
                        end[size - 1], hashes[size - 1] = last, _hash_number(whole)
                        return size
    start[size], end[size], kind[size], hashes[size] = first, last, sort, h
    return size + 1


@kernel
def _hash_number(value):
    """The hash of a whole number, as of its digits."""
    power = np.int64(1)
    while value // power >= 10:
        power *= 10
    h = np.uint64(0)
    while power > 0:
        h = h * BASE + np.uint64(value // power % 10) + np.uint64(49)
        power //= 10
    return mix(h)


@kernel
def _add_numbers(h, value):
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
