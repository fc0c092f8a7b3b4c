"""The best mix within what is allowed, by sequential quadratic programming with analytic slopes.

Each step minimises a quadratic picture of the objective over the very constraints, which are linear but for
the guard; the guard's standard error is that of members that are linear around the last answer. A price on
the largest breach makes every step possible (an exact penalty). Nothing is drawn at random, and
`templates/solve.js` takes the same steps.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from winnow.mixing.solver import members as fits
from winnow.mixing.solver.quadratic import minimize

Problem = dict[str, Any]
Spread = tuple[np.ndarray, np.ndarray, np.ndarray]  # a mix, the members' changes there, and their slopes
Point = tuple[float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Goal = Callable[[np.ndarray, np.ndarray | None], Point]
SOFT = 1e-4  # added to weights in KL, so that its slope at 0 is finite
BREACH = 100.0  # price of a bit over the guard, in bits
LEAST = 0.1
PRICED = 1e-6  # a guard's price below which it does not bind
ROUNDS = 40
ROUGH, OWN, FINE = 1e-4, 1e-6, 1e-10  # bits that a step must promise: of a start, a member, the answer
STILL = 1e-4  # of a weight: linear enough
LINES = 6  # times that the members are made linear
STARTS = 2  # mixes of the swarm, the best by prediction, to start from, beside natural


def optimize(problem: Problem, candidates: np.ndarray) -> dict[str, Any]:
    """The best mix: `mix`, the guard's `prices` by eval, and by how many bits the guard is missed, `breach`.

    `problem`: `packed` (the target evals), `reference` (what its members say of natural), `natural`, `omega`,
    `kl`, `limits` (bits, inf: no guard), `reach` (standard errors), `stretch`, `residual` (at a distance
    of 1 from natural), `lower` and `upper` (by source), `groups` (rows), `least`, `most`. Descends from
    natural and the best `candidates`.
    """
    spread = linearize(problem, problem["natural"])
    value = problem["omega"] @ fits.predict(problem["packed"], candidates, slice(0, 1))[0]
    near = np.abs(candidates - problem["natural"]).max(axis=1) < 1e-9
    order = np.argsort(np.where(near, np.inf, value), kind="stable")[:STARTS]
    best: dict[str, Any] = {}
    for start in (problem["natural"], *candidates[order]):
        found = descend(problem, _guard(problem, spread), project(problem, start), ROUGH)
        if not best or found["merit"] < best["merit"] - ROUGH:
            best = found
    for _ in range(LINES if np.isfinite(problem["limits"]).any() else 1):
        before = best["mix"]
        best = descend(problem, _guard(problem, linearize(problem, before)), before, FINE)
        if np.abs(best["mix"] - before).max() < STILL:
            break
    prices = np.zeros(len(problem["omega"]))
    prices[np.isfinite(problem["limits"])] = best["prices"]
    over = measure_rises(problem, best["mix"]) - problem["limits"]
    return {"mix": best["mix"], "prices": prices, "breach": _most(over)}


def optimize_member(
    problem: Problem, best: dict[str, Any], member: int, tilt: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What another member would have chosen, at the same prices of the guard; and where that would go, by one
    quadratic step, if the objective also had the slope `tilt`.

    By its Hessian at the chosen mix, since it does not go far.
    """
    weights = problem["omega"] + best["prices"]
    curve = follow(problem, weights, member)(best["mix"], None)[4]
    found = descend(problem, follow(problem, weights, member, curve), best["mix"], OWN)
    own: np.ndarray = found["mix"]
    rows, bounds = list_rows(problem, own)
    move, _ = minimize(bend_upward(curve), found["slope"] + tilt, rows, bounds, np.ones(len(own)))
    return own, _keep(problem, own + move)


