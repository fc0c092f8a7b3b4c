"""The best mix within what is allowed, by sequential quadratic programming with analytic slopes.

Each step minimises a quadratic picture of the objective (its curvature measured once, then learnt: BFGS,
damped after Powell 1978) over the very constraints, which are linear but for the guard; the guard's standard
error is that of members that are linear around the last answer. A price on the largest breach makes every
step possible (an exact penalty). Nothing is drawn at random, and `templates/solve.js` takes the same steps.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mixing.solver import members as fits
from mixing.solver.quadratic import minimize

Problem = dict[str, Any]
Spread = tuple[np.ndarray, np.ndarray, np.ndarray]  # a mix, the members' changes there, and their slopes
Goal = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray, np.ndarray]]
SOFT = 1e-4  # added to weights in KL, so that its slope at 0 is finite
BREACH = 100.0  # price of a bit over the guard, in bits
ROUNDS = 40
STILL = 1e-7  # of a weight
TOLERANCE = 1e-4  # bits that a guard may be missed by
STARTS = 2  # mixes of the swarm, the best by prediction, to start from, beside natural


def optimize(problem: Problem, candidates: np.ndarray) -> dict[str, Any]:
    """The best mix: `mix`, the guard's `prices` by eval, the `hessian` of the objective, and by how much the
    guard is missed, `breach` (bits).

    `problem`: `packed` (the target evals), `natural`, `omega`, `kl`, `limits` (bits, inf: no guard), `reach`
    (standard errors), `stretch`, `residual`, `lower` and `upper` (by source), `groups` (rows), `least`, `most`.
    """
    spread = linearize(problem, problem["natural"])
    value = np.array([_measure(problem, mix, None)[0] for mix in candidates])
    starts = [problem["natural"], *candidates[np.argsort(value, kind="stable")[:STARTS]]]
    best: dict[str, Any] = {}
    for start in starts:
        found = _descend_guarded(problem, project(problem, start), spread, None)
        if not best or found["merit"] < best["merit"] - 1e-9:
            best = found
    for _ in range(5 if np.isfinite(problem["limits"]).any() else 0):
        before = best["mix"]
        best = _descend_guarded(problem, before, linearize(problem, before), best["hessian"])
        if np.abs(best["mix"] - before).max() < 1e-5:
            break
    rises = measure_rises(problem, best["mix"])
    return best | {"breach": float(np.maximum(rises - problem["limits"], 0.0).max(initial=0.0))}


def optimize_member(problem: Problem, best: dict[str, Any], member: int) -> np.ndarray:
    """What another member would have chosen, at the same prices of the guard."""
    goal = _make_goal(problem, problem["omega"] + best["prices"], member)
    return descend(problem, goal, best["mix"], best["hessian"], rounds=8)["mix"]


def project(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """The nearest mix that is allowed."""
    inside = mix / mix.sum()
    rows, bounds = _list_rows(problem, inside)
    if (bounds >= 0).all():
        return np.asarray(inside)
    move, _ = minimize(np.eye(len(mix)), np.zeros(len(mix)), rows, bounds, np.ones(len(mix)))
    return _keep(problem, inside + move)


def measure_rises(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """By eval the upper end of the change from natural: with what confidence, the guard says."""
    mixes = np.stack([mix, problem["natural"]])
    values = fits.predict(problem["packed"], mixes)
    change = values[:, :, 0] - values[:, :, 1]
    return np.asarray(change[0] + problem["reach"] * measure_errors(problem, change[1:]))


def measure_errors(problem: Problem, changes: np.ndarray) -> np.ndarray:
    """The standard error of each eval's change, by how members (rows) differ and by the residual."""
    return np.asarray(problem["stretch"] * np.sqrt(changes.var(axis=0) + problem["residual"] ** 2))


def linearize(problem: Problem, mix: np.ndarray) -> Spread:
    """The members around a mix, each less their mean."""
    packed, rest = problem["packed"], slice(1, None)
    values, slopes = fits.evaluate(packed, mix, rest)
    changes = values - problem["reference"][1:]
    return mix, changes - changes.mean(axis=0), slopes - slopes.mean(axis=0)


def descend(
    problem: Problem, goal: Goal, start: np.ndarray, hessian: np.ndarray | None, rounds: int = ROUNDS
) -> dict[str, Any]:
    """A local minimum of `goal` (value, slope, breaches, their slopes) from a mix that is allowed."""
    mix = start
    at = goal(mix)
    curve = _measure_curvature(goal, mix) if hessian is None else hessian
    prices = np.zeros(len(at[2]))
    for _ in range(rounds):
        move, prices, left = _find_step(problem, mix, at, curve)
        if np.abs(move).max() < STILL:
            break
        drop = float(at[1] @ move) + BREACH * (left - _most(at[2]))
        merit, length = at[0] + BREACH * _most(at[2]), 1.0
        for _ in range(12):
            there = _keep(problem, mix + length * move)
            then = goal(there)
            if then[0] + BREACH * _most(then[2]) <= merit + 1e-4 * length * min(drop, 0.0):
                break
            length *= 0.5
        else:
            break
        curve = _learn(curve, there - mix, then[1] - at[1] + (then[3] - at[3]).T @ prices)
        mix, at = there, then
    return {"mix": mix, "prices": prices, "hessian": curve, "merit": at[0] + BREACH * _most(at[2])}


