"""What a seed does to all mixes alike: it is told from what the laws leave, and taken off.

First weights and the order of text move the scores of the proxies that share them. How much of that is alike
for all mixes differs from swarm to swarm, so effects are drawn to 0 as far as the runs do not show them
(random effects, their variance by the method of moments).
"""

import numpy as np

LEAST = 3  # runs by which a seed is known
FAR = 3.0  # robust standard deviations at which an error is cut: a law may miss a mix of one source by far
ROUNDING = 1e-9  # of a score: what differs by less is one number, added up in another order


def estimate_seeds(
    sizes: np.ndarray, seeds: np.ndarray, errors: np.ndarray, telling: np.ndarray
) -> np.ndarray:
    """By run, what its seed adds to its score, from cross-fitted errors (score - what laws say of its mix).

    `telling`: the runs whose errors are asked; effects are taken off the others, too.
    0 for a seed of less than LEAST runs of one size, and where no two seeds of that size have as many.
    """
    effects = np.zeros(len(errors))
    for size in np.unique(sizes):
        at = np.flatnonzero((sizes == size) & telling)
        names, counts = np.unique(seeds[at], return_counts=True)
        at = at[np.isin(seeds[at], names[counts >= LEAST])]
        if (counts >= LEAST).sum() > 1:
            drawn = _draw_to_zero(seeds[at], _cut(seeds[at], errors[at]))
            by_seed = dict(zip(seeds[at].tolist(), drawn.tolist(), strict=True))
            of_size = np.flatnonzero(sizes == size)
            effects[of_size] = [by_seed.get(seed, 0.0) for seed in seeds[of_size].tolist()]
    return effects


def measure_noise(mixes: np.ndarray, sizes: np.ndarray, values: np.ndarray) -> float | None:
    """The standard deviation of runs of one mix and size, 0 where they differ by rounding alone; None where
    none was run twice."""
    _, group = np.unique(np.column_stack([mixes.round(9), sizes]), axis=0, return_inverse=True)
    counts = np.bincount(group)
    free = int((counts - 1).sum())
    if not free:
        return None
    means = np.bincount(group, weights=values) / counts
    noise = float(np.sqrt(((values - means[group]) ** 2).sum() / free))
    return noise if noise > ROUNDING * float(np.abs(values).max()) else 0.0


def _cut(seeds: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Errors no farther from the middle of their seed than FAR."""
    middles = {seed: float(np.median(errors[seeds == seed])) for seed in np.unique(seeds)}
    middle = np.array([middles[seed] for seed in seeds])
    reach = FAR * 1.4826 * float(np.median(np.abs(errors - middle)))
    return np.asarray(middle + np.clip(errors - middle, -reach, reach))


def _draw_to_zero(seeds: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """The mean error of each run's seed, drawn to that of all as far as it may be chance."""
    _, group, counts = np.unique(seeds, return_inverse=True, return_counts=True)
    rows, groups = len(errors), len(counts)
    means = np.bincount(group, weights=errors) / counts
    within = float(((errors - means[group]) ** 2).sum()) / (rows - groups)
    apart = means - errors.mean()
    between = (counts @ apart**2 - (groups - 1) * within) / (rows - (counts**2).sum() / rows)
    share = np.maximum(between, 0.0) / np.maximum(np.maximum(between, 0.0) + within / counts, 1e-300)
    return np.asarray((share * apart)[group])
