"""Whether two documents of the same words have other operators between them: two sheets of sums, or a
function and what it was before `<` became `>=`."""

from __future__ import annotations

import numpy as np

from winnow.dedup.near.marks import SIGNS, U16, differ
from winnow.dedup.near.templates import Side, find_place
from winnow.kernels import I32, Bool, Int, kernel

MOST = 64
"""Places at which one looks through all of the other document, at most."""


@kernel
def count_apart(mine: Side, theirs: Side, table: I32, n: int) -> Int:
    """Before how many terms of a text stand other signs than wherever the other text has the same `n` terms.

    `table` is the first of `templates.index` of the other.
    """
    count: Int = 0
    searched, at, width = 0, -1, min(n, len(mine.terms))
    for g in range(len(mine.grams)):
        gram = mine.grams[g]
        if at >= 0 and at + 1 < len(theirs.grams) and theirs.grams[at + 1] == gram:
            at += 1
        else:
            at = find_place(theirs.grams, table, np.uint64(0), gram)
        if at < 0 or searched == MOST:
            continue
        for k in range(1 if g == 0 else width - 1, width):
            if differ(mine.marks[g + k], theirs.marks[at + k]):
                searched += 1
                count += not _stands(mine.marks[g + k], gram, theirs, k)
    return count


@kernel
def are_equal(some: U16, others: U16) -> Bool:
    """Whether the signs of two texts are the same, one by one."""
    unlike = abs(len(some) - len(others))
    for k in range(min(len(some), len(others))):
        unlike += (some[k] ^ others[k]) & SIGNS > 0
    return unlike == 0


@kernel
def _stands(mark: np.uint16, gram: np.uint64, side: Side, k: Int) -> Bool:
    """Whether a text has a shingle somewhere with these signs before its term `k`."""
    times = 0
    for at in range(len(side.grams)):
        times += side.grams[at] == gram and not differ(mark, side.marks[at + k])
    return times > 0
