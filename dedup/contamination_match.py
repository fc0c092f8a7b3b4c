"""Where eval items stand in documents: candidates by keys, then their alignment.

A key is two words that stand beside each other once stop words and numbers are left out, or with one more
between them. So keys outlast changed numbers, and most outlast names, synonyms, lost words and bad OCR.
"""

from typing import NamedTuple

import numba
import numpy as np

from dedup.contamination_align import FIGURES, TOKENS, TOKENS_FOUND, align
from dedup.contamination_words import WORD, Cut

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_33, _29 = np.uint64(33), np.uint64(29)
GRAM = 5  # words of a key where numbers and stop words count, for items that have few others

_SPREAD, _SLACK = 1.4, 12  # longest stretch for an item: SPREAD * its length + SLACK, in words
_SHARE = np.float32(0.25)  # of an item's weight that must be in keys for it to be aligned
_LEAST = np.float32(8)  # bits that must be
_AROUND = 160  # words beside an alignment in which answer and choices are looked for
MOST_WORDS = 500  # of an item that are aligned


class Index(NamedTuple):
    """The arrays of an index. Postings of key g are `offset[g]` to `offset[g + 1]`."""

    key: np.ndarray  # uint64, sorted
    offset: np.ndarray  # int64, keys + 1
    item: np.ndarray  # int32, by posting
    slot: np.ndarray  # int32, by posting: which word of its item
    weight: np.ndarray  # float32, by posting
    bits: np.ndarray  # uint64, the prefilter: one bit by key
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
    parts: (
        np.ndarray
    )  # float32, (hits, 5): answer's share, its bits, choices' share, their bits, span touched


@numba.njit(cache=True, nogil=True)
def keys(words, kinds, sizes):
    """Keys of a text of words: (key, first word, last word); also of runs of GRAM words, numbers and all."""
    n = len(words)
    content = np.empty(n, np.int64)
    c = 0
    for i in range(n):
        if kinds[i] == WORD and sizes[i] >= 2:
            content[c] = i
            c += 1
    room = 2 * c + max(0, n - GRAM + 1)
    key, place, last = np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room, np.int64)
    k = 0
    for x in range(c):
        for y in (x + 1, x + 2):
            if y < c and content[y] - content[x] <= 12:
                key[k] = _pair(words[content[x]], words[content[y]])
                place[k], last[k] = content[x], content[y]
                k += 1
    pairs = k
    for i in range(n - GRAM + 1):
        h = np.uint64(1)
        for j in range(GRAM):
            h = h * _BASE + words[i + j]
        key[k], place[k], last[k] = h ^ (h >> _29), i, i + GRAM - 1
        k += 1
    return key[:k], place[:k], last[:k], pairs


@numba.njit(cache=True, nogil=True, inline="always")
def _pair(a, b):
    h = (a * _BASE + b) * _MIX1
    return h ^ (h >> _33)


