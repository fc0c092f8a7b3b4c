"""The exact comparison of two documents: how similar, how contained, and whether they state different facts.

A document removed has a survivor whose shingles were counted against its own, one by one. Of two pages that
agree so much, facts can still differ: pages of one template, such as two entries of a reference. So the
places are looked at where both have something else between the same words (`differ`).
"""

from __future__ import annotations

import itertools

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup import signatures
from dedup.signatures import I64, U64, similarity
from dedup.terms import BITS, FACT

TRIED = 32
"""Survivors that a document is counted against at most, the most promising by their sketches first."""

SLOT = 24
"""Terms that a place in a template holds at most; what differs over a longer stretch is another passage."""

MARGIN = 16
"""Terms at either end of a document that are taken for its frame, at most."""

NAMED = 3
"""A word that stands in so many places is a name, whatever its case."""

SEEN = 256
"""Terms of each document that are looked at, in all places together."""


def sets(grams: U64, offsets: I64) -> tuple[U64, I64]:
    """The distinct shingles of each document, sorted, and where each document's begin."""
    ordered = grams.copy()
    bounds = offsets.tolist()
    for start, stop in itertools.pairwise(bounds):
        ordered[start:stop].sort()  # numpy's own, which is many times as fast as a compiled loop's
    return _distinct(ordered, offsets)


@njit(cache=True, nogil=True)
def _distinct(ordered, offsets):
    bounds = np.zeros_like(offsets)
    n = 0
    for d in range(len(offsets) - 1):
        for i in range(offsets[d], offsets[d + 1]):
            if i == offsets[d] or ordered[i] != ordered[i - 1]:
                ordered[n] = ordered[i]
                n += 1
        bounds[d + 1] = n
    return ordered[:n], bounds


@njit(cache=True, nogil=True)
def common(a: U64, b: U64) -> int:
    """How many numbers two sorted sets share."""
    i, k, count = 0, 0, 0
    while i < len(a) and k < len(b):
        x, y = a[i], b[k]
        count += x == y
        i += x <= y
        k += y <= x
    return count


def leaders(
    values: U64,
    doc: I64,
    grams: U64,
    offsets: I64,
    sketched: U64,
    group: I64,
    old: NDArray[np.bool_],
    ngram: int,
    min_similarity: float,
    min_containment: float,
    min_facts: int,
    window: int,
) -> tuple[I64, NDArray[np.float32], NDArray[np.float32], I64]:
    """For each row the row that it duplicates, or itself; similarity and containment; and which spared it.

    Rows of one group stand together, the best survivor first, what is `old` before all. A row duplicates a
    leader before it if their Jaccard similarity is at least `min_similarity`, or if `min_containment` of its
    own shingles are the leader's, and if not both state `min_facts` facts of their own (0: whatever facts).
    It then follows the most similar one, the better of equals; a row that duplicates none becomes a leader,
    and so does every old row. So a follower was compared with the very row it follows, and a leader follows
    none. The last value is the leader that a row would follow but for the facts, or -1.
    """
    own, bounds = sets(grams, offsets)
    limits = min_similarity, min_containment, min_facts, window
    return _leaders(values, doc, grams, offsets, own, bounds, sketched, group, old, ngram, limits)


@njit(cache=True, nogil=True)
def _leaders(values, doc, grams, offsets, own, bounds, sketched, group, old, ngram, limits):
    min_similarity, min_containment, min_facts, window = limits
    rows = len(group)
    leader, spared = np.arange(rows), np.full(rows, -1)
    alike, within = np.ones(rows, dtype=np.float32), np.ones(rows, dtype=np.float32)
    heads, count = np.empty(rows, dtype=np.int64), 0
    tried, hopes = np.empty(TRIED, dtype=np.int64), np.empty(TRIED)
    for i in range(rows):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        a = own[bounds[i] : bounds[i + 1]]
        best = -1.0
        some = 0
        if not old[i]:
            recent = heads[max(0, count - window) : count]
            some = _promising(i, recent, sketched, bounds, min_similarity, min_containment, tried, hopes)
        for t in range(some):
            j = tried[t]
            b = own[bounds[j] : bounds[j + 1]]
            shared = common(a, b)
            jaccard, inside = shared / (len(a) + len(b) - shared), shared / len(a)
            if (jaccard < min_similarity and inside < min_containment) or jaccard <= best:
                continue
            if min_facts and shared < max(len(a), len(b)):
                mine, theirs = values[doc[i] : doc[i + 1]], values[doc[j] : doc[j + 1]]
                places = grams[offsets[i] : offsets[i + 1]], grams[offsets[j] : offsets[j + 1]]
                if differ(mine, places[0], theirs, places[1], b, ngram, min_facts):
                    spared[i] = j if spared[i] < 0 else spared[i]
                    continue
            best = jaccard
            leader[i], alike[i], within[i] = j, jaccard, inside
        if best < 0.0:
            heads[count] = i
            count += 1
        else:
            spared[i] = -1
    return leader, alike, within, spared


