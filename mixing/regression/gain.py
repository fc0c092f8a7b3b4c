"""The gain of a mix over a reference, as one may believe it: without the winner's curse, with an error.

A gain is the weighted sum over evals of value(reference) - value(mix): positive is better.
"""

import numpy as np

from winnow.mixing.regression.model import Model, predict_members, take_own
from winnow.mixing.regression.seeds import measure_noise
from winnow.mixing.regression.stack import (
    RESIDUAL,
    find_judged,
    measure_distance,
    measure_far,
    spread_unseen,
    take_off,
)

BEST = 0.25  # share of the training runs, best by prediction, by which a chosen mix's error is told
LEAST = 12  # of them at least


def measure_gains(model: Model, omega: np.ndarray, mixes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The gain of each mix by each member (members x mixes)."""
    values = predict_members(model, np.vstack([mixes, reference[None, :]]))
    return np.asarray(np.einsum("e,mex->mx", omega, values[:, :, -1:] - values[:, :, :-1]))


def measure_error(
    model: Model, omega: np.ndarray, gains: np.ndarray, mix: np.ndarray, reference: np.ndarray
) -> tuple[float, float, float]:
    """One standard error of the gain of a mix, of which the members (without member 0) say `gains`; how much
    of it the laws' own error is at a distance of 1 from the reference; and how much less than predicted by
    laws that did not see them the best runs gained at most, one standard error allowed (0: no less).

    As of one eval, but on the cross-fitted errors of the weighted sum itself, in which those of the evals
    cancel in part, and on the best runs by prediction: what is chosen is one of those. Runs that lack an
    eval are not judged by, nor those of an earlier fit. The noise of single runs, as mixes run more than
    once show it, is taken off.
    """
    errors = omega @ np.array([fitted["errors"] for fitted in model["evals"].values()])
    known = np.isfinite(errors)
    noise = measure_noise(model["mixes"][known], np.zeros(int(known.sum())), errors[known]) or 0.0
    changes = -measure_gains(model, omega, model["mixes"], reference)[1:]
    guess = changes.mean(axis=0)
    own = len(take_own(model))
    known[:own] &= find_judged(model["mixes"][:own], reference)
    residual = RESIDUAL * float(np.sqrt(take_off(float((errors[known] ** 2).mean()), noise**2)))
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(guess[rows], kind="stable")][: max(int(BEST * len(rows)), LEAST)]
    missed = residual * measure_far(model["mixes"][rows], take_own(model), reference)
    spread = spread_unseen(changes[:, rows], model["draws"][1:, rows]) ** 2 + missed**2
    ratio = float((errors[rows] ** 2 / spread).mean())
    stretch = float(np.sqrt(take_off(ratio, noise**2 * float((1 / spread).mean()))))
    wrong = residual / measure_distance(take_own(model), reference)
    far = float(np.linalg.norm(mix - reference))
    lost = max(float(errors[rows].std() / np.sqrt(len(rows)) - errors[rows].mean()), 0.0)
    return stretch * float(np.hypot(gains.std(), wrong * far)), stretch * wrong, lost
