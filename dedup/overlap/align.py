"""How much of an item stands in a stretch of words: a local alignment, weighed by rarity.

Words match where they are the same, and for less where they differ by a letter or two (bad OCR, inflection).
Numbers pass over each other for nothing. What stands between matches costs, so an alignment is compact
and in order.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winnow.dedup.overlap.lexer.scanner import NUMBER, WORD
from winnow.dedup.overlap.lexer.spelling import LONGEST, count_ones, is_near, mask_letters, matches_at, spell
from winnow.kernels import F32, I32, I64, U8, U32, U64, Bool, Int, kernel

# Of a question's word: what it may be changed to without the question being another.
PLAIN, NAME, QUOTED = 0, 1, 2
# Columns of the figures that an alignment yields.
(WORDS, WORDS_FOUND, NAMES, NAMES_FOUND, QUOTE_FOUND, TOKENS, TOKENS_FOUND, ALL_FOUND, NUMBERS_OTHER, RUNS,
 CONTENT, CONTENT_FOUND, NAME_TOKENS, NAME_TOKENS_FOUND, NAME_TOKENS_OTHER, WIDTH,
 ALMOST, INSTEAD, INSTEAD_BITS) = range(19)  # fmt: skip
FIGURES = 19

_BETWEEN, _MISSING, _OTHER = np.float32(0.6), np.float32(0.4), np.float32(0.8)  # bits that a word costs
_ALMOST = np.float32(0.7)  # of a word's weight, where it is misspelt
_MOST_OTHER = 5  # letters that only one of two words has, above which they are not compared
# Steps of an alignment: what a word of the item is matched with, or that none is.
_OTHER_WORD, _SAME, _MISSPELT, _OTHER_NUMBER, _UP, _LEFT, _JOINED, _PARTED = range(1, 9)


class Workspace(NamedTuple):
    """What an alignment is written to on the way, as large as any may be."""

    score: F32  # of every pair of words
    way: NDArray[np.int8]  # the step that leads there
    seen: I64  # what each of the item's words is matched with
    characters: I32  # of each of the stretch's words
    lengths: I64  # how many these are
    masks: U32  # which letters
    row: I64  # for `is_near`


@kernel(allocates=True)
def make_room(words: int, most: int) -> Workspace:
    """Room for items of so many words and stretches of at most `most`."""
    return Workspace(
        np.empty((words + 1, most + 1), np.float32),
        np.zeros((words + 1, most + 1), np.int8),
        np.empty(words, np.int64),
        np.empty((most, LONGEST), np.int32),
        np.empty(most, np.int64),
        np.empty(most, np.uint32),
        np.empty(LONGEST + 1, np.int64),
    )


@kernel
def align(
    item: U64,
    bits: F32,
    kinds: U8,
    flags: U8,
    spelt: I32,
    spelt_at: I64,
    words: U64,
    word_kinds: U8,
    data: U8,
    start: I64,
    end: I64,
    letter: U64,
    room: Workspace,
    figures: F32,
) -> tuple[Int, Int]:
    """Align an item with a stretch; fills `figures` and returns the first word that matches and the last + 1.

    `item`, `bits`, `kinds`, `flags`: hash, weight, kind and flag of the item's words; word k is spelt
    `spelt[spelt_at[k]:spelt_at[k + 1]]`. `words`, `word_kinds`, `start`, `end`: those of the stretch.
    """
    for j in range(len(words)):
        size = spell(data, start[j], end[j], letter, room.characters[j]) if word_kinds[j] == WORD else 0
        room.lengths[j] = size
        room.masks[j] = mask_letters(room.characters[j, :size])
    best, i, j = np.float32(0), 0, 0
    room.score[0, : len(words) + 1] = 0
    for k in range(len(item)):
        own = spelt[spelt_at[k] : spelt_at[k + 1]]
        before = spelt[spelt_at[max(0, k - 1)] : spelt_at[k]]
        top, at = _fill_row(
            k + 1, item[k], bits[k], kinds[k], own, before, bits[max(0, k - 1)], words, word_kinds, room
        )
        if top > best:
            best, i, j = top, k + 1, at
    last, seen = j, room.seen[: len(item)]
    first = _trace_back(room.way, i, j, seen)
    _count_figures(bits, kinds, flags, seen, figures)
    figures[WIDTH] = last - first  # the last word that matches ends the alignment
    return first, last


@kernel
def _fill_row(
    i: Int,
    word: np.uint64,
    bits: np.float32,
    kind: Int,
    own: I32,
    before: I32,
    more: np.float32,
    words: U64,
    word_kinds: U8,
    room: Workspace,
) -> tuple[np.float32, Int]:
    """Row i of the alignment, of one word of the item: (its best score, where).

    `before` and `more`: how the word before it is spelt, and its weight. A space may be lost or put in.
    """
    score, own_mask = room.score, mask_letters(own)
    best, at, left = np.float32(0), 0, np.float32(0)
    score[i, 0] = 0
    for j in range(1, len(words) + 1):
        gain, how = -_OTHER, _OTHER_WORD
        if word == words[j - 1]:
            gain, how = bits, _SAME
        elif kind == NUMBER and word_kinds[j - 1] == NUMBER:
            gain, how = np.float32(0), _OTHER_NUMBER
        elif kind == WORD and bits > 2 and word_kinds[j - 1] == WORD and _is_misspelt(own, own_mask, j, room):
            gain, how = _ALMOST * bits, _MISSPELT
        value, step = score[i - 1, j - 1] + gain, how
        if how == _OTHER_WORD:
            value, step = _match_spaced(i, j, own, bits, before, more, room, value)
        if score[i - 1, j] - _MISSING > value:
            value, step = score[i - 1, j] - _MISSING, _UP
        if left - _BETWEEN > value:
            value, step = left - _BETWEEN, _LEFT
        if value <= 0:
            value, step = np.float32(0), 0
        score[i, j], room.way[i, j], left = value, step, value
        if value > best:
            best, at = value, j
    return best, at


@kernel(inlined=True)
def _is_misspelt(own: I32, own_mask: np.uint32, j: Int, room: Workspace) -> Bool:
    """Whether word j of a stretch differs by a letter or two; mostly the letters that both have tell."""
    if count_ones(own_mask ^ room.masks[j - 1]) > _MOST_OTHER:
        return False
    return is_near(own, room.characters[j - 1, : room.lengths[j - 1]], room.row)


@kernel(inlined=True)
def _match_spaced(
    i: Int,
    j: Int,
    own: I32,
    bits: np.float32,
    before: I32,
    more: np.float32,
    room: Workspace,
    value: np.float32,
) -> tuple[np.float32, Int]:
    """Score and step where two of the item's words stand as one, or one stands in two pieces, if that is
    worth more than `value`, that of another word."""
    score, characters, lengths = room.score, room.characters, room.lengths
    step, size = _OTHER_WORD, lengths[j - 1]
    if min(len(before), len(own)) > 0 and size == len(before) + len(own):
        both, whole = score[i - 2, j - 1] + more + bits, characters[j - 1]
        if both > value and matches_at(before, whole, 0) and matches_at(own, whole, len(before)):
            value, step = both, _JOINED
    if 0 < size < len(own) and j > 1 and lengths[j - 2] == len(own) - size:
        begin, rest = characters[j - 2, : len(own) - size], characters[j - 1, :size]
        both = score[i - 1, j - 2] + bits
        if both > value and matches_at(begin, own, 0) and matches_at(rest, own, len(begin)):
            value, step = both, _PARTED
    return value, step


@kernel
def _trace_back(way: NDArray[np.int8], i: Int, j: Int, seen: I64) -> Int:
    """What each word of the item is matched with, into `seen`; the first word of the stretch that matches."""
    seen[:] = -1
    first = j
    while i > 0 and j > 0 and way[i, j] != 0:
        step = way[i, j]
        if step == _JOINED:
            seen[i - 1] = seen[i - 2] = 8 * (j - 1) + _SAME
            first = j - 1
            i, j = i - 2, j - 1
        elif step == _PARTED:
            seen[i - 1] = 8 * (j - 1) + _SAME
            first = j - 2
            i, j = i - 1, j - 2
        elif step <= _OTHER_NUMBER:
            seen[i - 1] = 8 * (j - 1) + step
            if step > _OTHER_WORD:
                first = j - 1
            i, j = i - 1, j - 1
        elif step == _UP:
            i -= 1
        else:
            j -= 1
    return first


@kernel
def _count_figures(bits: F32, kinds: U8, flags: U8, seen: I64, figures: F32) -> None:
    """The figures of an alignment, of what each word of the item is matched with."""
    figures[:] = 0
    before = -9
    for k in range(len(seen)):
        how, place = np.int64(0) if seen[k] < 0 else seen[k] & 7, seen[k] >> 3
        found, same = how > _OTHER_WORD, how in (_SAME, _MISSPELT)
        share = np.float32(0) if not same else _ALMOST if how == _MISSPELT else np.float32(1)
        figures[ALL_FOUND] += found
        if flags[k] == NAME:
            figures[NAMES] += bits[k]
            figures[NAMES_FOUND] += bits[k] * share
            figures[NAME_TOKENS] += 1
            figures[NAME_TOKENS_FOUND] += same
            figures[NAME_TOKENS_OTHER] += how == _OTHER_WORD
        elif flags[k] == QUOTED:
            figures[QUOTE_FOUND] += bits[k] * share
        else:
            figures[TOKENS] += 1
            figures[TOKENS_FOUND] += found
            if kinds[k] != NUMBER:
                figures[WORDS] += bits[k]
                figures[WORDS_FOUND] += bits[k] * share
        if kinds[k] == NUMBER:
            figures[NUMBERS_OTHER] += how == _OTHER_NUMBER
        elif kinds[k] == WORD and flags[k] == PLAIN:
            figures[CONTENT] += 1
            figures[CONTENT_FOUND] += same
            figures[ALMOST] += how == _MISSPELT
        if how == _OTHER_WORD and flags[k] == PLAIN and kinds[k] == WORD and _stands_alone(seen, k):
            figures[INSTEAD] += 1
            figures[INSTEAD_BITS] += bits[k]
        if same:
            figures[RUNS] += place == before + 1
            before = place
        else:
            before = -9


@kernel
def _stands_alone(seen: I64, k: Int) -> Bool:
    """Whether the words on both sides of a word that is another stand as they do in the item."""
    if k == 0 or k + 1 == len(seen) or seen[k - 1] < 0 or seen[k + 1] < 0:
        return False
    found = seen[k - 1] & 7 > _OTHER_WORD and seen[k + 1] & 7 > _OTHER_WORD
    return found and (seen[k - 1] >> 3) + 1 == seen[k] >> 3 == (seen[k + 1] >> 3) - 1
