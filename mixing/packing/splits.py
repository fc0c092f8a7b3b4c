"""Text cut as tokenizers cut it before they merge: added tokens, then words by GPT-2's rule or by cl100k's.

Pieces are looked up in a table as they are found: what has been seen before is not encoded again.
"""

from typing import NamedTuple

import numpy as np

from winnow.kernels import I32, I64, U8, U32, U64, Bools, Int, kernel
from winnow.mixing.packing.tries import Trie, find

LETTER, NUMBER, SPACE = 1, 2, 3  # any other class of character is 0
DOC, PLACE, RAW, NORMAL, COUNT, MOST = 0, 1, 2, 5, 8, 9  # what `scan` keeps in `at`
_BASIS, _PRIME, _29 = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3), np.uint64(29)  # FNV-1a


class Table(NamedTuple):
    """Pieces seen: slots of an open hash table (1 + number), their hashes, and their bytes end to end."""

    slots: I32
    hashes: U64
    offsets: I64
    bytes: U8


@kernel
def scan(
    data: U8,
    offsets: I64,
    classes: U8,
    digits: Int,
    raw: Trie,
    normal: Trie,
    table: Table,
    at: I64,
    pieces: I64,
    owners: I32,
) -> int:
    """Pieces from where `at` stands until the room or the table is full: how many.

    A piece is its number in the table, an added token -1 - id; `owners` are the documents. Added tokens of
    `raw` are found first, those of `normal` between them. `digits` is how many numbers stay together, by
    cl100k's rule; 0 stands for GPT-2's.
    """
    n, room = 0, len(pieces)
    while at[DOC] < len(offsets) - 1:
        end = offsets[at[DOC] + 1]
        while at[PLACE] < end:
            if at[RAW] < at[PLACE]:
                find(data, at[PLACE], end, raw, at, RAW)
            while at[PLACE] < at[RAW]:
                if at[NORMAL] < at[PLACE]:
                    find(data, at[PLACE], at[RAW], normal, at, NORMAL)
                while at[PLACE] < at[NORMAL]:
                    b, last = at[PLACE], at[NORMAL]
                    e = _cut_bpe(data, b, last, classes, digits) if digits else _cut(data, b, last, classes)
                    number = _look_up(data, b, e, table, at) if n < room else -1
                    if number < 0:
                        return n
                    pieces[n], owners[n] = number, at[DOC]
                    at[PLACE] = e
                    n += 1
                if n == room:
                    return n
                n = _take(at, NORMAL, n, pieces, owners)
            if n == room:
                return n
            n = _take(at, RAW, n, pieces, owners)
        at[DOC] += 1
        at[RAW] = at[NORMAL] = -1
    return n


@kernel
def emit(pieces: I64, owners: I32, ids: U32, offsets: I64, lengths: I64, out: U32) -> int:
    """The ids of the pieces end to end, and how many each document has; without `out` only how many."""
    n = 0
    for i in range(len(pieces)):
        number = pieces[i]
        before = n
        if number < 0:
            if len(out):
                out[n] = -1 - number
            n += 1
        else:
            first = offsets[number]
            count = offsets[number + 1] - first
            if len(out):
                for k in range(count):
                    out[n + k] = ids[first + k]
            n += count
        if len(out):
            lengths[owners[i]] += n - before
    return n


@kernel
def find_marked(data: U8, offsets: I64, marked: U8, found: Bools) -> None:
    """Which documents have a character that is marked, or that is outside of the table."""
    for doc in range(len(offsets) - 1):
        p, end = offsets[doc], offsets[doc + 1]
        while p < end:
            if data[p] < 128:
                p += 1
                continue
            kind, p = _read(data, p, marked)
            if kind:
                found[doc] = True
                break


@kernel(inlined=True)
def _read(data: U8, p: int, table: U8) -> tuple[int, int]:
    """What the table says of the character at p, and where the next one is."""
    b = data[p]
    if b < 128:
        return table[b], p + 1
    if b < 0xE0:
        return table[(b & 31) << 6 | (data[p + 1] & 63)], p + 2
    if b < 0xF0:
        return table[(b & 15) << 12 | (data[p + 1] & 63) << 6 | (data[p + 2] & 63)], p + 3
    point = (b & 7) << 18 | (data[p + 1] & 63) << 12 | (data[p + 2] & 63) << 6 | (data[p + 3] & 63)
    return table[min(point, len(table) - 1)], p + 4


@kernel(inlined=True)
def _run(data: U8, p: int, end: int, classes: U8, wanted: int) -> int:
    """Where the characters of a class end."""
    while p < end:
        kind, after = _read(data, p, classes)
        if kind != wanted:
            break
        p = after
    return p


