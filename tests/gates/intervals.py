"""How far a fitted model may be wrong of a mix, and what the choice of one by it is worth, as gates and tests
ask it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from winnow.mixing.regression.gain import measure_error, measure_gains
from winnow.mixing.regression.model import Model, predict_members, take_own
from winnow.mixing.regression.stack import measure_far

Solver = Callable[[int], np.ndarray]


def correct_gain(
    model: Model, omega: np.ndarray, choose: np.ndarray | Solver, reference: np.ndarray
) -> dict[str, Any]:
    """The gain of the best mix, without what choosing it by its own prediction adds.

    `omega`: a weight by eval, in the model's order. `choose`: candidates (mixes as rows), or a function that
    solves for the best mix of member k (0: the fit to all runs). A double bootstrap: each member chooses as
    if it were the estimate, and member 0 says what the choice is worth; what the members promise too much, on
    average, is taken off. `chosen` (weights), `naive`, `optimism`, `corrected`,
    `error` (one standard error, calibrated), in the evals' unit.
    """
    members = len(next(iter(model["evals"].values()))["members"])
    if callable(choose):
        mixes = np.array([choose(member) for member in range(members)])
        gains = measure_gains(model, omega, mixes, reference)
        chosen = np.arange(members)
    else:
        mixes, gains = choose, measure_gains(model, omega, choose, reference)
        chosen = gains.argmax(axis=1)
    best = int(chosen[0])
    over = gains[np.arange(members), chosen] - gains[0, chosen]
    optimism = max(float(over[1:].mean()), 0.0) if members > 1 else 0.0
    naive = float(gains[0, best])
    return {
        "chosen": mixes[best],
        "naive": naive,
        "optimism": optimism,
        "corrected": naive - optimism,
        "error": measure_error(model, omega, gains[1:, best], mixes[best], reference)[0],
    }


def measure_spread(
    model: Model, mixes: np.ndarray, reference: np.ndarray, *, realised: bool = False
) -> np.ndarray:
    """One calibrated standard error (evals x mixes) of the change from the mix `reference` (one row).

    It has the members' spread and the cross-fitted residual, stretched so that intervals cover; with
    `realised` also the seed noise of both mixes, each trained once.
    """
    both = predict_members(model, np.vstack([mixes, reference[None, :]]))
    spread = (both[1:, :, :-1] - both[1:, :, -1:]).std(axis=0)
    column = {
        key: np.array([[f[key] or 0.0] for f in model["evals"].values()])
        for key in ("residual", "stretch", "noise")
    }
    far = measure_far(mixes, take_own(model), reference)  # 0 of the mix itself, which has no change to err on
    error = (column["stretch"] ** 2) * (spread**2 + (column["residual"] * far) ** 2)
    if realised:
        error = error + 2 * column["noise"] ** 2
    spreads: np.ndarray = np.sqrt(error)
    return spreads


def interval(
    center: np.ndarray, spread: np.ndarray, confidence: float = 0.9
) -> tuple[np.ndarray, np.ndarray]:
    """The two-sided interval (low, high) of a normal error."""
    reach = float(scipy.special.ndtri(0.5 + confidence / 2)) * spread
    return center - reach, center + reach
