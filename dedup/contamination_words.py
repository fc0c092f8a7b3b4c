"""The words of a document as its reader sees them, whatever they are disguised or laid out as.

This is another cut than `filters.words`: nothing invisible, letters as they look, markup aside, and the
bytes of the original known for every word without a way back. Words split where anything but letters and
digits stands (`snake_case` is two), after a leading number (`5km`), and at ideographs. Words broken at the
end of a line are whole. Numbers are words of their own kind, in digits or spelt: `1,000`, `1000.0` and
`one thousand` are the same word.
"""

import functools
from typing import NamedTuple

import numba
import numpy as np
import polars as pl

from dedup import contamination_letters as letters
from filters.words import utf8

WORD, NUMBER, STOP = 1, 2, 3

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_33 = np.uint64(33)
_SLOTS = 4096  # of the table of common words

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
# Words that say nothing of what a text is about; with contractions as they are cut here.
STOP_WORDS = """
a about above after again against all also am an and any are arent as at be because been before
being below between both but by can cannot cant could couldnt did didnt do does doesnt doing dont
down during each either else ever every few for from further get gets got had has hasnt have havent
having he her here hers herself him himself his how however i if in into is isnt it its itself just
let like made make makes many may me might more most much must my myself neither no nor not now of
off on once only or other others our ours out over own per rather same shall she should since so
some still such than that thats the their theirs them themselves then there these they this those
though through thus to too under until up upon us very was wasnt we were werent what when where
which while who whom whose why will with within without would wont yet you your yours
"""
_COMMANDS = """
text textbf textit textrm mathrm mathbf mathit mathbb mathcal frac dfrac tfrac cfrac left right big
Big bigg Bigg displaystyle quad qquad cdot times begin end boxed hspace vspace label tag item emph
underline overline operatorname ldots cdots dots
"""


class Cut(NamedTuple):
    """The words of a batch; those of document i are `doc[i]` to `doc[i + 1]`. Places are in bytes."""

    doc: np.ndarray  # int64, documents + 1
    start: np.ndarray  # int64
    end: np.ndarray  # int64
    kind: np.ndarray  # uint8: WORD, NUMBER or STOP
    hash: np.ndarray  # uint64


class Tables(NamedTuple):
    """What the cut looks up."""

    letter: np.ndarray  # uint64 by code point
    entity: np.ndarray  # uint64, sorted hashes of names
    point: np.ndarray  # int64, their characters
    command: np.ndarray  # uint64, sorted hashes
    common: np.ndarray  # uint64, _SLOTS: hash of a common word, 0 for none
    value: np.ndarray  # int64: -1 for a stop word, or the number


@functools.cache
def tables() -> Tables:
    """The tables, made once in a process."""
    names, points = letters.entities()
    hashes = np.array([_bytes(name) for name in names], np.uint64)
    order = np.argsort(hashes)
    commands = np.sort(np.array([_bytes(name) for name in _COMMANDS.split()], np.uint64))
    common, value = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int64)
    values = dict.fromkeys(STOP_WORDS.split(), -1)
    values |= {word: k for k, word in enumerate(_UNITS.split())}
    values |= {word: 10 * k for k, word in enumerate(_TENS.split(), start=2)} | _SCALES
    for word, number in values.items():
        key = word_hash(word)
        place = int(key) % _SLOTS
        while common[place]:
            place = (place + 1) % _SLOTS
        common[place], value[place] = key, number
    return Tables(letters.table(), hashes[order], np.array(points)[order], commands, common, value)


def cut(text: pl.Series) -> Cut:
    """The words of each text; a null has none."""
    data, offsets = utf8(text)
    known = tables()
    room = int(offsets[-1] - offsets[0]) // 4 + 64
    while True:
        out = (
            np.empty(room, np.int64),
            np.empty(room, np.int64),
            np.empty(room, np.uint8),
            np.empty(room, np.uint64),
        )
        doc = np.zeros(len(offsets), np.int64)
        size = _cut(data, offsets, known, doc, out)
        if size >= 0:
            return Cut(doc, *(column[:size] for column in out))
        room *= 4


def word_hash(word: str) -> np.uint64:
    """The hash that a word of plain small letters has."""
    h = 0
    for c in word:
        h = (h * int(_BASE) + ord(c) + 1) & (2**64 - 1)
    return np.uint64(_mix(np.uint64(h)))


