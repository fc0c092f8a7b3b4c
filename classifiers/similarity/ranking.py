"""How like the items of evals each document is.

After BETR (arXiv:2507.12466), which embeds documents and benchmark items and takes a document's best rank
over the items. Here words and pairs of words weighed by their rarity stand for the embedding, and a
document's likeness to an eval is the mean over the tenth of its items that are nearest: one item may be
near by chance.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import scipy

from winnow.classifiers.head import ngrams

BITS = 18
NEAREST = 0.1  # of an eval's items
BLOCK = 1024  # documents that are compared at a time


class Ranked(NamedTuple):
    """Of each document, in their order."""

    place: np.ndarray  # int64, from 0: the best over the evals
    eval: np.ndarray  # int64, which eval that was
    likeness: np.ndarray  # float64 in [0, 1], to that eval
    item: np.ndarray  # int64, the row of its nearest item of that eval


def rank(text: pl.Series, items: pl.DataFrame) -> Ranked:
    """Rank documents by their likeness to the `text` of items, for each `eval` by itself.

    So each eval brings equally many documents to the top, however many items it has. The evals are counted in
    the order of their names. Of equally like documents the first comes first.
    """
    documents = ngrams.index(text, BITS, False)
    rarity = _weigh(documents)
    documents = _scale(documents, rarity)
    ranked = Ranked(*(np.zeros(len(text), kind) for kind in (np.int64, np.int64, np.float64, np.int64)))
    ranked.place[:] = len(text)
    for number, name in enumerate(items["eval"].unique().sort()):
        rows = (items["eval"] == name).arg_true()
        asked = _scale(ngrams.index(items["text"].gather(rows), BITS, False), rarity)
        likeness, item = _compare(documents, asked)
        place = np.empty(len(text), np.int64)
        place[np.argsort(-likeness, kind="stable")] = np.arange(len(text))
        better = place < ranked.place
        for kept, values in zip(ranked, (place, number, likeness, rows.to_numpy()[item]), strict=True):
            kept[better] = values if np.ndim(values) == 0 else values[better]
    return ranked


def _weigh(documents: "scipy.sparse.csr_matrix") -> np.ndarray:
    """The rarity of each column: log((documents + 1) / (those that hit it + 1))."""
    hit = np.bincount(documents.indices, minlength=documents.shape[1])
    rarity: np.ndarray = np.log((documents.shape[0] + 1) / (hit + 1)).astype(np.float32)
    return rarity


def _scale(table: "scipy.sparse.csr_matrix", rarity: np.ndarray) -> "scipy.sparse.csr_matrix":
    """Each row's columns by their rarity, at length 1."""
    values = rarity[table.indices]
    weighed = scipy.sparse.csr_matrix((values, table.indices, table.indptr), shape=table.shape)
    length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    scaled: scipy.sparse.csr_matrix = (
        (scipy.sparse.diags(1 / np.maximum(length, 1e-9)) @ weighed).astype(np.float32).tocsr()
    )
    return scaled


def _compare(
    documents: "scipy.sparse.csr_matrix", asked: "scipy.sparse.csr_matrix"
) -> tuple[np.ndarray, np.ndarray]:
    """The mean cosine of each document with its nearest items, and the nearest of all."""
    used = np.unique(asked.indices)
    documents, asked = documents[:, used], asked[:, used].T.tocsr()
    count = max(1, round(NEAREST * asked.shape[1]))
    likeness, item = np.zeros(documents.shape[0]), np.zeros(documents.shape[0], np.int64)
    for begin in range(0, documents.shape[0], BLOCK):
        cosine = (documents[begin : begin + BLOCK] @ asked).toarray()
        item[begin : begin + BLOCK] = cosine.argmax(axis=1)
        # Sorted in full: a partition's order, and with it the last bit of the sum, is numpy's own affair.
        nearest = np.sort(cosine, axis=1)[:, -count:]
        likeness[begin : begin + BLOCK] = nearest.sum(axis=1, dtype=np.float64) / count
    return likeness, item
