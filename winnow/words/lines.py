"""The lines of a text, found once for all rules that read them, and loops over spans of its bytes.

Lines are what stands between newlines (`\\n`), blank ones among them. The few other characters at which
`str.splitlines` cuts are looked for only in the lines that hold one (`broken`).
"""

from typing import NamedTuple

import numpy as np

from winnow.kernels import I32, I64, U8, U32, U64, Bools, kernel
from winnow.words import byte
from winnow.words.hashes import find_or_add, fingerprint, mask_for
from winnow.words.marks import SEPARATOR
from winnow.words.phrases import starts_with
from winnow.words.unicode import SPACE, decode, flag, flags, step_back

# Bytes that the line breaks of `str.splitlines` start with, but for the newline.
_BREAKS = np.isin(np.arange(256), (byte.VT, byte.FF, byte.CR, byte.FS, byte.GS, byte.RS, 0xC2, 0xE2))


PARTING = np.frombuffer(SEPARATOR.encode(), np.uint8)


class Lines(NamedTuple):
    """The lines of a batch: as in `split.Words`, those of document i are `doc[i]` to `doc[i + 1]`."""

    data: U8
    offsets: I64  # documents + 1
    doc: I64  # documents + 1
    start: I64
    end: I64  # without the newline
    left: I64  # where it starts without white space, `right` where it then ends
    right: I64
    length: I32  # characters from start to end
    hash: U64  # of the bytes from start to end
    again: Bools  # an equal line stands before it in the document
    broken: Bools  # may hold another line break than a newline


def cut(data: U8, offsets: I64) -> Lines:
    """The lines of each document; a text of n newlines has n + 1."""
    breaks = np.flatnonzero(data == byte.LF)
    doc = np.searchsorted(breaks, offsets) + np.arange(len(offsets))
    first, lines, doc = doc[0], int(doc[-1] - doc[0]), doc - doc[0]
    start, end, left, right = np.empty((4, lines), np.int64)
    length, value = np.empty(lines, np.int32), np.empty(lines, np.uint64)
    again, broken = np.empty((2, lines), np.bool_)
    found = Lines(data, offsets, doc, start, end, left, right, length, value, again, broken)
    size = mask_for(int(np.diff(doc).max(initial=1))) + 1
    _cut_documents(found, breaks[first:], flags(), _BREAKS, np.zeros((size, 2), np.uint64))
    return found


@kernel
def _cut_documents(lines: Lines, breaks: I64, table: U32, odd: Bools, seen: U64) -> None:
    """Fill in the lines that end at `breaks`; `odd` are bytes that other line breaks may start with."""
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
            lines.again[k] = find_or_add(seen, d + 1, mask, key, k) != k
            lines.start[k], lines.end[k] = b, e
            lines.left[k], lines.right[k] = strip(data, b, e, table)
            lines.length[k], lines.hash[k], lines.broken[k] = characters, key, broken
            b = e + 1


@kernel
def is_separator(data: U8, b: int, e: int, first: int, last: int) -> bool:
    """Whether the line [b, e) of the text [first, last) parts two posts: it and blank lines around it."""
    return b - 2 >= first and e - b == 3 and starts_with(data, b - 2, last, PARTING)


@kernel
def next_line(lines: Lines, k: int, b: int, last: int, table: U32) -> tuple[int, int, int, int]:
    """The line of `str.splitlines` that starts at byte b, in line k: (its bounds without white space at its
    ends, where the next one starts, the number of the line where that is)."""
    if lines.broken[k]:
        stop, after = find_break(lines.data, b, last)
        left, right = strip(lines.data, b, stop, table)
    else:
        left, right, after = lines.left[k], lines.right[k], lines.end[k] + 1
    return left, right, after, k + (after > lines.end[k])


@kernel
def find_break(data: U8, i: int, last: int) -> tuple[int, int]:
    """The end of the line that starts at byte i, and the start of the next, as `str.splitlines` has it."""
    while i < last:
        c = data[i]
        if byte.LF <= c <= byte.CR or byte.FS <= c <= byte.RS:
            return i, i + (2 if c == byte.CR and i + 1 < last and data[i + 1] == byte.LF else 1)
        if c == 0xC2 and data[i + 1] == 0x85:
            return i, i + 2
        if c == 0xE2 and data[i + 1] == 0x80 and data[i + 2] | 1 == 0xA9:
            return i, i + 3
        i += 1
    return last, last


@kernel
def strip(data: U8, b: int, e: int, table: U32) -> tuple[int, int]:
    """The span without white space at its ends."""
    while b < e:
        point, after = decode(data, b)
        if not flag(point, table) & SPACE:
            break
        b = after
    while b < e:
        last = step_back(data, e, b)
        if not flag(decode(data, last)[0], table) & SPACE:
            break
        e = last
    return b, e


@kernel
def next_run(data: U8, i: int, e: int, table: U32) -> tuple[int, int, int, np.uint32]:
    """What stands between white space from byte i on: (start, end, characters, the flags of all of them).

    Such a run is a word to C4 and DCLM; where none is left, start is end.
    """
    after = i
    while i < e:
        point, after = decode(data, i)
        if not flag(point, table) & SPACE:
            break
        i = after
    start, size, seen = i, 0, np.uint32(0)
    while i < e:
        point, after = decode(data, i)
        kinds = flag(point, table)
        if kinds & SPACE:
            break
        seen |= kinds
        size += 1
        i = after
    return start, i, size, seen


@kernel
def count_characters(data: U8, b: int, e: int) -> int:
    """How many characters the bytes [b, e) are."""
    count = 0
    for i in range(b, e):
        count += data[i] & 0xC0 != 0x80
    return count
