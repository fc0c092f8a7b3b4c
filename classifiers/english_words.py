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

from winnow.kernels import F64, I64, U8, U64, kernel
from winnow.words import byte
from winnow.words.hashes import find, find_or_add, mask_for, mix
from winnow.words.split import utf8

_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, of 64 bits
_FAMILIAR, _FOREIGN = 1, 2
_TURN = 1  # of the table: it is filled once
_BYTES_PER_WORD = 12  # a text without spaces would else be one word
_LATIN_SIGNS, _SIGNS, _CJK_SIGNS, _PICTURES = 0xC2, 0xE2, 0xE3, 0xF0  # first bytes of characters
_LATIN_LETTERS = (0xAA, 0xB5, 0xBA)  # second bytes of the letters among `_LATIN_SIGNS`: a, micro, o
_SCRIPTS = 0xB0  # second byte from which `_SIGNS` are letters


def measure_english(text: pl.Series) -> tuple[F64, F64]:
    """Two ratios for each text: of words that are frequent in English, and of words that mark a neighbour.

    A word is a run of two letters or more, cut where a capital follows a small letter (`getItem`) and, for
    scripts without spaces, after twelve bytes. So that one word of a short text does not decide, the first
    ratio counts three of six more words as frequent, the second ten more words as marking nothing.
    """
    data, offsets = utf8(text)
    out = np.zeros((len(text), 2))
    _count_words(data, offsets, _read_table(), out)
    return out[:, 0], out[:, 1]


@cache
def _read_table() -> U64:
    """The words of both lists and in which they stand, as `hashes.find` looks them up."""
    texts = []
    for name, kind in (("english_neighbours.txt", _FOREIGN), ("english_words.txt", _FAMILIAR)):
        lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
        words = [word for line in lines if not line.startswith("#") for word in line.split()]
        texts.append((kind, *utf8(pl.Series(words, dtype=pl.String))))
    table = np.zeros((mask_for(sum(len(offsets) for _, _, offsets in texts)) + 1, 2), np.uint64)
    for kind, data, offsets in texts:
        _enter_words(data, offsets, table, kind)
    return table


@kernel
def _enter_words(data: U8, offsets: I64, table: U64, kind: int) -> None:
    """Enter the words of a list, but those that stand in the table."""
    for i in range(len(offsets) - 1):
        key = _SEED
        for j in range(offsets[i], offsets[i + 1]):
            key = _hash_byte(key, data[j])
        find_or_add(table, _TURN, len(table) - 1, mix(key), kind)


@kernel(allocates=True)
def _count_words(data: U8, offsets: I64, table: U64, out: F64) -> None:
    """The two ratios of `measure_english`, for each text."""
    found, mask = np.zeros(3, np.int64), len(table) - 1
    for d in range(len(offsets) - 1):
        i, e, words = offsets[d], offsets[d + 1], 0
        found[:] = 0
        while i < e:
            key, letters, i = _read_word(data, i, e)
            if letters > 1:
                words += 1
                found[max(0, find(table, _TURN, mask, mix(key)))] += 1
        out[d, 0], out[d, 1] = (found[_FAMILIAR] + 3) / (words + 6), found[_FOREIGN] / (words + 10)


@kernel(inlined=True)
def _read_word(data: U8, i: int, e: int) -> tuple[np.uint64, int, int]:
    """The word at byte i, if there is one: (hash, letters, where to go on, always beyond i)."""
    key, letters, beyond, small = _SEED, 0, 0, False
    while i < e:
        c = data[i]
        upper, lower = byte.A <= c <= byte.Z, byte.a <= c <= byte.z
        if not (upper or lower):
            wide = _measure_symbol(data, i, e)
            if wide:
                return key, letters, i + wide
        if letters and c & 0xC0 != 0x80 and ((upper and small) or beyond >= _BYTES_PER_WORD):
            return key, letters, i
        key = _hash_byte(key, c | np.uint8(byte.CASE) if upper else c)
        letters += c & 0xC0 != 0x80
        beyond += c >= 0x80
        small = lower
        i += 1
    return key, letters, i


@kernel(inlined=True)
def _measure_symbol(data: U8, i: int, e: int) -> int:
    """How many bytes the character at byte i has if it is no letter, else 0."""
    c = data[i]
    if c < 0x80:
        return 1
    after = data[i + 1] if i + 1 < e else np.uint8(0)
    if c == _LATIN_SIGNS and after not in _LATIN_LETTERS:
        return 2
    if c == _SIGNS and after < _SCRIPTS:  # punctuation, currencies, arrows, mathematics, boxes
        return 3
    if c == _CJK_SIGNS and after == 0x80:  # Chinese and Japanese punctuation
        return 3
    return 4 if c == _PICTURES and after == 0x9F else 0


@kernel(inlined=True)
def _hash_byte(key: np.uint64, own: np.uint8) -> np.uint64:
    """The hash of a word with one more byte."""
    return (key ^ np.uint64(own)) * _PRIME