@kernel
def _cut_space(data: U8, p: int, end: int, classes: U8, lines: bool) -> int:
    r"""`\s+(?!\S)|\s+`; before it, where `lines`, `\s*[\r\n]+`."""
    b, last, line = p, p, -1
    while p < end:
        kind, after = _read(data, p, classes)
        if kind != SPACE:
            break
        last = p
        if data[p] == 10 or data[p] == 13:
            line = after
        p = after
    if lines and line >= 0:
        return line
    return p if p == end or last == b else last


@kernel
def _cut(data: U8, p: int, end: int, classes: U8) -> int:
    r"""`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: where the piece ends."""
    if data[p] == 39:
        short = _cut_contraction(data, p, end, 0)
        if short:
            return short
    kind, after = _read(data, p, classes)
    if data[p] == 32 and after < end:
        following, behind = _read(data, after, classes)
        if following != SPACE:
            return _run(data, behind, end, classes, following)
    if kind == SPACE:
        return _cut_space(data, p, end, classes, False)
    return _run(data, after, end, classes, kind)


@kernel
def _cut_bpe(data: U8, p: int, end: int, classes: U8, digits: Int) -> int:
    r"""`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|
    \s*[\r\n]+|\s+(?!\S)|\s+`: where the piece ends."""
    if data[p] == 39:
        short = _cut_contraction(data, p, end, 32)
        if short:
            return short
    kind, after = _read(data, p, classes)
    if kind == LETTER:
        return _run(data, after, end, classes, LETTER)
    if kind == NUMBER:
        return _cut_numbers(data, after, end, classes, digits - 1)
    following, behind = _read(data, after, classes) if after < end else (SPACE, after)
    if following == LETTER and data[p] != 10 and data[p] != 13:
        return _run(data, behind, end, classes, LETTER)
    if kind == 0 or (data[p] == 32 and following == 0):
        e = _run(data, after, end, classes, 0)
        while e < end and (data[e] == 10 or data[e] == 13):
            e += 1
        return e
    return _cut_space(data, p, end, classes, True)


@kernel
def _cut_numbers(data: U8, p: int, end: int, classes: U8, most: Int) -> int:
    """Where numbers end, or so many of them."""
    for _ in range(most):
        kind, after = _read(data, p, classes) if p < end else (SPACE, p)
        if kind != NUMBER:
            break
        p = after
    return p


@kernel
def _cut_contraction(data: U8, p: int, end: int, fold: int) -> int:
    """Where an English contraction ends, or 0; `fold` is 32 for letters of any case, and the long s."""
    if p + 1 == end:
        return 0
    a = data[p + 1] | fold
    if a == 115 or a == 116 or a == 109 or a == 100:
        return p + 2
    if p + 2 == end:
        return 0
    if fold and data[p + 1] == 0xC5 and data[p + 2] == 0xBF:
        return p + 3
    b = data[p + 2] | fold
    if ((a == 114 or a == 118) and b == 101) or (a == 108 and b == 108):
        return p + 3
    return 0


@kernel
def _take(at: I64, which: int, n: int, pieces: I64, owners: I32) -> int:
    """Go behind the added token that was found, if one was."""
    if at[which + 2] >= 0:
        pieces[n], owners[n] = -1 - at[which + 2], at[DOC]
        n += 1
    at[PLACE] = at[which + 1]
    return n


@kernel
def _look_up(data: U8, b: int, e: int, table: Table, at: I64) -> Int:
    """The number of a piece, which is put into the table; -1 where it is full."""
    value = _BASIS
    for i in range(b, e):
        value = (value ^ np.uint64(data[i])) * _PRIME
    value ^= value >> _29
    mask = len(table.slots) - 1
    slot = np.int64(value & np.uint64(mask))
    while table.slots[slot]:
        number = table.slots[slot] - 1
        if table.hashes[number] == value:
            first = table.offsets[number]
            same = table.offsets[number + 1] - first == e - b
            for i in range(e - b):
                if not same:
                    break
                same = table.bytes[first + i] == data[b + i]
            if same:
                return number
        slot = (slot + 1) & mask
    number = at[COUNT]
    first = table.offsets[number]
    if number >= at[MOST] or first + e - b > len(table.bytes):
        return -1
    for i in range(e - b):
        table.bytes[first + i] = data[b + i]
    table.slots[slot], table.hashes[number] = number + 1, value
    table.offsets[number + 1] = first + e - b
    at[COUNT] += 1
    return number
