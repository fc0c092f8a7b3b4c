"""How rows of the shuffle meet in a sample, and so how many will in the whole.

Two rows of one hash are both in a sample of a hundredth with a probability of 1 in 10,000, and a hash that
thousands share stands there nearly as often as in the whole: one must know how many are shared by how many.
That is estimated from how often each stands in the sample, as unseen species are: by the distribution that
makes what was seen most likely (Valiant and Valiant, Estimating the Unseen, STOC 2011). Here it is found by
expectation maximization, begun with a third of the rows alone and as many in groups of each size.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow import shuffle

ROUNDS = 1000
"""Of the estimate; with 100 pairs of which a twentieth was seen are 40% too few, with 3,000 copies of which
few were seen go back and forth."""

FEW = 30
"""Where fewer rows met in a sample, they are told to grow as it does."""

SURE = 1000
"""Where fewer rows met, how many will is a guess: of 150 (15 pairs, in ten bands each) in 3% of some code 3.3
times as many were told as there were, and leaving out parts of the sample in turn showed an error of 1%."""


class Meetings(NamedTuple):
    """Rows in the shuffle, and how many hashes stand in how many files of the sample, as far as its parts
    tell."""

    rows: int
    hashes: Counter[int]

    @property
    def met(self) -> int:
        """Rows beyond the first of each hash."""
        return self.rows - self.hashes.total()

    def grow(self, factor: float) -> float:
        """How many times as many rows meet in a whole that has `factor` times the rows of the sample; where
        few met there, so many times as many."""
        if factor <= 1 or self.met < FEW:
            return factor
        return max((self.rows * factor - _count_unseen(self.hashes, factor)) / self.met, factor)


def count(files: Mapping[str, Sequence[Path]]) -> Meetings:
    """The meetings of rows, by the part of the sample that wrote them. Rows of a hash that stand in one part
    are taken to be of one file, but for as many as chance brings there."""
    keys = [(number, _read_keys(file)) for number, paths in enumerate(files.values()) for file in paths]
    if not keys:
        return Meetings(0, Counter())
    frame = pl.concat([pl.DataFrame({"key": key, "part": [number] * len(key)}) for number, key in keys])
    found = frame.group_by("key").agg(rows=pl.len(), together=pl.col("part").n_unique() == 1)
    hashes: Counter[int] = Counter()
    sizes = found.group_by("rows").agg(pl.len(), pl.col("together").sum()).sort("rows")
    for rows, all_of_them, together in sizes.iter_rows():
        chance = float(len(files)) ** (1 - rows)
        apart = all_of_them - together
        if rows > 1 and chance < 1:
            apart += min(round(apart * chance / (1 - chance)), together)
        hashes[rows] += apart
        hashes[1] += all_of_them - apart
    return Meetings(len(frame), +hashes)


def _count_unseen(hashes: Mapping[int, int], factor: float) -> float:
    """How many hashes there are in the whole."""
    from scipy.stats import binom  # takes a second to load

    seen = np.array(sorted(hashes))
    counts = np.array([hashes[number] for number in seen.tolist()], dtype=float)
    most = max(float(seen[-1]) * factor * 2, 4.0)
    sizes = np.unique(np.round(2 ** np.arange(0, np.log2(most), 0.5)))
    chance = np.maximum(binom.pmf(seen[:, None], sizes[None, :], 1 / factor), 1e-300)
    rows = np.full(len(sizes), 1 / len(sizes))
    rows[0] = 0.5
    for _ in range(ROUNDS):
        share = chance * (rows / sizes)
        rows = (counts * seen) @ (share / share.sum(axis=1, keepdims=True))
    rows *= factor * float(counts @ seen) / rows.sum()
    return float((rows / sizes).sum())


def _read_keys(file: Path) -> pl.Series:
    """The hash of each row of a file, as rows go by it."""
    _, by = shuffle.read_columns([file])
    return pl.concat(list(shuffle.Reader(0, 1)(file, [by])))[by]
