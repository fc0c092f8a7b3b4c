"""The space of mixes: caps and floors, the mixes that are known beforehand, and draws that fill it.

After RegMix (Liu et al. 2024, arXiv:2407.01492): Dirichlet draws around the natural mix, at strengths from
nearly one-source to nearly natural; here from a Sobol sequence instead of random numbers, so that a few
draws leave no gaps.
"""

from typing import NamedTuple

import numpy as np
import scipy

TRIES = 200  # points of the sequence per wanted mix before a draw is clipped instead of rejected
BLOCK = 256  # points taken at once: a power of 2, as Sobol's balance wants
SMALL = np.log(1e-8)  # below it the gamma distribution is a power of its argument


class Space(NamedTuple):
    """Where draws lie and what they gather around."""

    prior: np.ndarray
    floors: np.ndarray
    caps: np.ndarray
    strengths: tuple[float, float]  # of the Dirichlet distributions, least and most


class Drawn(NamedTuple):
    mixes: np.ndarray
    tries: int
    clipped: int


def fill(space: Space, wanted: int, seed: int) -> Drawn:
    """`wanted` mixes within floors and caps; a point of the sequence that is above a cap is passed over.

    Where 200 points a mix do not suffice, the rest are clipped.
    """
    low, high = space.strengths
    if not 0 < low <= high:
        raise ValueError(f"strengths must be 0 < min <= max, not {low} and {high}")
    sequence = scipy.stats.qmc.Sobol(len(space.prior) + 1, rng=np.random.default_rng(seed))
    kept: list[np.ndarray] = []
    tries = clipped = 0
    while len(kept) < wanted:
        for mix in _map_points(sequence.random(BLOCK), space):
            if len(kept) == wanted:
                break
            tries += 1
            if (mix <= space.caps + 1e-12).all():
                kept.append(mix)
            elif tries > TRIES * wanted:
                kept.append(clip(mix, space.caps))
                clipped += 1
    return Drawn(np.array(kept).reshape(wanted, len(space.prior)), tries, clipped)


def clip(weights: np.ndarray, caps: np.ndarray) -> np.ndarray:
    """`weights`, with none above its cap and the excess given to the others in proportion; sums to 1.

    `caps` must sum to at least 1. A source of weight 0 gets a part only where the others are all full, and
    no weight falls but to its cap.
    """
    clipped: np.ndarray = weights / weights.sum()
    full = np.zeros(len(caps), dtype=bool)
    while (clipped > caps).any():
        full |= clipped >= caps
        room = max(1.0 - caps[full].sum(), 0.0)
        free = np.where(full, 0.0, weights)
        if not free.any():  # the others had no weight: share by the room they have
            free = np.where(full, 0.0, caps)
        if free.any():
            free = free / free.max()  # before the sum: weights may be as small as floats get
            free = free / free.sum()
        clipped = np.where(full, caps, free * room)
    return clipped


def spread_evenly(caps: np.ndarray, natural: np.ndarray) -> np.ndarray:
    """UniMax (Chung et al. 2023, arXiv:2304.09151): as even as the caps allow.

    Where all sources at their caps do not fill the budget, every source is read as often as it may be, which
    is the natural mix.
    """
    if caps.sum() < 1:
        return natural
    return clip(np.full(len(caps), 1 / len(caps)), caps)


def limit_epochs(tokens: np.ndarray, max_epochs: float, budget: float) -> np.ndarray:
    """The largest weights at which `budget` tokens read no source more than `max_epochs` times."""
    return np.asarray(np.minimum(max_epochs * tokens / budget, 1.0))


def _map_points(points: np.ndarray, space: Space) -> np.ndarray:
    """Points of the unit cube to Dirichlet draws between the floors: the first coordinate is the strength."""
    low, high = np.log(space.strengths)
    points = np.clip(points, 2.0**-32, 1 - 2.0**-32)
    shapes = np.exp(low + points[:, :1] * (high - low)) * space.prior
    logs = _invert_gamma(shapes, points[:, 1:])
    mixes = np.exp(logs - logs.max(axis=1, keepdims=True))
    mixes /= mixes.sum(axis=1, keepdims=True)
    return np.asarray(space.floors + (1 - space.floors.sum()) * mixes)


def _invert_gamma(shapes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The logarithm of the gamma quantile; of small shapes the quantile itself is too small for a float."""
    logs: np.ndarray = (np.log(points) + scipy.special.gammaln(shapes + 1)) / shapes
    large = logs > SMALL
    logs[large] = np.log(scipy.special.gammaincinv(shapes[large], points[large]))
    return logs
