"""The log-linear law of Olmix (2026): y = floor + exp(shift + slopes . phi), under a Huber loss.

Scores and features come standardised, so the floor moves freely.
"""

from typing import Any

import numpy as np
import scipy

HUBER = 1.0  # in standard deviations of the score
SHRINK = 0.05  # ridge on the slopes, in mixes: it fades as they grow in number
STEPS = 12  # of Gauss and Newton from a fit to nearly the same runs
REACH = 30.0  # of an exponent


def fit(phi: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
    """Floor, shift and slopes, the best of three descents."""
    found = []
    for below in (0.2, 1.0, 4.0):  # how far the floor lies under the best score seen
        floor = scores.min() - below
        start = np.concatenate([[floor, np.log(-floor)], np.zeros(phi.shape[1])])
        found.append(
            scipy.optimize.minimize(
                _measure_loss,
                start,
                (phi, scores, counts),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": 500},
            )
        )
    return _name(min(found, key=lambda result: float(result.fun)).x)


def refine(phi: np.ndarray, scores: np.ndarray, counts: np.ndarray, like: dict[str, Any]) -> dict[str, Any]:
    """The same from a fit to nearly the same runs, by damped Gauss-Newton steps; `counts` weigh the rows."""
    theta = np.concatenate([[like["floor"], like["shift"]], like["slopes"]])
    ridge = np.diag(np.concatenate([[1e-9, 1e-9], np.full(phi.shape[1], SHRINK)]))
    residual, slopes = _measure_residual(theta, phi, scores)
    loss, damping = _total_loss(theta, residual, counts), 1e-2
    for _ in range(STEPS):
        heft = counts * np.minimum(1.0, HUBER / np.maximum(np.abs(residual), 1e-12))
        hessian = (slopes * heft[:, None]).T @ slopes + 2 * ridge
        gradient = slopes.T @ (heft * residual) + 2 * ridge @ theta
        tried = theta - np.linalg.solve(hessian + damping * np.diag(np.diag(hessian) + 1e-6), gradient)
        residual_tried, slopes_tried = _measure_residual(tried, phi, scores)
        total = _total_loss(tried, residual_tried, counts)
        if total < loss:
            done = loss - total < 1e-7 * loss
            theta, residual, slopes, loss, damping = tried, residual_tried, slopes_tried, total, damping / 5
            if done:
                break
        else:
            damping *= 5
    return _name(theta)


def _name(theta: np.ndarray) -> dict[str, Any]:
    return {"floor": float(theta[0]), "shift": float(theta[1]), "slopes": theta[2:]}


def _measure_residual(
    theta: np.ndarray, phi: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rise = np.exp(np.clip(theta[1] + phi @ theta[2:], -REACH, REACH))
    return theta[0] + rise - scores, np.column_stack([np.ones(len(phi)), rise, rise[:, None] * phi])


def _total_loss(theta: np.ndarray, residual: np.ndarray, counts: np.ndarray) -> float:
    return float(counts @ _huber(residual)) + SHRINK * float(theta[2:] @ theta[2:])


def _huber(residual: np.ndarray) -> np.ndarray:
    size = np.abs(residual)
    return np.where(size < HUBER, 0.5 * residual**2, HUBER * (size - 0.5 * HUBER))


def _measure_loss(
    theta: np.ndarray, phi: np.ndarray, scores: np.ndarray, counts: np.ndarray
) -> tuple[float, np.ndarray]:
    """The mean loss and its slope."""
    rows, slopes = counts.sum(), theta[2:]
    rise = np.exp(np.clip(theta[1] + phi @ slopes, -REACH, REACH))
    residual = theta[0] + rise - scores
    pull = counts * np.clip(residual, -HUBER, HUBER) / rows
    slope = (pull * rise) @ phi + 2 * SHRINK / rows * slopes
    gradient = np.concatenate([[pull.sum(), (pull * rise).sum()], slope])
    return float(counts @ _huber(residual)) / rows + SHRINK / rows * float(slopes @ slopes), gradient
