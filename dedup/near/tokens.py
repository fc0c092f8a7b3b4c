"""What duplicates are found by: terms (runs of letters and digits, case ignored) and shingles of them.

The rules of filters read words as a linguist cuts them; here only the same cut on both sides matters, and a
plain scan gives it in a fraction of the time. A letter of a script that is written without spaces is a term.

A term is a 32-bit hash; two different ones are taken for one once in a billion. Its lowest two bits are no
part of it. The first says that the term can be a fact,
a number or a name, by which pages of one template differ. Names are words with a capital letter, words of
letters and digits, and words that a sign joins to another (`java.util`, `weak_ptr`). No facts are years,
dates and clock times, in figures or with English months: they tell versions of a page apart, not pages. The
second bit says that the term is all figures.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from filters.words.jit import kernel
from filters.words.split import utf8
from filters.words.unicode import ALONE, DIGIT, LETTER, LOWER, MARK, UPPER, decode, flag, flags, folds

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

FACT = np.uint32(1)
FIGURES = np.uint32(2)
BITS = FACT | FIGURES

_TERM, _LETTER, _CAPITAL, _DIGIT = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)


class Terms(NamedTuple):
    """The terms of a batch; those of document i are `value[doc[i]:doc[i + 1]]`."""

    value: U32
    doc: I64


def scan(text: pl.Series) -> Terms:
    """The terms of each text, in order. A null is a text without terms."""
    data, offsets = utf8(text)
    # Terms are parted by a byte, but for letters that stand alone, which have two bytes or more.
    value = np.empty((offsets[-1] - offsets[0]) // 2 + len(offsets), dtype=np.uint32)
    doc = np.zeros(len(offsets), dtype=np.int64)
    count = _scan(data, offsets, flags(), folds(), _ascii(), value, doc)
    return Terms(value[:count], doc)


def undated(terms: Terms) -> Terms:
    """The same terms, in place; those of dates in words are no facts any more."""
    _undate(terms.value, terms.doc, *_months())
    return terms


def shingles(terms: Terms, n: int) -> tuple[U64, I64]:
    """Hashes of all runs of `n` terms within a document, in order, and where each document's begin.

    A shorter document is one shingle of what there is; one without terms has none.
    """
    if n < 1:
        raise ValueError(f"ngram must be 1 or more, not {n}")
    lengths = np.diff(terms.doc)
    offsets = np.concatenate([[0], np.cumsum(np.where(lengths > 0, np.maximum(lengths - n + 1, 1), 0))])
    found = np.empty(offsets[-1], dtype=np.uint64)
    _shingle(terms.value, terms.doc, n, offsets, found)
    return found, offsets


@functools.cache
def _months() -> tuple[U32, NDArray[np.bool_]]:
    """The terms of months and weekdays, sorted, and which of their last bits are found among them."""
    months = np.unique(scan(pl.Series([_MONTHS])).value | BITS)
    likely = np.zeros(4096, dtype=np.bool_)
    likely[months % 4096] = True
    return months, likely


@kernel(inlined=True)
def mixed(x):
    """The finaliser of SplitMix64: every bit of the input moves every bit of the result."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


@functools.cache
def _ascii() -> U32:
    """What each ASCII character is compared as, and what it tells of the term that it stands in."""
    kind = flags()[:128]
    digit = (np.arange(128) >= 48) & (np.arange(128) < 58)
    tells = _LETTER * (kind & LETTER > 0) + _CAPITAL * (kind & (UPPER | LOWER) == UPPER) + _DIGIT * digit
    found: U32 = (folds()[:128] + tells + _TERM * (kind & (LETTER | DIGIT) > 0)).astype(np.uint32)
    return found


