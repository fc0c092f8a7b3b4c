"""A Gaussian process on the features of a mix: one length scale per source, a linear part, noise.

Its marginal likelihood is climbed here with analytic slopes of all length scales at once: a general library
takes each slope by itself, and a fit of 64 mixes a second instead of some hundredths.
"""

from typing import Any

import numpy as np
import scipy

# Bounds, in standard deviations of score and features: smooth part, linear part, noise, length scales.
BOUNDS = {"smooth": (1e-2, 1e3), "linear": (1e-4, 1e2), "noise": (1e-5, 1.0), "lengths": (0.3, 100.0)}
START = {"smooth": 1.0, "linear": 0.1, "noise": 0.01, "lengths": 5.0}
JITTER = 1e-10


def measure_nearness(phi: np.ndarray, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """exp(-|(phi - row) / lengths|^2 / 2) for each pair of a row of `phi` and one of `rows`."""
    a, b = phi / lengths, rows / lengths
    distance = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(distance, 0.0)))


def fit_hyper(
    phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Logs of smooth part, linear part, noise and length scales, of the highest marginal likelihood."""
    names = ["smooth", "linear", "noise"] + ["lengths"] * phi.shape[1]
    start = np.log([START[name] for name in names]) if start is None else start
    bounds = [tuple(np.log(BOUNDS[name])) for name in names]
    found = scipy.optimize.minimize(
        _measure_loss,
        start,
        (phi, scores, counts),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 300},
    )
    return np.asarray(found.x)


def solve(phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, hyper: np.ndarray) -> dict[str, Any]:
    """What the process predicts: `intercept`, `slopes`, `lengths` and `dual`; a row of count 0 has dual 0."""
    smooth, linear, noise = np.exp(hyper[:3])
    lengths = np.exp(hyper[3:])
    seen = counts > 0
    x = phi[seen]
    kernel = smooth * measure_nearness(x, x, lengths) + linear * (1.0 + x @ x.T)
    kernel[np.diag_indices(len(x))] += noise / counts[seen] + JITTER
    alpha = scipy.linalg.cho_solve(scipy.linalg.cho_factor(kernel), scores[seen])
    dual = np.zeros(len(phi))
    dual[seen] = smooth * alpha
    return {
        "intercept": float(linear * alpha.sum()),
        "slopes": linear * (alpha @ x),
        "lengths": lengths,
        "dual": dual,
    }


def _measure_loss(
    hyper: np.ndarray, phi: np.ndarray, scores: np.ndarray, counts: np.ndarray
) -> tuple[float, np.ndarray]:
    """Minus the log marginal likelihood, and its slope."""
    smooth, linear, noise = np.exp(hyper[:3])
    lengths = np.exp(hyper[3:])
    near = smooth * measure_nearness(phi, phi, lengths)
    line = linear * (1.0 + phi @ phi.T)
    kernel = near + line
    kernel[np.diag_indices(len(phi))] += noise / counts + JITTER
    try:
        factor = scipy.linalg.cho_factor(kernel, lower=True)
    except np.linalg.LinAlgError:
        return 1e25, np.zeros(len(hyper))
    alpha = scipy.linalg.cho_solve(factor, scores)
    pull = np.outer(alpha, alpha) - scipy.linalg.cho_solve(factor, np.eye(len(phi)))
    loss = 0.5 * float(scores @ alpha) + float(np.log(np.diag(factor[0])).sum())
    weighed = pull * near
    slope_lengths = weighed.sum(axis=0) @ phi**2 - np.einsum("ij,ij->j", phi, weighed @ phi)
    slopes = [weighed.sum(), (pull * line).sum(), noise * (np.diag(pull) / counts).sum()]
    return loss, -np.concatenate([0.5 * np.array(slopes), slope_lengths / lengths**2])
