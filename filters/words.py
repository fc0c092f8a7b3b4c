"""The one definition of words and n-grams, over the bytes of a batch of documents.

A text is cut at white space, then as spaCy's English tokenizer cuts it (datatrove's reference for the
published rules): punctuation comes off both ends, hyphens and slashes between letters stand alone,
contractions are two words (`do` `n't`), a number and its unit are two words. Left out, because the
words would then differ between `Mr` and `Mr.` or `id` and `ID`: its lists of abbreviations, of emoticons
and of contractions without an apostrophe.

Letters, digits, marks and case come from the Unicode tables, for every script. Chinese, Japanese,
Thai, Lao, Khmer and Burmese are written without spaces: there each letter with its marks is one word,
so rules with a mean word length or stop words need settings of their own for these languages.
Canonically equivalent spellings (NFC, NFD) are different words.
"""

from typing import NamedTuple

import numba
import numpy as np
import polars as pl

from filters.letters import (
    ALONE,
    ASCII_DIGIT,
    BEFORE_DOT,
    CURRENCY,
    DIGIT,
    ICON,
    LETTER,
    LOWER,
    MARK,
    PREFIX,
    QUOTE,
    SIZE,
    SPACE,
    SUFFIX,
    SYMBOL,
    UPPER,
    flags,
    folds,
)

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)
_UNITS = "km m dm cm mm ha nm yd in ft kg g mg t lb oz m/s km/h kmh mph hPa Pa mbar mb MB kb KB gb GB tb TB T G M K %"


class Words(NamedTuple):
    """The words of a batch. Positions are bytes of `data`, which is UTF-8.

    The bytes of document i are `data[offsets[i]:offsets[i + 1]]`, its words are
    `doc[i]` to `doc[i + 1]`.
    """

    data: np.ndarray  # uint8
    offsets: np.ndarray  # int64, documents + 1
    doc: np.ndarray  # int64, documents + 1
    start: np.ndarray  # int64
    end: np.ndarray  # int64
    kind: np.ndarray  # uint8: 0 no letter and no digit, 1 has a letter, 2 has a digit and no letter
    hash: np.ndarray  # uint64, of the case-folded word


def split(text: pl.Series) -> Words:
    """The words of each text, in order, punctuation among them (kind 0). A null is a text without words."""
    data, offsets = utf8(text)
    return Words(data, offsets, *_split(data, offsets, flags(), folds(), _unit_codes()))


def only_words(words: Words) -> Words:
    """The same without punctuation and symbols: what duplicates and contamination are found by."""
    keep = words.kind != 0
    doc = np.concatenate(([0], np.cumsum(keep)))[words.doc]
    return words._replace(
        doc=doc,
        start=words.start[keep],
        end=words.end[keep],
        kind=words.kind[keep],
        hash=words.hash[keep],
    )


