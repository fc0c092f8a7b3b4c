"""From a recipe's settings to what is solved: target evals and their weights, bounds, groups, the guard."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
import scipy

from winnow.mixing.proxy.windows import HELD_OUT
from winnow.mixing.regression.model import take_own
from winnow.mixing.regression.stack import measure_distance
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import Problem
from winnow.mixing.solver.quadratic import minimize

Settings = dict[str, Any]
DECAY = 15.4  # epochs, Muennighoff et al. 2023


def build(model: dict[str, Any], tokens: np.ndarray, settings: Settings) -> Problem:
    """What `mixing.solver.descent` solves; `settings` as `mixing.optimize:solve` has them.

    Changes are told from `natural`: the natural mix or, of a later phase, the one that the phase before had.

    Errors: ValueError for an eval or a source that is not there, or bounds that no mix keeps, by name.
    """
    targets = weigh_evals(model, settings)
    epochs = settings["budget_tokens"] / tokens
    before = list_before(model["sources"], settings)
    packed = fits.pack(model, epochs, settings["decay"], before)
    names = list(model["evals"])
    natural = np.asarray(model["natural"]) if settings.get("before") else tokens / tokens.sum()
    caps = np.maximum(settings["max_epochs"] - before, 0.0) / epochs
    problem: Problem = {
        "sources": model["sources"],
        "evals": list(targets),
        "packed": fits.take(packed, [names.index(name) for name in targets]),
        "natural": natural,
        "omega": np.array(list(targets.values())),
        "kl": settings["kl"],
        "limits": _limit_rises(model, targets, settings),
        "reach": float(scipy.special.ndtri(settings["confidence"])),
        "stretch": np.array([model["evals"][name]["stretch"] for name in targets]),
        "residual": scale_residuals(model, targets, natural),
        "caps": caps,
        **_bound(model, caps, settings),
    }
    problem["reference"] = fits.predict(problem["packed"], natural[None])[..., 0]
    _check_bounds(problem, settings)
    return problem


def drop_flat(
    evals: dict[str, float] | None,
    families: dict[str, list[str]] | None,
    max_rises: dict[str, float] | None,
    flat: list[str],
) -> Settings:
    """What is aimed at and guarded, without the evals in which all mixes score alike; these as `flat`.

    Errors: ValueError where nothing is left to aim at.
    """
    evals, families, max_rises = evals or {}, families or {}, max_rises or {}
    gone = sorted({*evals, *max_rises, *itertools.chain(*families.values())} & set(flat))
    left = {name: [one for one in members if one not in gone] for name, members in families.items()}
    left = {name: members for name, members in left.items() if members}
    lost = {*gone, *(set(families) - set(left))}
    aimed = {name: weight for name, weight in evals.items() if name not in lost}
    if evals and not aimed:
        raise ValueError(
            f"not seen at this size: all mixes score alike in {gone}, which is all that is aimed at. Train"
            " larger proxies, or aim at text that stands for it"
        )
    return {
        "evals": aimed or None,
        "families": left or None,
        "max_rises": {name: rise for name, rise in max_rises.items() if name not in gone} or None,
        "flat": gone,
    }


def tell_noise(model: dict[str, Any], noise: dict[str, float]) -> None:
    """Into the model, the noise of evals in which no mix was run twice."""
    _refuse_unknown("`noise` names the evals", noise, model["evals"])
    for name, told in noise.items():
        if model["evals"][name]["noise"] is None:
            model["evals"][name]["noise"] = told


def list_before(sources: list[str], settings: Settings) -> np.ndarray:
    """How often phases before this one read each source."""
    before = settings.get("before") or {}
    return np.array([float(before.get(name, 0.0)) for name in sources])


def scale_residuals(model: dict[str, Any], names: Iterable[str], natural: np.ndarray) -> np.ndarray:
    """By eval what laws are wrong by at a distance of 1 from natural."""
    residual = np.array([model["evals"][name]["residual"] for name in names])
    return residual / measure_distance(take_own(model), natural)


def weigh_evals(model: dict[str, Any], settings: Settings) -> dict[str, float]:
    """Target evals and their weights, which sum to 1; evals that are only guarded have weight 0.

    Each family is worth as much as an eval that is in none, unless `evals` weighs it; its evals share alike.
    Evals that never varied cannot guide, and are left out.
    """
    known, families = model["evals"], settings["families"] or {}
    for name, members in families.items():
        _refuse_unknown(f"family {name!r} names the evals", members, known)
    inside = [name for members in families.values() for name in members]
    if twice := sorted({name for name in inside if inside.count(name) > 1}):
        raise ValueError(f"evals in more than one family: {twice}")
    chosen = settings["evals"] or _list_targets(known, families, inside)
    _refuse_unknown("`evals` names", chosen, [*known, *families])
    if min(chosen.values(), default=0.0) < 0:
        raise ValueError("the weights of evals can not be negative")
    weights: dict[str, float] = {}
    for name, weight in chosen.items():
        members = [one for one in families.get(name, [name]) if known[one]["sd"] > 0]
        for one in members:
            weights[one] = weights.get(one, 0.0) + weight / len(members)
    weights = {name: weight for name, weight in sorted(weights.items()) if weight > 0}
    if not weights:
        raise ValueError("no eval to aim at: name some with `evals`")
    if settings["weighting"] == "noise":
        weights = _divide_by_noise(known, weights)
    total = sum(weights.values())
    guarded = settings["max_rises"] or {}
    _refuse_unknown("`max_rises` names the evals", guarded, known)
    return {name: weights.get(name, 0.0) / total for name in sorted({*weights, *guarded})}


def _list_targets(known: dict[str, Any], families: dict[str, Any], inside: list[str]) -> dict[str, float]:
    alone = [name for name in known if not name.startswith(HELD_OUT) and name not in inside]
    return dict.fromkeys([*families, *alone], 1.0)


def _divide_by_noise(known: dict[str, Any], weights: dict[str, float]) -> dict[str, float]:
    unknown = [name for name in weights if not known[name]["noise"]]
    if unknown:
        raise ValueError(
            f'weighting = "noise", but no noise is known of {unknown}: repeat the natural mix by other seeds'
        )
    return {name: weight / known[name]["noise"] ** 2 for name, weight in weights.items()}


def _limit_rises(model: dict[str, Any], targets: dict[str, float], settings: Settings) -> np.ndarray:
    own = settings["max_rises"] or {}
    return np.array([own.get(name, settings["max_rise"]) for name in targets], dtype=float)


def _bound(model: dict[str, Any], repeated: np.ndarray, settings: Settings) -> Settings:
    """Floors and caps by source, and groups."""
    sources = model["sources"]
    least, most, groups = (settings[name] or {} for name in ("least", "most", "groups"))
    for name, table in (("least", least), ("most", most)):
        _refuse_unknown(f"`{name}` names the sources", table, sources)
    for name, group in groups.items():
        if unknown := sorted(set(group) - {"sources", "least", "most"}):
            raise ValueError(f"group {name!r} has {unknown}; a group has `sources`, `least`, `most`")
        _refuse_unknown(f"group {name!r} names the sources", group.get("sources", []), sources)
    covered = take_own(model).max(axis=0)
    upper = np.minimum(np.minimum(covered, repeated), [float(most.get(name, 1.0)) for name in sources])
    rows = [[float(name in group.get("sources", [])) for name in sources] for group in groups.values()]
    return {
        "lower": np.array([float(least.get(name, 0.0)) for name in sources]),
        "upper": np.minimum(upper, 1.0),
        "groups": np.array(rows).reshape(len(groups), len(sources)),
        "least": np.array([float(group.get("least", 0.0)) for group in groups.values()]),
        "most": np.array([float(group.get("most", 1.0)) for group in groups.values()]),
    }


def _check_bounds(problem: Problem, settings: Settings) -> None:
    """ValueError that names what no mix can keep."""
    lower, upper, most = problem["lower"], problem["upper"], settings["max_epochs"]
    if np.minimum(problem["caps"], 1.0).sum() < 1:
        raise ValueError(
            f"{settings['budget_tokens']} tokens are more than max_epochs = {most} of all there are"
            f"{', with what the phase before read' if settings.get('before') else ''}"
        )
    for source, low, high in zip(problem["sources"], lower, upper, strict=True):
        if low > high + 1e-9:
            raise ValueError(
                f"source {source!r} is to have at least {low:g}, but at most {high:g}: by `most`, by"
                f" max_epochs = {most:g}, or since no mix of the swarm had more of it"
            )
    if lower.sum() > 1 + 1e-9:
        raise ValueError(f"the floors of the sources, `least`, sum to {lower.sum():g}, which is above 1")
    if upper.sum() < 1 - 1e-9:
        raise ValueError(f"the caps of the sources, `most` and max_epochs, sum to {upper.sum():g}, below 1")
    missed = _find_missed_groups(problem)
    if missed:
        names = list(settings["groups"])
        raise ValueError(
            f"no mix keeps the groups {[names[number] for number in missed]} beside the other bounds"
        )


def _find_missed_groups(problem: Problem) -> list[int]:
    """Groups that are missed by the mix that misses the most missed one least."""
    size, groups = len(problem["natural"]), problem["groups"]
    if not len(groups):
        return []
    one, zero = np.eye(size), np.zeros((2 * size, 1))
    rows = np.vstack([np.hstack([np.vstack([-one, one]), zero]), np.eye(size + 1)[-1:] * -1])
    short = -np.ones((len(groups), 1))
    rows = np.vstack([rows, np.hstack([-groups, short]), np.hstack([groups, short])])
    start = problem["natural"]
    bounds = [start - problem["lower"], problem["upper"] - start, [0.0]]
    bounds += [groups @ start - problem["least"], problem["most"] - groups @ start]
    slope = np.append(np.zeros(size), 1.0)
    move, _ = minimize(
        1e-4 * np.eye(size + 1), slope, rows, np.concatenate(bounds), np.append(np.ones(size), 0.0)
    )
    within = groups @ (start + move[:size])
    over = np.maximum(problem["least"] - within, within - problem["most"])
    return [int(number) for number in np.flatnonzero(over > 1e-4)]


def _refuse_unknown(what: str, names: Any, known: Any) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{what} {unknown}, which are not there; there are {sorted(known)}")
