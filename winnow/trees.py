"""Boosted trees as arrays: trained by scikit-learn, kept in `.npz` (nothing that runs), walked by a loop."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from winnow.kernels import F32, F64, I32, U64, kernel


class Trees(NamedTuple):
    """Of each node the column and the left child (the right one follows), the threshold, and a leaf's value.

    A leaf is its own child, so that every walk through a tree can take as many steps as the tree is deep.
    """

    nodes: I32
    thresholds: F32
    values: F32
    trees: I32  # the root and the depth of each
    base: float
    limit: float  # what is likelier than this counts


def take(arrays: Mapping[str, np.ndarray]) -> Trees:
    """The trees of arrays by name; without a `limit` half a chance is one."""
    nodes, thresholds, values, trees = (
        np.ascontiguousarray(arrays[name]) for name in ("nodes", "thresholds", "values", "trees")
    )
    limit = float(arrays.get("limit", np.float64(0.5)))
    return Trees(nodes, thresholds, values, trees, float(arrays["base"].item()), limit)


def flatten(members: Sequence[Any]) -> dict[str, np.ndarray]:
    """The trees of scikit-learn's models (`HistGradientBoostingClassifier`), whose mean log-odds are the sum
    of all, as arrays by name: children side by side."""
    nodes: list[tuple[int, int]] = []
    threshold: list[float] = []
    value: list[float] = []
    roots: list[tuple[int, int]] = []
    for (tree,) in (predictor for member in members for predictor in member._predictors):
        root, places = len(nodes), [0]
        roots.append((root, int(tree.nodes["depth"].max())))
        for at in places:  # grows: breadth first
            node = tree.nodes[at]
            leaf = bool(node["is_leaf"])
            left = root + (places.index(at) if leaf else len(places))
            nodes.append((0 if leaf else int(node["feature_idx"]), left))
            threshold.append(np.inf if leaf else float(node["num_threshold"]))
            value.append(float(node["value"]) / len(members) if leaf else 0.0)
            places += [] if leaf else [int(node["left"]), int(node["right"])]
    base = np.mean([np.ravel(member._baseline_prediction)[0] for member in members])
    return {
        "nodes": np.array(nodes, np.int32),
        "thresholds": np.array(threshold, np.float32),
        "values": np.array(value, np.float32),
        "trees": np.array(roots, np.int32),
        "base": np.array(base, np.float64),
    }


def is_sound(trees: Trees, columns: int) -> bool:
    """Whether no walk over rows of so many columns leaves the arrays."""
    count = len(trees.nodes)
    if not count or trees.nodes.shape != (count, 2) or trees.trees.ndim != 2 or trees.trees.shape[1] != 2:
        return False
    if [each.dtype for each in trees[:4]] != [np.int32, np.float32, np.float32, np.int32]:
        return False
    if trees.thresholds.shape != (count,) or trees.values.shape != (count,):
        return False
    column, child = trees.nodes.T
    places = np.concatenate([child, child + np.isfinite(trees.thresholds), trees.trees[:, 0]])
    inside = places.min() >= 0 and places.max() < count and column.min() >= 0 and column.max() < columns
    return bool(inside and np.isfinite(trees.values).all() and not np.isnan(trees.thresholds).any())


@kernel
def add_up(rows: F32, model: Trees, at: U64, out: F32 | F64) -> None:
    """Add to `out` what the trees say of each row.

    Level by level over some rows, as many as `at` has places: a step waits for the one before it, but not for
    those of other rows. Places are unsigned: of one that may be negative, each step would ask whether it is.
    """
    for start in range(0, len(out), len(at)):
        some, found = rows[start : start + len(at)], out[start : start + len(at)]
        for tree in range(len(model.trees)):
            at[:] = np.uint64(model.trees[tree, 0])
            for _ in range(model.trees[tree, 1]):
                for r in range(len(found)):
                    node = at[r]
                    right = some[r, np.uint64(model.nodes[node, 0])] > model.thresholds[node]
                    at[r] = np.uint64(model.nodes[node, 1] + right)
            for r in range(len(found)):
                found[r] += model.values[at[r]]
