"""What a seed does to all mixes alike: it is told from mixes trained with several seeds, and taken off.

First weights and the order of text move the scores of all proxies that share them: on small proxies by more
than most mixes do. Mixes trained with the same seeds are blocks of a two-way analysis of variance; the noise
of a difference between two of them is what mixes and seeds, added up, leave.
"""

import numpy as np

SHARED = 2  # mixes, trained with other seeds too, by which a seed is known


def estimate_seeds(mixes: np.ndarray, sizes: np.ndarray, seeds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """By run, what its seed adds to its value; 0 where fewer than SHARED mixes tell, or for one size alone.

    The effects of the seeds known at a size have the mean 0. Values are finite.
    """
    effects = np.zeros(len(values))
    for size in np.unique(sizes):
        at = np.flatnonzero(sizes == size)
        for seed, effect in _estimate_at(_number(mixes[at]), seeds[at], values[at]).items():
            effects[at[seeds[at] == seed]] = effect
    return effects


def measure_noise(
    mixes: np.ndarray, sizes: np.ndarray, seeds: np.ndarray, left: np.ndarray, effects: np.ndarray
) -> float | None:
    """The standard deviation of runs of one mix and size, `left` of their values without their seeds'
    `effects`; None where none was run twice."""
    group = _number(np.column_stack([mixes, sizes]))
    counts = np.bincount(group)
    known = {(size, seed) for size, seed, effect in zip(sizes, seeds, effects, strict=True) if effect}
    free = int((counts - 1).sum()) - max(len(known) - len({size for size, _ in known}), 0)
    if free <= 0:
        return None
    means = np.bincount(group, weights=left) / counts
    return float(np.sqrt(((left - means[group]) ** 2).sum() / free))


def _number(rows: np.ndarray) -> np.ndarray:
    """The number of each row among the rows that differ."""
    found: np.ndarray = np.unique(rows.round(9), axis=0, return_inverse=True)[1].ravel()
    return found


def _estimate_at(group: np.ndarray, seeds: np.ndarray, values: np.ndarray) -> dict[int, float]:
    """The effect of each seed that enough mixes tell of."""
    kept = _keep_shared(group, seeds)
    known = np.unique(seeds[kept])
    if len(known) < 2:
        return {}
    mixes = np.unique(group[kept])
    design = np.hstack([group[kept][:, None] == mixes, seeds[kept][:, None] == known]).astype(float)
    found = np.linalg.lstsq(design, values[kept], rcond=None)[0][len(mixes) :]
    return dict(zip(known.tolist(), (found - found.mean()).tolist(), strict=True))


def _keep_shared(group: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The runs of mixes with several seeds, of seeds with several such mixes."""
    kept = np.ones(len(group), dtype=bool)
    while True:
        pairs = np.unique(np.column_stack([group, seeds])[kept], axis=0)
        if not len(pairs):
            return kept
        often = _count(pairs[:, 0], group) >= 2
        shared = _count(pairs[np.isin(pairs[:, 0], group[often]), 1], seeds) >= SHARED
        if not (kept & ~(often & shared)).any():
            return kept
        kept &= often & shared


def _count(found: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How often each of `values` is among those found."""
    names, counts = np.unique(found, return_counts=True)
    table = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return np.array([table.get(value, 0) for value in values.tolist()])