@njit(cache=True, nogil=True)
def _promising(i, heads, sketched, bounds, min_similarity, min_containment, tried, hopes):
    """Fill in the heads worth counting against, the best estimate first, the better survivor of equals."""
    fields = sketched.shape[1] * signatures.FIELDS
    size = bounds[i + 1] - bounds[i]
    some = 0
    for j in heads:
        hope = similarity(sketched[i], sketched[j])
        if some == TRIED and hope <= hopes[some - 1]:
            continue
        other = bounds[j + 1] - bounds[j]
        if not signatures.hopeful(hope, size, other, fields, min_similarity, min_containment):
            continue
        k = min(some, TRIED - 1)
        while k > 0 and hopes[k - 1] < hope:
            tried[k], hopes[k] = tried[k - 1], hopes[k - 1]
            k -= 1
        tried[k], hopes[k] = j, hope
        some = min(some + 1, TRIED)
    return some


@njit(cache=True, nogil=True)
def differ(
    mine: U64, my_grams: U64, theirs: U64, their_grams: U64, their_set: U64, n: int, least: int
) -> bool:
    """Whether two documents state different facts in the same places: each `least` times or more, and mostly.

    A place is a stretch of up to `SLOT` terms within each document, between the same `n` terms on both sides.
    A term counts each time it stands in one, if the other document has it nowhere; it is a fact if it is a
    number or a name, or stands there `NAMED` times. Facts must be half of what counts, or the text was edited
    as a whole. What only one document has says nothing, and neither does what stands near its ends (an
    eighth, or `MARGIN` terms): those are insertions and frames.
    """
    lost, found = np.empty(SEEN, dtype=np.uint64), np.empty(SEEN, dtype=np.uint64)
    losses, finds = 0, 0
    last = -1
    margin = min(MARGIN, len(mine) // 8)
    for g in range(len(my_grams)):
        k = np.searchsorted(their_set, my_grams[g])
        if k == len(their_set) or their_set[k] != my_grams[g]:
            continue
        if margin <= last + n < g <= min(last + n + SLOT, len(mine) - margin) and last >= 0:
            start = _place(their_grams, my_grams[last]) + n
            stop = _place(their_grams, my_grams[g])
            if start < stop <= start + SLOT:
                losses = _collect(mine[last + n : g], theirs, lost, losses)
                finds = _collect(theirs[start:stop], mine, found, finds)
        last = g
    facts_lost, facts_found = _facts(lost[:losses]), _facts(found[:finds])
    enough = facts_lost >= least and facts_found >= least
    return enough and 2 * (facts_lost + facts_found) >= losses + finds


@njit(cache=True, nogil=True)
def _place(grams, wanted):
    for k in range(len(grams)):
        if grams[k] == wanted:
            return k
    return len(grams)


@njit(cache=True, nogil=True)
def _collect(some, others, seen, count):
    """Add to `seen` the terms of `some` that `others` do not have; how many there are now."""
    for value in some:
        new = count < SEEN
        for other in others:
            if other | BITS == value | BITS:
                new = False
                break
        if new:
            seen[count] = value
            count += 1
    return count


@njit(cache=True, nogil=True)
def _facts(values):
    count = 0
    for value in values:
        times = 0
        for other in values:
            times += other | BITS == value | BITS
        count += np.int64(value & FACT) | (times >= NAMED)
    return count
