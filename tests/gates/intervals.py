"""How far a fitted model may be wrong of a mix, as gates and tests ask it."""

import numpy as np
import scipy

from winnow.mixing.regression.model import Model, predict_members, take_own
from winnow.mixing.regression.stack import measure_far


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
