"""Which texts hold which items, by the runs of words that they share."""

from typing import NamedTuple

import numpy as np
import polars as pl
import scipy

from winnow.words.hashes import GOLDEN
from winnow.words.split import split

RUN = 5  # words in a row; numbers count as one and the same word, marks as none
ENOUGH = 0.5  # of an item's runs
LEAST = 8  # runs of an item that is looked for in documents: shorter ones stand in them by chance
BLOCK = 1000  # texts that are looked through at a time, as what they share may be as many pairs as there are
_NUMBER, _NONE = np.uint64(0x9D8F3C2A51E6B704), np.uint64(1)


class Runs(NamedTuple):
    """Of each text, its runs of words: each once."""

    owner: np.ndarray  # int64, ascending
    run: np.ndarray  # uint64
    size: np.ndarray  # int64, how many each text has


def list_runs(text: pl.Series) -> Runs:
    """The runs of each text; a text of fewer than five words is one run."""
    words = split(text)
    sizes = np.diff(words.doc)
    owner = np.repeat(np.arange(len(text)), sizes)
    value = np.where(words.kind == 2, _NUMBER, words.hash)
    said = words.kind != 0
    owner, value = owner[said], value[said]
    counts = np.bincount(owner, minlength=len(text))
    short = np.where(counts > 0, np.maximum(RUN - counts, 0), 0)
    owner = np.concatenate([owner, np.repeat(np.arange(len(text)), short)])
    value = np.concatenate([value, np.full(int(short.sum()), _NONE)])
    order = np.argsort(owner, kind="stable")
    owner, value = owner[order], value[order]
    if len(value) < RUN:
        return Runs(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(len(text), np.int64))
    last = len(value) - RUN + 1
    run = np.zeros(last, np.uint64)
    for place in range(RUN):
        run = (run ^ value[place : place + last]) * GOLDEN
        run ^= run >> np.uint64(29)
    whole = owner[:last] == owner[RUN - 1 :]
    owner, run = owner[:last][whole], run[whole]
    order = np.lexsort((run, owner))
    owner, run = owner[order], run[order]
    new = np.ones(len(run), bool)
    new[1:] = (owner[1:] != owner[:-1]) | (run[1:] != run[:-1])
    return Runs(owner[new], run[new], np.bincount(owner[new], minlength=len(text)))


class IndexedRuns(NamedTuple):
    """Texts to look for: all their runs, ascending, and which text has which."""

    run: np.ndarray  # uint64
    table: "scipy.sparse.csr_matrix"  # (runs, texts)
    size: np.ndarray  # int64, how many runs each text has


def index(text: pl.Series) -> IndexedRuns:
    """The texts' runs, to be looked for again and again."""
    runs = list_runs(text)
    known, place = np.unique(runs.run, return_inverse=True)
    ones = np.ones(len(place), np.int32)
    table = scipy.sparse.csr_matrix((ones, (place, runs.owner)), shape=(len(known), len(text)))
    return IndexedRuns(known, table, runs.size)


def find_near(text: pl.Series, others: pl.Series) -> np.ndarray:
    """Whether a text shares at least half of its runs, or half of the other's, with one of the others."""
    theirs = index(others)
    found = np.zeros(len(text), bool)
    for begin in range(0, len(text), BLOCK):
        mine = list_runs(text[begin : begin + BLOCK])
        shared = _count_shared(mine, theirs).tocoo()
        least = np.minimum(mine.size[shared.row], theirs.size[shared.col])
        found[begin + shared.row[shared.data >= ENOUGH * least]] = True
    return found


def find_holders(text: pl.Series, items: pl.Series) -> np.ndarray:
    """Whether a text holds at least half of the runs of an item that has eight or more."""
    theirs = index(items)
    found = np.zeros(len(text), bool)
    for begin in range(0, len(text), BLOCK):
        shared = _count_shared(list_runs(text[begin : begin + BLOCK]), theirs).tocoo()
        size = theirs.size[shared.col]
        found[begin + shared.row[(shared.data >= ENOUGH * size) & (size >= LEAST)]] = True
    return found


def _count_shared(mine: Runs, theirs: IndexedRuns) -> "scipy.sparse.csr_matrix":
    """How many runs each of mine shares with each of theirs."""
    shape = (len(mine.size), len(theirs.run))
    if not len(theirs.run):
        return scipy.sparse.csr_matrix((len(mine.size), len(theirs.size)), dtype=np.int32)
    place = np.minimum(np.searchsorted(theirs.run, mine.run), len(theirs.run) - 1)
    met = theirs.run[place] == mine.run
    ones = np.ones(int(met.sum()), np.int32)
    return scipy.sparse.csr_matrix(
        scipy.sparse.csr_matrix((ones, (mine.owner[met], place[met])), shape=shape) @ theirs.table
    )