def _bytes(name: str) -> int:
    h = 0
    for c in name.encode():
        h = (h * int(_BASE) + c + 1) & (2**64 - 1)
    return h


@numba.njit(cache=True, nogil=True, inline="always")
def _mix(h):
    h ^= h >> _33
    h *= _MIX1
    h ^= h >> _33
    h *= _MIX2
    h ^= h >> _33
    return h | np.uint64(1)


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def reading(point, letter):
    """Class and characters of a code point."""
    if point < len(letter):
        return letter[point]
    if point < 0x40000:
        return np.uint64(letters.IDEOGRAPH) << np.uint64(letters.SHIFT) | np.uint64(point)
    return np.uint64(letters.SKIP) << np.uint64(letters.SHIFT)


@numba.njit(cache=True, nogil=True)
def _is_letter(byte):
    return 65 <= byte <= 90 or 97 <= byte <= 122


@numba.njit(cache=True, nogil=True)
def _hex(data, i, e, base):
    """Value of the digits from byte i on, eight at most, and where they end."""
    value, k = np.int64(0), i
    while k < e and k < i + 8:
        b = data[k]
        digit = b - 48 if 48 <= b <= 57 else (b | 32) - 87 if base == 16 and 97 <= (b | 32) <= 102 else -1
        if digit < 0:
            break
        value, k = value * base + digit, k + 1
    return value, k


@numba.njit(cache=True, nogil=True)
def _found(sorted_, h):
    k = np.searchsorted(sorted_, h)
    return k if k < len(sorted_) and sorted_[k] == h else -1


@numba.njit(cache=True, nogil=True)
def _entity(data, i, e, known):
    """The character of the entity that starts at byte i (an ampersand), and its end; -1 for none."""
    if i + 2 < e and data[i + 1] == 35:
        base, k = (16, i + 3) if data[i + 2] | 32 == 120 else (10, i + 2)
        value, end = _hex(data, k, e, base)
        if end > k and end < e and data[end] == 59 and value < 0x110000:
            return value, end + 1
        return np.int64(-1), i
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 10 and (_is_letter(data[k]) or 48 <= data[k] <= 57):
        h = h * _BASE + np.uint64(data[k]) + np.uint64(1)
        k += 1
    if k < e and data[k] == 59:
        place = _found(known.entity, h)
        if place >= 0:
            return known.point[place], k + 1
    return np.int64(-1), i


@numba.njit(cache=True, nogil=True)
def _escape(data, i, e, known):
    """(character, end) of what starts with the backslash at byte i: a space for a command or an escape."""
    h, k = np.uint64(0), i + 1
    while k < e and k < i + 20 and _is_letter(data[k]):
        h = h * _BASE + np.uint64(data[k]) + np.uint64(1)
        k += 1
    if k > i + 1 and _found(known.command, h) >= 0:
        return np.int64(32), k
    if i + 1 < e:
        c = data[i + 1]
        if c == 117:  # \u2019, as JSON writes it
            value, end = _hex(data, i + 2, min(e, i + 6), 16)
            if end == i + 6:
                return value, end
        if c == 110 or c == 116 or c == 114:
            return np.int64(32), i + 2
    return np.int64(32), i + 1


@numba.njit(cache=True, nogil=True)
def _joined(data, i, e):
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


