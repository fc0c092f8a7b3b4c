"""The exact comparison of two documents: how similar, and how contained.

A document removed has a survivor whose shingles were counted against its own, one by one. Of two pages that
agree so much, facts can still differ, which `dedup.near.templates` tells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from winnow.dedup.near import operators, signatures, templates
from winnow.dedup.near.marks import U16
from winnow.dedup.near.sets import count_common, count_covered, make_sets
from winnow.dedup.near.tokens import Terms
from winnow.kernels import F32, F64, I32, I64, U32, U64, Bool, Bools, Int, kernel

TRIED = 32
"""Survivors that a document is counted against at most, the most promising by their sketches first."""

INDEXED = 512
"""Survivors whose index is held for the next comparison of their facts, at most."""

INDEXED_TERMS = 2**22
"""Terms that they have together, at most, unless one has more; each takes some 24 bytes of the index."""


class Limits(NamedTuple):
    """What `dedup.clusters:choose` was asked for.

    `min_share` is the share of its shingles that goes with `min_containment` of a document's words, where the
    two are of different sites. Without `own` only what is old removes others.
    """

    min_similarity: float
    min_containment: float
    min_share: float
    min_facts: int
    window: int
    own: bool


class Documents(NamedTuple):
    """Terms and shingles of the documents in their order, the sorted sets of the shingles, and the sites.

    A site is a number, 0 where none is known.
    Of document i: `values[doc[i]:doc[i + 1]]`, `marks` alike, `grams[offsets[i]:offsets[i + 1]]`,
    `own[bounds[i]:bounds[i + 1]]`.
    """

    values: U32
    doc: I64
    marks: U16
    grams: U64
    offsets: I64
    own: U64
    bounds: I64
    site: I64


class Indexes(NamedTuple):
    """What is looked up of survivors, `tables[k]` that of the row `indexed[k]`; terms of all in `held[0]`."""

    indexed: I64
    held: I64
    tables: list[tuple[I32, I32]]


Leaders = tuple[I64, F32, F32, I64]


def find_leaders(
    terms: Terms,
    grams: U64,
    offsets: I64,
    sketches: U64,
    group: I64,
    old: Bools,
    site: I64,
    ngram: int,
    limits: Limits,
) -> Leaders:
    """For each row the row that it duplicates, or itself; similarity and containment; and which spared it.

    Rows of one group stand together, the best survivor first, what is `old` before all. A row duplicates a
    leader before it if their Jaccard similarity is at least `min_similarity`, or if `min_containment` of its
    terms stand in shingles of the leader's and a share of its shingles is the leader's: as many, or all of
    them where both are of one site, or `min_share` where they are of two; and if not both state `min_facts`
    facts of their own (0: whatever facts). It is compared with the `window` leaders before it, and follows
    the most similar one, the better of equals; a row that duplicates none becomes a leader, and so does every
    old row (without `own` these alone). So a follower was compared with the very row it follows, and a leader
    follows none. The last value is the leader that a row would follow but for the facts, or -1.
    """
    marks = terms.mark if len(terms.mark) else np.zeros(len(terms.value), dtype=np.uint16)
    documents = Documents(terms.value, terms.doc, marks, grams, offsets, *make_sets(grams, offsets), site)
    return _find_leaders(documents, sketches, group, old, ngram, limits)


@kernel(allocates=True)
def _find_leaders(
    documents: Documents, sketches: U64, group: I64, old: Bools, ngram: int, limits: Limits
) -> Leaders:
    """`find_leaders` over arrays: row by row, with the leaders of its group so far."""
    rows, window = len(group), limits.window
    leader, spared = np.arange(rows), np.full(rows, -1)
    alike, within = np.ones(rows, dtype=np.float32), np.ones(rows, dtype=np.float32)
    heads, count = np.empty(rows, dtype=np.int64), 0
    words = np.empty((sketches.shape[1], rows), dtype=np.uint64)  # of the heads' sketches
    equal = np.empty(window, dtype=np.uint64)
    tried, hopes = np.empty(TRIED, dtype=np.int64), np.empty(TRIED)
    nothing = templates.index(documents.values[:0], documents.grams[:0])
    indexes = Indexes(np.full(INDEXED, -1), np.zeros(1, dtype=np.int64), [nothing] * INDEXED)
    for i in range(rows):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        best, some = -1.0, 0
        if not old[i]:
            first = max(0, count - window)
            signatures.count_agreements(sketches[i], words, first, count, equal)
            recent = heads[first:count]
            some = _list_promising(i, recent, equal, len(words), documents.bounds, limits, tried, hopes)
        for j in tried[:some]:
            shared, size = _count_shared(documents, i, j, best, limits)
            jaccard = shared / size
            if jaccard <= best or not _is_copy(documents, i, j, shared, jaccard, indexes, ngram, limits):
                continue
            if limits.min_facts and _differ(documents, i, j, size - shared, indexes, ngram, limits):
                spared[i] = j if spared[i] < 0 else spared[i]
                continue
            best = jaccard
            leader[i], alike[i] = j, jaccard
        if best >= 0.0:
            spared[i] = -1
            within[i] = 1.0 if best == 1.0 else _find_contained(documents, i, leader[i], indexes, ngram)
        elif old[i] or limits.own:
            heads[count] = i
            words[:, count] = sketches[i]
            count += 1
    return leader, alike, within, spared


@kernel
def _count_shared(documents: Documents, i: Int, j: Int, best: float, limits: Limits) -> tuple[Int, Int]:
    """How many shingles two documents share, and how many they have together. What can reach neither
    similarity nor containment, or not the `best` similarity so far (-1: none), is not counted to its end."""
    bounds = documents.bounds
    a, b = documents.own[bounds[i] : bounds[i + 1]], documents.own[bounds[j] : bounds[j + 1]]
    total = len(a) + len(b)
    similarity = limits.min_similarity / (1 + limits.min_similarity) * total
    least = min(similarity, _find_least(documents.site[i], documents.site[j], limits) * len(a))
    if best > 0.0:
        least = max(least, best / (1 + best) * total)
    shared = count_common(a, b, int(least))
    return shared, total - shared


@kernel(allocates=True)
def _is_copy(
    documents: Documents,
    i: Int,
    j: Int,
    shared: Int,
    jaccard: float,
    indexes: Indexes,
    ngram: int,
    limits: Limits,
) -> Bool:
    """Whether the first of two documents is similar enough to the second, or contained in it."""
    if jaccard >= limits.min_similarity:
        return True
    least = _find_least(documents.site[i], documents.site[j], limits)
    least *= documents.bounds[i + 1] - documents.bounds[i]
    return shared >= least and _find_contained(documents, i, j, indexes, ngram) >= limits.min_containment


@kernel(allocates=True)
def _find_contained(documents: Documents, i: Int, j: Int, indexes: Indexes, ngram: int) -> float:
    """The share of a document's terms that stand in shingles of another."""
    theirs = documents.grams[documents.offsets[j] : documents.offsets[j + 1]]
    grams = documents.grams[documents.offsets[i] : documents.offsets[i + 1]]
    terms = documents.doc[i + 1] - documents.doc[i]
    covered: Int = count_covered(grams, theirs, _index(documents, j, indexes)[0], ngram, terms)
    return float(covered / terms)


