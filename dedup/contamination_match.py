"""Where eval items stand in documents: the inner loops.

An item is a list of distinct n-grams of its first part (mostly the question), each with a weight, and a
second part (mostly the answer) that is only looked for where the first was found.
"""

from typing import NamedTuple

import numba
import numpy as np

# Longest stretch of a document that one item may be spread over, in words: SPREAD * its length + SLACK.
_SPREAD, _SLACK = 1.5, 10
# Words between the first part and the second; choices and "Answer:" stand there. One word is weak
# evidence, and must stand closer.
_GAP, _GAP_OF_WORD = 64, 16


class Index(NamedTuple):
    """The arrays of an index. Postings of gram g are `offset[g]` to `offset[g + 1]`."""

    gram: np.ndarray  # uint64, sorted
    offset: np.ndarray  # int64, grams + 1
    item: np.ndarray  # int32, by posting
    slot: np.ndarray  # int32, by posting: which of its item's grams
    weight: np.ndarray  # float32, by gram
    bits: np.ndarray  # uint64, the prefilter: one bit by gram
    total: np.ndarray  # float32, by item: sum of its weights
    alone: np.ndarray  # bool, by item: the first part says enough without the second
    first: np.ndarray  # uint64: hashes of the words of the first parts
    first_offset: np.ndarray  # int64, items + 1
    second: np.ndarray  # uint64: hashes of the words of the second parts
    second_offset: np.ndarray  # int64, items + 1


