"""The lines of a text, found once for all rules that read them, and loops over spans of its bytes.

Lines are what stands between newlines (`\\n`), blank ones among them. The few other characters at which
`str.splitlines` cuts are looked for only in the lines that hold one (`broken`).
"""

from typing import NamedTuple

import numpy as np

from filters.words.hashes import fingerprint, first, mask_for
from filters.words.jit import kernel
from filters.words.unicode import SPACE, before, decode, flag, flags

_BREAKS = np.isin(np.arange(256), (11, 12, 13, 28, 29, 30, 0xC2, 0xE2))


class Lines(NamedTuple):
    """The lines of a batch: as in `split.Words`, those of document i are `doc[i]` to `doc[i + 1]`."""

    data: np.ndarray  # uint8
    offsets: np.ndarray  # int64, documents + 1
    doc: np.ndarray  # int64, documents + 1
    start: np.ndarray  # int64
    end: np.ndarray  # int64, without the newline
    left: np.ndarray  # int64, where it starts without white space, `right` where it then ends
    right: np.ndarray  # int64
    length: np.ndarray  # int32, characters from start to end
    hash: np.ndarray  # uint64, of the bytes from start to end
    again: np.ndarray  # bool: an equal line stands before it in the document
    broken: np.ndarray  # bool: may hold another line break than a newline


def cut(data: np.ndarray, offsets: np.ndarray) -> Lines:
    """The lines of each document; a text of n newlines has n + 1."""
    breaks = np.flatnonzero(data == 10)
    doc = np.searchsorted(breaks, offsets) + np.arange(len(offsets))
    first, lines, doc = doc[0], int(doc[-1] - doc[0]), doc - doc[0]
    start, end, left, right = np.empty((4, lines), np.int64)
    length, value = np.empty(lines, np.int32), np.empty(lines, np.uint64)
    again, broken = np.empty((2, lines), np.bool_)
    found = Lines(data, offsets, doc, start, end, left, right, length, value, again, broken)
    slots = mask_for(int(np.diff(doc).max(initial=1))) + 1
    _cut(found, breaks[first:], flags(), _BREAKS, np.zeros((slots, 2), np.uint64))
    return found


@kernel
def _cut(lines, breaks, table, odd, seen):
    data, offsets = lines.data, lines.offsets
    for d in range(len(offsets) - 1):
        b, last = offsets[d], lines.doc[d + 1]
        mask = mask_for(last - lines.doc[d])
        for k in range(lines.doc[d], last):
            e = breaks[k - d] if k + 1 < last else offsets[d + 1]
            characters, broken = 0, False
            for i in range(b, e):
                characters += data[i] & 0xC0 != 0x80
                broken |= odd[data[i]]
            key = fingerprint(data, b, e)
            lines.again[k] = first(seen, d + 1, mask, key, k) != k
            lines.start[k], lines.end[k] = b, e
            lines.left[k], lines.right[k] = strip(data, b, e, table)
            lines.length[k], lines.hash[k], lines.broken[k] = characters, key, broken
            b = e + 1


@kernel
def stripped(lines, k, b, last, table):
    """The line of `str.splitlines` that starts at byte b, in line k: (its bounds without white space at its
    ends, where the next one starts, the number of the line where that is)."""
    if lines.broken[k]:
        stop, after = line(lines.data, b, last)
        left, right = strip(lines.data, b, stop, table)
    else:
        left, right, after = lines.left[k], lines.right[k], lines.end[k] + 1
    return left, right, after, k + (after > lines.end[k])


@kernel
def line(data, i, last):
    """The end of the line that starts at byte i, and the start of the next, as `str.splitlines` has it."""
    while i < last:
        c = data[i]
        if 10 <= c <= 13 or 28 <= c <= 30:
            return i, i + (2 if c == 13 and i + 1 < last and data[i + 1] == 10 else 1)
        if c == 0xC2 and data[i + 1] == 0x85:
            return i, i + 2
        if c == 0xE2 and data[i + 1] == 0x80 and data[i + 2] | 1 == 0xA9:
            return i, i + 3
        i += 1
    return last, last


@kernel
def strip(data, b, e, table):
    """The span without white space at its ends."""
    while b < e:
        point, after = decode(data, b)
        if not flag(point, table) & SPACE:
            break
        b = after
    while b < e:
        last = before(data, e, b)
        if not flag(decode(data, last)[0], table) & SPACE:
            break
        e = last
    return b, e


@kernel
def characters(data, b, e):
    """How many characters the bytes [b, e) are."""
    count = 0
    for i in range(b, e):
        count += data[i] & 0xC0 != 0x80
    return count
