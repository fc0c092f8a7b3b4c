"""Answer and choices of an item, close by the stretch where its question stands."""

import numpy as np

from winnow.dedup.overlap.index import Index
from winnow.kernels import F32, U64, Int, kernel

_AROUND = 160  # words beside an alignment in which answer and choices are looked for
_LONGEST = 200  # words of an answer or a choice that are looked for
ANSWER, ANSWER_BITS, CHOICES, CHOICES_BITS = range(4)  # columns of what is found: shares, and bits
PARTS = 4
# Shares from which an answer, or one choice, and the choices together stand there.
ANSWER_THERE, CHOICES_THERE = 0.5, 0.6


@kernel
def _find_part(words: U64, part: U64) -> tuple[np.float32, Int, Int]:
    """How much of a part stands in a stretch of words, in runs of up to 4: (share, first, last + 1)."""
    size = min(4, len(part))
    if size == 0 or size > len(words):
        return np.float32(0), 0, 0
    hits, first, last = 0, len(words), 0
    for j in range(len(part) - size + 1):
        for i in range(len(words) - size + 1):
            if words[i] == part[j]:
                same = 1
                while same < size and words[i + same] == part[j + same]:
                    same += 1
                if same == size:
                    hits += 1
                    first, last = min(first, i), max(last, i + size)
                    break
    return np.float32(hits / (len(part) - size + 1)), first, last


@kernel
def find_parts(words: U64, first: Int, last: Int, item: Int, index: Index, out: F32) -> tuple[Int, Int]:
    """Answer and choices around words[first:last]: fills `out`, returns the span grown by them."""
    out[:] = 0
    from_, to = index.part_at[item], index.part_at[item + 1]
    a, b = first, last
    bits, whole = np.float32(0), 0
    got: Int = 0
    for p in range(from_, to):
        own = slice(index.part_word_at[p], min(index.part_word_at[p + 1], index.part_word_at[p] + _LONGEST))
        part, weight = index.part_word[own], index.part_rarity[own].sum()
        around = _AROUND if len(part) > 1 else _AROUND // 4
        begin = last
        share, x, y = _find_part(words[last : min(len(words), last + around + len(part))], part)
        if share == 0 and p == from_:
            begin = max(0, first - len(part) - 12)
            share, x, y = _find_part(words[begin:first], part)
        if p == from_:
            out[ANSWER], out[ANSWER_BITS] = share, share * weight
        else:
            whole += 1
            got += share >= ANSWER_THERE
            bits += share * weight
        if share >= ANSWER_THERE:
            a, b = min(a, begin + x), max(b, begin + y)
    if whole:
        out[CHOICES], out[CHOICES_BITS] = got / whole, bits
    if out[ANSWER] < ANSWER_THERE and out[CHOICES] < CHOICES_THERE:
        return first, last
    return a, b
