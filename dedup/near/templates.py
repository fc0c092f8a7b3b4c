"""Whether two documents that agree almost wholly state different facts: two pages of one template, such as
two entries of a reference, or one page twice.

So the places are looked at where both have something else between the same words.
"""

from __future__ import annotations

import numpy as np

from winnow.dedup.near.tokens import BITS, FACT, FIGURES
from winnow.kernels import I32, U32, U64, Bool, Int, kernel

Values = U32 | U64
Value = np.uint32 | np.uint64

GAP = 24
"""Terms that a place in a template holds at most; what differs over a longer stretch is another passage."""

MARGIN = 16
"""Terms at either end of a document that are taken for its frame, at most."""

NAMED = 3
"""A word that stands in so many places is a name, whatever its case."""

SEEN = 256
"""Terms of each document that are looked at, in all places together."""


@kernel(allocates=True)
def index(terms: U32, grams: U64) -> tuple[I32, I32]:
    """What `differ` looks up of a document: where each shingle stands first, and each term."""
    return _index_places(grams, np.uint64(0)), _index_places(terms, BITS)


@kernel(allocates=True)
def differ(
    mine: U32,
    my_grams: U64,
    theirs: U32,
    their_grams: U64,
    tables: tuple[I32, I32],
    n: int,
    least: int,
    one_site: Bool,
) -> Bool:
    """Whether two documents state different facts in the same places: each `least` times or more, and mostly.

    Terms and shingles of `n` terms of each document, in order; `tables` is the `index` of the second. A place
    is a stretch of up to `GAP` terms within each document, between the same `n` terms on both sides. A term
    counts each time it stands in one, if the other document has it nowhere; it is a fact if it is a number or
    a name, or stands there `NAMED` times. Facts must be half of what counts, or the text was edited as a
    whole. What only one document has says nothing, and neither does what stands near its ends (an eighth, or
    `MARGIN` terms): those are insertions and frames.

    A site does not publish one page twice with words replaced: of `one_site`, any `least` words that stand in
    one another's place will do, figures left out.
    """
    lost, found = np.empty(SEEN, dtype=np.uint32), np.empty(SEEN, dtype=np.uint32)
    losses, finds, swaps = 0, 0, 0
    my_table = tables[1][:0]  # made for the first place: often there is none
    last, left = -1, -1  # where the shared shingle before stands, in mine and in theirs
    margin = min(MARGIN, len(mine) // 8)
    for g in range(len(my_grams)):
        at = find_place(their_grams, tables[0], np.uint64(0), my_grams[g])
        if at < 0:
            continue
        within = margin <= last + n < g <= min(last + n + GAP, len(mine) - margin) and last >= 0
        if within and left + n < at <= left + n + GAP:
            if not len(my_table):
                my_table = _index_places(mine, BITS)
            if one_site:
                swaps += _count_swaps(mine[last + n : g], theirs[left + n : at])
            losses = _collect(mine[last + n : g], theirs, tables[1], lost, losses)
            finds = _collect(theirs[left + n : at], mine, my_table, found, finds)
        last, left = g, at
    if one_site and swaps >= least:
        return True
    facts_lost, facts_found = _count_facts(lost[:losses]), _count_facts(found[:finds])
    enough = facts_lost >= least and facts_found >= least
    return enough and 2 * (facts_lost + facts_found) >= losses + finds


@kernel(allocates=True)
def _index_places(values: Values, blind: Value) -> I32:
    """Where each value stands first, for `find_place`: linear probing, -1 where a row is empty.
    The bits of `blind` make no difference."""
    size = 16
    while size < 2 * len(values):
        size *= 2
    table = np.full(size, np.int32(-1))
    for k in range(len(values)):
        row = _probe(values, table, blind, values[k])
        if table[row] < 0:
            table[row] = k
    return table


@kernel
def find_place(values: Values, table: I32, blind: Value, wanted: np.uint32 | np.uint64) -> Int:
    """Where `wanted` stands first in the values that the table was made of, or -1."""
    return table[_probe(values, table, blind, wanted)]


@kernel
def _probe(values: Values, table: I32, blind: Value, wanted: np.uint32 | np.uint64) -> np.uint64:
    """The row of a table where `wanted` stands, or the free one where it would."""
    # Indices without a sign, which need no test for one.
    last = np.uint64(len(table) - 1)
    row = np.uint64(wanted >> 2) & last
    while table[row] >= 0 and (values[np.uint64(table[row])] ^ wanted) & ~blind:
        row = (row + np.uint64(1)) & last
    return row


@kernel
def _collect(some: U32, others: U32, table: I32, seen: U32, count: Int) -> Int:
    """Add to `seen` the terms of `some` that `others` do not have; how many there are now."""
    for value in some:
        if count < SEEN and find_place(others, table, BITS, value) < 0:
            seen[count] = value
            count += 1
    return count


@kernel
def _count_swaps(some: U32, others: U32) -> Int:
    """In how many words, not figures, two stretches differ, from their beginnings."""
    count: Int = 0
    for k in range(min(len(some), len(others))):
        count += (some[k] ^ others[k]) & ~BITS and not (some[k] | others[k]) & FIGURES
    return count


@kernel
def _count_facts(values: U32) -> Int:
    """How many of the terms are facts."""
    count: Int = 0
    for value in values:
        times = NAMED * np.int64(value & FACT)
        if not times:
            for other in values:
                times += other | BITS == value | BITS
        count += times >= NAMED
    return count
