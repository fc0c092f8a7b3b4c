"""MinHash signatures, their bands and their sketches, as loops over arrays.

A signature is `bands * rows` minima, one per random permutation of the 32-bit shingle hashes; two sets agree
in one minimum with a probability equal to their Jaccard similarity (Broder, 1997). A band is the hash of
`rows` minima. A sketch keeps four bits of each minimum, which estimates the similarity almost as well as the
whole signature in an eighth of the space (Li and König, "b-Bit Minwise Hashing", 2010).

All this only proposes pairs; `dedup.near.verify` decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.near.tokens import mixed
from filters.words.jit import kernel

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

FIELDS = 16
"""Four-bit fields in one 64-bit word of a sketch."""

WORDS = 7
"""The most 64-bit words in a sketch: 112 minima, whose estimates err by less than 0.05."""

SPREAD = 1.2
"""An estimate from n fields is taken for too low by up to SPREAD / sqrt(n), three standard errors at 0.8."""

TIGHT_BITS = 24
LOOSE = ~np.uint64(2**TIGHT_BITS - 1)
"""The bits of a key that tell of the first half of a band."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """The odd multipliers and the offsets of `count` permutations of 32-bit numbers, alike on any machine."""
    counter = np.arange(1, 2 * count + 1, dtype=np.uint64) + np.uint64(seed) * np.uint64(2**32)
    drawn = (mixed.py_func(counter * _GOLDEN) >> np.uint64(32)).astype(np.uint32)
    return drawn[:count] | np.uint32(1), drawn[count:]


@kernel(allocates=True)
def minima(shingles: U64, offsets: I64, multipliers: U32, additions: U32) -> U32:
    """The signature of each document: `shingles[offsets[d]:offsets[d + 1]]` are the hashes of document `d`.

    The rows of documents without shingles hold the largest number everywhere.
    """
    docs = len(offsets) - 1
    count = len(multipliers)
    result = np.full((docs, count), np.uint32(0xFFFFFFFF), dtype=np.uint32)
    for d in range(docs):
        row = result[d]
        for s in range(offsets[d], offsets[d + 1]):
            x = np.uint32(shingles[s] >> np.uint64(32))
            for p in range(count):
                value = np.uint32(multipliers[p] * x + additions[p])
                row[p] = min(row[p], value)
    return result


@kernel(allocates=True)
def band_keys(signatures: U32, bands: int) -> U64:
    """One key per document and band, equal for equal minima of one band.

    Its first 40 bits are the hash of the first half of the band's minima, rounded down. So among sorted keys
    those of documents that agree in half a band stand together, those that agree in all of it closest.
    """
    docs, count = signatures.shape
    rows = count // bands
    half = max(rows // 2, 1)
    result = np.empty((docs, bands), dtype=np.uint64)
    for d in range(docs):
        for band in range(bands):
            first = band * rows
            loose = _hashed(band + 1, signatures[d, first : first + half])
            tight = _hashed(loose, signatures[d, first + half : first + rows])
            result[d, band] = loose & LOOSE | tight & ~LOOSE
    return result


@kernel
def _hashed(seed: int, values: U32) -> int:
    h = np.uint64(seed)
    for value in values:
        h = mixed(h * _GOLDEN ^ np.uint64(value))
    return h  # type: ignore[return-value]


@kernel(allocates=True)
def sketches(signatures: U32) -> U64:
    """Four bits of each minimum, sixteen to a word; minima past the last whole word, or past `WORDS`, are
    left out."""
    docs, count = signatures.shape
    words = min(count // FIELDS, WORDS)
    result = np.zeros((docs, words), dtype=np.uint64)
    for d in range(docs):
        for p in range(words * FIELDS):
            x = signatures[d, p] * _GOLDEN
            result[d, p // FIELDS] |= (x >> np.uint64(60)) << np.uint64(4 * (p % FIELDS))
    return result


@kernel
def similarity(a: U64, b: U64) -> float:
    """The estimated Jaccard similarity of two sketches, within [0, 1]."""
    equal = np.uint64(0)
    for w in range(len(a)):
        equal += _alike(a[w], b[w])
    return estimate(_total(equal), FIELDS * len(a))


@kernel
def agreement(a: U64, others: U64, start: int, stop: int, equal: U64) -> None:
    """Fill in how many fields of a sketch equal those of each of the sketches `others[:, start:stop]`, which
    stand upright: word by word, so that the loop takes several at once."""
    equal[: stop - start] = 0
    for w in range(len(a)):
        word, column = a[w], others[w]
        for k in range(start, stop):
            equal[k - start] += _alike(word, column[k])
    for k in range(stop - start):
        equal[k] = _total(equal[k])


@kernel
def _alike(a, b):
    """One in the lowest bit of each four that are the same in both."""
    x = a ^ b
    x |= x >> np.uint64(1)
    x |= x >> np.uint64(2)
    return ~x & np.uint64(0x1111111111111111)


@kernel
def _total(fields):
    """The sum of a word's four-bit fields; each is at most `WORDS`, so that two fit where one was."""
    x = (fields & np.uint64(0x0F0F0F0F0F0F0F0F)) + ((fields >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F))
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def estimate(equal: int, fields: int) -> float:
    """The similarity, within [0, 1], of which `equal` of so many fields tell.

    Two different minima share their four bits once in sixteen; the estimate takes that share off.
    """
    return max(0.0, (equal / fields - 1 / 16) / (1 - 1 / 16))


@kernel
def hopeful(estimate: float, a: int, b: int, fields: int, similarity: float, containment: float) -> bool:
    """Whether sets of `a` and `b` shingles can be as similar, or the smaller as contained, as is asked."""
    high = min(1.0, estimate + SPREAD / np.sqrt(fields))
    return high >= similarity or high * (a + b) >= containment * min(a, b) * (1.0 + high)


@kernel(allocates=True)
def links(
    sketched: U64, size: U32, group: U64, min_similarity: float, min_containment: float, window: int
) -> tuple[I64, I64]:
    """Pairs of rows (later, earlier) of one group that may resemble each other.

    They are as few as can connect all that do, directly or over others: a group of n equal rows gives n - 1.
    A row is compared with `window` rows before it, and only where not yet connected.
    """
    later = np.empty(len(group), dtype=np.int64)
    earlier = np.empty(len(group), dtype=np.int64)
    parent = np.arange(len(group))
    fields = sketched.shape[1] * FIELDS
    count = 0
    for i in range(len(group)):
        for k in range(i - 1, max(-1, i - 1 - window), -1):
            if group[k] != group[i]:
                break
            if root(parent, i) == root(parent, k):
                continue
            near = similarity(sketched[i], sketched[k])
            if hopeful(near, size[i], size[k], fields, min_similarity, min_containment):
                later[count], earlier[count] = i, k
                count += 1
                parent[root(parent, i)] = root(parent, k)
    return later[:count], earlier[:count]


@kernel
def root(parent: I64, node: int) -> int:
    """The root of a node in a union-find, with the way to it halved for the next time."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel(allocates=True)
def digests(sketched: U64) -> U64:
    """One hash per sketch."""
    result = np.empty(len(sketched), dtype=np.uint64)
    for d in range(len(sketched)):
        h = _GOLDEN
        for word in sketched[d]:
            h = mixed((h ^ word) * _GOLDEN)
        result[d] = h
    return result
