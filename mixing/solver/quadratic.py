"""A quadratic programme by a primal-dual interior point, the same steps as in `templates/solve.js`.

Small and dense (tens of variables, hundreds of rows), and solved some hundred times: a general library costs
more to call, and a page has none.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

ROUNDS = 60
CENTER = 0.1  # of the gap is aimed at in each step
NEAR = 1e-11


def minimize(
    hessian: np.ndarray, slope: np.ndarray, rows: np.ndarray, bounds: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """argmin of slope . x + x . hessian . x / 2 with rows @ x <= bounds and total . x = 0; and the rows' prices.

    `hessian` must be positive definite. Where nothing is feasible the answer is: add a variable for what is
    missing, and a price on it.
    """
    x = np.zeros(len(slope))
    slack = np.maximum(bounds, 1e-2)
    price = np.full(len(bounds), max(1e-2, float(np.abs(slope).max())))
    level = 0.0
    for _ in range(ROUNDS):
        gap = float(slack @ price) / len(slack)
        short = rows @ x + slack - bounds
        tilt = hessian @ x + slope + rows.T @ price + level * total
        if gap < NEAR and np.abs(short).max() < NEAR and np.abs(tilt).max() < 1e3 * NEAR:
            break
        weight = price / slack
        factor = cho_factor(hessian + (rows.T * weight) @ rows, check_finite=False)
        push = price - (CENTER * gap + price * short) / slack
        both = cho_solve(factor, np.stack([rows.T @ push - tilt, total], axis=1), check_finite=False)
        rise = (total @ both[:, 0] + total @ x) / (total @ both[:, 1])
        move = both[:, 0] - rise * both[:, 1]
        along = rows @ move
        give, change = -short - along, weight * along - push
        step = min(1.0, 0.995 * min(_find_room(slack, give), _find_room(price, change)))
        x, slack, price = x + step * move, slack + step * give, price + step * change
        level += step * rise
    return x, price


def _find_room(values: np.ndarray, change: np.ndarray) -> float:
    """How long a step may be until the first of the values is 0."""
    falling = change < 0
    return float((-values[falling] / change[falling]).min()) if falling.any() else 1e9
