"""MinHash signatures, their bands and their sketches, as loops over arrays.

A signature is `bands * rows` minima, one per random permutation of the 32-bit shingle hashes; two sets agree
in one minimum with a probability equal to their Jaccard similarity (Broder, 1997). A band is the hash of
`rows` minima. A sketch keeps four bits of each minimum, which estimates the similarity almost as well as the
whole signature in an eighth of the space (Li and König, "b-Bit Minwise Hashing", 2010).

All this only proposes pairs; `dedup.near.verify` decides.
"""

from __future__ import annotations

import numpy as np

from winnow.dedup.near.tokens import mix
from winnow.kernels import I64, U32, U64, Bool, Int, kernel
from winnow.words.hashes import GOLDEN

FIELDS = 16
"""Four-bit fields in one 64-bit word of a sketch."""

WORDS = 7
"""The most 64-bit words in a sketch: 112 minima, whose estimates err by less than 0.05."""

SPREAD = 1.2
"""An estimate from n fields is taken for too low by up to SPREAD / sqrt(n), three standard errors at 0.8."""

FIRST_BITS, HALF_BITS = 20, 4
FIRST, HALF = ~np.uint64(2**FIRST_BITS - 1), ~np.uint64(2**HALF_BITS - 1)
"""The bits of a key that tell of the shingle of a band's first minimum, and of the first half of the band.

44 bits tell of the shingle: of ten billion documents with 14 bands, one in nine meets a stranger in them.
Sixteen tell of the half: fewer would make many of a million pages with one footer agree in it by chance.
"""

SLOT_BITS = 12
"""The first bits of a shingle by which it is looked for in a table."""

BROKEN = 2.5
"""Shingles that may be missing for each word that is not contained; words that stand alone break `ngram`."""

TOLD = 1.06
"""An estimate of TOLD / sqrt(n) tells of shared text: of sketches of none six pairs in 10,000 have it."""

CROWDED = 2.2
"""Times `TOLD` that is asked for in a group of more rows than one is compared with: a footer's, say."""

UNDER = 2.0
"""Standard errors that an estimate may be under what a containment would give, where only it tells of one."""


def draw_permutations(count: int, seed: int) -> tuple[U32, U32]:
    """The odd multipliers and the offsets of `count` permutations of 32-bit numbers, alike on any machine."""
    counter = np.arange(1, 2 * count + 1, dtype=np.uint64) + np.uint64(seed) * np.uint64(2**32)
    drawn = np.array([mix(each) >> np.uint64(32) for each in counter * GOLDEN], np.uint64).astype(np.uint32)
    return drawn[:count] | np.uint32(1), drawn[count:]


@kernel(allocates=True)
def find_minima(shingles: U64, offsets: I64, multipliers: U32, additions: U32) -> U32:
    """The signature of each document: `shingles[offsets[d]:offsets[d + 1]]` are the hashes of document `d`.

    The rows of documents without shingles hold the largest number everywhere.
    """
    docs = len(offsets) - 1
    count = len(multipliers)
    result = np.full((docs, count), np.uint32(0xFFFFFFFF), dtype=np.uint32)
    multipliers, additions = multipliers.copy(), additions.copy()  # aligned for vectors, unlike numpy's
    for d in range(docs):
        row = result[d]
        for s in range(offsets[d], offsets[d + 1]):
            x = np.uint32(shingles[s] >> np.uint64(32))
            for p in range(count):
                value = np.uint32(multipliers[p] * x + additions[p])
                row[p] = min(row[p], value)
    return result


@kernel(allocates=True)
def find_first_shingles(
    shingles: U64, offsets: I64, signatures: U32, bands: int, multipliers: U32, additions: U32
) -> U64:
    """For each document and band the shingle that has the band's first minimum; of several the least.

    A permutation of 32 bits can be undone, so the minimum tells the upper half of the shingle: the lower is
    found in the document.
    """
    docs = len(offsets) - 1
    rows = signatures.shape[1] // bands
    result = np.full((docs, bands), ~np.uint64(0))
    inverses = np.array([_invert(multipliers[band * rows]) for band in range(bands)])
    upper = np.empty(bands, dtype=np.uint64)
    likely = np.zeros(2**SLOT_BITS, dtype=np.bool_)
    for d in range(docs):
        for band in range(bands):
            p = band * rows
            upper[band] = np.uint32(np.uint32(signatures[d, p] - additions[p]) * inverses[band])
            likely[upper[band] >> np.uint64(32 - SLOT_BITS)] = True
        for shingle in shingles[offsets[d] : offsets[d + 1]]:
            if likely[shingle >> np.uint64(64 - SLOT_BITS)]:
                for band in range(bands):
                    if upper[band] == shingle >> np.uint64(32):
                        result[d, band] = min(result[d, band], shingle)
        for x in upper:
            likely[x >> np.uint64(32 - SLOT_BITS)] = False
    return result


@kernel
def _invert(odd: np.uint32) -> np.uint32:
    """The inverse of an odd number modulo 2^32, by Newton's iteration."""
    inverse = odd  # right in its last three bits; each turn doubles them
    for _ in range(4):
        inverse = np.uint32(inverse * np.uint32(np.uint32(2) - np.uint32(odd * inverse)))
    return inverse


