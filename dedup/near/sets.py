"""Shingles of documents as sorted sets, and how many two of them share, counted one by one."""

from __future__ import annotations

import itertools

import numpy as np

from winnow.dedup.near.templates import find_place
from winnow.kernels import I32, I64, U64, Int, kernel

PACE = 32
"""Steps that two sorted sets are walked through before one asks what they can still share."""


def make_sets(grams: U64, offsets: I64) -> tuple[U64, I64]:
    """The distinct shingles of each document, sorted, and where each document's begin."""
    ordered = grams.copy()
    bounds = offsets.tolist()
    for start, stop in itertools.pairwise(bounds):
        ordered[start:stop].sort()  # numpy's own, which is many times as fast as a compiled loop's
    return _deduplicate(ordered, offsets)


@kernel(allocates=True)
def _deduplicate(ordered: U64, offsets: I64) -> tuple[U64, I64]:
    """The distinct numbers of each run of sorted ones, and where each run's begin; in place."""
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
def count_common(a: U64, b: U64, least: int = 0) -> Int:
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


@kernel
def count_covered(grams: U64, others: U64, table: I32, n: int, terms: Int) -> Int:
    """How many of a document's `terms` stand in shingles (`grams`, of `n` terms, in order) that the `others`
    have, whose first `dedup.near.templates.index` is `table`."""
    count, covered = 0, 0
    for g in range(len(grams)):
        if find_place(others, table, np.uint64(0), grams[g]) >= 0:
            stop = min(g + n, terms)
            count += stop - max(g, covered)
            covered = stop
    return count
