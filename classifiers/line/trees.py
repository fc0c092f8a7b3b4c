"""Boosted trees over the columns of `context.NAMES`: how likely each line is noise.

On disk a folder: `model.npz` (arrays alone, nothing that runs) and `card.json` (for people).
"""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.line import context
from winnow.classifiers.line.features import measure
from winnow.classifiers.line.signals import LETTERS, UPPERS, WIDTH
from winnow.files import DAMAGED, cache_by_stamp
from winnow.kernels import F32, I64
from winnow.trees import Trees, add_up, is_sound, take

FILE = "model.npz"
CAUTION, WIDEST = 0.25, 6.5  # in log-odds, for each doubling of a line's width above 31, up to 90 characters
CASELESS = "caseless."  # before the names of the arrays of these trees
_CHUNK = 256  # lines judged at a time, so that their columns stay near
_SAMPLE = "sample.txt"  # lines of which every signal says something


class Judge(NamedTuple):
    """What was learnt from pages as they were written, and for pages whose letters have no case from the same
    as if they were in such scripts, too: these would move the limit of the others."""

    cased: Trees
    caseless: Trees

    @property
    def limit(self) -> float:
        """What is likelier noise than this goes."""
        return self.cased.limit


@functools.cache
def stamp() -> str:
    """What the columns are today: their names, and a digest of their values for a sample text."""
    sample = Path(__file__).with_name(_SAMPLE).read_text(encoding="utf-8")
    values = measure(pl.Series([sample])).values
    digest = hashlib.sha256("\n".join(context.NAMES).encode())
    digest.update(
        (np.round(values.astype(np.float64), 3) + 0.0).tobytes()
    )  # log2 may differ in its last bits
    return digest.hexdigest()[:16]


@cache_by_stamp(4)
def load(folder: Path) -> Judge:
    """The trees of a folder; ValueError where there are none, or trees for other signals than today's."""
    path = folder / FILE
    try:
        with np.load(path) as file:
            model = {name: file[name] for name in file.files}
        judge, names, made = take_both(model), model["names"].tolist(), str(model["stamp"])
    except DAMAGED as error:
        what = f"no model of lines, or a damaged one ({error})"
        raise ValueError(f"{folder} holds {what}: train it again") from None
    _check(judge, names, made, path)
    return judge


def take_both(arrays: Mapping[str, np.ndarray]) -> Judge:
    """The trees of arrays by name."""
    caseless = {name.removeprefix(CASELESS): array for name, array in arrays.items() if CASELESS in name}
    return Judge(take(arrays), take(caseless))


def _check(judge: Judge, names: list[str], made: str, path: Path) -> None:
    """ValueError where a walk through the trees would not read what they were trained on."""
    if names != list(context.NAMES):
        other = ", ".join(sorted(set(names) ^ set(context.NAMES))) or "in another order"
        raise ValueError(f"{path} was trained with other signals: {other}: train it again")
    if made != stamp():
        raise ValueError(
            f"{path} was trained with other signals: those of the same names had other values ({made}, today"
            f" {stamp()}): train it again"
        )
    if not all(is_sound(trees, context.COUNT) for trees in judge):
        raise ValueError(f"{path} holds no trees that can be walked through: train it again")


def predict(judge: Judge, values: F32, first: I64) -> F32:
    """How likely each row is noise, float32 in [0, 1]: less so, the longer it is, as more would be lost.

    The rows of page r are `first[r]` to `first[r + 1]`.
    """
    lettered, without = values[:, LETTERS] > 0, values[:, UPPERS] < 0
    counted = np.cumsum([lettered, lettered & without], axis=1)
    many, bare = np.diff(np.hstack([np.zeros((2, 1), np.int64), counted])[:, first])
    caseless = np.repeat((many > 0) & (2 * bare > many), np.diff(first))
    found = np.zeros(len(values), np.float32)
    for trees, rows in ((judge.cased, ~caseless), (judge.caseless, caseless)):
        if rows.any():
            found[rows] = judge_rows(trees, values if rows.all() else values[rows])
    return found


def judge_rows(trees: Trees, values: F32) -> F32:
    """The same of rows that are all for these trees."""
    found = trees.base - CAUTION * (np.minimum(values[:, WIDTH].astype(np.float64), WIDEST) - 5)
    add_up(values, trees, np.empty(_CHUNK, np.uint64), found)
    likely: F32 = (1 / (1 + np.exp(-found))).astype(np.float32)
    return likely
