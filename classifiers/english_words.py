"""Are the words of a text those of English?

A language model of the fastText kind must name one of its languages for every text. It does so by pieces of
words, so that a language it does not know comes out as the one whose pieces look most like it, at times with
confidence. Whole words tell more: a text in English has many of the frequent words of English, a text in an
unknown language few of them; and a creole of English, which shares most of its vocabulary, has small words of
its own that English lacks. Both lists are files beside this module, with their sources.
"""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from filters.words.jit import kernel
from filters.words.split import utf8

_BITS = 15
_SLOTS = 1 << _BITS
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a
_FAMILIAR, _FOREIGN = 1, 2
_BYTES_PER_WORD = 12  # a text without spaces would else be one word


def english(text: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Two ratios for each text: of words that are frequent in English, and of words that mark a neighbour.

    A word is a run of two letters or more, cut where a capital follows a small letter (`getItem`) and, for
    scripts without spaces, after twelve bytes. So that one word of a short text does not decide, the first
    ratio counts three of six more words as frequent, the second ten more words as marking nothing.
    """
    data, offsets = utf8(text)
    out = np.zeros((len(text), 2))
    _measure(data, offsets, *_table(), out)
    return out[:, 0], out[:, 1]


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """An open-addressed table: hashes of the words of both lists, and which list."""
    keys, kinds = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.uint8)
    for name, kind in (("english_neighbours.txt", _FOREIGN), ("english_words.txt", _FAMILIAR)):
        lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
        words = [word for line in lines if not line.startswith("#") for word in line.split()]
        data, offsets = utf8(pl.Series(words, dtype=pl.String))
        _fill(data, offsets, keys, kinds, kind)
    return keys, kinds


@kernel
def _fill(data, offsets, keys, kinds, kind):
    for i in range(len(offsets) - 1):
        key = _SEED
        for j in range(offsets[i], offsets[i + 1]):
            key = _add(key, data[j])
        at = _slot(key, keys)
        if keys[at] == 0:
            keys[at], kinds[at] = key, kind


@kernel(allocates=True)
def _measure(data, offsets, keys, kinds, out):
    for d in range(len(offsets) - 1):
        i, e = offsets[d], offsets[d + 1]
        words, found = 0, np.zeros(3, np.int64)
        while i < e:
            key, letters, i = _word(data, i, e)
            if letters > 1:
                words += 1
                found[kinds[_slot(key, keys)]] += 1
        out[d, 0], out[d, 1] = (found[_FAMILIAR] + 3) / (words + 6), found[_FOREIGN] / (words + 10)


@kernel
def _word(data, i, e):
    """The word at byte i, if there is one: (hash, letters, where to go on, always beyond i)."""
    key, letters, beyond, small = _SEED, 0, 0, False
    while i < e:
        c = data[i]
        upper, lower = 65 <= c <= 90, 97 <= c <= 122
        if not (upper or lower):
            wide = _symbol(data, i, e)
            if wide:
                return key, letters, i + wide
        if letters and c & 0xC0 != 0x80 and ((upper and small) or beyond >= _BYTES_PER_WORD):
            return key, letters, i
        key = _add(key, c | np.uint8(32) if upper else c)
        letters += c & 0xC0 != 0x80
        beyond += c >= 0x80
        small = lower
        i += 1
    return key, letters, i


@kernel
def _symbol(data, i, e):
    """How many bytes the character at byte i has if it is no letter, else 0."""
    c = data[i]
    if c < 0x80:
        return 1
    after = data[i + 1] if i + 1 < e else np.uint8(0)
    if c == 0xC2 and after not in (0xAA, 0xB5, 0xBA):
        return 2
    if c == 0xE2 and after < 0xB0:  # punctuation, currencies, arrows, mathematics, boxes
        return 3
    if c == 0xE3 and after == 0x80:  # Chinese and Japanese punctuation
        return 3
    return 4 if c == 0xF0 and after == 0x9F else 0  # pictures


@kernel
def _add(key, byte):
    return (key ^ np.uint64(byte)) * _PRIME


@kernel
def _slot(key, keys):
    """Where the key stands in the table, or the free place where it would."""
    at = key >> np.uint64(64 - _BITS)
    while keys[at] != 0 and keys[at] != key:
        at = (at + np.uint64(1)) & np.uint64(_SLOTS - 1)
    return at
