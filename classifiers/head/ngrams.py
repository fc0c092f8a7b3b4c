"""Words and pairs of words, hashed: what a linear head weighs (Weinberger et al. 2009, arXiv:0902.2206)."""

import numpy as np
import polars as pl
import scipy

from winnow.classifiers.head.windows import WINDOW, find_windows
from winnow.kernels import I32, I64, U64, kernel
from winnow.words.cache import words_of
from winnow.words.hashes import GOLDEN, find_or_add, mask_for, mix
from winnow.words.split import Words

NUMBER = np.uint64(0x9D8F3C2A51E6B704)  # every number is the same word


def index(text: pl.Series, bits: int, marks: bool) -> "scipy.sparse.csr_matrix":
    """One row a document, 2**`bits` columns: 1 / sqrt(n) in each of the n columns that its words and pairs of
    words hit, of three windows. Marks of punctuation are words only where `marks` says so."""
    words, rows = words_of(text)
    starts = _count_room(words, rows)
    columns = np.zeros(int(starts[-1]), np.int32)
    seen = np.zeros((mask_for(6 * WINDOW) + 1, 2), np.uint64)
    counts = _fill_columns(words, rows, starts, np.uint64(2**bits - 1), marks, seen, columns)
    used = np.arange(len(columns)) < np.repeat(starts[:-1] + counts, np.diff(starts))
    indptr = np.concatenate([[0], np.cumsum(counts)])
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    return scipy.sparse.csr_matrix((values, columns[used], indptr), shape=(len(rows), 2**bits))


def _count_room(words: Words, rows: I64) -> I64:
    sizes = np.minimum(words.doc[rows + 1] - words.doc[rows], 3 * WINDOW)
    return np.concatenate([[0], np.cumsum(2 * sizes)])


@kernel(allocates=True)
def _fill_columns(
    words: Words, rows: I64, starts: I64, mask: np.uint64, marks: bool, seen: U64, columns: I32
) -> I64:
    """Write the columns of each row from its start on; how many they are."""
    counts = np.zeros(len(rows), np.int64)
    for r in range(len(rows)):
        n = 0
        for a, b in find_windows(words.doc[rows[r]], words.doc[rows[r] + 1]):
            before = np.uint64(0)
            for w in range(a, b):
                kind = words.kind[w]
                if kind == 0 and not marks:
                    continue
                value = NUMBER if kind == 2 else words.hash[w]
                n = _add_column(mix(value) & mask, seen, r + 1, n, starts[r], columns)
                if before:
                    n = _add_column(mix(before * GOLDEN + value) & mask, seen, r + 1, n, starts[r], columns)
                before = value
        counts[r] = n
    return counts


@kernel
def _add_column(column: np.uint64, seen: U64, turn: int, n: int, start: int, columns: I32) -> int:
    """Add a column that the document has not hit before; how many it has hit."""
    if find_or_add(seen, turn, len(seen) - 1, mix(column), n) != n:
        return n
    columns[start + n] = np.int32(column)
    return n + 1
