"""Documents whose n-grams are counted once, each for itself: a model of any of them is then a sum.

What `mixing.proxy.ngram` counts by source is counted here by document, so that a proxy of another choice of
documents costs a product with a sparse matrix, and is as exact.
"""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.mixing.proxy import ngram
from winnow.mixing.proxy.ngram import SIEVE, Counts
from winnow.mixing.proxy.streams import END
from winnow.mixing.proxy.windows import Windows, find_scored


class Table(NamedTuple):
    """Of one order, for each scored token with so much before it, where its counts stand.

    `grams` and `contexts` (rows, documents): how often a document holds the n-gram, and what is before its
    last token. `contexts` is None of order 1: the context is the text.
    """

    tokens: np.ndarray  # int64: which of the scored tokens
    places: np.ndarray  # int64: the row in `grams`
    before: np.ndarray  # int64: the row in `contexts`
    grams: "scipy.sparse.csr_array"
    contexts: "scipy.sparse.csr_array | None"


class Pool(NamedTuple):
    """Documents as far as the scored tokens ask for them."""

    lengths: np.ndarray  # int64: tokens of each document, with the one that ends the one before
    tables: list[Table]


def count(docs: list[np.ndarray], windows: Windows, vocabulary: int, order: int) -> Pool:
    """The n-grams of orders 1 to `order` that the scored tokens of `windows` ask for, by document. None
    reaches from one document into another."""
    lengths = np.array([len(tokens) + 1 for tokens in docs], dtype=np.int64)
    end = np.array([END], dtype=np.uint16)
    stream = np.concatenate([part for tokens in docs for part in (end, tokens)] or [end[:0]])
    owners = np.repeat(np.arange(len(docs), dtype=np.int32), lengths)
    positions, ages = find_scored(windows)
    tables = []
    for n in range(1, order + 1):
        whole = np.flatnonzero(ages >= n - 1)
        asked = ngram.number_grams(windows.tokens, n, vocabulary)[positions[whole] - n + 1]
        wanted, places = np.unique(asked, return_inverse=True)
        grams = _find(stream, owners, wanted, n, n, vocabulary)
        if n == 1:
            tables.append(Table(whole, places, np.zeros(len(whole), dtype=np.int64), grams, None))
            continue
        known, before = np.unique(asked // vocabulary, return_inverse=True)
        contexts = _find(stream, owners, known, n - 1, n, vocabulary)  # only where a token follows
        tables.append(Table(whole, places, before, grams, contexts))
    return Pool(lengths, tables)


def _find(
    stream: np.ndarray, owners: np.ndarray, wanted: np.ndarray, n: int, reach: int, vocabulary: int
) -> "scipy.sparse.csr_array":
    """How often each document holds each n-gram of `wanted` (ascending) with `reach` tokens from its first on
    in the same document."""
    shape = (len(wanted), int(owners[-1]) + 1 if len(owners) else 0)
    starts = max(len(stream) - reach + 1, 0)
    inside = owners[:starts] == owners[reach - 1 :][:starts]
    grams = ngram.number_grams(stream, n, vocabulary)[:starts]
    sieve = np.zeros(SIEVE + 1, dtype=bool)
    sieve[wanted & SIEVE] = True
    found = np.flatnonzero(inside & sieve[grams & SIEVE])
    place = np.minimum(np.searchsorted(wanted, grams[found]), max(len(wanted) - 1, 0))
    known = wanted[place] == grams[found] if len(wanted) else np.zeros(0, dtype=bool)
    ones = np.ones(int(known.sum()), dtype=np.float32)
    return scipy.sparse.csr_array((ones, (place[known], owners[found[known]])), shape=shape)


def draw(pool: Pool, weights: np.ndarray) -> list[Counts]:
    """The counts of a text that holds so much of each document, from 0 to 1; `ngram.measure_bits` takes them
    as those of one source."""
    weights = weights.astype(np.float32)
    total = np.float32(pool.lengths @ weights.astype(np.float64))
    counts = []
    for table in pool.tables:
        grams = (table.grams @ weights)[table.places]
        contexts = (
            np.full(len(grams), total, dtype=np.float32)
            if table.contexts is None
            else (table.contexts @ weights)[table.before]
        )
        counts.append(Counts(table.tokens, grams[:, None], contexts[:, None]))
    return counts