def project(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """The nearest mix that is allowed."""
    inside = mix / mix.sum()
    rows, bounds = list_rows(problem, inside)
    if (bounds >= 0).all():
        return np.asarray(inside)
    move, _ = minimize(np.eye(len(mix)), np.zeros(len(mix)), rows, bounds, np.ones(len(mix)))
    return _keep(problem, inside + move)


def measure_rises(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """By eval the upper end of the change from natural: with what confidence, the guard says."""
    mixes = np.stack([mix, problem["natural"]])
    values = fits.predict(problem["packed"], mixes)
    change = values[:, :, 0] - values[:, :, 1]
    return np.asarray(change[0] + problem["reach"] * measure_errors(problem, change[1:], mix))


def measure_errors(problem: Problem, changes: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """The standard error of each eval's change, by how members (rows) differ and by the residual."""
    wrong = problem["residual"] ** 2 * ((mix - problem["natural"]) ** 2).sum()
    return np.asarray(problem["stretch"] * np.sqrt(changes.var(axis=0) + wrong))


def linearize(problem: Problem, mix: np.ndarray) -> Spread:
    """The members around a mix, each less their mean."""
    packed, rest = problem["packed"], slice(1, None)
    values, slopes = fits.evaluate(packed, mix, rest)
    changes = values - problem["reference"][1:]
    return mix, changes - changes.mean(axis=0), slopes - slopes.mean(axis=0)


def descend(problem: Problem, goal: Goal, start: np.ndarray, fine: float) -> dict[str, Any]:
    """A local minimum of `goal` from a mix that is allowed, until a step promises less than `fine` bits.

    `goal(mix, prices)`: value, slope, breaches, their slopes, and the Hessian at these prices of breaches.
    """
    mix, prices = start, None
    at = goal(mix, prices)
    for _ in range(ROUNDS):
        move, prices, left = _find_step(problem, mix, at)
        rate = min(BREACH, 2 * float(prices.sum()) + LEAST)  # of a breach, on the way: more would hold it up
        merit = at[0] + rate * _most(at[2])
        drop = float(at[1] @ move) + rate * (left - _most(at[2]))
        if drop > -fine:
            break
        length = 1.0
        while length > 1e-4:
            there = _keep(problem, mix + length * move)
            then = goal(there, prices)
            if then[0] + rate * _most(then[2]) <= merit + 1e-4 * length * drop:
                break
            length *= 0.5
        else:
            break
        mix, at = there, then
    return {"mix": mix, "prices": prices, "merit": at[0] + BREACH * _most(at[2]), "slope": at[1]}


def _guard(problem: Problem, spread: Spread) -> Goal:
    """The objective and, for each eval that is guarded, by how much it breaks the guard."""
    guarded = np.isfinite(problem["limits"])
    center, changes, tilts = spread

    def goal(mix: np.ndarray, prices: np.ndarray | None) -> Point:
        values, slopes = fits.evaluate(problem["packed"], mix, slice(0, 1))
        change = values[0] - problem["reference"][0]
        pull, tilt, bend = pull_to_natural(problem, mix)
        weights = problem["omega"].copy()
        if prices is not None:
            weights[guarded] += prices
        curve = fits.measure_curvature(problem["packed"], mix, 0, weights) + bend
        value, slope = float(problem["omega"] @ change) + pull, problem["omega"] @ slopes[0] + tilt
        apart = changes + tilts @ (mix - center)
        away, wrong = mix - problem["natural"], problem["residual"] ** 2
        error = problem["stretch"] * np.sqrt((apart**2).mean(axis=0) + wrong * (away @ away) + 1e-12)
        share = problem["stretch"] ** 2 / error
        steep = share[:, None] * ((apart[..., None] * tilts).mean(axis=0) + wrong[:, None] * away)
        breach = change + problem["reach"] * error - problem["limits"]
        for column in np.flatnonzero(weights > problem["omega"] + PRICED):  # the errors' own curvature
            bent = share[column] * tilts[:, column].T @ tilts[:, column] / len(tilts)
            bent += share[column] * wrong[column] * np.eye(len(mix))
            bent -= np.outer(steep[column], steep[column]) / error[column]
            curve += problem["reach"] * (weights - problem["omega"])[column] * bent
        return value, slope, breach[guarded], (slopes[0] + problem["reach"] * steep)[guarded], curve

    return goal


def follow(problem: Problem, weights: np.ndarray, member: int, curve: np.ndarray | None = None) -> Goal:
    """The weighted sum as one member sees it, without a guard; with its own Hessian unless one is given."""
    none = np.zeros(0), np.zeros((0, len(problem["natural"])))

    def goal(mix: np.ndarray, prices: np.ndarray | None) -> Point:
        values, slopes = fits.evaluate(problem["packed"], mix, slice(member, member + 1))
        pull, tilt, bend = pull_to_natural(problem, mix)
        value, slope = float(weights @ values[0]) + pull, weights @ slopes[0] + tilt
        if curve is not None:
            return value, slope, *none, curve
        return value, slope, *none, fits.measure_curvature(problem["packed"], mix, member, weights) + bend

    return goal


def pull_to_natural(problem: Problem, mix: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """kl * KL(mix || natural), its slope and its Hessian."""
    kl, logs = problem["kl"], np.log((mix + SOFT) / (problem["natural"] + SOFT))
    return kl * float((mix + SOFT) @ logs), kl * (logs + 1.0), np.diag(kl / (mix + SOFT))


def _find_step(problem: Problem, mix: np.ndarray, at: Point) -> tuple[np.ndarray, np.ndarray, float]:
    """The move that the quadratic picture asks for, the prices of the breaches, and the breach left."""
    _, slope, breach, steep, curve = at
    size, curve = len(mix), bend_upward(curve)
    rows, bounds = list_rows(problem, mix)
    if not len(breach):
        move, _ = minimize(curve, slope, rows, bounds, np.ones(size))
        return move, np.zeros(0), 0.0
    wide = np.zeros((size + 1, size + 1))
    wide[:size, :size], wide[size, size] = curve, 1e-3
    missing = np.append(np.zeros(size), -1.0)
    rows = np.vstack([np.pad(rows, ((0, 0), (0, 1))), np.pad(steep, ((0, 0), (0, 1))) + missing, missing])
    bounds = np.concatenate([bounds, -breach, [0.0]])
    found, price = minimize(wide, np.append(slope, BREACH), rows, bounds, np.append(np.ones(size), 0.0))
    return found[:size], price[-1 - len(breach) : -1], float(found[size])


def list_rows(problem: Problem, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a move from `mix` must keep to: rows @ move <= bounds."""
    one, groups = np.eye(len(mix)), problem["groups"]
    rows = np.vstack([-one, one, -groups, groups])
    within = groups @ mix
    bounds = [
        mix - problem["lower"],
        problem["upper"] - mix,
        within - problem["least"],
        problem["most"] - within,
    ]
    return rows, np.concatenate(bounds)


def _keep(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """Rounding may leave a mix a hair outside."""
    inside = np.clip(mix, problem["lower"], problem["upper"])
    return np.asarray(inside / inside.sum())


def _most(breach: np.ndarray) -> float:
    return float(np.maximum(breach, 0.0).max(initial=0.0))


def bend_upward(curve: np.ndarray) -> np.ndarray:
    """The matrix, with so much added to its diagonal that it is positive definite.

    Where a little everywhere is not enough, only those directions are raised that bend downward (a modified
    Cholesky factorisation, Gill & Murray 1974): one source near 0, where laws bend steeply, must not shorten
    the steps of all others.
    """
    size = len(curve)
    raised = curve + (1e-4 * float(np.abs(np.diag(curve)).mean()) + 1e-6) * np.eye(size)
    try:
        np.linalg.cholesky(raised)
    except np.linalg.LinAlgError:
        return raised + np.diag(_find_lacks(raised))
    return raised


def _find_lacks(curve: np.ndarray) -> np.ndarray:
    """What each diagonal entry lacks, as the factorisation L D L' goes through them."""
    left, lacks = curve.copy(), np.zeros(len(curve))
    least = 1e-6 * float(np.abs(curve).max()) + 1e-9
    for row in range(len(curve)):
        pivot, below = left[row, row], left[row + 1 :, row].copy()
        # So large that what is taken off later pivots is at most what they have.
        apart = float((below**2 / np.maximum(np.abs(np.diag(left)[row + 1 :]), least)).max(initial=0.0))
        lacks[row] = 0.0 if pivot > least else max(abs(pivot), least, apart) - pivot
        left[row + 1 :, row + 1 :] -= np.outer(below, below) / (pivot + lacks[row])
    return lacks