def _descend_guarded(
    problem: Problem, start: np.ndarray, spread: Spread, hessian: np.ndarray | None
) -> dict[str, Any]:
    return descend(problem, lambda mix: _measure(problem, mix, spread), start, hessian)


def _measure(
    problem: Problem, mix: np.ndarray, spread: Spread | None
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Objective and slope; for each eval by how much it breaks the guard, and that one's slope."""
    values, slopes = fits.evaluate(problem["packed"], mix, slice(0, 1))
    change = values[0] - problem["reference"][0]
    pull, tilt = _pull_to_natural(problem, mix)
    value, slope = float(problem["omega"] @ change) + pull, problem["omega"] @ slopes[0] + tilt
    guarded = np.isfinite(problem["limits"])
    if spread is None or not guarded.any():
        return value, slope, np.zeros(0), np.zeros((0, len(mix)))
    center, changes, tilts = spread
    apart = changes + tilts @ (mix - center)
    error = problem["stretch"] * np.sqrt((apart**2).mean(axis=0) + problem["residual"] ** 2 + 1e-12)
    steep = (problem["stretch"] ** 2 / error)[:, None] * (apart[..., None] * tilts).mean(axis=0)
    breach = change + problem["reach"] * error - problem["limits"]
    return value, slope, breach[guarded], (slopes[0] + problem["reach"] * steep)[guarded]


def _make_goal(problem: Problem, omega: np.ndarray, member: int) -> Goal:
    """The objective as one member sees it, without a guard."""
    none = np.zeros(0), np.zeros((0, len(problem["natural"])))

    def goal(mix: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        values, slopes = fits.evaluate(problem["packed"], mix, slice(member, member + 1))
        pull, tilt = _pull_to_natural(problem, mix)
        return float(omega @ values[0]) + pull, omega @ slopes[0] + tilt, *none

    return goal


def _pull_to_natural(problem: Problem, mix: np.ndarray) -> tuple[float, np.ndarray]:
    logs = np.log((mix + SOFT) / (problem["natural"] + SOFT))
    return problem["kl"] * float((mix + SOFT) @ logs), problem["kl"] * (logs + 1.0)


def _find_step(
    problem: Problem, mix: np.ndarray, at: tuple[float, np.ndarray, np.ndarray, np.ndarray], curve: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """The move that the quadratic picture asks for, the prices of the breaches, and the breach left."""
    _, slope, breach, steep = at
    size = len(mix)
    rows, bounds = _list_rows(problem, mix)
    if not len(breach):
        move, _ = minimize(curve, slope, rows, bounds, np.ones(size))
        return move, np.zeros(0), 0.0
    wide = np.zeros((size + 1, size + 1))
    wide[:size, :size], wide[size, size] = curve, 1e-3
    rows = np.vstack([np.pad(rows, ((0, 0), (0, 1))), np.pad(steep, ((0, 0), (0, 1)), constant_values=-1.0)])
    rows = np.vstack([rows, np.append(np.zeros(size), -1.0)])
    bounds = np.concatenate([bounds, -breach, [0.0]])
    total = np.append(np.ones(size), 0.0)
    found, price = minimize(wide, np.append(slope, BREACH), rows, bounds, total)
    return found[:size], price[-1 - len(breach) : -1], float(found[size])


def _list_rows(problem: Problem, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a move from `mix` must keep to: rows @ move <= bounds."""
    one, groups = np.eye(len(mix)), problem["groups"]
    rows = np.vstack([-one, one, -groups, groups])
    within = groups @ mix
    bounds = [mix - problem["lower"], problem["upper"] - mix, within - problem["least"], problem["most"] - within]
    return rows, np.concatenate(bounds)


def _keep(problem: Problem, mix: np.ndarray) -> np.ndarray:
    """Rounding may leave a mix a hair outside."""
    inside = np.clip(mix, problem["lower"], problem["upper"])
    return np.asarray(inside / inside.sum())


def _most(breach: np.ndarray) -> float:
    return float(np.maximum(breach, 0.0).max(initial=0.0))


def _measure_curvature(goal: Goal, mix: np.ndarray) -> np.ndarray:
    """The Hessian by differences of slopes, made positive definite."""
    step = 1e-6
    slope = goal(mix)[1]
    rough = np.array([goal(mix + step * one)[1] - slope for one in np.eye(len(mix))]) / step
    curve = 0.5 * (rough + rough.T)
    shift = 1e-6 + 1e-4 * float(np.abs(np.diag(curve)).mean())
    while True:
        raised = curve + shift * np.eye(len(mix))
        try:
            np.linalg.cholesky(raised)
        except np.linalg.LinAlgError:
            shift *= 4
            continue
        return raised


def _learn(curve: np.ndarray, move: np.ndarray, change: np.ndarray) -> np.ndarray:
    """BFGS, damped so that the curvature stays positive."""
    along = curve @ move
    bent, seen = float(move @ along), float(move @ change)
    share = 1.0 if seen >= 0.2 * bent else 0.8 * bent / (bent - seen)
    change = share * change + (1 - share) * along
    return np.asarray(curve - np.outer(along, along) / bent + np.outer(change, change) / float(move @ change))
