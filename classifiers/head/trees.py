"""A forest of random trees over signals (Geurts et al. 2006), as arrays that a loop walks."""

from typing import Any

import numpy as np

from winnow.kernels import F32, F64, I16, I32, kernel

TREES = 150
LEAST = 4  # texts in a leaf
Forest = dict[str, np.ndarray]  # column (-1: a leaf), threshold, right (the left one follows), value, root


def fit(table: np.ndarray, wanted: np.ndarray, seed: int) -> Forest:
    """Trees that give the shares of each class in `wanted` (rows of 1) of the texts that end in a leaf."""
    from sklearn.ensemble import ExtraTreesRegressor

    model = ExtraTreesRegressor(TREES, min_samples_leaf=LEAST, max_features=0.5, random_state=seed)
    model.fit(table.astype(np.float32), wanted)
    parts = [_take_tree(tree.tree_) for tree in model.estimators_]
    sizes = np.cumsum([0, *(len(part["column"]) for part in parts)])
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for number, part in enumerate(parts):
        found["right"][sizes[number] : sizes[number + 1]] = part["right"] + sizes[number]
    return {**found, "root": sizes[:-1].astype(np.int32)}


def _take_tree(tree: Any) -> Forest:
    """sklearn lays the left child of a node right after it."""
    inner = tree.children_left >= 0
    value = tree.value[:, :, 0].astype(np.float16)
    value[inner] = 0
    return {
        "column": np.where(inner, tree.feature, -1).astype(np.int16),
        "threshold": np.where(inner, tree.threshold, 0).astype(np.float32),
        "right": np.where(inner, tree.children_right, 0).astype(np.int32),
        "value": value,
    }


def predict(forest: Forest, table: np.ndarray) -> np.ndarray:
    """Shares of each class (float64), the mean over all trees."""
    out = np.zeros((len(table), forest["value"].shape[1]))
    values = forest["value"].astype(np.float32)
    _walk(
        np.ascontiguousarray(table, np.float32),
        forest["column"],
        forest["threshold"],
        forest["right"],
        forest["root"],
        values,
        out,
    )
    return out


@kernel
def _walk(table: F32, column: I16, threshold: F32, right: I32, root: I32, values: F32, out: F64) -> None:
    for r in range(len(table)):
        for t in range(len(root)):
            node = np.int64(root[t])
            while column[node] >= 0:
                node = node + 1 if table[r, column[node]] <= threshold[node] else np.int64(right[node])
            for k in range(values.shape[1]):
                out[r, k] += values[node, k]
        for k in range(values.shape[1]):
            out[r, k] /= len(root)
