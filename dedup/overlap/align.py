"""How much of an item stands in a stretch of words: a local alignment, weighed by rarity.

Words match where they are the same, and for less where they differ by a letter or two (bad OCR, inflection).
Numbers pass over each other for nothing. What stands between matches costs, so an alignment is compact
and in order.
"""

import numpy as np

from dedup.overlap.markup import decode, read_point
from dedup.overlap.scanner import NUMBER, WORD
from filters.words.jit import kernel

# Of a question's word: what it may be changed to without the question being another.
PLAIN, NAME, QUOTED = 0, 1, 2
# Columns of the figures that an alignment yields.
(WORDS, WORDS_FOUND, NAMES, NAMES_FOUND, QUOTE_FOUND, TOKENS, TOKENS_FOUND, ALL_FOUND, NUMBERS_OTHER, RUNS,
 CONTENT, CONTENT_FOUND, NAME_TOKENS, NAME_TOKENS_FOUND, NAME_TOKENS_OTHER, WIDTH,
 ALMOST, INSTEAD, INSTEAD_BITS) = range(19)  # fmt: skip
FIGURES = 19

_BETWEEN, _MISSING, _OTHER = np.float32(0.6), np.float32(0.4), np.float32(0.8)  # bits that a word costs
_ALMOST = np.float32(0.7)  # of a word's weight, where it is misspelt
LONGEST = 24  # characters of a word that are compared


@kernel
def spell(data, start, end, letter, out):
    """The characters of a word as they are read, into `out`; their number."""
    n, i = 0, start
    while i < end and n < len(out):
        point, i = decode(data, i, end)
        read = read_point(point, letter)
        if read >> np.uint64(60) == 1 or read >> np.uint64(60) == 2:
            out[n] = read & np.uint64(0xFFFFF)
            n += 1
    return n


@kernel
def mask_letters(characters):
    """Which letters a word has, roughly: a bit for each."""
    out = np.uint32(0)
    for c in characters:
        out |= np.uint32(1) << np.uint32(c & 31)
    return out


@kernel
def _count_ones(x):
    n = 0
    while x:
        x &= x - np.uint32(1)
        n += 1
    return n


@kernel
def _stands_at(part, whole, at):
    """Whether a part stands in a word from a place on."""
    k = 0
    while k < len(part) and whole[at + k] == part[k]:
        k += 1
    return k == len(part)


@kernel
def is_near(a, b, row):
    """Whether two words differ by one edit, by two from 7 letters on, or by three from 11 on.

    A prefix of two letters or more makes another word, often the opposite: incorrect, unlikely.
    """
    if min(len(a), len(b)) < 4:
        return False
    most = 1 if max(len(a), len(b)) < 7 else 2 if max(len(a), len(b)) < 11 else 3
    more = len(b) - len(a)
    if abs(more) > most or (more >= 2 and _stands_at(a, b, more)) or (more <= -2 and _stands_at(b, a, -more)):
        return False
    for j in range(len(b) + 1):
        row[j] = j
    for i in range(1, len(a) + 1):
        diagonal, row[0] = row[0], i
        least = i
        for j in range(1, len(b) + 1):
            cost = min(diagonal + (a[i - 1] != b[j - 1]), row[j] + 1, row[j - 1] + 1)
            diagonal, row[j] = row[j], cost
            least = min(least, cost)
        if least > most:
            return False
    return row[len(b)] <= most


@kernel
def align(
    item, bits, kinds, flags, spelt, spelt_at, words, word_kinds, data, start, end, letter, room, figures
):
    """Align an item with a stretch; fills `figures` and returns the first word that matches and the last + 1.

    `item`, `bits`, `kinds`, `flags`: hash, weight, kind and flag of the item's words; word k is spelt
    `spelt[spelt_at[k]:spelt_at[k + 1]]`. `words`, `word_kinds`, `start`, `end`: those of the stretch.
    `room`: what is written on the way: score and step of every pair of words, what each of the item's is
    matched with; of the stretch's words characters, their number and mask; a row for `is_near`.
    """
    score, way, seen, characters, lengths, masks, row = room
    for j in range(len(words)):
        lengths[j] = spell(data, start[j], end[j], letter, characters[j]) if word_kinds[j] == WORD else 0
        masks[j] = mask_letters(characters[j, : lengths[j]])
    best, i, j = np.float32(0), 0, 0
    score[0, : len(words) + 1] = 0
    for k in range(len(item)):
        own = spelt[spelt_at[k] : spelt_at[k + 1]]
        before = spelt[spelt_at[max(0, k - 1)] : spelt_at[k]]
        top, at = _fill_row(
            k + 1, item[k], bits[k], kinds[k], own, before, bits[max(0, k - 1)], words, word_kinds,
            characters, lengths, masks, row, score, way,
        )  # fmt: skip
        if top > best:
            best, i, j = top, k + 1, at
    last = j
    first = _trace_back(way, i, j, seen[: len(item)])
    _count_figures(bits, kinds, flags, seen[: len(item)], figures)
    figures[WIDTH] = last - first  # the last word that matches ends the alignment
    return first, last


