"""Texts brought to one form: what differs in case, white space or punctuation alone becomes equal bytes."""

from __future__ import annotations

import numpy as np
import polars as pl

from winnow.kernels import I64, U8, U32, Int, kernel
from winnow.words import byte
from winnow.words.split import utf8
from winnow.words.unicode import SPACE, SYMBOL, decode, flag, flags, folds

_GROWTH = 2
"""Bytes at most of a letter's other case, for each of its own: two can become three."""


def normalize(
    text: pl.Series, *, ignore_case: bool, ignore_space: bool, ignore_punctuation: bool
) -> tuple[U8, I64]:
    """The UTF-8 of the normalised texts and where each begins, rows + 1; a null is as an empty text.

    Without case, letters are folded one by one. Without white space, all that stands together is one space,
    and none is left at the ends. Without punctuation, what is neither letter, digit, mark nor space is gone.
    """
    data, offsets = utf8(text)
    out = np.empty(_GROWTH * int(offsets[-1] - offsets[0]) + 1, np.uint8)
    where = np.zeros(len(offsets), np.int64)
    white = (flags()[:128] & SPACE > 0) & ignore_space
    gone = (flags()[:128] & SYMBOL > 0) & ignore_punctuation
    become = np.where(white, byte.BLANK, folds()[:128] if ignore_case else np.arange(128))
    ascii = (become + _WHITE * white + _GONE * gone).astype(np.uint32)
    ignored = ignore_case, ignore_space, ignore_punctuation
    _write(data, offsets, flags(), folds(), ascii, ignored, out, where)
    return out, where


_WHITE, _GONE = 1 << 8, 1 << 9


@kernel
def _write(
    data: U8,
    offsets: I64,
    table: U32,
    fold: U32,
    ascii: U32,
    ignored: tuple[bool, bool, bool],
    out: U8,
    where: I64,
) -> None:
    """The normalized texts into `out`, where each ends into `where`."""
    no_case, no_space, no_punctuation = ignored
    n = np.uint64(0)  # an index that can be negative costs a test for each byte
    for d in range(len(offsets) - 1):
        i, last, first = np.uint64(offsets[d]), np.uint64(offsets[d + 1]), n
        gap = np.uint32(_WHITE)  # a space here would be one too many
        while i < last:
            b = data[i]
            if b < 128:  # without another branch, as nobody can foresee where words end
                kind = ascii[b]
                out[n] = np.uint8(kind)
                n += np.uint64((kind & (gap | np.uint32(_GONE))) == 0)
                gap = kind & np.uint32(_WHITE) | (gap & (kind >> np.uint32(1)))
                i += np.uint64(1)
                continue
            point, after = decode(data, i)
            i = np.uint64(after)
            kind = flag(point, table)
            if no_space and kind & SPACE:
                out[n] = byte.BLANK
                n += np.uint64(gap == 0)
                gap = np.uint32(_WHITE)
            elif not (no_punctuation and kind & SYMBOL):
                n = np.uint64(_put(fold[point] if no_case and point < len(fold) else point, out, n))
                gap = np.uint32(0)
        n -= np.uint64(no_space and gap > 0 and n > first)
        where[d + 1] = n


@kernel
def _put(point: np.uint32, out: U8, n: Int) -> Int:
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
