"""What duplicates are found by: terms (runs of letters and digits, case ignored) and shingles of them.

The rules of filters read words as a linguist cuts them; here only the same cut on both sides matters, and a
plain scan gives it in a fraction of the time. A letter of a script that is written without spaces is a term.

A term is a 32-bit hash; two different ones are taken for one once in a billion. Its lowest two bits are no
part of it. The first says that the term can be a fact,
a number or a name, by which pages of one template differ. Names are words with a capital letter, words of
letters and digits, and words that a sign joins to another (`java.util`, `weak_ptr`). No facts are years,
dates and clock times, in figures or with English months, and numbers of releases (`1.9.2`): they tell
versions of a page apart, not pages. The
second bit says that the term is all figures.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.near import forms, marks
from winnow.dedup.near.marks import U16
from winnow.kernels import I64, U8, U32, U64, Bool, Bools, Int, kernel
from winnow.words import byte
from winnow.words.hashes import GOLDEN, raise_golden
from winnow.words.split import utf8
from winnow.words.unicode import ALONE, DIGIT, LETTER, LOWER, MARK, UPPER, decode, flag, flags

FACT = np.uint32(1)
FIGURES = np.uint32(2)
BITS = FACT | FIGURES

_TERM, _LETTER, _CAPITAL, _DIGIT = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)  # these two of SplitMix64 (Steele, Lea and Flood, 2014)
_MIX_B = np.uint64(0x94D049BB133111EB)
_ONE, _TWO = ord("1"), ord("2")
_ENDS, _GOES_ON = 1, 2
_LIKELY = 4096  # places in the table by which a month is looked for, a power of two
_MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)


class Terms(NamedTuple):
    """The terms of a batch; those of document i are `value[doc[i]:doc[i + 1]]`.

    `mark` has the marks of each (`dedup.near.marks`), or nothing at all.
    """

    value: U32
    doc: I64
    mark: U16 = np.empty(0, dtype=np.uint16)


def scan(text: pl.Series, *, marked: bool = False) -> Terms:
    """The terms of each text, in order. A null is a text without terms."""
    data, offsets = utf8(text)
    # Terms are parted by a byte, but for letters that stand alone, which have two bytes or more.
    value = np.empty((offsets[-1] - offsets[0]) // 2 + len(offsets), dtype=np.uint32)
    doc = np.zeros(len(offsets), dtype=np.int64)
    mark = np.empty(len(value) * marked, dtype=np.uint16)
    tables = flags(), forms.make_folds(), _make_table(), marks.make_table()
    count = _scan(data, offsets, tables, value, doc, mark)
    return Terms(value[:count], doc, mark[:count])


def undate(terms: Terms) -> Terms:
    """The same terms, in place; those of dates in words are no facts any more."""
    _undate_terms(terms.value, terms.doc, *_list_months())
    return terms


def make_shingles(terms: Terms, n: int) -> tuple[U64, I64]:
    """Hashes of all runs of `n` terms within a document, in order, and where each document's begin.

    A shorter document is one shingle of what there is; one without terms has none.
    """
    if n < 1:
        raise ValueError(f"ngram must be 1 or more, not {n}")
    lengths = np.diff(terms.doc)
    offsets = np.concatenate([[0], np.cumsum(np.where(lengths > 0, np.maximum(lengths - n + 1, 1), 0))])
    found = np.empty(offsets[-1], dtype=np.uint64)
    _hash_shingles(terms.value, terms.doc, n, offsets, found)
    return found, offsets


@kernel
def hash_whole(value: U32, doc: I64, found: U64) -> None:
    """One number for all terms of each document, into `found`."""
    for d in range(len(doc) - 1):
        h = GOLDEN
        for i in range(doc[d], doc[d + 1]):
            h = mix(h ^ np.uint64(value[i] | BITS))
        found[d] = h


@functools.cache
def _list_months() -> tuple[U32, Bools]:
    """The terms of months and weekdays, sorted, and which of their last bits are found among them."""
    months = np.unique(scan(pl.Series([_MONTHS])).value | BITS)
    likely = np.zeros(_LIKELY, dtype=np.bool_)
    likely[months % _LIKELY] = True
    return months, likely


@kernel(inlined=True)
def mix(x: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64: every bit of the input moves every bit of the result."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


@functools.cache
def _make_table() -> U32:
    """What each ASCII character is compared as, and what it tells of the term that it stands in."""
    kind, folds = flags()[:128], forms.make_folds()
    digit = (np.arange(128) >= byte.ZERO) & (np.arange(128) <= byte.NINE)
    tells = _LETTER * (kind & LETTER > 0) + _CAPITAL * (kind & (UPPER | LOWER) == UPPER) + _DIGIT * digit
    found: U32 = (folds[:128] + tells + _TERM * (kind & (LETTER | DIGIT) > 0)).astype(np.uint32)
    return found


@kernel
def _scan(data: U8, offsets: I64, tables: tuple[U32, U32, U32, U16], value: U32, doc: I64, mark: U16) -> Int:
    """Terms into `value`, bounds of documents into `doc`, marks into `mark` if that has room; how many."""
    ascii, operators = tables[2], tables[3]
    n = np.uint64(0)  # an index that can be negative costs a test for each byte
    for d in range(len(offsets) - 1):
        begin, stop = np.uint64(offsets[d]), np.uint64(offsets[d + 1])
        i, ended = begin, begin
        while i < stop:
            h, first, traits, after = GOLDEN, i, np.uint32(0), i
            while i < stop:
                b = data[i]
                if b < 128:
                    kind = ascii[b]
                    if not kind & np.uint32(_TERM):
                        after = i + np.uint64(1)
                        break
                    h = (h ^ np.uint64(kind & np.uint32(127))) * _MIX_A
                    traits |= kind
                    i += np.uint64(1)
                    continue
                h, traits, after, part = _read(data, i, first, tables, h, traits)
                i = after if part else i
                if part != _GOES_ON:
                    break
            if i == first:
                i = after
                continue
            where = np.int64(begin), np.int64(first), np.int64(i), np.int64(stop)
            joined = _is_joined(data, *where)
            value[n] = np.uint32(mix(h) >> np.uint64(32)) & ~BITS | _describe(data, where, traits, joined)
            if len(mark):
                # Most words are small letters alone: those are no names, and are not read again.
                named = joined or traits & np.uint32(_CAPITAL | _DIGIT) > 0
                named = named and marks.is_name(data, where[1], where[2], joined)
                mark[n] = marks.mark(data, where[0], np.int64(ended), where[1], named, operators)
            n, ended = n + np.uint64(1), i
            if not traits & np.uint32(_LETTER) and first > begin:
                _unclock(data, where[0], where[1], value, np.int64(n))
        doc[d + 1] = n
    return n


@kernel(inlined=True)
def _read(
    data: U8,
    i: np.uint64,
    first: np.uint64,
    tables: tuple[U32, U32, U32, U16],
    h: np.uint64,
    traits: np.uint32,
) -> tuple[np.uint64, np.uint32, np.uint64, Int]:
    """The hash and the traits of a term that began at `first` with the character beyond ASCII at `i`, where
    the next one starts, and whether this one is part of the term (0: not), and the term goes on."""
    point, behind = decode(data, np.int64(i))
    after, f = np.uint64(behind), flag(point, tables[0])
    if i > first and (forms.is_accent(point) or forms.is_hidden(point)):
        return h, traits, after, _GOES_ON
    if not (f & (LETTER | DIGIT) or (i > first and f & MARK)) or (f & ALONE and i > first):
        return h, traits, after, 0
    traits |= np.uint32(_LETTER * ((f & LETTER) != 0) + _CAPITAL * ((f & (UPPER | LOWER)) == UPPER))
    for letter in forms.spell(point, tables[1]):
        if letter:
            h = (h ^ np.uint64(letter)) * _MIX_A
    return h, traits, after, _ENDS if f & ALONE else _GOES_ON


@kernel(inlined=True)
def _describe(data: U8, where: tuple[Int, Int, Int, Int], traits: np.uint32, joined: Bool) -> np.uint32:
    """Whether a term can be a fact, and whether it is all figures."""
    _, first, i, _ = where
    if not traits & np.uint32(_LETTER):
        year = i - first == 4 and _is_century(data, first)
        return FIGURES if year else FACT | FIGURES
    return FACT if joined or traits & np.uint32(_CAPITAL | _DIGIT) else np.uint32(0)


@kernel(inlined=True)
def _is_century(data: U8, i: Int) -> Bool:
    """Whether a number begins with 19 or 20: as four figures, a year."""
    return (data[i] == _ONE and data[i + 1] == byte.NINE) or (data[i] == _TWO and data[i + 1] == byte.ZERO)


@kernel(inlined=True)
def _is_joined(data: U8, begin: Int, first: Int, i: Int, stop: Int) -> Bool:
    """Whether a sign without space joins the term to another: `java.util`, `weak_ptr`, `info@example.org`."""
    before = first - 2 >= begin and _is_joint(data[first - 1]) and _is_term(data[first - 2])
    return before or (i + 1 < stop and _is_joint(data[i]) and _is_term(data[i + 1]))


@kernel(inlined=True)
def _is_joint(b: Int) -> Bool:
    """Whether a byte is a sign that joins terms."""
    return b == byte.DOT or b == byte.UNDERSCORE or b == byte.AT


@kernel(inlined=True)
def _is_term(b: Int) -> Bool:
    """Whether a byte may stand in a term."""
    return b >= 128 or _is_digit(b) or byte.A <= b <= byte.Z or byte.a <= b <= byte.z


@kernel(inlined=True)
def _is_digit(b: Int) -> Bool:
    """Whether a byte is a digit of ASCII."""
    return byte.ZERO <= b <= byte.NINE


@kernel(inlined=True)
def _unclock(data: U8, begin: Int, first: Int, value: U32, n: Int) -> None:
    """The number that begins at `first` is no fact if it ends a clock time, or a date or a version of three
    numbers."""
    sign = data[first - 1]
    i, joined = first, 1
    while joined < 3 and i - 2 >= begin and data[i - 1] == sign and _is_digit(data[i - 2]):
        i -= 1
        while i > begin and _is_digit(data[i - 1]):
            i -= 1
        joined += 1
    parted = sign == byte.HYPHEN or sign == byte.SLASH or sign == byte.DOT
    if (sign == byte.COLON and joined > 1) or (parted and joined == 3):
        for k in range(n - joined, n):
            value[k] &= ~FACT


@kernel
def _undate_terms(value: U32, doc: I64, months: U32, likely: Bools) -> None:
    """Months and weekdays are no facts, nor are figures beside them."""
    for d in range(len(doc) - 1):
        for i in range(doc[d], doc[d + 1]):
            plain = value[i] | BITS
            if value[i] & FACT and likely[plain & np.uint32(_LIKELY - 1)]:
                k = np.searchsorted(months, plain)
                if k < len(months) and months[k] == plain:
                    value[i] &= ~FACT
                    for j in range(max(doc[d], i - 1), min(i + 2, doc[d + 1])):
                        if value[j] & FIGURES:
                            value[j] &= ~FACT


@kernel
def _hash_shingles(value: U32, doc: I64, n: int, offsets: I64, found: U64) -> None:
    """The hash of each run of `n` terms, by a rolling polynomial, into `found`."""
    drop = raise_golden(n)
    for d in range(len(doc) - 1):
        rolling, k = np.uint64(0), offsets[d]
        for i in range(doc[d], doc[d + 1]):
            rolling = rolling * GOLDEN + np.uint64(value[i] | BITS)
            if i - doc[d] >= n:
                rolling -= drop * np.uint64(value[i - n] | BITS)
            if i - doc[d] >= n - 1:
                found[k] = mix(rolling)
                k += 1
        if 0 < doc[d + 1] - doc[d] < n:
            found[k] = mix(rolling + np.uint64(doc[d + 1] - doc[d]))
