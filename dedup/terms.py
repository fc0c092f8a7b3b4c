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

from filters.letters import (
    ALONE,
    DIGIT,
    LETTER,
    LOWER,
    MARK,
    UPPER,
    decode,
    flag,
    flags,
    folds,
    inlined,
    kernel,
)
from filters.words import utf8

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

FACT = np.uint32(1)
FIGURES = np.uint32(2)
BITS = FACT | FIGURES

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
    count = _scan(data, offsets, flags(), folds(), value, doc)
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


@inlined
def mixed(x):
    """The finaliser of SplitMix64: every bit of the input moves every bit of the result."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


@kernel
def _scan(data, offsets, table, fold, value, doc):
    n = 0
    for d in range(len(offsets) - 1):
        i, stop = offsets[d], offsets[d + 1]
        while i < stop:
            h, first, length = _BASE, i, 0
            capital, letter = False, False
            while i < stop:
                b = data[i]
                if b < 128:
                    point, after, f = np.uint32(b), i + 1, table[b]
                else:
                    point, after = decode(data, i)
                    f = flag(point, table)
                if not (f & (LETTER | DIGIT) or (length and f & MARK)) or (f & ALONE and length):
                    break
                letter |= (f & LETTER) != 0
                capital |= (f & (UPPER | LOWER)) == UPPER
                h = (h ^ np.uint64(fold[point] if point < len(fold) else point)) * _MIX_A
                length += 1
                i = after
                if f & ALONE:
                    break
            if length:
                figures = i - first if not letter else 0
                fact = capital or (figures > 0 and not (figures == 4 and _is_century(data, first)))
                if letter and not capital:
                    fact = _has_figure(data, first, i) or _joined(data, offsets[d], first, i, stop)
                found = np.uint32(mixed(h) >> np.uint64(32)) & ~BITS
                value[n] = found | np.uint32(fact) | np.uint32(2 * (figures > 0))
                n += 1
                if figures and first > offsets[d]:
                    _unclock(data, offsets[d], first, value, n)
            else:
                i = after
        doc[d + 1] = n
    return n


@inlined
def _is_century(data, i):
    """Whether a number begins with 19 or 20: as four figures, a year."""
    return (data[i] == 49 and data[i + 1] == 57) or (data[i] == 50 and data[i + 1] == 48)


@inlined
def _has_figure(data, i, stop):
    while i < stop:
        if 48 <= data[i] < 58:
            return True
        i += 1
    return False


@inlined
def _joined(data, begin, first, i, stop):
    """Whether a sign without space joins the term to another: `java.util`, `weak_ptr`, `info@example.org`."""
    before = first - 2 >= begin and _joins(data[first - 1]) and _is_term(data[first - 2])
    return before or (i + 1 < stop and _joins(data[i]) and _is_term(data[i + 1]))


@inlined
def _joins(b):
    return b == 46 or b == 95 or b == 64


@inlined
def _is_term(b):
    return b >= 128 or 48 <= b < 58 or 65 <= b < 91 or 97 <= b < 123


@inlined
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
