"""Whether two documents that agree almost wholly state different facts: two pages of one template, such as
two entries of a reference, or one page twice.

So the places are looked at where both have something else between the same words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from winnow.dedup.near.marks import NAME, RUNS_ON, U16
from winnow.dedup.near.tokens import BITS, FACT, FIGURES
from winnow.kernels import I32, I64, U32, U64, Bool, Int, kernel

Values = U32 | U64
Value = np.uint32 | np.uint64

GAP = 24
"""Terms that a place in a template holds at most; what differs over a longer stretch is another passage."""

MARGIN = 16
"""Terms at either end of a document that are taken for its frame, at most."""

NAMED = 3
"""A word that stands in so many places is a name, whatever its case."""

SEEN = 256
"""Different terms of each document that are looked at, in all places together."""


@kernel(allocates=True)
def index(terms: U32, grams: U64) -> tuple[I32, I32]:
    """What `differ` looks up of a document: where each shingle stands first, and each term."""
    return _index_places(grams, np.uint64(0)), _index_places(terms, BITS)


class Side(NamedTuple):
    """A document: its terms, their marks (`dedup.near.marks`), and its shingles, in order."""

    terms: U32
    marks: U16
    grams: U64


class Seen(NamedTuple):
    """Terms of one document that the other has nowhere: each once, in how many places it stood, and in how
    many of these as a name by its form or in running text. How many terms there are stands in `size[0]`."""

    terms: U32
    times: I64
    told: I64
    size: I64


@kernel(allocates=True)
def differ(mine: Side, theirs: Side, tables: tuple[I32, I32], n: int, least: int, one_site: Bool) -> Bool:
    """Whether two documents state different facts in the same places: each `least` or more, and mostly.

    Shingles are of `n` terms; `tables` is the `index` of the second. A place is a stretch of up to `GAP`
    terms within each document, between the same `n` terms on both sides. A term counts if the other document
    has it nowhere. It is a fact if it is a number or may be a name, or stands in `NAMED` places. A name by
    its form (`NAME`) and what stands in running text count in each place, anything else once: one label of a
    frame, in another language, stands in seven. Facts must be half as many as all terms that count, or the
    text was edited as a whole. What only one document has says nothing, and neither does what stands near its
    ends (an eighth, or `MARGIN` terms): those are insertions and frames.

    A site does not publish one page twice with words replaced: of `one_site`, any `least` words that stand in
    one another's place will do, figures left out.
    """
    lost, found, swaps = _make_seen(), _make_seen(), 0
    my_table = tables[1][:0]  # made for the first place: often there is none
    last, left = -1, -1  # where the shared shingle before stands, in mine and in theirs
    size = len(mine.terms)
    margin = min(MARGIN, size // 8)
    for g in range(len(mine.grams)):
        at = find_place(theirs.grams, tables[0], np.uint64(0), mine.grams[g])
        if at < 0:
            continue
        within = margin <= last + n < g <= min(last + n + GAP, size - margin) and last >= 0
        if within and left + n < at <= left + n + GAP:
            if not len(my_table):
                my_table = _index_places(mine.terms, BITS)
            if one_site:
                swaps += _count_swaps(mine.terms[last + n : g], theirs.terms[left + n : at])
            _collect(mine, last + n, g, theirs.terms, tables[1], lost)
            _collect(theirs, left + n, at, mine.terms, my_table, found)
        last, left = g, at
    if one_site and swaps >= least:
        return True
    facts_lost, facts_found = _count_facts(lost), _count_facts(found)
    enough = facts_lost >= least and facts_found >= least
    return enough and 2 * (facts_lost + facts_found) >= lost.size[0] + found.size[0]


@kernel(allocates=True)
def _make_seen() -> Seen:
    none = np.zeros((2, SEEN), dtype=np.int64)
    return Seen(np.empty(SEEN, dtype=np.uint32), none[0], none[1], np.zeros(1, np.int64))


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
def _collect(side: Side, start: Int, stop: Int, others: U32, table: I32, seen: Seen) -> None:
    """Add to `seen` the terms of a place that `others` do not have."""
    runs_on = side.marks[start] & RUNS_ON > 0 or (stop < len(side.marks) and side.marks[stop] & RUNS_ON > 0)
    for i in range(start, stop):
        value = side.terms[i]
        if find_place(others, table, BITS, value) >= 0:
            continue
        k = 0
        while k < seen.size[0] and (seen.terms[k] ^ value) & ~BITS:
            k += 1
        if k == SEEN:
            continue
        seen.terms[k] = value if k == seen.size[0] else seen.terms[k] | (value & FACT)
        seen.size[0] = max(seen.size[0], k + 1)
        seen.times[k] += 1
        seen.told[k] += runs_on or side.marks[i] & NAME > 0


@kernel
def _count_swaps(some: U32, others: U32) -> Int:
    """In how many words, not figures, two stretches differ, from their beginnings."""
    count: Int = 0
    for k in range(min(len(some), len(others))):
        count += (some[k] ^ others[k]) & ~BITS and not (some[k] | others[k]) & FIGURES
    return count


@kernel
def _count_facts(seen: Seen) -> int:
    """How many of the terms are facts, names in each of their places."""
    count = 0
    for k in range(seen.size[0]):
        if seen.terms[k] & FACT or seen.times[k] >= NAMED:
            count += max(1, seen.told[k])
    return count
