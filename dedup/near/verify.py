"""The exact comparison of two documents: how similar, and how contained.

A document removed has a survivor whose shingles were counted against its own, one by one. Of two pages that
agree so much, facts can still differ, which `dedup.near.templates` tells.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from dedup.near import signatures, templates
from dedup.near.signatures import I64, U32, U64
from filters.words.jit import kernel

TRIED = 32
"""Survivors that a document is counted against at most, the most promising by their sketches first."""

INDEXED = 512
"""Survivors whose index is held for the next comparison of their facts, at most."""

INDEXED_TERMS = 2**22
"""Terms that they have together, at most, unless one has more; each takes some 24 bytes of the index."""

PACE = 32
"""Steps that two sorted sets are walked through before one asks what they can still share."""


def sets(grams: U64, offsets: I64) -> tuple[U64, I64]:
    """The distinct shingles of each document, sorted, and where each document's begin."""
    ordered = grams.copy()
    bounds = offsets.tolist()
    for start, stop in itertools.pairwise(bounds):
        ordered[start:stop].sort()  # numpy's own, which is many times as fast as a compiled loop's
    return _distinct(ordered, offsets)


@kernel(allocates=True)
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


@kernel
def common(a: U64, b: U64, least: int = 0) -> int:
    """How many numbers two sorted sets share; or fewer, where that is under `least`."""
    i, k, count = 0, 0, 0
    while i < len(a) and k < len(b) and count + min(len(a) - i, len(b) - k) >= least:
        # In so many steps neither set can end, so only the steps need to be counted.
        for _ in range(min(PACE, len(a) - i, len(b) - k)):
            x, y = a[i], b[k]
            count += x == y
            i += x <= y
            k += y <= x
    return count


def leaders(
    values: U32,
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


@kernel(allocates=True)
def _leaders(values, doc, grams, offsets, own, bounds, sketched, group, old, ngram, limits):
    min_similarity, min_containment, min_facts, window = limits
    rows = len(group)
    leader, spared = np.arange(rows), np.full(rows, -1)
    alike, within = np.ones(rows, dtype=np.float32), np.ones(rows, dtype=np.float32)
    heads, count = np.empty(rows, dtype=np.int64), 0
    words = np.empty((sketched.shape[1], rows), dtype=np.uint64)  # of the heads' sketches
    equal = np.empty(window, dtype=np.uint64)
    tried, hopes = np.empty(TRIED, dtype=np.int64), np.empty(TRIED)
    indexed, held, nothing = np.full(INDEXED, -1), 0, templates.index(values[:0], grams[:0])
    tables = [nothing] * INDEXED
    for i in range(rows):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        a = own[bounds[i] : bounds[i + 1]]
        best = -1.0
        some = 0
        if not old[i]:
            first = max(0, count - window)
            signatures.agreement(sketched[i], words, first, count, equal)
            recent = heads[first:count]
            some = _promising(
                i, recent, equal, len(words), bounds, min_similarity, min_containment, tried, hopes
            )
        for t in range(some):
            j = tried[t]
            b = own[bounds[j] : bounds[j + 1]]
            least = min(min_similarity / (1 + min_similarity) * (len(a) + len(b)), min_containment * len(a))
            shared = common(a, b, int(least))
            jaccard, inside = shared / (len(a) + len(b) - shared), shared / len(a)
            if (jaccard < min_similarity and inside < min_containment) or jaccard <= best:
                continue
            if min_facts and shared < max(len(a), len(b)):
                mine, theirs = values[doc[i] : doc[i + 1]], values[doc[j] : doc[j + 1]]
                runs, their_runs = grams[offsets[i] : offsets[i + 1]], grams[offsets[j] : offsets[j + 1]]
                if indexed[j % INDEXED] != j:
                    held += len(theirs)
                    if held > INDEXED_TERMS:
                        held = len(theirs)
                        indexed[:] = -1
                        for k in range(INDEXED):
                            tables[k] = nothing
                    indexed[j % INDEXED], tables[j % INDEXED] = j, templates.index(theirs, their_runs)
                if templates.differ(mine, runs, theirs, their_runs, tables[j % INDEXED], ngram, min_facts):
                    spared[i] = j if spared[i] < 0 else spared[i]
                    continue
            best = jaccard
            leader[i], alike[i], within[i] = j, jaccard, inside
        if best < 0.0:
            heads[count] = i
            words[:, count] = sketched[i]
            count += 1
        else:
            spared[i] = -1
    return leader, alike, within, spared


@kernel
def _promising(i, heads, equal, words, bounds, min_similarity, min_containment, tried, hopes):
    """Fill in the heads worth counting against, the best estimate first, the better survivor of equals."""
    fields = words * signatures.FIELDS
    size = bounds[i + 1] - bounds[i]
    some = 0
    for h in range(len(heads)):
        j, hope = heads[h], signatures.estimate(equal[h], fields)
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
