"""Which verdict a solved mix has, and the sentence: take this mix, or keep the natural one, and why.

`gain`: the laws' best is beyond noise. `measured`: a mix that was trained gained more than chance explains,
and of none do the laws promise more beyond their error. `guard`: only without the guard is there a gain.
`noise`: what differs is noise. `natural`: mixes differ clearly, none that was trained is better, and the
laws' best is within their error. `no_source`: no mix reads the evals better than a model which knows how
often letters come. `not_seen`: no mix chooses their answers better than by chance.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
import scipy

from winnow.mixing.solver.answer import judge_guard
from winnow.mixing.solver.descent import Problem, optimize
from winnow.mixing.solver.observed import is_seen, measure_mixes, take_measured, tell_measured
from winnow.mixing.solver.uncertainty import measure_changes, study

Table = dict[str, Any]
VERDICTS = ("gain", "measured", "guard", "noise", "natural", "no_source", "not_seen")
NEAR_FLOOR, NOISES = 0.02, 3.0  # of guessing, and standard deviations of a run: no better than it
COSTLESS = 1e-4  # bits


def choose(
    problem: Problem,
    model: Table,
    settings: Table,
    tables: tuple[pl.DataFrame, pl.DataFrame],
    unseen: dict[str, str],
) -> Table:
    """The mix to take, `best`, and what is known of it: that of the laws or, where a mix that was trained did
    better than they promise, that one. Natural where all that is aimed at is `unseen`. `tables`: the swarm,
    and predictions of its runs. With `study`'s: `guard`, `measured`, `seen`, `unseen`."""
    best = optimize(problem, model["mixes"])
    if _find_why(problem, unseen):
        best = _take(problem, problem["natural"])
    guard = judge_guard(problem, best, settings)
    if not guard["held"]:
        best = _take(problem, problem["natural"])
    reach = float(scipy.special.ndtri(0.5 + settings["confidence"] / 2))
    found = study(problem, model, best, reach)
    aimless = _find_why(problem, unseen) is not None
    guard["free"] = None if aimless else lift_guard(problem, model, best, found["gain"], reach)
    measured = measure_mixes(problem, model, *tables)
    taken = None if aimless else take_measured(problem, measured, found["gain"], best["mix"])
    if measured is not None and taken is not None:
        best = _take(problem, measured.mixes[taken])
        found = tell_measured(study(problem, model, best, reach), measured, taken, reach)
    told = {"measured": taken, "seen": is_seen(measured), "unseen": unseen, "reach": reach}
    return found | {"best": best, "guard": guard, **told}


def _take(problem: Problem, mix: np.ndarray) -> Table:
    """A mix that no price of the guard shaped."""
    return {"mix": mix, "prices": np.zeros(len(problem["evals"])), "breach": 0.0}


def lift_guard(problem: Problem, model: Table, best: Table, gain: Table, reach: float) -> Table | None:
    """The best mix without the guard: its `gain` where that matters, the evals that would be worse (`rises`,
    bits), what the guard costs (`cost`, bits), and what that eval's alone does (`by_eval`); None where it
    costs nothing."""
    limits = problem["limits"]
    candidates = model["mixes"]
    free = optimize(problem | {"limits": np.full(len(limits), np.inf)}, candidates)
    naive = _measure_gain(problem, free["mix"])
    cost = naive - _measure_gain(problem, best["mix"])
    if cost <= COSTLESS or not np.isfinite(limits).any():
        return None
    change, _ = measure_changes(problem, free["mix"])
    over = {
        name: float(rise)
        for name, rise, limit in zip(problem["evals"], change, limits, strict=True)
        if rise > limit
    }
    by_eval = {}
    for at, name in enumerate(problem["evals"]):
        if name in over:
            lifted = optimize(
                problem | {"limits": np.where(np.arange(len(limits)) == at, np.inf, limits)}, candidates
            )
            by_eval[name] = max(
                _measure_gain(problem, lifted["mix"]) - _measure_gain(problem, best["mix"]), 0.0
            )
    told = None if _is_gain(gain) else study(problem, model, free, reach)["gain"]
    return {"gain": told, "naive": naive, "cost": cost, "rises": over, "by_eval": by_eval}


def _measure_gain(problem: Problem, mix: np.ndarray) -> float:
    return -float(problem["omega"] @ measure_changes(problem, mix)[0])


def aim(problem: Problem, unseen: Iterable[str]) -> Table:
    """The weights of evals (`omega`) without those that no mix serves, and the guard (`limits`) without them;
    weights as they were where none would be left."""
    gone = np.isin(problem["evals"], list(unseen))
    omega = np.where(gone, 0.0, problem["omega"])
    limits = np.where(gone, np.inf, problem["limits"])
    return {"omega": omega / omega.sum() if omega.any() else problem["omega"], "limits": limits}