@numba.njit(cache=True, nogil=True)
def prefilter(key, bits):
    """Set the bit of every key."""
    rows = np.uint64(len(bits) * 64 - 1)
    for h in key:
        place = h & rows
        bits[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@numba.njit(cache=True, nogil=True)
def _grown(array, size):
    if size <= len(array):
        return array
    room = np.empty(2 * size, array.dtype)
    room[: len(array)] = array
    return room


@numba.njit(cache=True, nogil=True)
def _hit(h, index):
    """The key's number in the index, or -1."""
    rows = np.uint64(len(index.bits) * 64 - 1)
    bit = h & rows
    if not (index.bits[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1):
        return np.int64(-1)
    g = np.searchsorted(index.key, h)
    return np.int64(g) if g < len(index.key) and index.key[g] == h else np.int64(-1)


@numba.njit(cache=True, nogil=True)
def _lookup(words, kinds, start, end, index, content, found, place):
    """Keys of the index in a document, by place: as `keys` has them, without writing those that miss."""
    n, c = 0, 0
    h = np.uint64(0)
    drop = np.uint64(1)
    first = np.uint64(1)
    for _ in range(GRAM):
        drop *= _BASE
        first *= _BASE
    for i in range(len(words)):
        h = h * _BASE + words[i]
        if i >= GRAM:
            h -= drop * words[i - GRAM]
        if i >= GRAM - 1:
            whole = h + first
            g = _hit(whole ^ (whole >> _29), index)
            if g >= 0:
                found, place = _grown(found, n + 1), _grown(place, n + 1)
                found[n], place[n] = g, i - GRAM + 1
                n += 1
        if kinds[i] == WORD and end[i] - start[i] >= 2:
            for y in (c - 1, c - 2):
                if y >= 0 and i - content[y] <= 12:
                    g = _hit(_pair(words[content[y]], words[i]), index)
                    if g >= 0:
                        found, place = _grown(found, n + 1), _grown(place, n + 1)
                        found[n], place[n] = g, content[y]
                        n += 1
            content[c] = i
            c += 1
    return found, place, n


@numba.njit(cache=True, nogil=True)
def _candidates(found, n, index, mass, hits, touched):
    """Items whose keys weigh enough, ascending. `mass` and `hits` by item are left filled for `touched`."""
    count = 0
    for k in range(n):
        g = found[k]
        for p in range(index.offset[g], index.offset[g + 1]):
            item = index.item[p]
            if hits[item] == 0:
                touched = _grown(touched, count + 1)
                touched[count] = item
                count += 1
            mass[item] += index.weight[p]
            hits[item] += 1
    likely = np.empty(count, np.int64)
    m = 0
    for k in range(count):
        if mass[touched[k]] >= max(_SHARE * index.total[touched[k]], min(_LEAST, index.total[touched[k]])):
            likely[m] = touched[k]
            m += 1
    return np.sort(likely[:m]), touched, count


@numba.njit(cache=True, nogil=True)
def _gather(found, place, n, index, likely, hits, start):
    """Hits of the likely items, by item: (bounds, place, slot, weight)."""
    bounds = np.zeros(len(likely) + 1, np.int64)
    for k in range(len(likely)):
        bounds[k + 1] = bounds[k] + hits[likely[k]]
        start[likely[k]] = bounds[k]
    where = np.empty(bounds[-1], np.int64)
    slot, weight = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.float32)
    for k in range(n):
        g = found[k]
        for p in range(index.offset[g], index.offset[g + 1]):
            at = start[index.item[p]]
            if at >= 0:
                where[at], slot[at], weight[at] = place[k], index.slot[p], index.weight[p]
                start[index.item[p]] += 1
    start[likely] = -1
    return bounds, where, slot, weight


@numba.njit(cache=True, nogil=True)
def _window(place, slot, weight, widest, count):
    """The best window of at most `widest` places: (weight of its distinct slots, first hit, last hit)."""
    best, first, last, total, left = np.float32(0), 0, 0, np.float32(0), 0
    for right in range(len(place)):
        if count[slot[right]] == 0:
            total += weight[right]
        count[slot[right]] += 1
        while place[right] - place[left] > widest or (left < right and count[slot[left]] > 1):
            count[slot[left]] -= 1
            if count[slot[left]] == 0:
                total -= weight[left]
            left += 1
        if total > best + np.float32(1e-4):
            best, first, last = total, left, right
    for k in range(left, len(place)):
        count[slot[k]] = 0
    return best, first, last


@numba.njit(cache=True, nogil=True)
def _part(words, part):
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


@numba.njit(cache=True, nogil=True)
def _parts(words, first, last, item, index, out):
    """Answer and choices around words[first:last]: fills `out`, returns the span grown by them."""
    out[:] = 0
    from_, to = index.part_at[item], index.part_at[item + 1]
    a, b = first, last
    bits, whole, got = np.float32(0), 0, 0
    for p in range(from_, to):
        part = index.part_word[index.part_word_at[p] : index.part_word_at[p + 1]][:200]
        weight = index.part_rarity[index.part_word_at[p] : index.part_word_at[p + 1]].sum()
        around = _AROUND if len(part) > 1 else _AROUND // 4
        begin = last
        share, x, y = _part(words[last : min(len(words), last + around + len(part))], part)
        if share == 0 and p == from_:
            begin = max(0, first - len(part) - 12)
            share, x, y = _part(words[begin:first], part)
        if p == from_:
            out[0], out[1] = share, share * weight
        else:
            whole += 1
            got += share >= 0.5
            bits += share * weight
        if share >= 0.5:
            a, b = min(a, begin + x), max(b, begin + y)
    if whole:
        out[2], out[3] = got / whole, bits
    if out[0] < 0.5 and out[2] < 0.6:
        return first, last
    return a, b


@numba.njit(cache=True, nogil=True)
def scan(cut, data, letter, index, floor):
    """Every item of every document of which the alignment covers `floor` of the words, as `Hits`."""
    items = len(index.total)
    found, place, touched = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    mass, hits, start = np.zeros(items, np.float32), np.zeros(items, np.int64), np.full(items, -1, np.int64)
    count = np.zeros(index.slot.max() + 1 if len(index.slot) else 1, np.int32)
    most = 2 * MOST_WORDS + 100
    room = (
        np.empty((MOST_WORDS + 1, most + 1), np.float32),
        np.zeros((MOST_WORDS + 1, most + 1), np.int8),
        np.empty(MOST_WORDS, np.int64),
        np.empty(most, np.uint32),
        np.empty(most, np.int64),
    )
    content = np.empty(np.diff(cut.doc).max() + 1 if len(cut.doc) > 1 else 1, np.int64)
    i64 = np.int64
    row, who, first, last = np.empty(64, i64), np.empty(64, i64), np.empty(64, i64), np.empty(64, i64)
    figures, parts = np.empty(64 * FIGURES, np.float32), np.empty(64 * 5, np.float32)
    figure, part = np.zeros(FIGURES, np.float32), np.zeros(5, np.float32)
    size = 0
    for d in range(len(cut.doc) - 1):
        here = slice(cut.doc[d], cut.doc[d + 1])
        words, kinds = cut.hash[here], cut.kind[here]
        begin, end = cut.start[here], cut.end[here]
        found, place, n = _lookup(words, kinds, begin, end, index, content, found, place)
        likely, touched, n_touched = _candidates(found, n, index, mass, hits, touched)
        if len(likely):
            bounds, where, slot, weight = _gather(found, place, n, index, likely, hits, start)
            for k in range(len(likely)):
                item = likely[k]
                own = slice(index.word_at[item], index.word_at[item + 1])
                length = own.stop - own.start
                span = slice(bounds[k], bounds[k + 1])
                best, left, right = _window(
                    where[span], slot[span], weight[span], int(_SPREAD * length) + _SLACK, count
                )
                if best < max(_SHARE * index.total[item], min(_LEAST, index.total[item])):
                    continue
                low, high = bounds[k] + left, bounds[k] + right
                around = 8 + length // 4
                a = max(0, where[low] - min(slot[low], length) - around)
                b = min(len(words), where[high] + max(length - slot[high], 0) + around, a + most)
                x, y = align(
                    index.word[own], index.rarity[own], index.kind[own], index.flag[own], index.spelt,
                    index.spelt_at[own.start : own.stop + 1], words[a:b], kinds[a:b], data, begin[a:b],
                    end[a:b],                    letter, room, figure,
                )  # fmt: skip
                if figure[TOKENS_FOUND] < floor * figure[TOKENS] or y <= x:
                    continue
                x, y = _parts(words, a + x, a + y, item, index, part)
                row, who, first, last = (
                    _grown(row, size + 1),
                    _grown(who, size + 1),
                    _grown(first, size + 1),
                    _grown(last, size + 1),
                )
                figures, parts = _grown(figures, (size + 1) * FIGURES), _grown(parts, (size + 1) * 5)
                row[size], who[size], first[size], last[size] = d, item, cut.doc[d] + x, cut.doc[d] + y
                figures[size * FIGURES : (size + 1) * FIGURES] = figure
                parts[size * 5 : (size + 1) * 5] = part
                size += 1
        for k in range(n_touched):
            mass[touched[k]], hits[touched[k]] = 0, 0
    return Hits(
        row[:size], who[:size], first[:size], last[:size],
        figures[: size * FIGURES].reshape((size, FIGURES)), parts[: size * 5].reshape((size, 5)),
    )  # fmt: skip


__all__ = ["Cut", "Hits", "Index", "keys", "prefilter", "scan"]
