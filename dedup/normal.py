"""Texts brought to one form: what differs in case, white space or punctuation alone becomes equal bytes."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from filters.letters import SPACE, SYMBOL, decode, flag, flags, folds, kernel
from filters.words import utf8

_GROWTH = 2
"""Bytes at most of a letter's other case, for each of its own: two can become three."""


def normal(
    text: pl.Series, *, ignore_case: bool, ignore_space: bool, ignore_punctuation: bool
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The UTF-8 of the normalised texts and where each begins, rows + 1; a null is as an empty text.

    Without case, letters are folded one by one. Without white space, all that stands together is one space,
    and none is left at the ends. Without punctuation, what is neither letter, digit, mark nor space is gone.
    """
    data, offsets = utf8(text)
    out = np.empty(_GROWTH * int(offsets[-1] - offsets[0]), np.uint8)
    where = np.zeros(len(offsets), np.int64)
    _write(data, offsets, flags(), folds(), ignore_case, ignore_space, ignore_punctuation, out, where)
    return out, where


@kernel
def _write(data, offsets, table, fold, no_case, no_space, no_punctuation, out, where):
    n = 0
    for d in range(len(offsets) - 1):
        i, last, first, gap = offsets[d], offsets[d + 1], n, False
        while i < last:
            if data[i] < 128:
                point, after = np.uint32(data[i]), i + 1
            else:
                point, after = decode(data, i)
            kind = flag(point, table)
            i = after
            if no_space and kind & SPACE:
                gap = n > first
            elif not (no_punctuation and kind & SYMBOL):
                if gap:
                    out[n] = 32
                    n, gap = n + 1, False
                if no_case and point < len(fold):
                    point = fold[point]
                n = _put(point, out, n)
        where[d + 1] = n


@kernel
def _put(point, out, n):
    """Write a code point as UTF-8; returns where the next one goes."""
    if point < 0x80:
        out[n] = point
        return n + 1
    if point < 0x800:
        out[n], out[n + 1] = 0xC0 | point >> 6, 0x80 | point & 0x3F
        return n + 2
    if point < 0x10000:
        out[n], out[n + 1], out[n + 2] = 0xE0 | point >> 12, 0x80 | point >> 6 & 0x3F, 0x80 | point & 0x3F
        return n + 3
    out[n], out[n + 1] = 0xF0 | point >> 18, 0x80 | point >> 12 & 0x3F
    out[n + 2], out[n + 3] = 0x80 | point >> 6 & 0x3F, 0x80 | point & 0x3F
    return n + 4
