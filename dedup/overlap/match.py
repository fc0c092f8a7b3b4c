"""Where eval items stand in documents: candidates by keys, then their alignment."""

from typing import NamedTuple

import numpy as np

from dedup.overlap.align import FIGURES, LONGEST, TOKENS, TOKENS_FOUND, align
from dedup.overlap.answers import PARTS, find_parts
from dedup.overlap.candidates import BEGIN, DOCUMENT, END, ITEM, find_stretches
from dedup.overlap.keys import look_up
from dedup.overlap.words import Cut
from filters.words.jit import kernel

MOST_WORDS = 500  # of an item that are aligned
_MOST = 2 * MOST_WORDS + 100  # words of a stretch
# Pairs of words that may be compared in vain for an item in a document; then its lighter stretches are passed
# over. Only for items of hundreds of words these are fewer stretches than there can be.
_IN_VAIN = 4_000_000


class Index(NamedTuple):
    """The arrays of an index. Postings of key g are `offset[g]` to `offset[g + 1]`."""

    key: np.ndarray  # uint64, sorted
    shelf: np.ndarray  # int32: where the keys begin that share their first bits
    offset: np.ndarray  # int64, keys + 1
    item: np.ndarray  # int32, by posting
    slot: np.ndarray  # int32, by posting: which word of its item
    weight: np.ndarray  # float32, by posting
    bits: np.ndarray  # uint64, the prefilter: two bits by key
    total: np.ndarray  # float32, by item: sum of its slots' weights
    word_at: np.ndarray  # int64, items + 1: the item's words
    word: np.ndarray  # uint64
    rarity: np.ndarray  # float32, by word: bits
    kind: np.ndarray  # uint8, by word
    flag: np.ndarray  # uint8, by word
    spelt_at: np.ndarray  # int64, words + 1
    spelt: np.ndarray  # int32, characters
    part_at: np.ndarray  # int64, items + 1: the item's parts, the answer first, then choices
    part_word_at: np.ndarray  # int64, parts + 1
    part_word: np.ndarray  # uint64
    part_rarity: np.ndarray  # float32


class Hits(NamedTuple):
    """Alignments, by document and item."""

    document: np.ndarray
    item: np.ndarray
    first: np.ndarray  # word of the batch
    last: np.ndarray  # word + 1
    figures: np.ndarray  # float32, (hits, FIGURES)
    parts: np.ndarray  # float32, (hits, PARTS)


def scan(cut: Cut, data: np.ndarray, letter: np.ndarray, index: Index, floor: np.float32) -> Hits:
    """Every item of every document of which the alignment covers `floor` of the words."""
    found, place, at = look_up(cut, index.key, index.bits, index.shelf)
    likely = find_stretches(cut.doc, found, place, at, index, _MOST)
    kept, first, last, figures, parts = _align_all(cut, data, letter, index, floor, likely)
    return Hits(
        likely[kept, DOCUMENT], likely[kept, ITEM], first[kept], last[kept], figures[kept], parts[kept]
    )


@kernel(allocates=True)
def _align_all(cut, data, letter, index, floor, likely):
    """Each stretch aligned: (whether it is kept, first word, last + 1, figures, parts)."""
    room = (
        np.empty((MOST_WORDS + 1, _MOST + 1), np.float32),
        np.zeros((MOST_WORDS + 1, _MOST + 1), np.int8),
        np.empty(MOST_WORDS, np.int64),
        np.empty((_MOST, LONGEST), np.int32),
        np.empty(_MOST, np.int64),
        np.empty(_MOST, np.uint32),
        np.empty(LONGEST + 1, np.int64),
    )
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
