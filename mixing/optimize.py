"""The mix that the fitted laws promise most of, with a guard for each eval, and how far to believe it.

Solved is in bits against the natural mix: a mean of z-scores, the field's objective, lets a noisy eval that
hardly varies outvote a real loss. Olmix (2026) pulls to natural by KL, too. The parts are in `mixing/solver`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from threadpoolctl import threadpool_limits

from winnow.files import write_messages
from winnow.mixing.design.space import clip
from winnow.mixing.phase.plan import set_problem
from winnow.mixing.regression.model import load
from winnow.mixing.regression.tables import find_flat, find_folder, list_floors, read_tokens
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.answer import find_firm, list_changes
from winnow.mixing.solver.noise import detect_paired, detectable_gain, format_detectable, judge_signals
from winnow.mixing.solver.observed import find_best_observed, list_least
from winnow.mixing.solver.problem import DECAY, build, drop_flat, list_before, tell_noise
from winnow.mixing.solver.sight import name_proxy, say_sight
from winnow.mixing.solver.uncertainty import choose_kl
from winnow.mixing.solver.verdict import aim, choose, decide, find_unseen, format_cost, say
from winnow.ranges import Ratio

TELLS = {"files": {"mix": "weights.json"}}

Settings = dict[str, Any]


def solve(
    files: Annotated[Sequence[Path], "mix", "role", "eval", "value"],
    out: Path,
    *,
    counts: Path,
    swarm: Path,
    phase: Path | None = None,
    evals: dict[str, NonNegativeFloat] | None = None,
    families: dict[str, list[str]] | None = None,
    weighting: Literal["even", "noise"] = "even",
    kl: NonNegativeFloat | Literal["cross_validated"] = 0.005,
    max_rise: NonNegativeFloat = 0.02,
    max_rises: dict[str, NonNegativeFloat] | None = None,
    confidence: Ratio = 0.9,
    max_epochs: PositiveFloat = 4.0,
    decay: PositiveFloat = DECAY,
    budget_tokens: PositiveInt | None = None,
    least: dict[str, Ratio] | None = None,
    most: dict[str, Ratio] | None = None,
    groups: dict[str, dict[str, Any]] | None = None,
    seeds: PositiveInt = 3,
    data: Path | None = None,
    noise: dict[str, NonNegativeFloat] | None = None,
    byte_floor: dict[str, PositiveFloat] | None = None,
    chance: dict[str, PositiveFloat] | None = None,
) -> Annotated[None, "mix", "role", "seed", "round"]:
    """Write `weights.json`, and the mixes to be confirmed as rows of a swarm.

    `files` holds the `predictions.parquet` of `mixing.fit:regress`, whose `model.json` lies beside;
    `counts` is the folder of `mixing.count:by_source`, `swarm` that of `mixing.swarm:sample`.

    Minimised is the weighted mean over the target evals of (score - the natural mix's score), in the scores'
    unit (bits per byte), plus `kl` * KL(w || natural); "cross_validated" takes the pull that refits choose
    best with, judged by the others. `evals` weighs evals, or `families` of them (each worth as much as one
    eval in none, its evals alike); by default all, without the `source:` ones. `weighting = "noise"` divides
    each weight by the variance of the eval's seed noise.

    Guard: of every target, and of each eval in `max_rises`, the upper end (one-sided, `confidence`) of the
    change from natural is at most `max_rise` (`max_rises` by eval; inf: no guard). Where no mix keeps it, the
    natural mix is the answer, and `guard.conflict` and `verdict` name the evals and sources.

    Bounds: `least` and `most` by source, `groups` = {name = {sources = [...], least = 0.1, most = 0.5}};
    a source's weight stays under max_epochs * its tokens / `budget_tokens` (by default: all there are), and
    under the most that any mix of the fit gave it. Repeats count for less: see `decay` (epochs) at
    `docs/mixing.md`; inf where the proxies repeated sources as the target run will.

    What no mix can serve at this size is told, and neither aimed at nor guarded (`unseen`): an eval that none
    reads better than a model that knows how often each byte comes (`byte_floor`, bits per byte by eval; of
    proxies' evals those in `data`, the folder of `mixing.proxies:prepare`), or answers better than by
    `chance` (the score of guessing, by eval), or in which all mixes score alike. A mix that was trained and
    gained more than the laws promise of any, beyond its noise and the luck of the best of as many, is chosen
    before theirs.
    `noise` is the standard deviation of one run by its seed, by eval, of evals in which no mix was run twice;
    where it is not told, the laws' error stands for it.

    With `phase`, the folder of `mixing.phases:plan`, its last phase is solved: for its evals and budget, with
    what the first phase read counted in `max_epochs` and `decay`, under a guard of all held-out text. Changes
    are then told from the mix that goes on as the first phase did, `continued`, which is trained in place of
    `uniform` and `unimax`; `detectable` is of pairs of proxies that go on from the same one.

    `weights.json`: `weights` (chosen), `natural`, `uniform`, `unimax` (uniform under the caps), `epochs` and
    `tokens` by source; `targets` {eval: weight}; `predicted` {mix: {eval: score}}; `change` {chosen: {eval:
    change, low, high}}; `gain` over natural (`naive`, `corrected` for the winner's curse, `low`, `high`;
    positive is better) in the run aimed at, `promise`: the same of proxies, which read no source as often;
    `intervals` {source: low, high} of the refits' own best mixes; `epsilon` {bits, ranges}: the weights of
    mixes that cannot be told from the chosen one; `firm`: sources that these pin; `guard` (`free`: its cost,
    by eval too, and what would be worse without it); `signals` {eval: noise, signal, ratio, seen};
    `detectable`: the least gain that confirming can show; `finding`: which verdict it is, of those in
    `mixing/solver/verdict.py`, and `verdict`, its sentence; `unseen` {eval: why}; `proxy` and `sight`: what
    was trained, and what such models can see; `mixes` {name: number}; `seeds`; `settings`. Intervals are
    two-sided, of `confidence`.
    `mix=chosen-<seed>.parquet` and so on for natural, uniform, unimax and the best observed mix of the swarm
    (`best`): each by `seeds` fresh seeds, the same for all.

    Errors: ValueError for an eval, a family or a source that is not there, a source without tokens, bounds
    that no mix keeps, noise weights without known noise, or where all mixes score alike in all that is aimed
    at.
    """
    folder = find_folder(files, "predictions.parquet")
    model, table = load(folder), pl.read_parquet(swarm / "swarm.parquet", glob=False)
    tokens = read_tokens(
        counts, model["sources"], "the swarm mixes sources of which the counts know no tokens:"
    )
    settings: Settings = {
        **drop_flat(evals, families, max_rises, find_flat(folder)),
        **{"weighting": weighting, "kl": kl},
        **{"max_rise": max_rise, "confidence": confidence, "max_epochs": max_epochs},
        **{"decay": decay, "budget_tokens": budget_tokens or int(tokens.sum())},
        **{"least": least, "most": most, "groups": groups},
        **{"noise": noise, "byte_floor": byte_floor, "chance": chance},
    }
    tell_noise(model, noise or {})
    floors = list_floors(data, model["evals"]) | (byte_floor or {})
    model |= {"levels": {"no_source": floors, "not_seen": chance or {}}, "flat": settings.pop("flat")}
    if phase:
        given, own = set_problem(phase), settings["max_rises"] or {}
        settings |= given | {"max_rises": given["max_rises"] | own}
    predictions = pl.read_parquet(folder / "predictions.parquet", glob=False)
    with threadpool_limits(1):
        mixes, report = _optimize(model, tokens, settings, table, predictions)
    report |= _write_mixes(out, table, model["sources"], mixes, seeds) | _judge_noise(
        model, report["targets"], seeds, confidence
    )
    says = [report["verdict"], *format_cost(report["guard"], model["unit"]), report["sight"]]
    if phase:
        found = detect_paired(predictions, report["targets"], seeds, confidence)
        report["detectable"] = found or report["detectable"]
        says.append(format_detectable(report["detectable"], model["unit"]))
    text = json.dumps(_drop_infinite(report), indent=2, allow_nan=False, default=_to_plain)
    (out / "weights.json").write_text(text + "\n", encoding="utf-8")
    write_messages(out, says)


def _optimize(
    model: Settings, tokens: np.ndarray, settings: Settings, table: pl.DataFrame, predictions: pl.DataFrame
) -> tuple[dict[str, np.ndarray], Settings]:
    """The mixes by name, and what is reported of them."""
    problem = build(model, tokens, settings | {"kl": 0.0})
    problem["kl"] = (
        choose_kl(problem, model["mixes"]) if settings["kl"] == "cross_validated" else settings["kl"]
    )
    unseen = find_unseen(list_least(predictions), model)
    problem |= aim(problem, unseen)
    found = choose(problem, model, settings, (table, predictions), unseen)
    found |= {"unseen": unseen | dict.fromkeys(model["flat"], "flat")}
    best = found["best"]
    anchors = _list_anchors(problem, tokens, later="before" in settings)
    mixes = {"chosen": best["mix"]} | anchors
    observed = find_best_observed(problem, table, predictions)
    known = observed is None or np.allclose(observed, best["mix"])  # what was measured may be chosen
    mixes |= {} if known else {"best": observed}
    before = list_before(model["sources"], settings)
    packed = fits.pack(model, settings["budget_tokens"] / tokens, settings["decay"], before)
    firm = find_firm(problem, found["ranges"])
    weights = _name(problem["sources"], best["mix"])
    report = {
        **{name: _name(problem["sources"], mix) for name, mix in mixes.items() if name != "chosen"},
        "weights": weights,
        "epochs": _name(problem["sources"], best["mix"] * settings["budget_tokens"] / tokens),
        "tokens": _name(problem["sources"], tokens),
        "targets": _name(problem["evals"], problem["omega"]),
        "predicted": _predict(model, packed, mixes),
        "change": {"chosen": list_changes(model, packed, problem["natural"], best["mix"], found["reach"])},
        "gain": found["gain"],
        "promise": found["promise"],
        "intervals": _pair(problem["sources"], found["low"], found["high"]),
        "epsilon": {"bits": found["epsilon"], "ranges": _pair(problem["sources"], *found["ranges"])},
        "firm": firm,
        "guard": found["guard"],
        **_say(found, problem, model, (weights, firm, next(iter(anchors)))),
        "settings": settings | {"kl": problem["kl"]},
    }
    return mixes, report


def _say(found: Settings, problem: Settings, model: Settings, about: tuple[Any, ...]) -> Settings:
    """The verdict, and what it was measured by; `about`: the weights, the firm ones, the reference's name."""
    trained = model.get("proxy", "own"), model["sizes"][-1]
    verdict, proxy = decide(found, problem), name_proxy(*trained)
    weights, firm, reference = about
    return {
        **{"finding": verdict, "unseen": found["unseen"], "proxy": proxy, "sight": say_sight(*trained)},
        "verdict": say(verdict, found, weights, firm, (model["unit"], proxy), reference),
    }


def _list_anchors(problem: Settings, tokens: np.ndarray, later: bool) -> dict[str, np.ndarray]:
    """That which changes are told from, and others. Natural and uniform as they are; uniform under the caps
    on repetition (UniMax, Chung et al. 2023); of a later phase the one before it, and natural under its
    caps."""
    if later:
        natural = clip(tokens / tokens.sum(), np.minimum(problem["caps"], 1.0))
        return {"continued": problem["natural"], "natural": natural}
    even = np.full(len(problem["natural"]), 1 / len(problem["natural"]))
    return {
        "natural": problem["natural"],
        "uniform": even,
        "unimax": clip(even, np.minimum(problem["caps"], 1.0)),
    }


def _predict(model: Settings, packed: fits.Pack, mixes: dict[str, np.ndarray]) -> Settings:
    values = fits.predict(packed, np.array(list(mixes.values())), slice(0, 1))[0]
    return {name: _name(model["evals"], values[:, number]) for number, name in enumerate(mixes)}


def _judge_noise(model: Settings, targets: dict[str, float], seeds: int, confidence: float) -> Settings:
    """What can be seen: by eval, and of the gain."""
    noise = [model["evals"][name]["noise"] for name in targets]
    known = all(value is not None for value in noise)
    omega = np.array(list(targets.values()))
    least = detectable_gain(np.array(noise), omega, seeds, confidence) if known else None
    return {"signals": judge_signals(model), "detectable": least}


def _write_mixes(
    out: Path, swarm: pl.DataFrame, sources: list[str], mixes: dict[str, np.ndarray], seeds: int
) -> Settings:
    """One file per mix and seed, numbered after the swarm's own; a chosen mix that is natural is not trained
    twice."""
    most = {name: int(swarm[name].max()) if name in swarm.columns else 0 for name in ("mix", "seed", "round")}  # type: ignore[arg-type]
    fresh = [most["seed"] + 1 + number for number in range(seeds)]
    numbers: dict[str, int] = {}
    for number, (role, weights) in enumerate(mixes.items(), start=most["mix"] + 1):
        numbers[role] = number
        if role == "chosen" and np.array_equal(weights, list(mixes.values())[1]):
            numbers[role] = number + 1
            continue
        for seed in fresh:
            row = {"mix": [number], "role": [role], "seed": [seed], "round": [most["round"] + 1]}
            pl.DataFrame(row | _name(sources, weights)).write_parquet(out / f"mix={role}-{seed}.parquet")
    return {"mixes": numbers, "seeds": fresh}


def _drop_infinite(value: Any) -> Any:
    """Null for no limit: JSON has no infinity."""
    if isinstance(value, dict):
        return {key: _drop_infinite(part) for key, part in value.items()}
    return None if isinstance(value, float) and value == np.inf else value


def _pair(names: Any, low: np.ndarray, high: np.ndarray) -> dict[str, dict[str, float]]:
    return {
        name: {"low": a, "high": b} for name, a, b in zip(names, low.tolist(), high.tolist(), strict=True)
    }


def _name(names: Any, values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"no JSON for {type(value).__name__}")
