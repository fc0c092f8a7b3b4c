"""Boosted trees over the columns of `context.NAMES`: how likely each line is noise.

On disk a folder: `model.npz` (arrays alone, nothing that runs) and `card.json` (for people).
"""

import functools
import hashlib
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.line import context
from winnow.classifiers.line.features import measure
from winnow.classifiers.line.signals import WIDTH
from winnow.files import cache_by_stamp
from winnow.kernels import F32, F64, I32, U64, kernel

FILE = "model.npz"
CAUTION = 0.25  # in log-odds, for each doubling of a line's width above 31 characters
_CHUNK = 256  # lines judged at a time, so that their columns stay near
_SAMPLE = "sample.txt"  # lines of which every signal says something
# What one changed byte of the file can raise, in zip, deflate or numpy's headers: RuntimeError where it says
# that the file is encrypted, or packed in a way that is not known.
_DAMAGED = (
    OSError,
    KeyError,
    TypeError,
    ValueError,
    EOFError,
    RuntimeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class Trees(NamedTuple):
    """Of each node the column and the left child (the right one follows), and the threshold.

    A leaf is its own child, so that every walk through a tree can take as many steps as the tree is deep.
    """

    nodes: I32
    thresholds: F32
    values: F32
    trees: I32  # the root and the depth of each
    base: float
    limit: float  # noise is what is likelier than this


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
def load(folder: Path) -> Trees:
    """The trees of a folder; ValueError where there are none, or trees for other signals than today's."""
    path = folder / FILE
    try:
        with np.load(path) as file:
            model = {name: file[name] for name in file.files}
        trees, names, made = take(model), model["names"].tolist(), str(model["stamp"])
    except _DAMAGED as error:
        what = f"no model of lines, or a damaged one ({error})"
        raise ValueError(f"{folder} holds {what}: train it again") from None
    _check(trees, names, made, path)
    return trees


def take(model: dict[str, np.ndarray]) -> Trees:
    """The trees of arrays by name; without a `limit` half a chance is one."""
    nodes, thresholds, values, trees = (
        np.ascontiguousarray(model[name]) for name in ("nodes", "thresholds", "values", "trees")
    )
    return Trees(nodes, thresholds, values, trees, float(model["base"]), float(model.get("limit", 0.5)))


def _check(trees: Trees, names: list[str], made: str, path: Path) -> None:
    """ValueError where a walk through the trees would not read what they were trained on."""
    if names != list(context.NAMES):
        other = ", ".join(sorted(set(names) ^ set(context.NAMES))) or "in another order"
        raise ValueError(f"{path} was trained with other signals: {other}: train it again")
    if made != stamp():
        raise ValueError(
            f"{path} was trained with other signals: those of the same names had other values ({made}, today"
            f" {stamp()}): train it again"
        )
    if not _is_sound(trees):
        raise ValueError(f"{path} holds no trees that can be walked through: train it again")


def _is_sound(trees: Trees) -> bool:
    """Whether no walk leaves the arrays."""
    count = len(trees.nodes)
    if not count or trees.nodes.shape != (count, 2) or trees.trees.ndim != 2 or trees.trees.shape[1] != 2:
        return False
    if [each.dtype for each in trees[:4]] != [np.int32, np.float32, np.float32, np.int32]:
        return False
    if trees.thresholds.shape != (count,) or trees.values.shape != (count,):
        return False
    column, child = trees.nodes.T
    places = np.concatenate([child, child + np.isfinite(trees.thresholds), trees.trees[:, 0]])
    inside = places.min() >= 0 and places.max() < count and column.min() >= 0 and column.max() < context.COUNT
    return bool(inside and np.isfinite(trees.values).all() and not np.isnan(trees.thresholds).any())


def predict(trees: Trees, values: F32) -> F32:
    """How likely each row is noise, float32 in [0, 1]: less so, the longer it is, as more would be lost."""
    found = trees.base - CAUTION * (values[:, WIDTH].astype(np.float64) - 5)
    _add_up(
        values, trees.nodes, trees.thresholds, trees.values, trees.trees, np.empty(_CHUNK, np.uint64), found
    )
    likely: F32 = (1 / (1 + np.exp(-found))).astype(np.float32)
    return likely


@kernel
def _add_up(rows: F32, nodes: I32, thresholds: F32, values: F32, trees: I32, at: U64, out: F64) -> None:
    """Add to `out` what the trees say of each row.

    Level by level over some rows: a step waits for the one before it, but not for those of other rows.
    Places are unsigned: of one that may be negative, each step would ask whether it is.
    """
    for start in range(0, len(rows), len(at)):
        count = min(len(at), len(rows) - start)
        for tree in range(len(trees)):
            at[:] = np.uint64(trees[tree, 0])
            for _ in range(trees[tree, 1]):
                for r in range(count):
                    node = at[r]
                    right = rows[start + r, np.uint64(nodes[node, 0])] > thresholds[node]
                    at[r] = np.uint64(nodes[node, 1] + right)
            for r in range(count):
                out[start + r] += values[at[r]]