@numba.njit(cache=True, nogil=True)
def _number_hash(value):
    """The hash of a whole number, as of its digits."""
    power = np.int64(1)
    while value // power >= 10:
        power *= 10
    h = np.uint64(0)
    while power > 0:
        h = h * _BASE + np.uint64(value // power % 10) + np.uint64(49)
        power //= 10
    return _mix(h)


@numba.njit(cache=True, nogil=True)
def _cut(data, offsets, known, doc, out):
    """Words of all documents into `out`; their number, or -1 where `out` is too small."""
    size = 0
    for d in range(len(offsets) - 1):
        begun = size
        i, e = offsets[d], offsets[d + 1]
        while i < e:
            if size + 2 >= len(out[0]):
                return -1
            i, size = _word(data, i, e, known, out, size, begun)
        doc[d + 1] = size
    return size


@numba.njit(cache=True, nogil=True)
def _next(data, i, e, known):
    """What stands at byte i, and where what follows begins."""
    b = data[i]
    if b == 38:
        point, end = _entity(data, i, e, known)
        if point >= 0:
            return reading(point, known.letter), end
    elif b == 92:
        point, end = _escape(data, i, e, known)
        return reading(point, known.letter), end
    elif b < 0x80:
        return known.letter[b], i + 1
    point, end = decode(data, i, e)
    return reading(point, known.letter), end


@numba.njit(cache=True, nogil=True)
def _word(data, i, e, known, out, size, begun):
    """Read on from byte i to the end of the next word, or of the document; the word goes to `out`."""
    shift, low = np.uint64(letters.SHIFT), np.uint64(0xFFFFF)
    h, start, last = np.uint64(0), np.int64(-1), np.int64(-1)
    has_letter, has_digit, point_seen, fraction, zeros = False, False, False, False, 0
    while i < e:
        b = data[i]
        if b < 0x80 and b != 38 and b != 92:
            read, after = known.letter[b], i + 1
        else:
            read, after = _next(data, i, e, known)
        kind = read >> shift
        if kind == letters.LETTER:
            if has_digit and not has_letter:
                break
            start = i if start < 0 else start
            has_letter, last = True, after
            h = h * _BASE + (read & low) + np.uint64(1)
            rest = read >> np.uint64(20) & np.uint64(0xFFFFFFFFFF)
            while rest:
                h = h * _BASE + (rest & low) + np.uint64(1)
                rest >>= np.uint64(20)
        elif kind == letters.DIGIT:
            start = i if start < 0 else start
            has_digit, last = True, after
            if point_seen and read & low == 48:
                zeros += 1  # they count once another digit follows
            else:
                if point_seen and not fraction:
                    h, fraction = h * _BASE + np.uint64(47), True
                for _ in range(zeros):
                    h = h * _BASE + np.uint64(49)
                zeros = 0
                h = h * _BASE + (read & low) + np.uint64(1)
                rest = read >> np.uint64(20) & low
                if rest:
                    h = h * _BASE + rest + np.uint64(1)
        elif kind == letters.SKIP:
            last = after if start >= 0 else last
        elif kind == letters.HYPHEN:
            goes_on = _joined(data, after, e) if has_letter else np.int64(-1)
            if goes_on >= 0:
                after = goes_on
            elif b != 0xC2 and start >= 0:  # but a soft hyphen is only invisible
                i = after
                break
        elif kind == letters.IDEOGRAPH:
            if start < 0:
                start, last, has_letter = i, after, True
                h = (read & low) + np.uint64(1)
                i = after
            break
        elif start >= 0:
            if kind == letters.APOSTROPHE and has_letter:
                pass
            elif (
                has_digit
                and not has_letter
                and (b == 44 or b == 46)
                and after < e
                and 48 <= data[after] <= 57
            ):
                if b == 44:
                    three = after + 3 <= e and 48 <= data[after + 1] <= 57 and 48 <= data[after + 2] <= 57
                    if not three or point_seen or (after + 3 < e and 48 <= data[after + 3] <= 57):
                        break
                elif point_seen:
                    break
                else:
                    point_seen = True
            else:
                break
        i = after
    if start < 0:
        return i, size
    return i, _put(known, out, size, begun, start, last, h, has_letter)


@numba.njit(cache=True, nogil=True)
def _put(known, out, size, begun, start, end, h, has_letter):
    """Write a word, or add it to the number that the words before it spell; the count of words."""
    h = _mix(h)
    kind = WORD if has_letter else NUMBER
    if has_letter:
        place = np.int64(h % np.uint64(len(known.common)))
        while known.common[place] != 0 and known.common[place] != h:
            place = (place + 1) % len(known.common)
        if known.common[place] == h:
            value = known.value[place]
            if value < 0:
                kind = STOP
            else:
                kind = NUMBER
                h = _number_hash(value)
                if size > begun and out[2][size - 1] == NUMBER and start - out[1][size - 1] <= 2:
                    before = _spelt(out[3][size - 1], value)
                    if before >= 0:
                        out[1][size - 1], out[3][size - 1] = end, _number_hash(before)
                        return size
    out[0][size], out[1][size], out[2][size], out[3][size] = start, end, kind, h
    return size + 1


@numba.njit(cache=True, nogil=True)
def _spelt(h, value):
    """The number that a number with hash `h` and the word for `value` after it spell; -1 for none."""
    if value == 100 or value == 1000 or value == 1_000_000:
        for n in range(1, 100):
            if _number_hash(n) == h:
                return n * value
    elif 1 <= value <= 9:
        for n in range(20, 100, 10):
            if _number_hash(n) == h:
                return n + value
    return np.int64(-1)
