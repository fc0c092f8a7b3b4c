"""How a text is cut into words: the one pass over the bytes behind `filters.words.split`.

White space first, then what `filters.affixes` takes off both ends and finds in the middle.
"""

import numba
import numpy as np

from filters.affixes import address, clitic, infix, prefix, suffix
from filters.letters import (
    ALONE,
    BEFORE_DOT,
    DIGIT,
    LETTER,
    MARK,
    PREFIX,
    SIZE,
    SPACE,
    SUFFIX,
    SYMBOL,
    before,
    decode,
    flag,
    kernel,
)

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)


@kernel
def mix(h):
    """Spread every bit of a hash over all of it (the finalizer of MurmurHash3)."""
    h ^= h >> _HALF
    h *= _MIX1
    h ^= h >> _HALF
    h *= _MIX2
    return h ^ (h >> _HALF)


@kernel
def _put(b, e, kind, folded, exact, characters, n, out):
    """Write the word [b, e) as number n; the hashes are those that the loops over its characters end with."""
    out[0][n], out[1][n], out[2][n], out[3][n] = b, e, kind, mix(folded)
    out[4][n], out[5][n] = mix(exact), characters
    return n + 1


@kernel
def _emit(data, b, e, n, table, fold, out):
    """Write the word [b, e) as number n, if it is not empty; returns the count of words."""
    if b >= e:
        return n
    folded, exact, seen, characters, i = _SEED, _SEED, np.uint32(0), 0, b
    while i < e:
        point, i = decode(data, i)
        seen |= flag(point, table)
        exact = (exact ^ np.uint64(point)) * _PRIME
        folded = (folded ^ np.uint64(fold[point] if point < SIZE else point)) * _PRIME
        characters += 1
    kind = 1 if seen & LETTER else (2 if seen & DIGIT else 0)
    return _put(b, e, kind, folded, exact, characters, n, out)


@kernel
def _piece(data, b, e, n, table, fold, out):
    """Emit what stands between two separators, its contractions apart (at most two: would n't 've)."""
    second = clitic(data, b, e)
    first = clitic(data, b, second) if second < e else e
    if first < second:
        n = _emit(data, b, first, n, table, fold, out)
        n = _emit(data, first, second, n, table, fold, out)
    else:
        n = _emit(data, b, second, n, table, fold, out)
    return _emit(data, second, e, n, table, fold, out)


@kernel
def _inner(data, b, e, n, table, fold, out):
    """Emit [b, e), which has no punctuation at its ends, cut at the separators within."""
    if address(data, b, e):
        return _emit(data, b, e, n, table, fold, out)
    i, left, prev = b, b, np.uint32(0)
    while i < e:
        point, after = decode(data, i)
        stop = infix(data, i, e, prev, point, after, table)
        if stop > i and i > b:
            n = _piece(data, left, i, n, table, fold, out)
            n = _emit(data, i, stop, n, table, fold, out)
            left = after = stop
        prev = flag(point, table)
        i = after
    return _piece(data, left, e, n, table, fold, out)


@kernel
def chunk(data, b, e, n, table, fold, units, out):
    """Emit the words of [b, e), which holds no white space; `out` has room for e - b of them."""
    top = n + e - b
    size = 1
    while b < e and size:
        size = prefix(data, b, e, table)
        n = _emit(data, b, b + size, n, table, fold, out)
        b += size
    last, parked, size = e, 0, 1
    while b < last and size:  # found from the end: park them behind what the inner words can need
        size = suffix(data, b, last, table, units)
        last -= size
        if size:
            parked += 1
            out[0][top - parked], out[1][top - parked] = last, last + size
    if b < last:
        n = _inner(data, b, last, n, table, fold, out)
    for k in range(top - parked, top):
        n = _emit(data, out[0][k], out[1][k], n, table, fold, out)
    return n


@kernel
def _alone(data, b, e, n, table, fold, units, out):
    """`_chunk` where scripts without spaces occur: each of their letters, with its marks, is a word."""
    left, i = b, b
    while i < e:
        point, after = decode(data, i)
        if not flag(point, table) & ALONE:
            i = after
            continue
        if left < i:
            n = chunk(data, left, i, n, table, fold, units, out)
        while after < e and flag(decode(data, after)[0], table) & MARK:
            _, after = decode(data, after)
        n = _emit(data, i, after, n, table, fold, out)
        left = i = after
    return chunk(data, left, e, n, table, fold, units, out) if left < e else n


