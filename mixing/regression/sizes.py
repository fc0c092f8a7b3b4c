"""Runs of several sizes in one fit: how a score of one size is told at another.

The law is fitted at the size with most runs; value at size s = offset_s + factor_s * law(w). Factors are
drawn to 1, since a size may have run a few mixes only.
"""

import numpy as np

from winnow.mixing.regression.laws import fit_law, predict_law, weigh_runs

PULL = 2.0  # to a factor of 1, in runs
LEAST = 0.1  # factor: a larger model turns no ranking of mixes around
SIMPLE = ("log_linear_root", "gaussian_process")  # the laws by which sizes are compared


def find_main(sizes: np.ndarray) -> int:
    """The size with most runs, of these the largest."""
    found, runs = np.unique(sizes, return_counts=True)
    return int(found[np.flatnonzero(runs == runs.max())[-1]])


def align_sizes(mixes: np.ndarray, values: np.ndarray, sizes: np.ndarray) -> dict[int, tuple[float, float]]:
    """Offset and factor of each size."""
    main = find_main(sizes)
    at = sizes == main
    aligned = {main: (0.0, 1.0)}
    others = [int(size) for size in np.unique(sizes) if size != main]
    if not others:
        return aligned
    laws = [(name, fit_law(name, mixes[at], values[at], weigh_runs(mixes[at]))) for name in SIMPLE]
    spread = float(values[at].var())
    for size in others:
        rows = sizes == size
        guess = np.mean([predict_law(name, law, mixes[rows], mixes[at]) for name, law in laws], axis=0)
        apart, level = guess - guess.mean(), values[rows] - values[rows].mean()
        pull = PULL * spread
        factor = max((float(apart @ level) + pull) / (float(apart @ apart) + pull), LEAST)
        aligned[size] = (float(values[rows].mean() - factor * guess.mean()), factor)
    return aligned


def move(values: np.ndarray, sizes: np.ndarray, aligned: dict[int, tuple[float, float]]) -> np.ndarray:
    """All values as the main size would have them."""
    offset = np.array([aligned[int(size)][0] for size in sizes])
    factor = np.array([aligned[int(size)][1] for size in sizes])
    return np.asarray((values - offset) / factor)
