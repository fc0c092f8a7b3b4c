"""What stands between white space, cut into words: punctuation off both ends, separators, contractions.

A word is written as a column of `Workspace`: its bytes, kind, hashes and characters.
"""

import numpy as np

from winnow.kernels import U8, U32, U64, kernel
from winnow.words.affixes import find_clitic, is_address, match_infix, match_prefix, match_suffix
from winnow.words.hashes import absorb, fingerprint, mix
from winnow.words.unicode import ALONE, DIGIT, LETTER, MARK, SIZE, SPACE, decode, flag

Workspace = tuple[U64, U32]  # start, end, hash and exact hash; kind and length: a column each word
_EIGHT = np.uint64(8)


def make_room(words: int) -> Workspace:
    """Room for that many words."""
    return np.empty((4, words), np.uint64), np.empty((2, words), np.uint32)


@kernel(inlined=True)
def _fold(data: U8, b: int, e: int, table: U32, fold: U32) -> tuple[np.uint64, np.uint32, int]:
    """Of the word [b, e): (hash of the case-folded characters, their flags together, how many)."""
    h, eight, shift, size = np.uint64(0), np.uint64(0), np.uint64(0), 0
    seen, characters, i = np.uint32(0), 0, b
    while i < e:
        point, i = decode(data, i)
        seen |= flag(point, table)
        characters += 1
        rest = np.uint64(fold[point] if point < SIZE else point)
        while True:  # a byte of ASCII, three of any other character
            more = rest >= 128
            eight |= (rest & np.uint64(127) | np.uint64(128 * more)) << shift
            rest >>= np.uint64(7)
            shift += _EIGHT
            size += 1
            if shift == 64:
                h, eight, shift = absorb(h, eight), np.uint64(0), np.uint64(0)
            if not more:
                break
    if shift:
        h = absorb(h, eight)
    return mix(h ^ np.uint64(size)), seen, characters


@kernel(inlined=True)
def put_word(
    b: int, e: int, kind: int, folded: np.uint64, exact: np.uint64, characters: int, n: int, out: Workspace
) -> int:
    """Write the word [b, e) as number n."""
    large, small = out
    large[0, n], large[1, n], large[2, n], large[3, n] = b, e, folded, exact
    small[0, n], small[1, n] = kind, characters
    return n + 1


@kernel(inlined=True)
def emit_word(data: U8, b: int, e: int, n: int, table: U32, fold: U32, out: Workspace) -> int:
    """Write the word [b, e) as number n, if it is not empty; returns the count of words."""
    if b >= e:
        return n
    folded, seen, characters = _fold(data, b, e, table, fold)
    kind = 1 if seen & LETTER else (2 if seen & DIGIT else 0)
    return put_word(b, e, kind, folded, fingerprint(data, b, e), characters, n, out)


@kernel(inlined=True)
def _emit_piece(data: U8, b: int, e: int, n: int, table: U32, fold: U32, out: Workspace) -> int:
    """Emit what stands between two separators, its contractions apart (at most two: would n't 've)."""
    second = find_clitic(data, b, e)
    first = find_clitic(data, b, second) if second < e else e
    if first < second:
        n = emit_word(data, b, first, n, table, fold, out)
        n = emit_word(data, first, second, n, table, fold, out)
    else:
        n = emit_word(data, b, second, n, table, fold, out)
    return emit_word(data, second, e, n, table, fold, out)


@kernel(inlined=True)
def _emit_inner(data: U8, b: int, e: int, n: int, table: U32, fold: U32, out: Workspace) -> int:
    """Emit [b, e), which has no punctuation at its ends, cut at the separators within."""
    if is_address(data, b, e):
        return emit_word(data, b, e, n, table, fold, out)
    i, left, prev = b, b, np.uint32(0)
    while i < e:
        point, after = decode(data, i)
        stop = match_infix(data, i, e, prev, point, after, table)
        if stop > i and i > b:
            n = _emit_piece(data, left, i, n, table, fold, out)
            n = emit_word(data, i, stop, n, table, fold, out)
            left = after = stop
        prev = flag(point, table)
        i = after
    return _emit_piece(data, left, e, n, table, fold, out)


@kernel(inlined=True)
def emit_chunk(data: U8, b: int, e: int, n: int, table: U32, fold: U32, units: U32, out: Workspace) -> int:
    """Emit the words of [b, e), which holds no white space; `out` has room for e - b of them."""
    top = n + e - b
    size = 1
    while b < e and size:
        size = match_prefix(data, b, e, table)
        n = emit_word(data, b, b + size, n, table, fold, out)
        b += size
    last, parked, size = e, 0, 1
    while b < last and size:  # found from the end: park them behind what the inner words can need
        size = match_suffix(data, b, last, table, units)
        last -= size
        if size:
            parked += 1
            out[0][0, top - parked], out[0][1, top - parked] = last, last + size
    if b < last:
        n = _emit_inner(data, b, last, n, table, fold, out)
    for k in range(top - parked, top):
        n = emit_word(data, int(np.int64(out[0][0, k])), int(np.int64(out[0][1, k])), n, table, fold, out)
    return n


@kernel(inlined=False)
def _emit_letters(data: U8, b: int, e: int, n: int, table: U32, fold: U32, units: U32, out: Workspace) -> int:
    """`emit_chunk` where scripts without spaces occur: each of their letters, with its marks, is a word."""
    left, i = b, b
    while i < e:
        point, after = decode(data, i)
        if not flag(point, table) & ALONE:
            i = after
            continue
        if left < i:
            n = emit_chunk(data, left, i, n, table, fold, units, out)
        while after < e and flag(decode(data, after)[0], table) & MARK:
            _, after = decode(data, after)
        n = emit_word(data, i, after, n, table, fold, out)
        left = i = after
    return emit_chunk(data, left, e, n, table, fold, units, out) if left < e else n


@kernel(inlined=False)
def emit_any(
    data: U8, b: int, i: int, last: int, n: int, table: U32, fold: U32, units: U32, out: Workspace
) -> tuple[int, int]:
    """Emit any chunk, from b to the white space at or behind i: (count of words, where the next one starts).

    Where the room in `out` may not do, none is emitted and that is b.
    """
    alone, after = False, i
    while i < last:
        point, after = decode(data, i)
        kind = flag(point, table)
        if kind & SPACE:
            break
        alone |= kind & ALONE != 0
        i = after
    if n + i - b > out[0].shape[1]:
        return n, b
    if alone:
        return _emit_letters(data, b, i, n, table, fold, units, out), after
    return emit_chunk(data, b, i, n, table, fold, units, out), after
