"""MinHash signatures, their bands and their sketches, as loops over arrays.

A signature is `bands * rows` minima, one per random permutation of the 32-bit shingle hashes; two sets agree
in one minimum with a probability equal to their Jaccard similarity (Broder, 1997). A band is the hash of
`rows` minima. A sketch keeps four bits of each minimum, which estimates the similarity almost as well as the
whole signature in an eighth of the space (Li and König, "b-Bit Minwise Hashing", 2010).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

FIELDS = 16
"""Four-bit fields in one 64-bit word of a sketch."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)


def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """The odd multipliers and the offsets of `count` permutations of 32-bit numbers, alike on any machine."""
    counter = np.arange(1, 2 * count + 1, dtype=np.uint64) + np.uint64(seed) * np.uint64(2**32)
    drawn = (_mixed(counter * _GOLDEN) >> np.uint64(32)).astype(np.uint32)
    return drawn[:count] | np.uint32(1), drawn[count:]


def _mixed(x: U64) -> U64:
    """The finaliser of SplitMix64: every bit of the input moves every bit of the result."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def filled(shingles: U64, offsets: I64, words: U64, doc: I64) -> tuple[U64, I64]:
    """The same shingles, and one of all its words for each document that has words but no shingle.

    `words` are the hashes of the words; those of document `d` are `words[doc[d]:doc[d + 1]]`.
    """
    docs = len(doc) - 1
    short = 0
    for d in range(docs):
        short += offsets[d] == offsets[d + 1] and doc[d] < doc[d + 1]
    if short == 0:
        return shingles, offsets
    result = np.empty(len(shingles) + short, dtype=np.uint64)
    bounds = np.zeros(docs + 1, dtype=np.int64)
    n = 0
    for d in range(docs):
        for s in range(offsets[d], offsets[d + 1]):
            result[n] = shingles[s]
            n += 1
        if offsets[d] == offsets[d + 1] and doc[d] < doc[d + 1]:
            h = np.uint64(doc[d + 1] - doc[d])
            for w in range(doc[d], doc[d + 1]):
                h = (h ^ words[w]) * np.uint64(0xBF58476D1CE4E5B9)
                h ^= h >> np.uint64(29)
            result[n] = h * np.uint64(0x94D049BB133111EB)
            n += 1
        bounds[d + 1] = n
    return result, bounds


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def band_hashes(signatures: U32, bands: int) -> U64:
    """One 64-bit hash per document and band; equal minima in different bands give different hashes."""
    docs, count = signatures.shape
    rows = count // bands
    result = np.empty((docs, bands), dtype=np.uint64)
    for d in range(docs):
        for band in range(bands):
            h = np.uint64(band + 1) * np.uint64(0x9E3779B97F4A7C15)
            for p in range(band * rows, (band + 1) * rows):
                h = (h ^ np.uint64(signatures[d, p])) * np.uint64(0xBF58476D1CE4E5B9)
                h ^= h >> np.uint64(29)
            h *= np.uint64(0x94D049BB133111EB)
            result[d, band] = h ^ (h >> np.uint64(31))
    return result


@njit(cache=True, nogil=True)
def sketches(signatures: U32) -> U64:
    """Four bits of each minimum, sixteen to a word; minima past the last whole word are left out."""
    docs, count = signatures.shape
    words = count // 16
    result = np.zeros((docs, words), dtype=np.uint64)
    for d in range(docs):
        for p in range(words * 16):
            x = signatures[d, p] * np.uint64(0x9E3779B97F4A7C15)
            result[d, p // 16] |= (x >> np.uint64(60)) << np.uint64(4 * (p % 16))
    return result


@njit(cache=True, nogil=True)
def similarity(a: U64, b: U64) -> float:
    """The estimated Jaccard similarity of two sketches, within [0, 1].

    Two different minima share their four bits once in sixteen; the estimate takes that share off.
    """
    equal = np.int64(0)
    for w in range(len(a)):
        x = a[w] ^ b[w]
        x |= x >> np.uint64(1)
        x |= x >> np.uint64(2)
        x = ~x & np.uint64(0x1111111111111111)
        x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        equal += np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
    share = equal / (16 * len(a))
    return max(0.0, (share - 1 / 16) / (1 - 1 / 16))


@njit(cache=True, nogil=True)
def links(
    sketched: U64, group: I64, min_similarity: float, window: int
) -> tuple[I64, I64, NDArray[np.float32]]:
    """Pairs of rows (later, earlier) of one group that resemble each other, and how much.

    They are as few as can connect all that resemble each other, directly or over others: a group of n equal
    rows gives n - 1. A row is compared with `window` rows before it, and only where not yet connected.
    """
    later = np.empty(len(group), dtype=np.int64)
    earlier = np.empty(len(group), dtype=np.int64)
    found = np.empty(len(group), dtype=np.float32)
    parent = np.arange(len(group))
    count = 0
    for i in range(len(group)):
        for k in range(i - 1, max(-1, i - 1 - window), -1):
            if group[k] != group[i]:
                break
            if root(parent, i) == root(parent, k):
                continue
            value = similarity(sketched[i], sketched[k])
            if value >= min_similarity:
                later[count], earlier[count], found[count] = i, k, value
                count += 1
                parent[root(parent, i)] = root(parent, k)
    return later[:count], earlier[:count], found[:count]


@njit(cache=True, nogil=True)
def root(parent: I64, node: int) -> int:
    """The root of a node in a union-find, with the way to it halved for the next time."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def leaders(sketched: U64, group: I64, min_similarity: float, window: int) -> tuple[I64, NDArray[np.float32]]:
    """For each row the row it is a near duplicate of, or itself, and their similarity.

    Rows of one group stand together, the best survivor first. A row that no leader before it resembles by
    `min_similarity` becomes a leader; any other follows the leader it resembles most, the better of two
    equals. So a follower is compared with the very row it is said to duplicate, and a leader follows none.
    A row is compared with the last `window` leaders of its group, which bounds the time for huge groups.
    """
    rows = len(group)
    leader = np.arange(rows)
    found = np.ones(rows, dtype=np.float32)
    heads = np.empty(rows, dtype=np.int64)
    count = 0
    for i in range(rows):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        best = -1.0
        for k in range(max(0, count - window), count):
            value = similarity(sketched[i], sketched[heads[k]])
            if value >= min_similarity and value > best:
                best = value
                leader[i] = heads[k]
        if best < 0.0:
            heads[count] = i
            count += 1
        else:
            found[i] = best
    return leader, found
