"""Laws from a mix to a score: the members of the regression that `mixing.fit` stacks.

A law is fitted to mixes `w` (n x sources, rows sum to 1) and one score each, and becomes a plain
dict of numbers: no object of ours is ever pickled. Scores fall fast with a source's first tokens and
slowly after, hence roots of the weights as features. Boosted trees are not among the laws: on RegMix's
tables (64 mixes seen, 13 losses) they added at most 0.002 of rank correlation, are flat between the mixes
seen, and do not write as a few numbers.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
from sklearn.linear_model import RidgeCV

Params = dict[str, Any]
FLOOR = 1e-4  # added to a weight under a root: keeps the slope at 0 finite
HUBER = 1.0  # in standard deviations of the score
SHRINK = 0.05  # ridge on the log-linear slopes, in mixes: it fades as they grow in number
MARGIN = 0.5  # of the range of scores seen: how far beyond it a law may predict


def _take_weights(mixes: np.ndarray) -> np.ndarray:
    return mixes


def _take_square_roots(mixes: np.ndarray) -> np.ndarray:
    return np.sqrt(mixes + FLOOR)


def _take_cube_roots(mixes: np.ndarray) -> np.ndarray:
    return np.cbrt(mixes + FLOOR)


def _take_three_shapes(mixes: np.ndarray) -> np.ndarray:
    return np.hstack([mixes, np.sqrt(mixes + FLOOR), np.log(mixes + 0.01)])


Features = Callable[[np.ndarray], np.ndarray]
FEATURES: dict[str, Features] = {
    "log_linear": _take_weights,
    "log_linear_root": _take_square_roots,
    "ridge": _take_three_shapes,
    "gaussian_process": _take_cube_roots,
}


def fit_law(name: str, mixes: np.ndarray, scores: np.ndarray) -> Params:
    """The parameters of one law; deterministic."""
    features = FEATURES[name](mixes)
    center, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    if name == "gaussian_process":  # one scale for all: the length scales are the process's own
        scale = np.full(len(center), float(scale.mean()))
    mean, spread = float(scores.mean()), float(scores.std()) or 1.0
    fitted = _FITS[name]((features - center) / scale, (scores - mean) / spread)
    margin = MARGIN * float(np.ptp(scores))
    bounds = {"low": float(scores.min()) - margin, "high": float(scores.max()) + margin}
    return {"center": center, "scale": scale, "mean": mean, "sd": spread, **bounds, **fitted}


def predict_law(name: str, params: Params, mixes: np.ndarray) -> np.ndarray:
    """The score of each mix (rows of `mixes`)."""
    features = (FEATURES[name](mixes) - params["center"]) / params["scale"]
    predicted = params["mean"] + params["sd"] * _PREDICTS[name](features, params)
    bounded: np.ndarray = np.clip(predicted, params["low"], params["high"])
    return bounded


def _fit_log_linear(features: np.ndarray, scores: np.ndarray) -> Params:
    """Olmix (2026): y = c + exp(b + a.x) with a Huber loss; c moves freely since y is standardised here."""
    rows, width = features.shape
    shrink = SHRINK / rows

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        floor, shift, slopes = theta[0], theta[1], theta[2:]
        rise = np.exp(np.clip(shift + features @ slopes, -30.0, 30.0))
        residual = floor + rise - scores
        size = np.abs(residual)
        value = np.where(size < HUBER, 0.5 * residual**2, HUBER * (size - 0.5 * HUBER)).mean()
        pull = np.clip(residual, -HUBER, HUBER) / rows
        slope = (pull * rise) @ features + 2 * shrink * slopes
        gradient = np.concatenate([[pull.sum(), (pull * rise).sum()], slope])
        return value + shrink * float(slopes @ slopes), gradient

    found = []
    for below in (0.2, 1.0, 4.0):  # how far the floor lies under the best score seen
        floor = scores.min() - below
        start = np.concatenate([[floor, np.log(-floor)], np.zeros(width)])
        found.append(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}))
    best = min(found, key=lambda result: result.fun).x
    return {"floor": float(best[0]), "shift": float(best[1]), "slopes": best[2:]}


def _predict_log_linear(features: np.ndarray, params: Params) -> np.ndarray:
    rise = np.exp(np.clip(params["shift"] + features @ params["slopes"], -30.0, 30.0))
    predicted: np.ndarray = params["floor"] + rise
    return predicted


def _fit_ridge(features: np.ndarray, scores: np.ndarray) -> Params:
    fitted = RidgeCV(np.logspace(-4, 3, 29)).fit(features, scores)
    return {"intercept": float(fitted.intercept_), "slopes": fitted.coef_}


def _predict_ridge(features: np.ndarray, params: Params) -> np.ndarray:
    predicted: np.ndarray = params["intercept"] + features @ params["slopes"]
    return predicted


def _fit_process(features: np.ndarray, scores: np.ndarray) -> Params:
    """A Gaussian process: one length scale per source, a linear part, noise; marginal likelihood."""
    smooth = ConstantKernel(1.0, (1e-2, 1e3)) * RBF(np.full(features.shape[1], 5.0), (0.3, 100.0))
    linear = ConstantKernel(0.1, (1e-4, 1e2)) * DotProduct(1.0, "fixed")
    kernel = smooth + linear + WhiteKernel(0.01, (1e-5, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # a length scale at its bound: not a source of use
        fitted = GaussianProcessRegressor(kernel, random_state=0).fit(features, scores)
    values = fitted.kernel_.get_params()
    return {
        "rows": features,
        "dual": fitted.alpha_,
        "smooth": float(values["k1__k1__k1__constant_value"]),
        "lengths": np.asarray(values["k1__k1__k2__length_scale"]),
        "linear": float(values["k1__k2__k1__constant_value"]),
    }


def _predict_process(features: np.ndarray, params: Params) -> np.ndarray:
    rows, lengths = params["rows"], params["lengths"]
    a, b = features / lengths, rows / lengths
    distance = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    smooth = params["smooth"] * np.exp(-0.5 * np.maximum(distance, 0.0))
    predicted: np.ndarray = (smooth + params["linear"] * (1.0 + features @ rows.T)) @ params["dual"]
    return predicted


_FITS: dict[str, Callable[[np.ndarray, np.ndarray], Params]] = {
    "log_linear": _fit_log_linear,
    "log_linear_root": _fit_log_linear,
    "ridge": _fit_ridge,
    "gaussian_process": _fit_process,
}
_PREDICTS: dict[str, Callable[[np.ndarray, Params], np.ndarray]] = {
    "log_linear": _predict_log_linear,
    "log_linear_root": _predict_log_linear,
    "ridge": _predict_ridge,
    "gaussian_process": _predict_process,
}
