"""A quadratic programme by a primal-dual interior point, the same steps as in `templates/solve.js`.

Small and dense (tens of variables, hundreds of rows), and solved some hundred times: a general library costs
more to call, and a page has none.
"""

import numpy as np
import scipy

ROUNDS = 50
NEAR = 1e-11


def minimize(
    hessian: np.ndarray, slope: np.ndarray, rows: np.ndarray, bounds: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """argmin of slope . x + x . hessian . x / 2 with rows @ x <= bounds, total . x = 0; and the rows' prices.

    Predictor and corrector after Mehrotra (1992). `hessian` must be positive definite. Where nothing is
    feasible the answer is of no use: add a variable for what is missing, and a price on it.
    """
    x, level = np.zeros(len(slope)), 0.0
    slack = np.maximum(bounds, 1e-2)
    scale = max(1e-2, float(np.abs(slope).max()))
    price = np.full(len(bounds), scale)
    for _ in range(ROUNDS):
        gap = float(slack @ price) / len(slack)
        short = rows @ x + slack - bounds
        tilt = hessian @ x + slope + rows.T @ price + level * total
        if gap < NEAR * scale and np.abs(short).max() < NEAR and np.abs(tilt).max() < 1e3 * NEAR * scale:
            break
        try:
            factor = scipy.linalg.cho_factor(hessian + (rows.T * (price / slack)) @ rows, check_finite=False)
        except np.linalg.LinAlgError:  # as near as rounding lets it come
            break
        even = scipy.linalg.cho_solve(factor, total, check_finite=False)
        aim, step = np.zeros(len(slack)), 0.0
        for part in range(2):  # straight to the end; then what that teaches
            push = price - (aim + price * short) / slack
            move = scipy.linalg.cho_solve(factor, rows.T @ push - tilt, check_finite=False)
            rise = (total @ move + total @ x) / (total @ even)
            move = move - rise * even
            along = rows @ move
            give, change = -short - along, price / slack * along - push
            step = min(1.0, 0.995 / max(float((-give / slack).max()), float((-change / price).max()), 0.1))
            if part == 0:
                left = float((slack + step * give) @ (price + step * change)) / len(slack)
                aim = (left / gap) ** 3 * gap - give * change
        x, slack, price, level = (
            x + step * move,
            slack + step * give,
            price + step * change,
            level + step * rise,
        )
    return x, price
