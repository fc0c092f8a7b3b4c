"""Of one eval: the laws, stacked by what each predicts of mixes that it did not see, and their refits.

Member 0 is fitted to all training mixes, member k to the k-th bootstrap of the runs: how members differ is
how far the answer leans on the runs that happened to be made.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy

from winnow.mixing.regression.laws import LAWS, Params, find_blends, fit_law, predict_law

CAUTION = 0.05  # pull of the stack's weights to equal ones, in variances of the score
MARGIN = 0.5  # of the range of scores seen: how far beyond it a law may predict
RESIDUAL = 0.7  # share of the cross-fitted error that laws of any form may be wrong by
BLAMED = 0.25  # of the squared errors, that the laws stand for at least, however large the noise
MIN_JUDGED = 8
COVERED = 0.9  # of the errors: where intervals are calibrated
NAMES = [*LAWS, "mean"]


class RunQuality(NamedTuple):
    """How each run stands in a fit beside runs of an earlier one."""

    trust: np.ndarray  # how much it counts
    whole: np.ndarray  # whether its text is today's: of it are ranges, means and noise
    own: np.ndarray  # whether it is today's: by it is judged how far the fit may be wrong


def draw_folds(mixes: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Which fold each row is in; rows of the same mix (repeats by other seeds) are in the same one."""
    _, group = np.unique(mixes.round(9), axis=0, return_inverse=True)
    order = np.random.default_rng(seed).permutation(group.max() + 1)
    return np.asarray(order[group] % folds)


def draw_bootstraps(rows: int, members: int, seed: int) -> np.ndarray:
    """How often each row counts in each member (members x rows); member 0 has every row once."""
    rng = np.random.default_rng([seed, 1])
    draws = rng.multinomial(rows, np.full(rows, 1 / rows), size=members)
    return np.vstack([np.ones(rows), draws]).astype(float)


def fit_eval(
    mixes: np.ndarray,
    values: np.ndarray,
    fold: np.ndarray,
    draws: np.ndarray,
    reference: np.ndarray,
    noise: float | None = None,
    standing: RunQuality | None = None,
) -> tuple[dict[str, Any], np.ndarray]:
    """The fitted eval as it stands in `model.json`, and a guess for every row by laws that did not see it.

    `noise`: the standard deviation of one run, where it is known: laws are not to blame for it.
    `reference`: the mix from which changes are told. A standard error of a change is
    stretch * sqrt(variance of the change over the members + (residual * far)^2), where `far` is the mix's
    distance from the reference in root mean squares of that of the runs (`measure_far`).
    """
    every = np.ones(len(values), bool)
    trust, whole, own = standing or RunQuality(np.ones(len(values)), every, every)
    bounds = limit_scores(values[whole])
    full, unseen, crossed = cross_fit(mixes, values, fold, trust, bounds)
    fitted = {
        "weights": dict(zip(NAMES, weigh_stack(unseen, values, trust).tolist(), strict=True)),
        "mean": float(values[whole].mean()),
        "sd": float(values[whole].std()),
        "low": bounds[0],
        "high": bounds[1],
        "members": [_fit_member(mixes, values, counts, full, trust) for counts in draws],
    }
    errors = crossed - values
    return fitted | calibrate(fitted, mixes, errors, draws, reference, noise or 0.0, own), crossed


def cross_fit(
    mixes: np.ndarray,
    values: np.ndarray,
    fold: np.ndarray,
    trust: np.ndarray,
    bounds: tuple[float, float] | None = None,
) -> tuple[dict[str, Params], np.ndarray, np.ndarray]:
    """The laws fitted to all runs, and of each run, by laws that did not see it, what each says (rows x
    NAMES) and what the stack says. `bounds`: what a law may predict, by default by the range of `values`."""
    bounds = bounds or limit_scores(values)
    full = {name: fit_law(name, mixes, values, trust) for name in LAWS}
    unseen = np.zeros((len(values), len(NAMES)))
    for left in _split(fold):
        unseen[left] = _predict_unseen(mixes, values, left, full, bounds, trust)
    crossed = np.zeros(len(values))
    for left in _split(fold):  # the weights, too, come from the other folds
        crossed[left] = unseen[left] @ weigh_stack(unseen[~left], values[~left], trust[~left])
    return full, unseen, crossed


def calibrate(
    fitted: Params,
    mixes: np.ndarray,
    errors: np.ndarray,
    draws: np.ndarray,
    reference: np.ndarray,
    noise: float,
    own: np.ndarray,
) -> dict[str, float]:
    """`residual` and `stretch`, by which intervals cover the cross-fitted errors, the `noise` of a single run
    taken off: what is promised of a mix is what it gains on average.

    Each row is judged by the members whose bootstrap lacked it, as a mix not yet trained would be; those that
    are not `own`, of an earlier run, are not judged.
    """
    judged = own.copy()
    judged[own] = find_judged(mixes[own], reference)
    residual = RESIDUAL * float(np.sqrt(take_off(float((errors[judged] ** 2).mean()), noise**2)))
    points = np.vstack([mixes, reference[None, :]])
    told = np.array([predict_member(fitted, member, points, mixes) for member in fitted["members"][1:]])
    changes = told[:, :-1] - told[:, -1:]
    spread = spread_unseen(changes, draws[1:])
    wrong = residual * measure_far(mixes, mixes[own], reference)
    return {
        "residual": residual,
        "stretch": measure_stretch(errors[judged], np.hypot(spread, wrong)[judged], noise),
    }


