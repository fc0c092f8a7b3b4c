"""Where to look next: mixes that some member of the fit holds for the best (Thompson sampling)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from winnow.mixing.design.space import Space, fill

POOL = 1024  # mixes among which each member first looks for its optimum
PARTNERS = 32  # of them, towards which an optimum is moved
STEPS = (0.05, 0.2)  # of the way
ROUNDS = 2

Values = Callable[[np.ndarray], np.ndarray]  # mixes as rows -> (members, mixes), lower is better


class Posterior(NamedTuple):
    """Candidates and what each member says of them."""

    mixes: np.ndarray
    values: np.ndarray  # (members, mixes)


def explore(measure: Values, space: Space, known: np.ndarray, seed: int) -> Posterior:
    """Candidates within the space, dense where members have their optima; `known` mixes are among them.

    Each is a blend of an optimum and of another candidate, so that floors and caps hold.
    """
    inside = (known <= space.caps + 1e-9).all(axis=1) & (known >= space.floors - 1e-9).all(axis=1)
    mixes = np.vstack([known[inside], fill(space, POOL, seed).mixes])
    values = measure(mixes)
    rng = np.random.default_rng([seed, 1])
    for _ in range(ROUNDS):
        optima = mixes[np.unique(values.argmin(axis=1))]
        partners = mixes[rng.choice(len(mixes), PARTNERS, replace=False)]
        ways = [optima[:, None] + step * (partners - optima[:, None]) for step in STEPS]
        between = np.vstack([way.reshape(-1, mixes.shape[1]) for way in ways])
        mixes, values = np.vstack([mixes, between]), np.hstack([values, measure(between)])
    return Posterior(mixes, values)


def draw(posterior: Posterior, taken: np.ndarray, wanted: int, apart: float) -> list[int]:
    """Which candidates to train on: each member's best in turn, by number; none twice.

    One nearer than `apart` (total variation) to a mix that is taken or chosen gives way to the member's next
    best. Fewer than `wanted` where no candidate is left.
    """
    orders = [iter(order) for order in np.argsort(posterior.values, axis=1, kind="stable")]
    near = _find_near(posterior.mixes, taken, apart)
    chosen: list[int] = []
    while len(chosen) < wanted and not near.all():
        for order in orders:
            found = next((number for number in order if not near[number]), None)
            if found is None or len(chosen) == wanted:
                break
            chosen.append(int(found))
            near |= _find_near(posterior.mixes, posterior.mixes[found][None], apart)
    return chosen


def find_best(posterior: Posterior) -> int:
    """The candidate that the members together hold for the best."""
    return int(posterior.values.mean(axis=0).argmin())


def _find_near(mixes: np.ndarray, others: np.ndarray, apart: float) -> np.ndarray:
    near = np.zeros(len(mixes), dtype=bool)
    for other in others:
        near |= np.abs(mixes - other).sum(axis=1) / 2 < apart
    return near
