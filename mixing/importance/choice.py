"""Choices of documents under a budget: the best first, and a soft one, along which weights are learnt."""

from collections.abc import Iterator

import numpy as np
import scipy

from winnow.mixing.importance.bench import Bench
from winnow.mixing.proxy import slope

SITES = 0.8  # of the sites, that one draw has
ROUNDS = 30  # of the descent
FAR = 30.0  # of an importance from the middle: beyond it a document is chosen, or is not


def draw_sites(bench: Bench, there: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Which documents each draw has: of those that are `there`, all of four fifths of their sites."""
    random = np.random.default_rng(seed)
    sites = np.unique(bench.sites[there])
    for _ in range(draws):
        drawn = random.permutation(sites)[: max(round(SITES * len(sites)), 1)]
        yield there & np.isin(bench.sites, drawn)


def take_best(sizes: np.ndarray, order: np.ndarray, there: np.ndarray, budget: float) -> np.ndarray:
    """How much of each document is read: in `order`, of those that are `there`, until their sizes are the
    budget; of the last one a part."""
    mine = order[there[order]]
    before = np.cumsum(sizes[mine]) - sizes[mine]
    weights = np.zeros(len(there))
    weights[mine] = np.clip((budget - before) / sizes[mine], 0, 1)
    return weights


def learn(
    bench: Bench,
    there: np.ndarray,
    worth: np.ndarray,
    shares: list[float],
    draws: int,
    strength: float,
    seed: int,
) -> np.ndarray:
    """The weights of traits under which what is read best first needs the fewest bits (`worth` of each scored
    token's), mean over `shares` and draws of sites of the documents `there`, with `strength` * |weights|^2.

    A document is read with the chance 1 / (1 + exp(middle - importance)), the middle being where the budget
    is met: the greater the weights, the nearer to a cut.
    """
    cases = [
        (np.flatnonzero(mine), share) for mine in draw_sites(bench, there, draws, seed) for share in shares
    ]
    lengths = bench.pool.lengths.astype(np.float64)

    def measure(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slopes = strength * float(weights @ weights), 2 * strength * weights
        for rows, share in cases:
            x, sizes = bench.traits[rows], lengths[rows]
            chance = _soften(x @ weights, sizes, share * float(sizes.sum()))
            read = np.zeros(len(lengths))
            read[rows] = chance
            bits, by_document = slope.measure(bench.pool, read, bench.strengths, bench.vocabulary, worth)
            moved = chance * (1 - chance)
            held = (by_document[rows] * moved).sum() / max(float((sizes * moved).sum()), 1e-12)
            total += bits / len(cases)
            slopes = slopes + x.T @ (moved * (by_document[rows] - held * sizes)) / len(cases)
        return total, slopes

    start = np.zeros(bench.traits.shape[1])
    found = scipy.optimize.minimize(measure, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return np.asarray(found.x)


def _soften(importance: np.ndarray, sizes: np.ndarray, budget: float) -> np.ndarray:
    """The chances of documents whose sum, by size, is the budget."""

    def chance(middle: float) -> np.ndarray:
        return np.asarray(scipy.special.expit(np.clip(importance - middle, -2 * FAR, 2 * FAR)))

    low, high = importance.min() - FAR, importance.max() + FAR
    middle = scipy.optimize.brentq(lambda at: float(sizes @ chance(at)) - budget, low, high)
    return chance(middle)
