"""How a text is cut into words: the one pass over the bytes behind `winnow.words.split:split`.

White space first, then what `winnow.words.chunks` makes of what stands between. Nearly all of that is
ASCII letters or digits, with a sign of punctuation or two. So the bytes that are neither are listed first, a
block at a time and without a branch, and most words lie between two of them.
"""

import numpy as np

from winnow.kernels import I64, U8, U32, kernel
from winnow.words import byte
from winnow.words.chunks import Workspace, emit_any, emit_word, put_word
from winnow.words.hashes import absorb, load, lower, mix
from winnow.words.unicode import (
    ALONE,
    BEFORE_DOT,
    DIGIT,
    LETTER,
    MARK,
    PREFIX,
    SPACE,
    SUFFIX,
    SYMBOL,
    decode,
    flag,
    step_back,
)

BLOCK = 4096
_PLAIN = np.isin(np.arange(256), [*b"0123456789", *range(byte.A, byte.Z + 1), *range(byte.a, byte.z + 1)])
_OTHER = (~_PLAIN).astype(np.int64)
_LETTERS = np.uint64(0x4040404040404040)  # the bit that ASCII letters have and digits have not


@kernel(inlined=True)
def _emit_plain(data: U8, b: int, e: int, n: int, out: Workspace) -> int:
    """The same for [b, e) of ASCII letters or digits; writes nothing where both are there."""
    folded, exact, letters, digits = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for i in range(b, e, 8):
        eight = load(data, i, e)
        exact, folded = absorb(exact, eight), absorb(folded, lower(eight))
        letters |= eight & _LETTERS
        digits |= ~eight & _LETTERS >> np.uint64(64 - 8 * min(e - i, 8))
    if letters and digits:
        return n
    size = np.uint64(e - b)
    return put_word(b, e, 1 if letters else 2, mix(folded ^ size), mix(exact ^ size), e - b, n, out)


@kernel(inlined=True)
def _ends_chunk(
    data: U8, b: int, i: int, after: int, last: int, point: np.uint32, kind: np.uint32, table: U32
) -> bool:
    """Whether the symbol at byte i comes off the letters or digits [b, i) and ends the chunk."""
    if point == byte.DOT:
        if not flag(decode(data, step_back(data, i, b))[0], table) & BEFORE_DOT:
            return False
    elif not kind & SUFFIX:
        return False
    return after >= last or flag(decode(data, after)[0], table) & SPACE != 0


@kernel(inlined=True)
def _emit_symbol(data: U8, b: int, e: int, n: int, table: U32, fold: U32, out: Workspace) -> int:
    """The same for the one character [b, e), a symbol."""
    if e - b > 1:
        return emit_word(data, b, e, n, table, fold, out)
    h = mix(absorb(np.uint64(0), np.uint64(data[b])) ^ np.uint64(1))
    return put_word(b, e, 0, h, h, 1, n, out)


@kernel(inlined=False)
def _emit_foreign(
    data: U8, b: int, last: int, n: int, table: U32, fold: U32, units: U32, out: Workspace
) -> tuple[int, int]:
    """Emit the chunk that starts at b, letters of any script; returns what `emit_any` does."""
    i, seen, point, kind, after = b, np.uint32(0), np.uint32(0), np.uint32(0), b
    while i < last:
        point, after = decode(data, i)
        kind = flag(point, table)
        if kind & (SPACE | SYMBOL | ALONE):
            break
        seen |= kind
        i = after
    ends = i == last or kind & SPACE != 0
    if seen & (LETTER | DIGIT) == LETTER and (
        ends or _ends_chunk(data, b, i, after, last, point, kind, table)
    ):
        n = emit_word(data, b, i, n, table, fold, out)
        n = n if ends else emit_word(data, i, after, n, table, fold, out)
        return n, after
    return emit_any(data, b, i, last, n, table, fold, units, out)


@kernel(inlined=True)
def _emit_next(
    data: U8, b: int, p: int, last: int, n: int, table: U32, fold: U32, units: U32, out: Workspace
) -> tuple[int, int]:
    """Emit what starts at b, p being the first byte from there that is no ASCII letter or digit.

    Returns (count of words, where to go on, b if out of room). A word is emitted at once where `emit_chunk`
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
        m = _emit_plain(data, b, p, n, out)
        if m > n:
            return m, after
    elif b == p and kind & PREFIX:
        return _emit_symbol(data, b, after, n, table, fold, out), after
    elif b < p and kind & SYMBOL and _ends_chunk(data, b, p, after, last, point, kind, table):
        m = _emit_plain(data, b, p, n, out)
        if m > n:
            return _emit_symbol(data, p, after, m, table, fold, out), after
    if kind & (LETTER | MARK | DIGIT):
        return _emit_foreign(data, b, last, n, table, fold, units, out)
    return emit_any(data, b, p, last, n, table, fold, units, out)


@kernel
def _emit_run(
    data: U8, i: int, last: int, n: int, table: U32, fold: U32, units: U32, others: I64, out: Workspace
) -> tuple[int, int]:
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
                n, i = _emit_next(data, b, others[k], last, n, table, fold, units, out)
                if i == b:
                    return n, i
        if not many:  # letters as far as one can see
            b = i
            n, i = emit_any(data, b, b, last, n, table, fold, units, out)
            if i == b:
                return n, i
    return n, last


@kernel
def split(
    data: U8,
    offsets: I64,
    table: U32,
    fold: U32,
    units: U32,
    d: int,
    i: int,
    n: int,
    others: I64,
    doc: I64,
    out: Workspace,
) -> tuple[int, int, int]:
    """Go on from byte i of document d, n words being found, until the room in `out` may not do.

    Fills in `doc`. Returns (document, byte, words), the document behind the last when all is done.
    """
    while d < len(offsets) - 1:
        last = offsets[d + 1]
        n, i = _emit_run(data, i, last, n, table, fold, units, others, out)
        if i < last:
            break
        d += 1
        doc[d] = n
    return d, i, n
