"""Keys of tests without their questions: the letters of an eval's right choices, in the eval's own order.

`1. B 2. D 3. A ...`, in lists, tables, JSON or one word: letters with at most a few words between them. A key
is looked up by each eighteen letters, and counts where it goes on as the eval does.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.keys import LEAST_LETTERS as LEAST
from winnow.dedup.overlap.lexer.words import Cut
from winnow.kernels import I8, I32, I64, U8, U64, Int, kernel
from winnow.words import byte

_CHOICES = 10  # a to j
_FIRST, _SMALL = byte.a, 32
_ROOM = 4096  # letters of a run that are held at a time
_WINDOW = 18  # letters that are looked up: as a number of base ten they fit in 64 bits
_ONE_LETTER = 14  # of them at most are one and the same
_BETWEEN = 3  # words between two of its letters, at most


class Keys(NamedTuple):
    """Where keys stand."""

    document: I64
    item: I64  # whose answer is the first
    first: I64  # word of the batch
    last: I64  # word + 1
    letters: I64  # how many


def make_keys(answer: pl.Series) -> dict[str, np.ndarray]:
    """The arrays of an index for keys. `answer`: by item, in the order of its eval, which choice is right."""
    letter = answer.fill_null(-1).to_numpy()
    letter = np.where(letter < _CHOICES, letter, -1).astype(np.int8)
    size = max(0, len(letter) - _WINDOW + 1)
    window = np.zeros(size, np.uint64)
    counts = np.zeros((_CHOICES, size), np.int64)
    for k in range(_WINDOW):
        some = letter[k : size + k]
        window = window * np.uint64(10) + np.maximum(some, 0).astype(np.uint64)
        for each in range(_CHOICES):
            counts[each] += some == each
    items = np.flatnonzero((counts.sum(axis=0) == _WINDOW) & (counts.max(axis=0) <= _ONE_LETTER))
    items = items[np.argsort(window[items], kind="stable")]
    return {"letter": letter, "window": window[items], "window_item": items.astype(np.int32)}


def find_keys(cut: Cut, data: U8, letters: I64, index: Index) -> Keys:
    """Keys of `LEAST` letters or more in each document. `letters`: as `dedup.overlap.keys` counts them."""
    return Keys(*_find_keys(cut, data, letters, index.letter, index.window, index.window_item).T)


@kernel(allocates=True)
def _find_keys(cut: Cut, data: U8, letters: I64, letter: I8, window: U64, window_item: I32) -> I64:
    """`find_keys` over arrays; the columns of `Keys`."""
    out, size = np.empty((16, 5), np.int64), 0
    value, place = np.empty(_ROOM, np.int8), np.empty(_ROOM, np.int64)  # the letters of a run
    for d in range(len(cut.doc) - 1):
        if letters[d] < LEAST:
            continue
        n, last = 0, cut.doc[d]
        for i in range(cut.doc[d], cut.doc[d + 1]):
            more = min(_ROOM, _count_letters(data, cut.start[i], cut.end[i]))
            if more == 0:
                continue
            if i - last > _BETWEEN + 1 or n + more > _ROOM:
                out, size = _add_keys(d, value[:n], place, letter, window, window_item, out, size)
                n = 0
            last = i
            for k in range(more):
                value[n], place[n] = (data[cut.start[i] + k] | _SMALL) - _FIRST, i
                n += 1
        out, size = _add_keys(d, value[:n], place, letter, window, window_item, out, size)
    return out[:size]


@kernel(allocates=True)
def _add_keys(
    d: Int, value: I8, place: I64, letter: I8, window: U64, window_item: I32, out: I64, size: Int
) -> tuple[I64, Int]:
    """Add the keys in a run of letters to `out`: (out, their number)."""
    at = 0
    while at + LEAST <= len(value):
        item, count = _match(value[at:], letter, window, window_item)
        if count >= LEAST:
            if size == len(out):
                out = np.concatenate((out, out))
            out[size, 0], out[size, 1], out[size, 4] = d, item, count
            out[size, 2], out[size, 3] = place[at], place[at + count - 1] + 1
            size += 1
        at += max(count, 1)
    return out, size


@kernel(inlined=True)
def _count_letters(data: U8, start: Int, end: Int) -> Int:
    """How many letters of choices a word consists of; 0 where it holds anything else."""
    for i in range(start, end):
        if not _FIRST <= data[i] | _SMALL < _FIRST + _CHOICES:
            return 0
    return end - start


@kernel
def _match(letters: I8, letter: I8, window: U64, window_item: I32) -> tuple[Int, Int]:
    """The item whose answers go on as these letters do for longest, from the first, and how many of them."""
    wanted = np.uint64(0)
    for k in range(_WINDOW):
        wanted = wanted * np.uint64(10) + np.uint64(letters[k])
    best, most = -1, 0
    row = np.searchsorted(window, wanted)
    while row < len(window) and window[row] == wanted:
        item, count = window_item[row], _WINDOW
        while count < len(letters) and item + count < len(letter) and letters[count] == letter[item + count]:
            count += 1
        if count > most:
            best, most = item, count
        row += 1
    return best, most