@kernel
def _fill_row(
    i, word, bits, kind, own, before, more, words, word_kinds, characters, lengths, masks, row, score, way
):
    """Row i of the alignment, of one word of the item: (its best score, where).

    `before` and `more`: how the word before it is spelt, and its weight. A space may be lost or put in.
    """
    own_mask = mask_letters(own)
    together = len(before) + len(own) if min(len(before), len(own)) > 0 else -1
    best, at, left = np.float32(0), 0, np.float32(0)
    score[i, 0] = 0
    for j in range(1, len(words) + 1):
        gain, how = -_OTHER, 1
        if word == words[j - 1]:
            gain, how = bits, 2
        elif kind == NUMBER and word_kinds[j - 1] == NUMBER:
            gain, how = np.float32(0), 4
        elif (
            kind == WORD
            and bits > 2
            and word_kinds[j - 1] == WORD
            and _count_ones(own_mask ^ masks[j - 1]) <= 5
            and is_near(own, characters[j - 1, : lengths[j - 1]], row)
        ):
            gain, how = _ALMOST * bits, 3
        value, step = score[i - 1, j - 1] + gain, how
        size = lengths[j - 1]
        if size == together and how < 2:
            both, whole = score[i - 2, j - 1] + more + bits, characters[j - 1]
            if both > value and _stands_at(before, whole, 0) and _stands_at(own, whole, len(before)):
                value, step = both, 7
        if 0 < size < len(own) and j > 1 and lengths[j - 2] == len(own) - size and how < 2:
            begin, rest = characters[j - 2, : len(own) - size], characters[j - 1, :size]
            both = score[i - 1, j - 2] + bits
            if both > value and _stands_at(begin, own, 0) and _stands_at(rest, own, len(begin)):
                value, step = both, 8
        if score[i - 1, j] - _MISSING > value:
            value, step = score[i - 1, j] - _MISSING, 5
        if left - _BETWEEN > value:
            value, step = left - _BETWEEN, 6
        if value <= 0:
            value, step = np.float32(0), 0
        score[i, j], way[i, j], left = value, step, value
        if value > best:
            best, at = value, j
    return best, at


@kernel
def _trace_back(way, i, j, seen):
    """What each word of the item is matched with, into `seen`; the first word of the stretch that matches."""
    seen[:] = -1
    first = j
    while i > 0 and j > 0 and way[i, j] != 0:
        step = way[i, j]
        if step == 7:  # two of the item's words as one
            seen[i - 1] = seen[i - 2] = 8 * (j - 1) + 2
            first = j - 1
            i, j = i - 2, j - 1
        elif step == 8:  # one in two pieces
            seen[i - 1] = 8 * (j - 1) + 2
            first = j - 2
            i, j = i - 1, j - 2
        elif step <= 4:
            seen[i - 1] = 8 * (j - 1) + step
            if step > 1:
                first = j - 1
            i, j = i - 1, j - 1
        elif step == 5:
            i -= 1
        else:
            j -= 1
    return first


@kernel
def _count_figures(bits, kinds, flags, seen, figures):
    """The figures of an alignment, of what each word of the item is matched with."""
    figures[:] = 0
    before = -9
    for k in range(len(seen)):
        how, place = np.int64(0) if seen[k] < 0 else seen[k] & 7, seen[k] >> 3
        found, same = how > 1, how == 2 or how == 3
        share = np.float32(0) if not same else _ALMOST if how == 3 else np.float32(1)
        figures[ALL_FOUND] += found
        if flags[k] == NAME:
            figures[NAMES] += bits[k]
            figures[NAMES_FOUND] += bits[k] * share
            figures[NAME_TOKENS] += 1
            figures[NAME_TOKENS_FOUND] += same
            figures[NAME_TOKENS_OTHER] += how == 1
        elif flags[k] == QUOTED:
            figures[QUOTE_FOUND] += bits[k] * share
        else:
            figures[TOKENS] += 1
            figures[TOKENS_FOUND] += found
            if kinds[k] != NUMBER:
                figures[WORDS] += bits[k]
                figures[WORDS_FOUND] += bits[k] * share
        if kinds[k] == NUMBER:
            figures[NUMBERS_OTHER] += how == 4
        elif kinds[k] == WORD and flags[k] == PLAIN:
            figures[CONTENT] += 1
            figures[CONTENT_FOUND] += same
            figures[ALMOST] += how == 3
        if how == 1 and flags[k] == PLAIN and kinds[k] == WORD and _stands_alone(seen, k):
            figures[INSTEAD] += 1
            figures[INSTEAD_BITS] += bits[k]
        if same:
            figures[RUNS] += place == before + 1
            before = place
        else:
            before = -9


@kernel
def _stands_alone(seen, k):
    """Whether the words on both sides of a word that is another stand as they do in the item."""
    if k == 0 or k + 1 == len(seen) or seen[k - 1] < 0 or seen[k + 1] < 0:
        return False
    found = seen[k - 1] & 7 > 1 and seen[k + 1] & 7 > 1
    return found and (seen[k - 1] >> 3) + 1 == seen[k] >> 3 == (seen[k + 1] >> 3) - 1
