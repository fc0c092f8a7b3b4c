"""How far a chosen mix is to be believed: its gain without the winner's curse, and which weights matter.

The mix that looks best owes part of its lead to luck. How much, the refits tell: each chooses as if it were
the fit to all runs, which says what the choice is worth. Where the
best mix lies they know too well: what the laws cannot say, each refit is given as a slope of its own.
"""

from typing import Any

import numpy as np

from winnow.mixing.regression.gain import measure_error
from winnow.mixing.regression.model import Model
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import (
    FINE,
    Problem,
    bend_upward,
    follow,
    list_rows,
    measure_errors,
    optimize,
    optimize_member,
)
from winnow.mixing.solver.quadratic import minimize

HALVINGS = 8
# Errors of laws change faster between neighbours of the best mix than on the way to it. Chosen so that the
# weights of known best mixes lie within the intervals (planted laws, others than the gate's).
ROUGH = 2.5
GRID = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)  # bits


def study(problem: Problem, model: Model, best: dict[str, Any], reach: float) -> dict[str, Any]:
    """The gain and the promise with intervals of `reach` standard errors, the `low` and `high` (5% and 95%)
    of each weight among what may be the best mix, and the `ranges` of weights among mixes within `epsilon`
    of the best.

    `gain` (bits, positive is better), of the run aimed at: `naive` as the fit has it, `corrected`, `low`,
    `high` and its `error`. `promise`: the same of proxies, which read no source as often as that run will.
    `epsilon` is one standard error of the gain: mixes that cannot be told from the chosen one.
    """
    mix, omega = best["mix"], problem["omega"]
    changes = fits.predict(problem["packed"], mix[None])[..., 0] - problem["reference"]
    targets = model | {"evals": {name: model["evals"][name] for name in problem["evals"]}}
    error, wrong, lost = measure_error(targets, omega, -(changes[1:] @ omega), mix, problem["natural"])
    tilts = ROUGH * wrong * draw_tilts(len(changes) - 1, len(mix))
    found = [optimize_member(problem, best, number + 1, tilt) for number, tilt in enumerate(tilts)]
    own, moved = np.array(found).swapaxes(0, 1)
    there = fits.predict(problem["packed"], own) - problem["reference"][..., None]
    luck = [omega @ (there[0, :, number] - there[number + 1, :, number]) for number in range(len(own))]
    naive = -float(omega @ changes[0])
    once = fits.predict(
        fits.pack(targets, np.zeros(len(mix)), np.inf), np.stack([mix, problem["natural"]]), slice(0, 1)
    )[0]
    off, still = max(min(float(np.mean(luck)), lost), 0.0), is_natural(problem, mix)
    low, high = np.quantile(moved, [0.05, 0.95], axis=0)
    return {
        "gain": _split_gain(naive, off, error, reach, still),
        "promise": _split_gain(float(omega @ (once[:, 1] - once[:, 0])), off, error, reach, still),
        "low": np.minimum(low, mix),
        "high": np.maximum(high, mix),
        "epsilon": error,
        "ranges": measure_ranges(problem, best, error),
    }


def draw_tilts(members: int, sources: int) -> np.ndarray:
    """Slopes of what the laws do not know, for each member: standard normal, always the same."""
    return np.random.default_rng(0).standard_normal((members, sources))


def _split_gain(naive: float, luck: float, error: float, reach: float, still: bool) -> dict[str, float]:
    if still:  # natural over natural
        naive, luck, error = 0.0, 0.0, 0.0
    ends = {"low": naive - luck - reach * error, "high": naive - luck + reach * error}
    return {"naive": naive, "corrected": naive - luck, "error": error} | ends


def measure_changes(problem: Problem, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By eval the change from natural, and its standard error."""
    values = fits.predict(problem["packed"], np.stack([mix, problem["natural"]]))
    change = values[..., 0] - values[..., 1]
    return change[0], measure_errors(problem, change[1:], mix)


def choose_kl(problem: Problem, candidates: np.ndarray) -> float:
    """Of `GRID`, the pull to natural whose mixes the refits that did not choose them like best.

    Each refit chooses a mix; all others say what it brings. They share runs, so the pull is a little weak.
    """
    losses = []
    for kl in GRID:
        pulled = problem | {"kl": kl}
        best = optimize(pulled, candidates)
        none = np.zeros(len(best["mix"]))
        own = np.array(
            [optimize_member(pulled, best, k, none)[0] for k in range(1, len(problem["reference"]))]
        )
        there = problem["omega"] @ (
            fits.predict(problem["packed"], own)[1:] - problem["reference"][1:, :, None]
        )
        others = (there.sum(axis=0) - np.diag(there)) / max(len(there) - 1, 1)
        losses.append(float(others.mean()))
    return GRID[int(np.argmin(losses))]


def is_natural(problem: Problem, mix: np.ndarray) -> bool:
    """Is there no change to err on?"""
    return bool(np.abs(mix - problem["natural"]).max() < 1e-9)


def measure_ranges(problem: Problem, best: dict[str, Any], epsilon: float) -> np.ndarray:
    """The least and the most of each weight (2, sources) over mixes within `epsilon` bits of the best.

    For each weight, down and up, a quadratic picture says in which direction it goes farthest for the price;
    the objective itself, how far it may. So the ends are of mixes that were looked at.
    """
    mix = best["mix"]
    weights = problem["omega"] + best["prices"]
    value, slope, _, _, curve = follow(problem, weights, 0)(mix, None)
    curve = bend_upward(curve)
    goal = follow(problem, weights, 0, curve)
    rows, bounds = list_rows(problem, mix)
    flat = np.linalg.inv(curve)
    even = flat.sum(axis=1)
    free = np.maximum(np.diag(flat) - even**2 / even.sum(), 1e-12)  # of a move that keeps the sum
    ends = np.tile(mix, (2, 1))
    for source in range(len(mix)):
        for side, sign in enumerate((-1.0, 1.0)):
            pull = np.zeros(len(mix))
            pull[source] = sign * np.sqrt(2 * max(epsilon, FINE) / free[source])
            move, _ = minimize(curve, slope - pull, rows, bounds, np.ones(len(mix)))
            share = _find_share(goal, mix, move, value + epsilon)
            ends[side, source] = (mix + share * move)[source]
    return np.stack([np.minimum(ends[0], mix), np.maximum(ends[1], mix)])


def _find_share(goal: Any, mix: np.ndarray, move: np.ndarray, most: float) -> float:
    """How much of a move the objective allows, by halving."""
    low, high = 0.0, 1.0
    if goal(np.maximum(mix + move, 0.0), None)[0] <= most:
        return 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        inside = goal(np.maximum(mix + middle * move, 0.0), None)[0] <= most
        low, high = (middle, high) if inside else (low, middle)
    return low