@kernel
def _scan(data, offsets, table, fold, ascii, value, doc):
    n = np.uint64(0)  # an index that can be negative costs a test for each byte
    for d in range(len(offsets) - 1):
        begin, stop = np.uint64(offsets[d]), np.uint64(offsets[d + 1])
        i = begin
        while i < stop:
            h, first, told, after = _BASE, i, np.uint32(0), i
            while i < stop:
                b = data[i]
                if b < 128:
                    kind = ascii[b]
                    if not kind & np.uint32(_TERM):
                        after = i + np.uint64(1)
                        break
                    h = (h ^ np.uint64(kind & np.uint32(127))) * _MIX_A
                    told |= kind
                    i += np.uint64(1)
                    continue
                point, behind = decode(data, i)
                after = np.uint64(behind)
                f = flag(point, table)
                if not (f & (LETTER | DIGIT) or (i > first and f & MARK)) or (f & ALONE and i > first):
                    break
                told |= np.uint32(_LETTER * ((f & LETTER) != 0) + _CAPITAL * ((f & (UPPER | LOWER)) == UPPER))
                h = (h ^ np.uint64(fold[point] if point < len(fold) else point)) * _MIX_A
                i = after
                if f & ALONE:
                    break
            if i == first:
                i = after
                continue
            where = np.int64(begin), np.int64(first), np.int64(i), np.int64(stop)
            value[n] = np.uint32(mixed(h) >> np.uint64(32)) & ~BITS | _bits(data, where, told)
            n += np.uint64(1)
            if not told & np.uint32(_LETTER) and first > begin:
                _unclock(data, where[0], where[1], value, np.int64(n))
        doc[d + 1] = n
    return n


@kernel(inlined=True)
def _bits(data, where, told):
    """Whether a term can be a fact, and whether it is all figures."""
    begin, first, i, stop = where
    if not told & np.uint32(_LETTER):
        year = i - first == 4 and _is_century(data, first)
        return FIGURES if year else FACT | FIGURES
    if told & np.uint32(_CAPITAL | _DIGIT):
        return FACT
    return FACT if _joined(data, begin, first, i, stop) else np.uint32(0)


@kernel(inlined=True)
def _is_century(data, i):
    """Whether a number begins with 19 or 20: as four figures, a year."""
    return (data[i] == 49 and data[i + 1] == 57) or (data[i] == 50 and data[i + 1] == 48)


@kernel(inlined=True)
def _joined(data, begin, first, i, stop):
    """Whether a sign without space joins the term to another: `java.util`, `weak_ptr`, `info@example.org`."""
    before = first - 2 >= begin and _joins(data[first - 1]) and _is_term(data[first - 2])
    return before or (i + 1 < stop and _joins(data[i]) and _is_term(data[i + 1]))


@kernel(inlined=True)
def _joins(b):
    return b == 46 or b == 95 or b == 64


@kernel(inlined=True)
def _is_term(b):
    return b >= 128 or 48 <= b < 58 or 65 <= b < 91 or 97 <= b < 123


@kernel(inlined=True)
def _unclock(data, begin, first, value, n):
    """The number that begins at `first` is no fact if it ends a clock time or a date of three numbers."""
    sign = data[first - 1]
    i, joined = first, 1
    while joined < 3 and i - 2 >= begin and data[i - 1] == sign and 48 <= data[i - 2] < 58:
        i -= 1
        while i > begin and 48 <= data[i - 1] < 58:
            i -= 1
        joined += 1
    if (sign == 58 and joined > 1) or ((sign == 45 or sign == 47) and joined == 3):
        for k in range(n - joined, n):
            value[k] &= ~FACT


@kernel
def _undate(value, doc, months, likely):
    """Months and weekdays are no facts, nor are figures beside them."""
    for d in range(len(doc) - 1):
        for i in range(doc[d], doc[d + 1]):
            plain = value[i] | BITS
            if value[i] & FACT and likely[plain & np.uint32(4095)]:
                k = np.searchsorted(months, plain)
                if k < len(months) and months[k] == plain:
                    value[i] &= ~FACT
                    for j in range(max(doc[d], i - 1), min(i + 2, doc[d + 1])):
                        if value[j] & FIGURES:
                            value[j] &= ~FACT


@kernel
def _shingle(value, doc, n, offsets, found):
    drop = np.uint64(1)
    for _ in range(n):
        drop *= _BASE
    for d in range(len(doc) - 1):
        rolling, k = np.uint64(0), offsets[d]
        for i in range(doc[d], doc[d + 1]):
            rolling = rolling * _BASE + np.uint64(value[i] | BITS)
            if i - doc[d] >= n:
                rolling -= drop * np.uint64(value[i - n] | BITS)
            if i - doc[d] >= n - 1:
                found[k] = mixed(rolling)
                k += 1
        if 0 < doc[d + 1] - doc[d] < n:
            found[k] = mixed(rolling + np.uint64(doc[d + 1] - doc[d]))
