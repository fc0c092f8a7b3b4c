"""Where eval items stand in documents: candidates by keys, then their alignment."""

from typing import NamedTuple

import numpy as np

from winnow.dedup.overlap.align import FIGURES, TOKENS, TOKENS_FOUND, align, make_room
from winnow.dedup.overlap.answer_keys import Keys, find_keys
from winnow.dedup.overlap.answers import PARTS, find_parts
from winnow.dedup.overlap.candidates import BEGIN, DOCUMENT, END, ITEM, find_stretches
from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.keys import look_up
from winnow.dedup.overlap.lexer.words import Cut
from winnow.dedup.overlap.runs import Passages, find_passages
from winnow.kernels import F32, I64, U8, U64, Bools, kernel

MOST_WORDS = 500  # of an item that are aligned
_MOST = 2 * MOST_WORDS + 100  # words of a stretch
# Pairs of words that may be compared in vain for an item in a document; then its lighter stretches are passed
# over. Only for items of hundreds of words these are fewer stretches than there can be.
_IN_VAIN = 4_000_000


class Hits(NamedTuple):
    """Alignments, by document and item."""

    document: I64
    item: I64
    first: I64  # word of the batch
    last: I64  # word + 1
    figures: F32  # (hits, FIGURES)
    parts: F32  # (hits, PARTS)


def scan(cut: Cut, data: U8, letter: U64, index: Index, floor: np.float32) -> tuple[Hits, Passages, Keys]:
    """Every item of every document of which the alignment covers `floor` of the words; where runs of an
    item stand close together; and keys of evals."""
    found, place, at, letters = look_up(cut, index.key, index.bits, index.bucket)
    likely = find_stretches(cut.doc, found, place, at, index, _MOST)
    kept, first, last, figures, parts = _align_all(cut, data, letter, index, floor, likely)
    hits = Hits(
        likely[kept, DOCUMENT], likely[kept, ITEM], first[kept], last[kept], figures[kept], parts[kept]
    )
    return hits, find_passages(found, place, at, index), find_keys(cut, data, letters, index)


@kernel(allocates=True)
def _align_all(
    cut: Cut, data: U8, letter: U64, index: Index, floor: np.float32, likely: I64
) -> tuple[Bools, I64, I64, F32, F32]:
    """Each stretch aligned: (whether it is kept, first word, last + 1, figures, parts)."""
    room = make_room(MOST_WORDS, _MOST)
    kept, size = np.zeros(len(likely), np.bool_), len(likely)
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    figures, parts = np.empty((size, FIGURES), np.float32), np.empty((size, PARTS), np.float32)
    vain = 0
    for k in range(size):
        d, item = likely[k, DOCUMENT], likely[k, ITEM]
        if k > 0 and (d != likely[k - 1, DOCUMENT] or item != likely[k - 1, ITEM]):
            vain = 0
        if vain > _IN_VAIN:
            continue
        own = slice(index.word_at[item], index.word_at[item + 1])
        a, b = likely[k, BEGIN], likely[k, END]
        x, y = align(
            index.word[own], index.rarity[own], index.kind[own], index.flag[own], index.spelt,
            index.spelt_at[own.start : own.stop + 1], cut.hash[a:b], cut.kind[a:b], data, cut.start[a:b],
            cut.end[a:b], letter, room, figures[k],
        )  # fmt: skip
        if figures[k, TOKENS_FOUND] < floor * figures[k, TOKENS] or y <= x:
            vain += (own.stop - own.start) * (b - a)
            continue
        begin = cut.doc[d]
        words = cut.hash[begin : cut.doc[d + 1]]
        x, y = find_parts(words, a - begin + x, a - begin + y, item, index, parts[k])
        kept[k], first[k], last[k] = True, begin + x, begin + y
    return kept, first, last, figures, parts