def measure_far(points: np.ndarray, mixes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """How far points are from the reference, in units of `measure_distance`: laws err in proportion."""
    return np.asarray(np.linalg.norm(points - reference, axis=1) / measure_distance(mixes, reference))


def measure_distance(mixes: np.ndarray, reference: np.ndarray) -> float:
    """The root mean square distance from the reference of those training mixes that tell of errors."""
    apart = ((mixes - reference) ** 2).sum(axis=1)[find_judged(mixes, reference)]
    return float(np.sqrt(apart.mean())) if len(apart) and apart.any() else 1.0


def find_judged(mixes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Which rows tell how far a chosen mix may be wrong.

    Neither the reference, which does not change, nor mixes of one source alone: of these laws are ten times
    as wrong as of blends, and what is chosen is a blend. All but the reference where there are few others.
    """
    other: np.ndarray = np.abs(mixes - reference).sum(axis=1) > 1e-9
    blends = other & find_blends(mixes)
    return blends if blends.sum() >= MIN_JUDGED else other


def spread_unseen(changes: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Of each row (columns of `changes`), the standard deviation over the members that did not draw it."""
    spread = np.zeros(changes.shape[1])
    for row in range(len(spread)):
        unseen = draws[:, row] == 0
        spread[row] = changes[unseen if unseen.sum() > 2 else slice(None), row].std()
    return spread


def measure_stretch(errors: np.ndarray, spread: np.ndarray, noise: float = 0.0) -> float:
    """The factor of `spread` with which normal intervals, with a run's noise, hold COVERED of the errors."""
    reach = float(scipy.special.ndtri(0.5 + COVERED / 2))
    needed = take_off((errors / reach) ** 2, noise**2) / np.maximum(spread, 1e-12) ** 2
    return float(np.sqrt(np.quantile(needed, COVERED)))


def take_off(variance: Any, noise: float) -> Any:
    """A variance of errors without that of single runs, of which some may be chance: BLAMED of it stays."""
    return np.maximum(variance - noise, BLAMED * variance)


def predict_member(fitted: Params, member: Params, mixes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The score of each of `mixes` by one of an eval's members."""
    total = np.full(len(mixes), fitted["weights"]["mean"] * member["mean"])
    for name, law in member["laws"].items():
        guess = predict_law(name, law, mixes, rows)
        total += fitted["weights"][name] * np.clip(guess, fitted["low"], fitted["high"])
    return total


def limit_scores(values: np.ndarray) -> tuple[float, float]:
    """The least and the most that a law may predict."""
    margin = MARGIN * float(np.ptp(values))
    return float(values.min()) - margin, float(values.max()) + margin


def weigh_stack(guesses: np.ndarray, values: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Weights of the laws, not negative, by least squares with a light pull to equal ones; that of the mean
    is what they lack to 1, or have too much: laws are drawn to the mean, each by itself, and what they agree
    on is then more than they say."""
    rows, laws = guesses.shape[0], guesses.shape[1] - 1
    middle, root = np.average(values, weights=trust), np.sqrt(trust)
    spread = values.std() or 1.0
    pull = np.sqrt(CAUTION * rows)
    left = np.vstack([root[:, None] * (guesses[:, :-1] - middle) / spread, pull * np.eye(laws)])
    right = np.concatenate([root * (values - middle) / spread, np.full(laws, pull / laws)])
    found, _ = scipy.optimize.nnls(left, right)
    return np.asarray(np.append(found, 1 - found.sum()))


def _split(fold: np.ndarray) -> list[np.ndarray]:
    """The rows left out of each fold."""
    return [fold == number for number in np.unique(fold)]


def _predict_unseen(
    mixes: np.ndarray,
    values: np.ndarray,
    left: np.ndarray,
    full: dict[str, Params],
    bounds: tuple[float, float],
    trust: np.ndarray,
) -> np.ndarray:
    """What each law and the mean, fitted without the rows `left`, say of those."""
    seen, known = mixes[~left], values[~left]
    guesses = []
    for name, like in full.items():
        law = fit_law(name, seen, known, trust[~left], like=like, keep=False)
        guesses.append(np.clip(predict_law(name, law, mixes[left], seen), *bounds))
    return np.stack([*guesses, np.full(left.sum(), np.average(known, weights=trust[~left]))], axis=1)


def _fit_member(
    mixes: np.ndarray, values: np.ndarray, counts: np.ndarray, full: dict[str, Params], trust: np.ndarray
) -> dict[str, Any]:
    refits = {name: fit_law(name, mixes, values, counts * trust, like) for name, like in full.items()}
    laws = full if (counts == 1).all() else refits
    kept = {name: {k: v for k, v in law.items() if k != "standard"} for name, law in laws.items()}
    return {"mean": float(np.average(values, weights=counts * trust)), "laws": kept}