@kernel(allocates=True)
def make_band_keys(signatures: U32, firsts: U64) -> U64:
    """One key per document and band, equal for equal minima of one band.

    Its first 44 bits are of the hash of the shingle that has the band's first minimum
    (`find_first_shingles`): of 32-bit minima alone, the least of many, those of strangers agree too often. 16
    more are of the hash of the band's first half, 4 of that of all. So among sorted keys those of documents
    that agree in the first shingle stand together, those that agree in half a band closer, and those that
    agree in all of it closest.
    """
    docs, bands = firsts.shape
    rows = signatures.shape[1] // bands
    half = max(rows // 2, 1)
    result = np.empty((docs, bands), dtype=np.uint64)
    for d in range(docs):
        for band in range(bands):
            first = band * rows
            one = mix(np.uint64(band + 1) * GOLDEN ^ firsts[d, band])
            some = _hash_values(one, signatures[d, first + 1 : first + half])
            all_ = _hash_values(some, signatures[d, first + half : first + rows])
            result[d, band] = one & FIRST | some & HALF & ~FIRST | all_ & ~HALF
    return result


@kernel
def _hash_values(seed: np.uint64, values: U32) -> np.uint64:
    """One hash of the values in their order."""
    h = seed
    for value in values:
        h = mix(h * GOLDEN ^ np.uint64(value))
    return h


@kernel(allocates=True)
def make_sketches(signatures: U32) -> U64:
    """Four bits of each minimum, sixteen to a word; minima past the last whole word, or past `WORDS`, are
    left out."""
    docs, count = signatures.shape
    words = min(count // FIELDS, WORDS)
    result = np.zeros((docs, words), dtype=np.uint64)
    for d in range(docs):
        for p in range(words * FIELDS):
            x = signatures[d, p] * GOLDEN
            result[d, p // FIELDS] |= (x >> np.uint64(60)) << np.uint64(4 * (p % FIELDS))
    return result


@kernel
def compare(a: U64, b: U64) -> float:
    """The estimated Jaccard similarity of two sketches, within [0, 1]."""
    equal = np.uint64(0)
    for w in range(len(a)):
        equal += _match_fields(a[w], b[w])
    return estimate(_sum_fields(equal), FIELDS * len(a))


@kernel
def count_agreements(a: U64, others: U64, start: Int, stop: Int, equal: U64) -> None:
    """Fill in how many fields of a sketch equal those of each of the sketches `others[:, start:stop]`, which
    stand upright: word by word, so that the loop takes several at once."""
    equal[: stop - start] = 0
    for w in range(len(a)):
        word, column = a[w], others[w]
        for k in range(start, stop):
            equal[k - start] += _match_fields(word, column[k])
    for k in range(stop - start):
        equal[k] = _sum_fields(equal[k])


@kernel
def _match_fields(a: np.uint64, b: np.uint64) -> np.uint64:
    """One in the lowest bit of each four that are the same in both."""
    x = a ^ b
    x |= x >> np.uint64(1)
    x |= x >> np.uint64(2)
    return ~x & np.uint64(0x1111111111111111)


@kernel
def _sum_fields(fields: np.uint64) -> np.uint64:
    """The sum of a word's four-bit fields; each is at most `WORDS`, so that two fit where one was."""
    x = (fields & np.uint64(0x0F0F0F0F0F0F0F0F)) + ((fields >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F))
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def estimate(equal: Int, fields: Int) -> float:
    """The similarity, within [0, 1], of which `equal` of so many fields tell.

    Two different minima share their four bits once in sixteen; the estimate takes that share off.
    """
    share: float = (equal / fields - 1 / 16) / (1 - 1 / 16)
    return max(0.0, share)


def find_least_share(min_containment: float) -> float:
    """The share of a document's shingles that is asked for where `min_containment` of its words is."""
    return 1.0 - BROKEN * (1.0 - min_containment)


@kernel
def may_reach(estimate: float, a: Int, b: Int, fields: Int, similarity: float, containment: float) -> Bool:
    """Whether sets of `a` and `b` shingles can be as similar, or the smaller as contained, as is asked."""
    high = min(1.0, estimate + SPREAD / np.sqrt(fields))
    return high >= similarity or high * (a + b) >= containment * min(a, b) * (1.0 + high)


@kernel
def tells(estimate: float, a: Int, b: Int, fields: Int, containment: float) -> Bool:
    """Whether an estimate tells that of sets of `a` and `b` shingles the smaller is so contained."""
    shared = min(containment, 1.0) * min(a, b)
    similarity = shared / (a + b - shared)
    agree = similarity + (1 - similarity) / 16
    return estimate >= similarity - UNDER * np.sqrt(agree * (1 - agree) / fields) / (1 - 1 / 16)


@kernel(allocates=True)
def hash_sketches(sketches: U64) -> U64:
    """One hash per sketch."""
    result = np.empty(len(sketches), dtype=np.uint64)
    for d in range(len(sketches)):
        h = GOLDEN
        for word in sketches[d]:
            h = mix((h ^ word) * GOLDEN)
        result[d] = h
    return result