def find_unseen(least: dict[str, float], model: Table) -> dict[str, str]:
    """By eval why no mix can serve it, of the model's `levels` by reason: `no_source` where none reads it
    better than a model that knows how often letters come, `not_seen` where none chooses better than by
    chance."""
    found = {}
    for why, levels in model["levels"].items():
        for name, level in levels.items():
            noise = model["evals"][name]["noise"] or 0.0
            if least[name] >= level - max(NEAR_FLOOR * level, NOISES * noise):
                found[name] = why
    return found


def _is_gain(gain: Table) -> bool:
    """Whether it is beyond noise, and beyond rounding."""
    return bool(gain["low"] > 0 and gain["corrected"] > COSTLESS)


def _find_why(problem: Problem, unseen: dict[str, str]) -> str | None:
    """Why nothing that is aimed at can be served; None where something can."""
    whys = {
        unseen.get(name) for name, weight in zip(problem["evals"], problem["omega"], strict=True) if weight
    }
    return None if None in whys else max(whys, key=str)


def decide(found: Table, problem: Problem) -> str:
    """Which verdict it is (`VERDICTS`), of `gain`, `guard` (`held`, `free`), `unseen`, `measured`, `seen`."""
    if why := _find_why(problem, found["unseen"]):
        return why
    if found["measured"] is not None:
        return "measured"
    if _is_gain(found["gain"]):
        return "gain"
    free = found["guard"]["free"]
    if not found["guard"]["held"] or (free and free["gain"] and _is_gain(free["gain"])):
        return "guard"
    return "natural" if found["seen"] else "noise"


def say(
    verdict: str,
    found: Table,
    weights: Table,
    firm: list[str],
    told: tuple[str, str],
    reference: str = "natural",
) -> str:
    """The sentence: take this mix, or keep the natural one (or the `reference`), and why. `told`: the unit,
    and what was trained."""
    gain, guard = found["gain"], found["guard"]
    unit, proxy = told
    expected = f"{_format_gain(gain, unit)}, by {proxy}"
    free = [name for name in weights if name not in firm]
    parts = [f"{name} {weights[name]:.1%}" for name in sorted(firm, key=lambda name: -weights[name])]
    pinned = f"Firm: {', '.join(parts) or 'no weight'}; free: {', '.join(free) or 'none'}."
    names = ", ".join(found["unseen"])
    room = format_conflict(guard, unit) if not guard["held"] else format_room(guard, unit)
    keep = f"Keep the {reference} mix:"
    said = {
        "gain": f"Take this mix: expect a gain of {expected}. {pinned}",
        "measured": f"Take this mix, which was trained: it gained {expected}. Of no mix do the laws promise"
        f" more beyond their error. {pinned}",
        "guard": f"{keep} {room}",
        "noise": f"{keep} no mix beats it beyond the noise; the best found is expected to gain {expected}.",
        "natural": f"{keep} mixes differ clearly, and none that was trained is better. The best that the laws"
        f" find is expected to gain {expected}: within their error.",
        "no_source": f"{keep} no source serves {names}: no mix reads it better than a model that knows only"
        " how often each letter comes.",
        "not_seen": f"{keep} {names} is not seen at this size: no mix answers it better than by chance. Train"
        " larger proxies, or aim at text that stands for it.",
    }[verdict]
    if found["unseen"] and verdict not in ("no_source", "not_seen"):
        said += f" No mix serves {names} at this size: neither its weight nor its guard decides."
    return said


def _format_gain(gain: Table, unit: str) -> str:
    return f"{gain['corrected']:.4f} {unit}, between {gain['low']:.4f} and {gain['high']:.4f}"


def format_room(guard: Table, unit: str) -> str:
    """What the guard costs where it leaves no mix that is better."""
    free = guard["free"]
    if not free or not free["gain"]:
        return ""
    return (
        f"the guard leaves no room. Without it a mix would gain {_format_gain(free['gain'], unit)}, with"
        f" {_list_rises(free, unit)}."
    )


def format_cost(guard: Table, unit: str) -> list[str]:
    """What the guard costs, in all and by eval; nothing where it costs nothing."""
    if not (free := guard["free"]):
        return []
    by_eval = ", ".join(f"that of {name} {cost:.4f}" for name, cost in free["by_eval"].items())
    return [
        f"The guard costs {free['cost']:.4f} {unit} of the predicted gain{f': {by_eval}' if by_eval else ''}."
        f" Without it: {_list_rises(free, unit)}."
    ]


def _list_rises(free: Table, unit: str) -> str:
    rises = ", ".join(f"{name} {rise:.4f} {unit} worse" for name, rise in free["rises"].items())
    return rises or "no eval worse by the estimate itself, only by its error"


def format_conflict(guard: Table, unit: str) -> str:
    """Which evals and sources are in conflict."""
    parts = []
    for name, row in guard["conflict"].items():
        cause = f"with more of {', '.join(row['sources'])}" if row["sources"] else "whatever is added"
        parts.append(
            f"{name} may get {row['change']:.4f} {unit} worse {cause} ({row['error']:.4f} of it is the"
            " prediction's own error)"
        )
    return (
        f"the guard can not hold with {guard['confidence']:.0%} confidence under these bounds, since"
        f" {'; '.join(parts)}."
    )
