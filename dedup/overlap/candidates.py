"""Stretches of documents that may hold an item: where its keys stand close together and weigh enough."""

from typing import NamedTuple

import numpy as np

from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.keys import APART
from winnow.kernels import F32, I32, I64, U32, Bool, Int, kernel

_SPREAD, _SLACK = 1.4, 12  # longest stretch for an item: SPREAD * its length + SLACK, in words
_SHARE = np.float32(0.25)  # of an item's weight that must be in keys for it to be aligned
_LEAST = np.float32(8)  # bits that must be
_SCALE = 1024  # parts of a bit in which weights are counted before a stretch is looked for
_MASS, _PLACE, _NEED, _REACH = range(4)  # columns of the state of an item
_WRAP = 0xFFFFFFFF
_MOST = 72  # copies of an item in a document that are looked at
DOCUMENT, ITEM, BEGIN, END = range(4)  # columns of the stretches


class Postings(NamedTuple):
    """Where keys stand in items: those of key g are `offset[g]` to `offset[g + 1]`."""

    offset: I32
    item: I32
    word_index: I32
    weight: F32


def find_stretches(doc: I64, found: I32, place: I32, at: I64, index: Index, most: int) -> I64:
    """(document, item, first word, last + 1) of every stretch of at most `most` words to be aligned.

    By document and item, of one item the heaviest first: each of its copies has a stretch, 72 at most, of
    which no heavier one holds more than half. `found`, `place`, `at`: the documents' keys, as looked up.
    """
    length = np.diff(index.word_at)
    widest = (_SPREAD * length).astype(np.int64) + _SLACK
    need = np.maximum(_SHARE * index.total, np.minimum(_LEAST, index.total))
    state = np.zeros((len(length), 4), np.uint32)
    state[:, _NEED] = np.minimum(need.astype(np.float64) * _SCALE, 2.0**31).astype(np.uint32)
    # Keys are ordered by their last words, so first words go back by up to APART.
    state[:, _REACH] = widest + 4 * APART
    apart = int(widest.max(initial=0)) + 4 * APART  # keeps one document's words from the next one's
    return _find_stretches(doc, found, place, at, index, most, widest, need, state, apart)


@kernel(allocates=True)
def _find_stretches(
    doc: I64,
    found: I32,
    place: I32,
    at: I64,
    index: Index,
    most: Int,
    widest: I64,
    need: F32,
    state: U32,
    apart: Int,
) -> I64:
    """`find_stretches` over arrays."""
    items = len(index.total)
    marked, rank = np.full(items, -1, np.int32), np.full(items, -1, np.int32)
    room = np.empty(items, np.int32)
    count = np.zeros(index.word_index.max() + 1 if len(index.word_index) else 1, np.int32)
    out, size = np.empty((64, 4), np.int64), 0
    for d in range(len(doc) - 1):
        n = _weigh(
            found, place, at[d], at[d + 1], d, d * apart, index.offset, index.item, index.weight, state,
            marked, room,
        )  # fmt: skip
        if n == 0:
            continue
        likely = np.sort(room[:n])
        here = slice(at[d], at[d + 1])
        bounds, where, word_index, weight = gather_hits(found[here], place[here], index, likely, rank)
        windows, mass = np.empty((len(where), 2), np.int64), np.empty(len(where), np.float32)
        for k in range(n):
            item, a, b = likely[k], bounds[k], bounds[k + 1]
            some = find_windows(
                where, word_index, weight, a, b, widest[item], need[item], count, windows, mass
            )
            span = doc[d], doc[d + 1]
            out, size = _add_stretches(
                where, word_index, windows[:some], mass[:some], d, span, item, most, index, out, size
            )
    return out[:size]


@kernel(allocates=True)
def _add_stretches(
    where: I64,
    word_index: I32,
    windows: I64,
    mass: F32,
    d: Int,
    span: tuple[Int, Int],
    item: Int,
    most: Int,
    index: Index,
    out: I64,
    size: Int,
) -> tuple[I64, Int]:
    """Add the stretches around an item's windows, the heaviest first, to `out`: (out, their number).

    `span`: first and last word + 1 of document d.
    """
    length = index.word_at[item + 1] - index.word_at[item]
    around, held = 8 + length // 4, size
    for w in np.argsort(-mass, kind="mergesort"):
        left, right = windows[w]
        begin = max(span[0], where[left] - word_index[left] - around)
        end = min(span[1], where[right] + length - word_index[right] + around, begin + most)
        if size - held == _MOST or _is_held(out[held:size], begin, end, around):
            continue
        if size == len(out):
            out = np.concatenate((out, np.empty_like(out)))
        out[size, DOCUMENT], out[size, ITEM], out[size, BEGIN], out[size, END] = d, item, begin, end
        size += 1
    return out, size


@kernel
def _is_held(stretches: I64, begin: Int, end: Int, around: Int) -> Bool:
    """Whether one of the stretches holds more than half of that from `begin` to `end`, margins apart."""
    begin, end = begin + around, max(end - around, begin + around + 1)
    for k in range(len(stretches)):
        shared = min(end, stretches[k, END] - around) - max(begin, stretches[k, BEGIN] + around)
        if 2 * shared > end - begin:
            return True
    return False


