"""Laws from a mix to a score: the members of the regression that `mixing.regression.stack` stacks.

A law is fitted to mixes `w` (n x sources, rows sum to 1) and one score each, and becomes a plain dict of
numbers in units of the score, which a page can evaluate as well as Python. With features phi(w):

* `exponential`: floor + exp(shift + slopes . phi(w))  (Olmix 2026; RegMix's scaling of losses)
* `linear`: intercept + slopes . phi(w)
* `kernel`: intercept + slopes . phi(w) + sum over rows of dual * exp(-|(phi(w) - phi(row)) / lengths|^2 / 2),
  a Gaussian process; its rows are the mixes it was fitted to, kept once for all evals

Scores fall fast with a source's first tokens and slowly after, hence roots of the weights as features.
Boosted trees are not among the laws: on RegMix's tables (64 mixes seen, 13 losses) they added at most 0.002
of rank correlation, are flat between the mixes seen, and do not write as a few numbers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from winnow.mixing.regression import exponential, process

Params = dict[str, Any]
FLOOR = 1e-4  # added to a weight under a root: keeps the slope at 0 finite
LONE = 0.01  # weight of a run of one source alone: laws are ten times as wrong of it as of a blend
ALPHAS = np.logspace(-4, 3, 29)  # of the ridge, in mixes


def find_blends(mixes: np.ndarray) -> np.ndarray:
    """Which mixes are of more than one source."""
    return np.asarray(mixes.max(axis=1) < 1 - 1e-6)


def weigh_runs(mixes: np.ndarray) -> np.ndarray:
    """By run, how much it counts in a fit: LONE where its mix is of one source alone, else 1."""
    return np.where(find_blends(mixes), 1.0, LONE)


FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "weights": lambda mixes: mixes,
    "roots": lambda mixes: np.sqrt(mixes + FLOOR),
    "cube_roots": lambda mixes: np.cbrt(mixes + FLOOR),
    "shapes": lambda mixes: np.hstack([mixes, np.sqrt(mixes + FLOOR), np.log(mixes + 0.01)]),
}
SLOTS = {"weights": (0,), "roots": (1,), "cube_roots": (2,), "shapes": (0, 1, 3)}
"""Of which parts FEATURES consist: weights, roots, cube roots, logarithms (`mixing.solver.members`, and the
page)."""
LAWS = {  # name: (form, features)
    "log_linear": ("exponential", "weights"),
    "log_linear_root": ("exponential", "roots"),
    "ridge": ("linear", "shapes"),
    "gaussian_process": ("kernel", "cube_roots"),
}


def fit_law(
    name: str,
    mixes: np.ndarray,
    scores: np.ndarray,
    counts: np.ndarray | None = None,
    like: Params | None = None,
    *,
    keep: bool = True,
) -> Params:
    """The parameters of one law; deterministic.

    `counts`: how often each mix counts (a bootstrap's draws; by default once). `like`: the same law fitted to
    nearly the same runs before, from which a descent starts; its hyperparameters are kept where `keep` is
    set: a refit is cheap.
    """
    form, features = LAWS[name]
    phi = FEATURES[features](mixes)
    counts = np.ones(len(mixes)) if counts is None else counts
    center, scale = phi.mean(axis=0), phi.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    if form == "kernel":  # one scale for all: the length scales are the process's own
        scale = np.full(len(center), float(scale.mean()))
    mean = float(np.average(scores, weights=counts))
    spread = float(np.sqrt(np.average((scores - mean) ** 2, weights=counts))) or 1.0
    standard = like["standard"] if like else None
    fitted = _FITS[form]((phi - center) / scale, (scores - mean) / spread, counts, standard, keep)
    return {**_SCALES[form](fitted, center, scale, mean, spread), "standard": fitted}


def predict_law(name: str, params: Params, mixes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The score of each mix (rows of `mixes`); `rows`: the mixes that the law was fitted to."""
    form, features = LAWS[name]
    phi = FEATURES[features](mixes)
    if form == "exponential":
        return np.asarray(
            params["floor"] + np.exp(np.minimum(params["shift"] + phi @ params["slopes"], 30.0))
        )
    total: np.ndarray = params["intercept"] + phi @ params["slopes"]
    if form == "kernel":
        total += process.measure_nearness(phi, FEATURES[features](rows), params["lengths"]) @ params["dual"]
    return total


def stretch_law(name: str, params: Params, offset: float, factor: float) -> Params:
    """The law offset + factor * law, factor > 0: a score seen at one size, told at another."""
    form, _ = LAWS[name]
    if form == "exponential":
        return {
            "floor": offset + factor * params["floor"],
            "shift": params["shift"] + float(np.log(factor)),
            "slopes": params["slopes"],
        }
    stretched = {"intercept": offset + factor * params["intercept"], "slopes": factor * params["slopes"]}
    if form == "kernel":
        stretched |= {"lengths": params["lengths"], "dual": factor * params["dual"]}
    return stretched


def _fit_exponential(
    phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, like: Params | None, keep: bool
) -> Params:
    return exponential.refine(phi, scores, counts, like) if like else exponential.fit(phi, scores, counts)


def _scale_exponential(
    fitted: Params, center: np.ndarray, scale: np.ndarray, mean: float, spread: float
) -> Params:
    slopes = fitted["slopes"] / scale
    shift = fitted["shift"] + float(np.log(spread)) - float(slopes @ center)
    return {"floor": mean + spread * fitted["floor"], "shift": shift, "slopes": slopes}


def _fit_linear(
    phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, like: Params | None, keep: bool
) -> Params:
    """Ridge; its strength by leaving one row out (generalised over all strengths by one decomposition)."""
    rows = counts.sum()
    middle, level = counts @ phi / rows, counts @ scores / rows
    root = np.sqrt(counts)
    left, sizes, right = np.linalg.svd(root[:, None] * (phi - middle), full_matrices=False)
    target = left.T @ (root * (scores - level))
    alpha = (
        like["alpha"] if like and keep else _choose_alpha(left, sizes, target, root * (scores - level), rows)
    )
    slopes = right.T @ (sizes / (sizes**2 + alpha) * target)
    return {"intercept": float(level - middle @ slopes), "slopes": slopes, "alpha": float(alpha)}


def _choose_alpha(
    left: np.ndarray, sizes: np.ndarray, target: np.ndarray, scores: np.ndarray, rows: float
) -> float:
    errors = []
    for alpha in ALPHAS:
        share = sizes**2 / (sizes**2 + alpha)
        kept = 1.0 - 1.0 / rows - (left**2) @ share
        errors.append(float((((scores - left @ (share * target)) / np.maximum(kept, 1e-9)) ** 2).mean()))
    return float(ALPHAS[int(np.argmin(errors))])


def _scale_linear(
    fitted: Params, center: np.ndarray, scale: np.ndarray, mean: float, spread: float
) -> Params:
    slopes = spread * fitted["slopes"] / scale
    return {"intercept": mean + spread * fitted["intercept"] - float(slopes @ center), "slopes": slopes}


def _fit_kernel(
    phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, like: Params | None, keep: bool
) -> Params:
    kept = like["hyper"] if like else None
    hyper = (
        kept if kept is not None and keep else process.fit_hyper(phi, scores, np.maximum(counts, 1e-3), kept)
    )
    return {"hyper": hyper, **process.solve(phi, scores, counts, hyper)}


def _scale_kernel(
    fitted: Params, center: np.ndarray, scale: np.ndarray, mean: float, spread: float
) -> Params:
    return {
        **_scale_linear(fitted, center, scale, mean, spread),
        "lengths": fitted["lengths"] * scale,
        "dual": spread * fitted["dual"],
    }


_FITS = {"exponential": _fit_exponential, "linear": _fit_linear, "kernel": _fit_kernel}
_SCALES = {"exponential": _scale_exponential, "linear": _scale_linear, "kernel": _scale_kernel}