@kernel
def _rough(data, b, i, last, n, table, fold, units, out):
    """Emit any chunk, from b to the white space at or behind i: (count of words, its end).

    Where the room in `out` may not do, none is emitted and the end is b.
    """
    alone = False
    while i < last:
        point, after = decode(data, i)
        kind = flag(point, table)
        if kind & SPACE:
            break
        alone |= kind & ALONE != 0
        i = after
    if n + i - b > len(out[0]):
        return n, b
    if alone:
        return _alone(data, b, i, n, table, fold, units, out), i
    return chunk(data, b, i, n, table, fold, units, out), i


@kernel
def _closes(data, b, i, after, last, point, kind, table):
    """Whether the symbol at byte i comes off the letters or digits [b, i) and ends the chunk."""
    if point == 46:
        if not flag(decode(data, before(data, i, b))[0], table) & BEFORE_DOT:
            return False
    elif not kind & SUFFIX:
        return False
    return after >= last or flag(decode(data, after)[0], table) & SPACE != 0


@kernel
def _run(data, i, last, n, table, fold, units, out):
    """Emit the words of [i, last) until the room in `out` may not do: (count of words, where it stopped).

    Most chunks are letters or digits with at most punctuation before and one such character behind. They
    are cut here, as `chunk` would cut them.
    """
    while i < last:
        b, folded, exact, seen, characters = i, _SEED, _SEED, np.uint32(0), 0
        point, kind, after = np.uint32(0), np.uint32(0), i
        while i < last:
            point, after = decode(data, i)
            kind = flag(point, table)
            if kind & (SPACE | SYMBOL | ALONE):
                break
            seen |= kind
            exact = (exact ^ np.uint64(point)) * _PRIME
            folded = (folded ^ np.uint64(fold[point] if point < SIZE else point)) * _PRIME
            characters += 1
            i = after
        if n + 2 > len(out[0]):
            return n, b
        letters = seen & (LETTER | DIGIT) == LETTER
        ends = i == last or kind & SPACE != 0
        if i == b and (ends or kind & PREFIX):
            n = n if ends else _emit(data, b, after, n, table, fold, out)
        elif (letters or seen & (LETTER | MARK | DIGIT) == DIGIT) and (
            ends or _closes(data, b, i, after, last, point, kind, table)
        ):
            n = _put(b, i, 1 if letters else 2, folded, exact, characters, n, out)
            n = n if ends else _emit(data, i, after, n, table, fold, out)
        else:
            n, after = _rough(data, b, i, last, n, table, fold, units, out)
            if after == b:
                return n, b
        i = after
    return n, last


@numba.njit(cache=True, nogil=True)
def _room(out, n, room):
    """The first n words in arrays that hold `room`."""
    new = _arrays(room)
    for k in range(n):
        new[0][k], new[1][k], new[2][k] = out[0][k], out[1][k], out[2][k]
        new[3][k], new[4][k], new[5][k] = out[3][k], out[4][k], out[5][k]
    return new


@numba.njit(cache=True, nogil=True)
def _arrays(room):
    return (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.uint8),
        np.empty(room, np.uint64),
        np.empty(room, np.uint64),
        np.empty(room, np.int32),
    )


@numba.njit(cache=True, nogil=True)
def split(data, offsets, table, fold, units):
    """The words of every document: (doc, start, end, kind, hash, exact, length), see `filters.words.Words`."""
    room = (offsets[-1] - offsets[0]) // 4 + 16
    out = _arrays(room)
    doc = np.zeros(len(offsets), np.int64)
    n = 0
    for d in range(len(offsets) - 1):
        i, last = offsets[d], offsets[d + 1]
        while i < last:
            n, i = _run(data, i, last, n, table, fold, units, out)
            if i < last:  # a chunk yields at most one word a byte
                room = 2 * room + last - i
                out = _room(out, n, room)
        doc[d + 1] = n
    return doc, out[0][:n], out[1][:n], out[2][:n], out[3][:n], out[4][:n], out[5][:n]
