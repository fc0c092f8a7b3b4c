"""How a text is cut into words: the one pass over the bytes behind `filters.words.split:split`.

White space first, then what `filters.words.affixes` takes off both ends and finds in the middle. Nearly all
that stands between white space is ASCII letters or digits, with a sign of punctuation or two. So the
bytes that are neither are listed first, a block at a time and without a branch, and most words lie
between two of them.
"""

import numpy as np

from filters.words.affixes import address, clitic, infix, prefix, suffix
from filters.words.hashes import fingerprint, load, lower, mix, step
from filters.words.jit import kernel
from filters.words.unicode import (
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
)

BLOCK = 4096
_PLAIN = np.isin(np.arange(256), [*range(48, 58), *range(65, 91), *range(97, 123)])
_OTHER = (~_PLAIN).astype(np.int64)
_LETTERS = np.uint64(0x4040404040404040)  # the bit that ASCII letters have and digits have not
_EIGHT = np.uint64(8)


@kernel
def _fold(data, b, e, table, fold):
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
                h, eight, shift = step(h, eight), np.uint64(0), np.uint64(0)
            if not more:
                break
    if shift:
        h = step(h, eight)
    return mix(h ^ np.uint64(size)), seen, characters


@kernel(inlined=True)
def _put(b, e, kind, folded, exact, characters, n, out):
    """Write the word [b, e) as number n."""
    large, small = out
    large[0, n], large[1, n], large[2, n], large[3, n] = b, e, folded, exact
    small[0, n], small[1, n] = kind, characters
    return n + 1


@kernel
def _emit(data, b, e, n, table, fold, out):
    """Write the word [b, e) as number n, if it is not empty; returns the count of words."""
    if b >= e:
        return n
    folded, seen, characters = _fold(data, b, e, table, fold)
    kind = 1 if seen & LETTER else (2 if seen & DIGIT else 0)
    return _put(b, e, kind, folded, fingerprint(data, b, e), characters, n, out)


@kernel(inlined=True)
def _plain(data, b, e, n, out):
    """The same for [b, e) of ASCII letters or digits; writes nothing where both are there."""
    folded, exact, letters, digits = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for i in range(b, e, 8):
        eight = load(data, i, e)
        exact, folded = step(exact, eight), step(folded, lower(eight))
        letters |= eight & _LETTERS
        digits |= ~eight & _LETTERS >> np.uint64(64 - 8 * min(e - i, 8))
    if letters and digits:
        return n
    size = np.uint64(e - b)
    return _put(b, e, 1 if letters else 2, mix(folded ^ size), mix(exact ^ size), e - b, n, out)


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
            out[0][0, top - parked], out[0][1, top - parked] = last, last + size
    if b < last:
        n = _inner(data, b, last, n, table, fold, out)
    for k in range(top - parked, top):
        n = _emit(data, np.int64(out[0][0, k]), np.int64(out[0][1, k]), n, table, fold, out)
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
        return _alone(data, b, i, n, table, fold, units, out), after
    return chunk(data, b, i, n, table, fold, units, out), after


@kernel(inlined=True)
def _closes(data, b, i, after, last, point, kind, table):
    """Whether the symbol at byte i comes off the letters or digits [b, i) and ends the chunk."""
    if point == 46:
        if not flag(decode(data, before(data, i, b))[0], table) & BEFORE_DOT:
            return False
    elif not kind & SUFFIX:
        return False
    return after >= last or flag(decode(data, after)[0], table) & SPACE != 0


@kernel(inlined=True)
def _symbol(data, b, e, n, table, fold, out):
    """The same for the one character [b, e), a symbol."""
    if e - b > 1:
        return _emit(data, b, e, n, table, fold, out)
    h = mix(step(np.uint64(0), np.uint64(data[b])) ^ np.uint64(1))
    return _put(b, e, 0, h, h, 1, n, out)


@kernel
def _foreign(data, b, last, n, table, fold, units, out):
    """Emit the chunk that starts at b, letters of any script; returns what `_rough` does."""
    i, seen, point, kind, after = b, np.uint32(0), np.uint32(0), np.uint32(0), b
    while i < last:
        point, after = decode(data, i)
        kind = flag(point, table)
        if kind & (SPACE | SYMBOL | ALONE):
            break
        seen |= kind
        i = after
    ends = i == last or kind & SPACE != 0
    if seen & (LETTER | DIGIT) == LETTER and (ends or _closes(data, b, i, after, last, point, kind, table)):
        n = _emit(data, b, i, n, table, fold, out)
        n = n if ends else _emit(data, i, after, n, table, fold, out)
        return n, after
    return _rough(data, b, i, last, n, table, fold, units, out)


@kernel(inlined=True)
def _next(data, b, p, last, n, table, fold, units, out):
    """Emit what starts at b, p being the first byte from there that is no ASCII letter or digit.

    Returns (count of words, where to go on, b if out of room). A word is emitted at once where `chunk`
    would come to the same; where it goes on, a chunk starts or might as well.
    """
    if n + 2 > out[0].shape[1]:
        return n, b
    if p == last:
        point, after, kind = np.uint32(0), p, np.uint32(SPACE)
    else:
        point, after = decode(data, p)
        kind = flag(point, table)
    if kind & SPACE:
        if b == p:
            return n, after
        m = _plain(data, b, p, n, out)
        if m > n:
            return m, after
    elif b == p and kind & PREFIX:
        return _symbol(data, b, after, n, table, fold, out), after
    elif b < p and kind & SYMBOL and _closes(data, b, p, after, last, point, kind, table):
        m = _plain(data, b, p, n, out)
        if m > n:
            return _symbol(data, p, after, m, table, fold, out), after
    if kind & (LETTER | MARK | DIGIT):
        return _foreign(data, b, last, n, table, fold, units, out)
    return _rough(data, b, p, last, n, table, fold, units, out)


@kernel
def _run(data, i, last, n, table, fold, units, others, out):
    """Emit the words of [i, last) until the room in `out` may not do: (count of words, where it stopped)."""
    while i < last:
        stop, many = min(i + BLOCK, last), 0
        for k in range(i, stop):
            others[many] = k
            many += _OTHER[data[k]]
        others[many] = stop
        many += stop == last
        b = i
        for k in range(many):
            if others[k] >= i and i < last:
                b = i
                n, i = _next(data, b, others[k], last, n, table, fold, units, out)
                if i == b:
                    return n, i
        if not many:  # letters as far as one can see
            b = i
            n, i = _rough(data, b, b, last, n, table, fold, units, out)
            if i == b:
                return n, i
    return n, last


def room(words: int) -> tuple[np.ndarray, np.ndarray]:
    """Where `split` writes that many: start, end, hash and exact hash; kind and length."""
    return np.empty((4, words), np.uint64), np.empty((2, words), np.uint32)


@kernel
def split(data, offsets, table, fold, units, d, i, n, others, doc, out):
    """Go on from byte i of document d, n words being found, until the room in `out` may not do.

    Fills in `doc`. Returns (document, byte, words), the document behind the last when all is done.
    """
    while d < len(offsets) - 1:
        last = offsets[d + 1]
        n, i = _run(data, i, last, n, table, fold, units, others, out)
        if i < last:
            break
        d += 1
        doc[d] = n
    return d, i, n