def ngrams(words: Words, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hashes of all runs of `n` words within a document: (hash, doc, first).

    `hash` is uint64 and depends on the order of the words; the n-grams of document i are
    `doc[i]` to `doc[i + 1]`; `first` is the index of the first word in `words`.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    return _ngrams(words.hash, words.doc, n)


def utf8(text: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of a string column and its offsets (int64, length + 1); null counts as empty."""
    array = text.fill_null("").rechunk().to_arrow()
    _, offsets, data = array.buffers()
    rows = slice(array.offset, array.offset + len(array) + 1)
    where = np.frombuffer(offsets, dtype=np.int64)[rows] if len(array) else np.zeros(1, np.int64)
    return np.frombuffer(data, dtype=np.uint8) if data else np.zeros(0, np.uint8), where


def _unit_codes() -> np.ndarray:
    return np.array([int.from_bytes(unit.encode()) for unit in _UNITS.split()], dtype=np.uint32)


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def flag(point, table):
    """The flags of a code point; beyond the table are variation selectors (marks) and private use."""
    if point < SIZE:
        return table[point]
    return np.uint16(MARK if 0xE0100 <= point <= 0xE01EF else SYMBOL)


@numba.njit(cache=True, nogil=True)
def before(data, i, b):
    """Where the character that ends at byte i starts; b is the lower bound."""
    i -= 1
    while i > b and data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@numba.njit(cache=True, nogil=True)
def mix(h):
    """Spread every bit of a hash over all of it (the finalizer of MurmurHash3)."""
    h ^= h >> _HALF
    h *= _MIX1
    h ^= h >> _HALF
    h *= _MIX2
    return h ^ (h >> _HALF)


@numba.njit(cache=True, nogil=True)
def _emit(data, b, e, n, table, fold, out):
    """Write the word [b, e) as number n, if it is not empty; returns the count of words."""
    if b >= e:
        return n
    h, seen, i = _SEED, np.uint16(0), b
    while i < e:
        point, i = decode(data, i)
        seen |= flag(point, table)
        h = (h ^ np.uint64(fold[point] if point < SIZE else point)) * _PRIME
    start, end, kind, value = out
    start[n], end[n], value[n] = b, e, mix(h)
    kind[n] = 1 if seen & LETTER else (2 if seen & DIGIT else 0)
    return n + 1


@numba.njit(cache=True, nogil=True)
def _prefix(data, b, e, table):
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


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def _suffix(data, b, e, table, units):
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


@numba.njit(cache=True, nogil=True)
def _infix(data, i, e, prev, point, after, table):
    """Where the separator that starts at byte i within a word ends, or i if there is none."""
    if point == 46:
        dots = i
        while dots < e and data[dots] == 46:
            dots += 1
        if dots - i > 1:
            return dots
        follows = flag(decode(data, after)[0], table) if after < e else np.uint16(0)
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


@numba.njit(cache=True, nogil=True)
def _clitic(data, b, e):
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


@numba.njit(cache=True, nogil=True)
def _piece(data, b, e, n, table, fold, out):
    """Emit what stands between two separators, its contractions apart (at most two: would n't 've)."""
    second = _clitic(data, b, e)
    first = _clitic(data, b, second) if second < e else e
    if first < second:
        n = _emit(data, b, first, n, table, fold, out)
        n = _emit(data, first, second, n, table, fold, out)
    else:
        n = _emit(data, b, second, n, table, fold, out)
    return _emit(data, second, e, n, table, fold, out)


@numba.njit(cache=True, nogil=True)
def _address(data, b, e):
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


@numba.njit(cache=True, nogil=True)
def _inner(data, b, e, n, table, fold, out):
    """Emit [b, e), which has no punctuation at its ends, cut at the separators within."""
    if _address(data, b, e):
        return _emit(data, b, e, n, table, fold, out)
    i, left, prev = b, b, np.uint16(0)
    while i < e:
        point, after = decode(data, i)
        stop = _infix(data, i, e, prev, point, after, table)
        if stop > i and i > b:
            n = _piece(data, left, i, n, table, fold, out)
            n = _emit(data, i, stop, n, table, fold, out)
            left = after = stop
        prev = flag(point, table)
        i = after
    return _piece(data, left, e, n, table, fold, out)


@numba.njit(cache=True, nogil=True)
def _chunk(data, b, e, n, table, fold, units, out):
    """Emit the words of [b, e), which holds no white space; `out` has room for e - b of them."""
    top = n + e - b
    size = 1
    while b < e and size:
        size = _prefix(data, b, e, table)
        n = _emit(data, b, b + size, n, table, fold, out)
        b += size
    last, parked, size = e, 0, 1
    while b < last and size:  # found from the end: park them behind what the inner words can need
        size = _suffix(data, b, last, table, units)
        last -= size
        if size:
            parked += 1
            out[0][top - parked], out[1][top - parked] = last, last + size
    if b < last:
        n = _inner(data, b, last, n, table, fold, out)
    for k in range(top - parked, top):
        n = _emit(data, out[0][k], out[1][k], n, table, fold, out)
    return n


@numba.njit(cache=True, nogil=True)
def _alone(data, b, e, n, table, fold, units, out):
    """`_chunk` where scripts without spaces occur: each of their letters, with its marks, is a word."""
    left, i = b, b
    while i < e:
        point, after = decode(data, i)
        if not flag(point, table) & ALONE:
            i = after
            continue
        if left < i:
            n = _chunk(data, left, i, n, table, fold, units, out)
        while after < e and flag(decode(data, after)[0], table) & MARK:
            _, after = decode(data, after)
        n = _emit(data, i, after, n, table, fold, out)
        left = i = after
    return _chunk(data, left, e, n, table, fold, units, out) if left < e else n


@numba.njit(cache=True, nogil=True)
def _room(out, n, size):
    """The output arrays, grown where `size` more words may not fit behind the first n."""
    start, end, kind, value = out
    if n + size <= len(start):
        return out
    room = 2 * (n + size)
    start2, end2 = np.empty(room, np.int64), np.empty(room, np.int64)
    kind2, value2 = np.empty(room, np.uint8), np.empty(room, np.uint64)
    start2[:n], end2[:n], kind2[:n], value2[:n] = start[:n], end[:n], kind[:n], value[:n]
    return start2, end2, kind2, value2


@numba.njit(cache=True, nogil=True)
def _split(data, offsets, table, fold, units):
    room = (offsets[-1] - offsets[0]) // 4 + 16
    out = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.uint8),
        np.empty(room, np.uint64),
    )
    doc = np.zeros(len(offsets), np.int64)
    n = 0
    for d in range(len(offsets) - 1):
        i, last = offsets[d], offsets[d + 1]
        while i < last:
            b, h, seen, space = i, _SEED, np.uint16(0), False
            while i < last:
                point, after = decode(data, i)
                kind = flag(point, table)
                if kind & SPACE:
                    space = True
                    break
                seen |= kind
                h = (h ^ np.uint64(fold[point] if point < SIZE else point)) * _PRIME
                i = after
            if i > b:
                out = _room(out, n, i - b)
                if seen & LETTER and not seen & (SYMBOL | ALONE | DIGIT):
                    out[0][n], out[1][n], out[2][n], out[3][n] = b, i, 1, mix(h)
                    n += 1
                elif seen & ALONE:
                    n = _alone(data, b, i, n, table, fold, units, out)
                else:
                    n = _chunk(data, b, i, n, table, fold, units, out)
            if space:
                i = after
        doc[d + 1] = n
    return doc, out[0][:n], out[1][:n], out[2][:n], out[3][:n]


@numba.njit(cache=True, nogil=True)
def _ngrams(value, doc, n):
    offsets = np.zeros(len(doc), np.int64)
    for d in range(len(doc) - 1):
        offsets[d + 1] = offsets[d] + max(0, doc[d + 1] - doc[d] - n + 1)
    out, first = np.empty(offsets[-1], np.uint64), np.empty(offsets[-1], np.int64)
    drop = np.uint64(1)
    for _ in range(n):
        drop *= _PRIME
    for d in range(len(doc) - 1):
        rolling, k = np.uint64(0), offsets[d]
        for i in range(doc[d], doc[d + 1]):
            rolling = rolling * _PRIME + value[i]
            seen = i - doc[d] + 1
            if seen > n:
                rolling -= drop * value[i - n]
            if seen >= n:
                out[k], first[k] = mix(rolling), i - n + 1
                k += 1
    return out, offsets, first
