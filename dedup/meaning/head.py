"""How likely a passage is an eval item in other words: trees over how near it is, and to what else.

Trained on items that people put into other words and languages, on documents that hold none, and on the
evals' own train items (`make gate NAME=contamination_meaning ONLY=fit`).
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from winnow import trees
from winnow.dedup.meaning import passages
from winnow.kernels import F32, F64, I64

FILE = Path(__file__).with_name("head.npz")
NEAREST = 6  # items that a passage is set against
RISING = (1, 1, 1, 1, 0, 0, 1, 1, 1, -1, 0, 0)
"""Of each feature whether more of it may only make an item likelier (1) or less likely (-1)."""


class Nearest(NamedTuple):
    """The items nearest to each passage, the nearest first, and how near they are."""

    item: I64
    cosine: F32


def find_nearest(vectors: F32, items: F32) -> Nearest:
    """Of each row the `NEAREST` items of those, as many or more, whose vectors are `items`."""
    cosine = vectors @ items.T
    some = np.argpartition(-cosine, NEAREST - 1, axis=1)[:, :NEAREST]
    order = np.take_along_axis(-cosine, some, axis=1).argsort(axis=1, kind="stable")
    item = np.take_along_axis(some, order, axis=1)
    return Nearest(item, np.take_along_axis(cosine, item, axis=1))


def describe(said: list[str], cosines: F32, items: list[str]) -> F32:
    """The features of each passage beside the question of its nearest item, whose cosine is the first."""
    rows = []
    for text, cosine, item in zip(said, cosines.tolist(), items, strict=True):
        own, asked = passages.find_numbers(text), passages.find_numbers(item)
        shared = len(own & asked)
        covered = shared / len(asked) if asked else 0.0
        rows.append((
            cosine[0], cosine[0] - cosine[1], cosine[0] - cosine[-1],
            covered, bool(asked) * (1.0 - covered), (len(own) - shared) / max(1, len(own)),
            covered * (len(asked) > 1), passages.is_asked(text), passages.may_ask(item),
            abs(np.log(len(text) / max(1, len(item)))),
            min(len(own), 8), min(len(asked), 6),
        ))  # fmt: skip
    return np.array(rows, np.float32).reshape(len(said), len(RISING))


@cache
def _load() -> trees.Trees:
    with np.load(FILE) as file:
        return trees.take(file)


def judge(features: F32) -> F64:
    """The probability of each passage that its nearest item stands there."""
    model = _load()
    odds = np.full(len(features), model.base, np.float64)
    trees.add_up(features, model, np.empty(64, np.uint64), odds)
    likely: F64 = 1.0 / (1.0 + np.exp(-odds))
    return likely
