"""How predictable a text is: how far it compresses, and how many of its groups of words are new.

Language models choose likely words, so their text repeats itself and what others wrote (Gehrmann et al.
2019, arXiv:1906.04043). Measured without a model: by zlib, and against a table of hashed groups of three
words of text that was published before November 2022, when ChatGPT was.
"""

import zlib
from typing import Final

import numpy as np
import polars as pl

from winnow.classifiers.head.windows import find_windows
from winnow.kernels import F64, I64, U8, kernel
from winnow.words.cache import words_of
from winnow.words.hashes import GOLDEN, mix
from winnow.words.split import Words

SIGNALS: Final = ("compressed_ratio", "new_group_ratio")
BITS = 21  # of the places in the table: 256 KB
GROUP = 3  # words
READ = 4096  # bytes of a text that are compressed


def measure(text: pl.Series, known: U8) -> np.ndarray:
    """One row a text, one column (float64) for each of `SIGNALS`; `known` is a table of `learn`."""
    words, rows = words_of(text)
    out = np.zeros((len(rows), len(SIGNALS)))
    for row, value in enumerate(text.fill_null("").to_list()):
        data = value.encode()[:READ]
        out[row, 0] = len(zlib.compress(data, 1)) / max(len(data), 1)
    _measure_groups(words, rows, known, out)
    return out


def learn(text: pl.Series, least: int = 2) -> U8:
    """A table of the groups of words that stand in `least` texts or more: a bit for each hash."""
    words, rows = words_of(text)
    counts, last = np.zeros(2**BITS, np.uint8), np.full(2**BITS, -1, np.int64)
    _count_groups(words, rows, counts, last)
    return np.packbits(counts >= least)


@kernel
def _hash_group(words: Words, w: int, last: int) -> tuple[np.uint64, int]:
    """Where the table has the group of words that begins with word w, and how many words it has."""
    key, size = np.uint64(0), 0
    while w < last and size < GROUP:
        if words.kind[w]:
            key = mix(key * GOLDEN + words.hash[w])
            size += 1
        w += 1
    return key & np.uint64(2**BITS - 1), size


@kernel
def _measure_groups(words: Words, rows: I64, known: U8, out: F64) -> None:
    for r in range(len(rows)):
        count, new = 0, 0
        for a, b in find_windows(words.doc[rows[r]], words.doc[rows[r] + 1]):
            for w in range(a, b):
                if words.kind[w] == 0:
                    continue
                place, size = _hash_group(words, w, b)
                if size == GROUP:
                    count += 1
                    new += (known[place >> np.uint64(3)] >> (np.uint64(7) - (place & np.uint64(7)))) & 1 == 0
        out[r, 1] = (new + 1) / (count + 1)


@kernel
def _count_groups(words: Words, rows: I64, counts: U8, last: I64) -> None:
    for r in range(len(rows)):
        for w in range(words.doc[rows[r]], words.doc[rows[r] + 1]):
            place, size = _hash_group(words, w, words.doc[rows[r] + 1])
            if words.kind[w] and size == GROUP and last[place] != r and counts[place] < 255:
                counts[place] += 1
                last[place] = r
