"""Minimise a smooth function over a polytope of mixes, by simplicial decomposition.

The polytope is what the swarm covered: all blends of its mixes (their convex hull), cut by the caps.
Each round asks a linear programme for the vertex that the slope points to, then minimises over the
blends of the vertices found so far (von Hohenbalken 1977; Frank and Wolfe's method with memory). Every
point on the way is feasible, and nothing is drawn at random.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import linprog, minimize

Objective = Callable[[np.ndarray], np.ndarray]  # mixes as rows -> one value each
ROUNDS = 60
STEP = 1e-5  # of a weight, for slopes
GAP = 1e-5  # the linear programme promises no more than this: done


def descend(objective: Objective, start: np.ndarray, covered: np.ndarray, caps: np.ndarray) -> np.ndarray:
    """A local minimum of `objective` over the blends of `covered` (rows) with no weight above `caps`.

    `start` need not be feasible: it only says where to look first. ValueError where nothing is feasible.
    """
    at = start if is_inside(start, covered, caps) else None
    vertices = np.array(
        [at if at is not None else _find_vertex(_measure_slope(objective, start), covered, caps)]
    )
    shares = np.ones(1)
    for _ in range(ROUNDS):
        at = shares @ vertices
        slope = _measure_slope(objective, at)
        vertex = _find_vertex(slope, covered, caps)
        if slope @ (at - vertex) < GAP:
            break
        vertices = np.vstack([vertices[shares > 1e-9], vertex])
        shares = _blend(objective, vertices, np.append(shares[shares > 1e-9], 0.0))
    mix: np.ndarray = np.maximum(shares @ vertices, 0.0)
    mix /= mix.sum()
    return mix


def is_inside(mix: np.ndarray, covered: np.ndarray, caps: np.ndarray) -> bool:
    """Is the mix under the caps and a blend of the rows of `covered`?"""
    if (mix > caps + 1e-9).any():
        return False
    if (np.abs(covered - mix).max(axis=1) < 1e-9).any():
        return True
    equal = np.vstack([covered.T, np.ones(len(covered))])
    found = linprog(np.zeros(len(covered)), A_eq=equal, b_eq=np.append(mix, 1.0), method="highs")
    return bool(found.status == 0)


def _find_vertex(slope: np.ndarray, covered: np.ndarray, caps: np.ndarray) -> np.ndarray:
    bound = caps < 1
    found = linprog(
        covered @ slope,
        A_ub=covered.T[bound] if bound.any() else None,
        b_ub=caps[bound] if bound.any() else None,
        A_eq=np.ones((1, len(covered))),
        b_eq=[1.0],
        method="highs",
    )
    if found.status != 0:
        raise ValueError(
            "no blend of the swarm's mixes keeps every source under its cap: raise max_epochs, lower"
            " budget_tokens, or draw a swarm with a smaller max_epochs"
        )
    vertex: np.ndarray = found.x @ covered
    return vertex


def _measure_slope(objective: Objective, at: np.ndarray) -> np.ndarray:
    points = np.vstack([at, at + STEP * np.eye(len(at))])
    values = objective(points)
    slope: np.ndarray = (values[1:] - values[0]) / STEP
    return slope


def _blend(objective: Objective, vertices: np.ndarray, start: np.ndarray) -> np.ndarray:
    found = minimize(
        lambda shares: float(objective((shares @ vertices)[None, :])[0]),
        start,
        jac=lambda shares: vertices @ _measure_slope(objective, shares @ vertices),
        bounds=[(0.0, 1.0)] * len(start),
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1.0, "jac": lambda x: np.ones(len(x))},
        method="SLSQP",
        options={"maxiter": 100, "ftol": 1e-9},
    )
    shares = np.clip(found.x, 0.0, 1.0)
    shares = shares / shares.sum()
    both = objective(np.stack([start @ vertices, shares @ vertices]))
    return shares if both[1] <= both[0] else start