@kernel
def _find_least(site: Int, other: Int, limits: Limits) -> float:
    """The share of its shingles that a document of one site must have in common with one of another."""
    if not site or not other:
        return limits.min_containment
    if site != other:
        return limits.min_share
    return max(1.0, limits.min_containment)  # pages of one site are alike by their template


@kernel(allocates=True)
def _differ(
    documents: Documents, i: Int, j: Int, rest: Int, indexes: Indexes, ngram: int, limits: Limits
) -> Bool:
    """Whether two documents, which do not share `rest` of their shingles, state different facts; or have
    other operators, and these are half of what differs: a word that is another one takes `ngram` shingles
    from either."""
    mine, theirs = _take(documents, i), _take(documents, j)
    alike = operators.are_equal(mine.marks, theirs.marks)
    if alike and not rest:
        return False
    tables = _index(documents, j, indexes)
    one_site = documents.site[i] != 0 and documents.site[i] == documents.site[j]
    if rest and templates.differ(mine, theirs, tables, ngram, limits.min_facts, one_site):
        return True
    apart = 0 if alike else operators.count_apart(mine, theirs, tables[0], ngram)
    return apart > 0 and 2 * ngram * apart >= rest


@kernel(allocates=True)
def _take(documents: Documents, i: Int) -> templates.Side:
    """One of the documents."""
    start, stop = documents.doc[i], documents.doc[i + 1]
    grams = documents.grams[documents.offsets[i] : documents.offsets[i + 1]]
    return templates.Side(documents.values[start:stop], documents.marks[start:stop], grams)


@kernel(allocates=True)
def _index(documents: Documents, j: Int, indexes: Indexes) -> tuple[I32, I32]:
    """What is looked up of a survivor, which is made and left in `indexes` for the next time."""
    indexed, held, tables = indexes.indexed, indexes.held, indexes.tables
    place = j % INDEXED
    if indexed[place] != j:
        terms = documents.values[documents.doc[j] : documents.doc[j + 1]]
        held[0] += len(terms)
        if held[0] > INDEXED_TERMS:
            held[0] = len(terms)
            indexed[:] = -1
            nothing = templates.index(terms[:0], documents.grams[:0])
            for k in range(INDEXED):
                tables[k] = nothing
        grams = documents.grams[documents.offsets[j] : documents.offsets[j + 1]]
        indexed[place], tables[place] = j, templates.index(terms, grams)
    made: tuple[I32, I32] = tables[place]
    return made


@kernel
def _list_promising(
    i: Int, heads: I64, equal: U64, words: Int, bounds: I64, limits: Limits, tried: I64, hopes: F64
) -> Int:
    """Fill in the heads worth counting against, the best estimate first, the better survivor of equals."""
    fields = words * signatures.FIELDS
    size = bounds[i + 1] - bounds[i]
    some = 0
    for h in range(len(heads)):
        j, hope = heads[h], signatures.estimate(equal[h], fields)
        if some == TRIED and hope <= hopes[some - 1]:
            continue
        other = bounds[j + 1] - bounds[j]
        if not signatures.may_reach(hope, size, other, fields, limits.min_similarity, limits.min_share):
            continue
        k = min(some, TRIED - 1)
        while k > 0 and hopes[k - 1] < hope:
            tried[k], hopes[k] = tried[k - 1], hopes[k - 1]
            k -= 1
        tried[k], hopes[k] = j, hope
        some = min(some + 1, TRIED)
    return some