@numba.njit(cache=True, nogil=True)
def prefilter(gram, bits):
    """Set the bit of every gram."""
    mask = np.uint64(len(bits) * 64 - 1)
    for h in gram:
        place = h & mask
        bits[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@numba.njit(cache=True, nogil=True)
def _grown(array, size):
    if size <= len(array):
        return array
    room = np.empty(2 * size, array.dtype)
    room[: len(array)] = array
    return room


@numba.njit(cache=True, nogil=True)
def _lookup(hashes, a, b, gram, bits, found, place):
    """Grams of the index among hashes[a:b]: their numbers and places. Returns the arrays and the count."""
    mask = np.uint64(len(bits) * 64 - 1)
    n = 0
    for i in range(a, b):
        h = hashes[i]
        bit = h & mask
        if not (bits[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1):
            continue
        g = np.searchsorted(gram, h)
        if g < len(gram) and gram[g] == h:
            found, place = _grown(found, n + 1), _grown(place, n + 1)
            found[n], place[n] = g, i - a
            n += 1
    return found, place, n


@numba.njit(cache=True, nogil=True)
def _window(place, slot, weight, widest, count):
    """The best window of at most `widest` places: (sum of its distinct weights, first hit, last hit).

    `count` is a scratch array of zeros, one for each slot, and is left so.
    """
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
def _second(words, part, n):
    """How much of a second part stands in a stretch of words: (share, first word, last word + 1)."""
    size = min(n, len(part))
    if size == 0 or size > len(words):
        return np.float32(0), 0, 0
    hits, first, last = 0, len(words), 0
    for j in range(len(part) - size + 1):
        for i in range(len(words) - size + 1):
            same = True
            for k in range(size):
                if words[i + k] != part[j + k]:
                    same = False
                    break
            if same:
                hits += 1
                first, last = min(first, i), max(last, i + size)
                break
    return np.float32(hits / (len(part) - size + 1)), first, last


@numba.njit(cache=True, nogil=True)
def _stretched(words, a, b, part, n):
    """words[a:b], which begins and ends with n-grams of `part`, stretched as far as the two agree.

    The n-grams at an item's ends may be missing from the index: many items begin with the same words.
    """
    for p in range(len(part) - n + 1):
        if np.array_equal(words[a : a + n], part[p : p + n]):
            while p > 0 and a > 0 and words[a - 1] == part[p - 1]:
                p, a = p - 1, a - 1
            break
    for p in range(len(part), n - 1, -1):
        if np.array_equal(words[b - n : b], part[p - n : p]):
            while p < len(part) and b < len(words) and words[b] == part[p]:
                p, b = p + 1, b + 1
            break
    return a, b


@numba.njit(cache=True, nogil=True)
def _score(words, item, sum_, a, b, n, index):
    """Score of an item whose first part has weight `sum_` in words[a:b]; the span grows by the second."""
    share = min(sum_ / index.total[item], np.float32(1))
    a, b = _stretched(words, a, b, index.first[index.first_offset[item] : index.first_offset[item + 1]], n)
    part = index.second[index.second_offset[item] : index.second_offset[item + 1]]
    gap = _GAP if len(part) > 1 else _GAP_OF_WORD
    low, high = max(0, a - len(part) - n), min(len(words), b + len(part) + gap)
    also, first, last = _second(words[b:high], part, n)
    first, last = first + b, last + b
    if also == 0:
        also, first, last = _second(words[low:a], part, n)
        first, last = first + low, last + low
    if also >= np.float32(0.5):
        a, b = min(a, first), max(b, last)
    if index.alone[item]:
        return max(share, np.float32(0.75) * share + np.float32(0.25) * also), a, b
    return share * (np.float32(0.5) + np.float32(0.5) * also), a, b


@numba.njit(cache=True, nogil=True)
def _candidates(found, n, index, floor, mass, hits, touched):
    """Items that may reach `floor`, ascending. `mass` and `hits` by item are left filled for `touched`."""
    count = 0
    for k in range(n):
        g = found[k]
        for p in range(index.offset[g], index.offset[g + 1]):
            item = index.item[p]
            if hits[item] == 0:
                touched = _grown(touched, count + 1)
                touched[count] = item
                count += 1
            mass[item] += index.weight[g]
            hits[item] += 1
    likely = np.empty(count, np.int64)
    m = 0
    for k in range(count):
        if mass[touched[k]] >= floor * index.total[touched[k]]:
            likely[m] = touched[k]
            m += 1
    return np.sort(likely[:m]), touched, count


@numba.njit(cache=True, nogil=True)
def _gather(found, place, n, index, likely, hits, start):
    """Hits of the likely items, by item: (place, slot, weight); those of likely[k] begin at bounds[k]."""
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
                where[at], slot[at], weight[at] = place[k], index.slot[p], index.weight[g]
                start[index.item[p]] += 1
    start[likely] = -1
    return bounds, where, slot, weight


@numba.njit(cache=True, nogil=True)
def _wider(out, size):
    row, item, first, last, score = out
    return _grown(row, size), _grown(item, size), _grown(first, size), _grown(last, size), _grown(score, size)


@numba.njit(cache=True, nogil=True)
def _judge(words, likely, hits, n, index, floor, count, row, out, size):
    """Write the likely items of one document that score `floor` or more behind the first `size` of `out`."""
    bounds, where, slot, weight = hits
    for k in range(len(likely)):
        item = likely[k]
        part = slice(bounds[k], bounds[k + 1])
        length = index.first_offset[item + 1] - index.first_offset[item]
        widest = max(int(_SPREAD * length) + _SLACK - n, 0)
        best, left, right = _window(where[part], slot[part], weight[part], widest, count)
        if best < floor * index.total[item]:
            continue
        a, b = where[bounds[k] + left], where[bounds[k] + right] + n
        score, a, b = _score(words, item, best, a, b, n, index)
        if score < floor:
            continue
        size += 1
        out = _wider(out, size)
        out[0][size - 1], out[1][size - 1], out[4][size - 1] = row, item, score
        out[2][size - 1], out[3][size - 1] = a, b
    return out, size


@numba.njit(cache=True, nogil=True)
def scan(words, doc, hashes, gram_doc, n, index, floor):
    """Every item of every document that scores `floor` or more.

    `words` are word hashes and `doc` their offsets by document; `hashes` and `gram_doc` the same for their
    n-grams. Returns (document, item, first word, last word + 1, score), words counted over the batch.
    """
    found, place, touched = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    items = len(index.total)
    mass, hits, start = np.zeros(items, np.float32), np.zeros(items, np.int64), np.full(items, -1, np.int64)
    count = np.zeros(index.slot.max() + 1 if len(index.slot) else 1, np.int32)
    i64 = np.int64
    out = np.empty(64, i64), np.empty(64, i64), np.empty(64, i64), np.empty(64, i64), np.empty(64, np.float32)
    size = 0
    for d in range(len(doc) - 1):
        a, b = gram_doc[d], gram_doc[d + 1]
        found, place, n_found = _lookup(hashes, a, b, index.gram, index.bits, found, place)
        likely, touched, n_touched = _candidates(found, n_found, index, floor, mass, hits, touched)
        if len(likely):
            where = _gather(found, place, n_found, index, likely, hits, start)
            before = size
            text = words[doc[d] : doc[d + 1]]
            out, size = _judge(text, likely, where, n, index, floor, count, d, out, size)
            out[2][before:size] += doc[d]
            out[3][before:size] += doc[d]
        for k in range(n_touched):
            mass[touched[k]], hits[touched[k]] = 0, 0
    return out[0][:size], out[1][:size], out[2][:size], out[3][:size], out[4][:size]