@kernel
def _weigh(
    found: I32,
    place: I32,
    first: Int,
    last: Int,
    d: Int,
    shift: Int,
    offset: I32,
    item: I32,
    weight: F32,
    state: U32,
    marked: I32,
    likely: I32,
) -> Int:
    """Items whose keys weigh enough without a gap that no stretch spans, into `likely`; their number.

    Never less than a stretch can weigh: a word is counted as often as it stands there, and rounded up.
    """
    n = 0
    for k in range(first, last):
        here = place[k] + shift
        for p in range(offset[found[k]], offset[found[k] + 1]):
            own = item[p]
            mass = np.int64(weight[p] * np.float32(_SCALE)) + 1
            if (here - np.int64(state[own, _PLACE]) + 2 * APART) & _WRAP <= np.int64(state[own, _REACH]):
                mass += np.int64(state[own, _MASS])
            if mass >= np.int64(state[own, _NEED]):
                mass = np.int64(state[own, _NEED])
                if marked[own] != d:
                    marked[own] = d
                    likely[n] = own
                    n += 1
            state[own, _MASS], state[own, _PLACE] = mass, here & _WRAP
    return n


@kernel(allocates=True)
def gather_hits(
    found: I32, place: I32, index: Index | Postings, likely: I32, rank: I32
) -> tuple[I64, I64, I32, F32]:
    """Hits of the likely items, by item: (bounds, place, word_index, weight)."""
    rank[likely] = np.arange(len(likely))
    bounds = np.zeros(len(likely) + 1, np.int64)
    _count(found, index.offset, index.item, rank, bounds[1:])
    bounds = np.cumsum(bounds)
    where, word_index = np.empty(bounds[-1], np.int64), np.empty(bounds[-1], np.int32)
    weight = np.empty(bounds[-1], np.float32)
    _fill(
        found, place, index.offset, index.item, index.word_index, index.weight, rank, bounds[:-1].copy(),
        where, word_index, weight,
    )  # fmt: skip
    rank[likely] = -1
    return bounds, where, word_index, weight


@kernel
def _count(found: I32, offset: I32, item: I32, rank: I32, counts: I64) -> None:
    """How many hits each of the ranked items has, added to `counts`."""
    for g in found:
        for p in range(offset[g], offset[g + 1]):
            if rank[item[p]] >= 0:
                counts[rank[item[p]]] += 1


@kernel
def _fill(
    found: I32,
    place: I32,
    offset: I32,
    item: I32,
    word_indices: I32,
    weights: F32,
    rank: I32,
    next_: I64,
    where: I64,
    word_index: I32,
    weight: F32,
) -> None:
    """The hits of the ranked items, by item, into `where`, `word_index` and `weight`."""
    for k in range(len(found)):
        for p in range(offset[found[k]], offset[found[k] + 1]):
            if rank[item[p]] >= 0:
                at = next_[rank[item[p]]]
                where[at], word_index[at], weight[at] = place[k], word_indices[p], weights[p]
                next_[rank[item[p]]] += 1


@kernel
def find_windows(
    place: I64,
    word_index: I32,
    weight: F32,
    begin: Int,
    end: Int,
    widest: Int,
    need: np.float32,
    count: I32,
    out: I64,
    mass: F32,
) -> Int:
    """Windows of at most `widest` places whose distinct words weigh `need`, none over another; their number.

    Into `out` (first hit, last hit) and `mass`. Each is the best of those that it overlaps.
    """
    n = 0
    while begin < end:
        some = _find_rising(place, word_index, weight, begin, end, widest, need, count, out[n:], mass[n:])
        if some == 0:
            break
        begin = out[n + some - 1, 1] + 1
        n += _keep_apart(out[n:], mass[n:], some)
    return n


@kernel
def _find_rising(
    place: I64,
    word_index: I32,
    weight: F32,
    begin: Int,
    end: Int,
    widest: Int,
    need: np.float32,
    count: I32,
    out: I64,
    mass: F32,
) -> Int:
    """Windows from hit `begin` on, each better than the one before, until one overlaps the best no more."""
    n, left = 0, begin
    best: Int = need - np.float32(2e-4)
    total: Int = np.float32(0)
    for right in range(begin, end):
        if count[word_index[right]] == 0:
            total += weight[right]
        count[word_index[right]] += 1
        while place[right] - place[left] > widest or (left < right and count[word_index[left]] > 1):
            count[word_index[left]] -= 1
            if count[word_index[left]] == 0:
                total -= weight[left]
            left += 1
        if n > 0 and left > out[n - 1, 1]:
            end = right + 1
            break
        if total > best + np.float32(1e-4):
            best, out[n, 0], out[n, 1], mass[n] = total, left, right, total
            n += 1
    for k in range(left, end):
        count[word_index[k]] = 0
    return n


@kernel
def _keep_apart(windows: I64, mass: F32, n: Int) -> Int:
    """Of windows each better than the one before, the last and those that overlap none that is kept."""
    kept = n - 1
    for k in range(n - 2, -1, -1):
        if windows[k, 1] < windows[kept, 0]:
            kept -= 1
            windows[kept, 0], windows[kept, 1], mass[kept] = windows[k, 0], windows[k, 1], mass[k]
    for k in range(kept, n):
        windows[k - kept, 0], windows[k - kept, 1], mass[k - kept] = windows[k, 0], windows[k, 1], mass[k]
    return n - kept
