"""What the chosen mix is worth when it is trained, and so which mix is exported.

A law promises; proxies trained on the chosen mix with seeds of their own show. All mixes are trained with the
same seeds, so that the noise of a seed (first weights, order of text) is taken off by a two-way analysis of
variance: seeds are blocks, and what is left is the noise of a single run.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import polars as pl

from winnow.files import write_json, write_messages
from winnow.mixing.regression import paired
from winnow.mixing.regression.tables import read_scores

TELLS = {"files": {"mix": "weights.json"}}

NATURAL, CHOSEN = "natural", "chosen"
MIN_SEEDS = 2
ENDS = ("low", "high", "least")  # of a change: two-sided, and the lower one-sided
EXACT = 1e-9  # bits between the ends of a gain: scores without noise

Solved = dict[str, Any]


def judge(
    files: Annotated[Sequence[Path], "mix", "seed", "eval", "value", "size"],
    out: Path,
    *,
    weights: Path,
    export: Literal["confirmed", "chosen"] = "confirmed",
    before: Path | None = None,
) -> None:
    """Decide which mix is exported, and write it as `weights.json`, with the proof as `confirmed.json`.

    `files` holds the `scores.parquet` of proxies trained on the mixes of `mixing.optimize:solve`, whose
    folder is `weights`: of one size or of several. Evals, their weights, bounds of the guard and the
    confidence are those that the mix was solved with.

    A mix is confirmed if at every size the interval of its gain over the natural mix lies above 0 (widened
    for the choice among mixes that were not solved for, by Bonferroni), no target eval is worse than natural
    by more than the guard's bound, and it keeps the bounds of the run (`max_epochs`, `least`, `most`,
    `groups`). Exported is, of those, the one with the largest gain at the largest size; else the natural
    mix. With `export = "chosen"` the chosen mix is exported in any case, and `why` says so.

    `before` is the folder of an earlier proof, where `weights` is that of `mixing.refine:solve`: what that
    proof exported goes out where it stands, or where this one confirms no mix.

    The guard is the solver's, with its `confidence`, and the noise of the runs in place of the laws' error.
    Before a mix is trained, doubt counts against it: the upper end of its change may not be over the bound.
    Once it is trained it is refused for what was seen: the lower end is over the bound. A mean above the
    bound, within its noise, is told as `unsure`.

    `confirmed.json`: `exported`, `why` (a sentence), `sizes`: of each size `seeds` and by mix `gain`
    (`mean`, `low`, `high`; weighted bits that natural needs more, positive is better) and `evals` (of each
    the `change` against natural with `low`, `high`, its one-sided `least`, and `value`); `confirmed` (names),
    `broken` (by mix the evals over their bound) and `unsure` (those over it by their mean), `outside` (by
    mix the bounds that it does not keep), `promise` (what was predicted of the chosen mix, whether it lies
    within the interval of what came, and whether it was narrower than twice that), `left_out` (seeds that a
    mix has no score of, mixes that have none). Where the natural mix was chosen there was nothing to train:
    `sizes` is empty. `weights.json` is that of the solution with `weights` and `epochs` of the exported mix,
    `exported` and `why`.

    Errors: ValueError where natural or the chosen mix was not trained, or with less than two seeds.
    """
    solved: Solved = json.loads((weights / "weights.json").read_text(encoding="utf-8"))
    earlier = _read_earlier(before) if before else None
    if earlier and solved.get("stands"):
        _write(out, *earlier)
        return
    if solved["mixes"][CHOSEN] == solved["mixes"][NATURAL]:
        report = {"exported": NATURAL, "why": solved["verdict"], "confirmed": [], "sizes": {}}
        _write(out, *_take_better(report, solved, earlier))
        return
    mixes = pl.concat([pl.read_parquet(file, glob=False) for file in sorted(weights.glob("mix=*.parquet"))])
    scores = read_scores(files).join(mixes.select("mix", "role"), on="mix", how="inner")
    sizes, left_out = {}, []
    for (size,), rows in sorted(scores.group_by("size"), key=lambda found: found[0]):
        table, lost = _tabulate(rows, sorted(solved["predicted"][CHOSEN]), f"size {size}")
        sizes[str(size)] = _compare(table, solved)
        left_out += [{"size": size, "seed": seed} for seed in lost]
        gone = sorted(set(mixes["role"]) - set(rows["role"]))  # none of its proxies came back
        left_out += [{"size": size, "mix": name} for name in gone]
    by_name = {name: _take_weights(mixes, name, list(solved["weights"])) for name in solved["mixes"]}
    outside = {name: found for name, weights in by_name.items() if (found := _find_outside(weights, solved))}
    report = {**_decide(sizes, solved, export, outside), "sizes": sizes, "left_out": left_out}
    report["promise"] = _check_promise(next(iter(sizes.values())), solved)
    exported = by_name[report["exported"]]
    solved |= {"weights": exported, "epochs": _scale(exported, solved)}
    _write(out, *_take_better(report, solved, earlier))


def _read_earlier(before: Path) -> tuple[dict[str, Any], Solved]:
    names = ("confirmed.json", "weights.json")
    report, solved = (json.loads((before / name).read_text(encoding="utf-8")) for name in names)
    return report, solved


def _take_better(
    report: dict[str, Any], solved: Solved, earlier: tuple[dict[str, Any], Solved] | None
) -> tuple[dict[str, Any], Solved]:
    """What a further round found, or the mix that the proof before it confirmed, where this confirms none."""
    if earlier is None or report["exported"] != NATURAL or earlier[0]["exported"] == NATURAL:
        return report, solved
    proven, weights = earlier
    why = f"{proven['why']}; a further round confirmed no mix: {report['why']}"
    return proven | {"why": why, "further": report}, weights


def _write(out: Path, report: dict[str, Any], solved: Solved) -> None:
    solved |= {"exported": report["exported"], "why": report["why"]}
    write_json(out / "confirmed.json", report)
    write_json(out / "weights.json", solved)
    said = f"exported: {report['exported']}: {report['why']}"
    write_messages(out, [said, *_format_promise(report.get("promise"))])


class _Table(NamedTuple):
    """Scores by mix, seed and eval, without a gap."""

    mixes: list[str]
    seeds: list[int]
    evals: list[str]
    values: np.ndarray


def _tabulate(rows: pl.DataFrame, evals: list[str], where: str) -> tuple[_Table, list[int]]:
    """The seeds of which every mix has all scores, and those that are left out."""
    mixes = sorted(rows["role"].unique())
    if missing := [name for name in (NATURAL, CHOSEN) if name not in mixes]:
        raise ValueError(f"{where}: the {missing[0]} mix was not trained; there are {', '.join(mixes)}")
    means = rows.group_by("role", "seed", "eval").agg(pl.col("value").mean())
    seeds = sorted(rows["seed"].unique())
    whole, values = paired.tabulate(means.filter(pl.col("value").is_finite()), mixes, evals)
    if len(whole) < MIN_SEEDS:
        raise ValueError(
            f"{where}: {len(whole)} of the seeds {seeds} have a score of every mix and eval; at least"
            f" {MIN_SEEDS} are needed to tell a gain from noise"
        )
    return _Table(mixes, whole, evals, values), [seed for seed in seeds if seed not in whole]


def _compare(table: _Table, solved: Solved) -> dict[str, Any]:
    """Every mix against natural: the gain and each eval's change, with intervals."""
    natural = table.mixes.index(NATURAL)
    others = [mix for mix in range(len(table.mixes)) if mix != natural]
    omega = np.array([solved["targets"].get(name, 0.0) for name in table.evals])
    confidence = float(solved["settings"]["confidence"])
    rows = {}
    for mix in others:
        sure = confidence if table.mixes[mix] == CHOSEN else 1 - (1 - confidence) / max(len(others) - 1, 1)
        total = paired.estimate(table.values @ omega, mix, natural, sure)
        gain = {"mean": -total["mean"], "low": -total["high"], "high": -total["low"]}
        changes = {
            name: paired.estimate(table.values[:, :, at], mix, natural, confidence)
            | {"least": paired.estimate(table.values[:, :, at], mix, natural, 2 * confidence - 1)["low"]}
            for at, name in enumerate(table.evals)
        }
        rows[table.mixes[mix]] = {"gain": gain, "evals": _name_changes(changes, table, mix)}
    values = {name: float(table.values[natural, :, at].mean()) for at, name in enumerate(table.evals)}
    return {"seeds": table.seeds, "mixes": rows, NATURAL: values}


def _name_changes(changes: dict[str, dict[str, float]], table: _Table, mix: int) -> dict[str, Any]:
    values = table.values[mix].mean(axis=0)
    return {
        name: {"value": float(value), "change": found["mean"]} | {end: found[end] for end in ENDS}
        for value, (name, found) in zip(values, changes.items(), strict=True)
    }


def _decide(
    sizes: dict[str, Any], solved: Solved, export: str, outside: dict[str, list[str]]
) -> dict[str, Any]:
    first, *others = [size["mixes"] for size in sizes.values()]
    names = [name for name in first if all(name in mixes for mixes in others)]  # else it was not tried at all
    broken = {name: _find_over(name, sizes, solved, "least") for name in names}
    unsure = {name: _find_over(name, sizes, solved, "change") for name in names}
    sure = [name for name in names if all(size["mixes"][name]["gain"]["low"] > 0 for size in sizes.values())]
    confirmed = [name for name in sure if not broken[name] and name not in outside]
    largest = sizes[max(sizes, key=int)]["mixes"]
    best = max(confirmed, key=lambda name: (largest[name]["gain"]["mean"], name), default=NATURAL)
    exported = CHOSEN if export == CHOSEN else best
    why = _explain(sizes, exported, CHOSEN in confirmed, CHOSEN in sure, broken[CHOSEN])
    within = set(unsure.get(exported, ())) - set(broken.get(exported, ()))
    if within:
        rises = ", ".join(f"{name} by {unsure[exported][name]:.3f}" for name in sorted(within))
        why += f"; worse than the guard allows, but within the noise of the runs: {rises}"
    if left := [f"{name} ({', '.join(outside[name])})" for name in sure if name in outside]:
        why += f"; better than natural, but outside the bounds of the run: {', '.join(left)}"
    found = {"exported": exported, "why": why, "confirmed": confirmed}
    return found | {"broken": broken, "unsure": unsure, "outside": outside}


def _explain(
    sizes: dict[str, Any], exported: str, confirmed: bool, sure: bool, broken: dict[str, float]
) -> str:
    """What the chosen mix gains at each size, and whether that confirms it."""
    gains = "; ".join(
        f"{_format_gain(found['mixes'][CHOSEN]['gain'])} at {_format_size(size)}"
        for size, found in sizes.items()
    )
    seeds = len(next(iter(sizes.values()))["seeds"])
    why = f"the chosen mix, trained with {seeds} fresh seeds, gains {gains}"
    if confirmed and exported == CHOSEN:
        return f"{why}: confirmed"
    if confirmed:
        more = _format_gain(sizes[max(sizes, key=int)]["mixes"][exported]["gain"])
        return f"{why}: confirmed, and bettered by {exported}, which gains {more}; exported: {exported}"
    rises = ", ".join(f"{name} by {rise:.3f}" for name, rise in broken.items())
    why += "" if sure else ": not beyond noise"
    why += f"; worse than the guard allows: {rises}" if rises else ""
    instead = "exported all the same, as the recipe says" if exported == CHOSEN else f"exported: {exported}"
    return f"{why}; {instead}"


def _find_outside(weights: dict[str, float], solved: Solved) -> list[str]:
    """The bounds of the run that a mix does not keep: uniform knows of none, and a trainer is held to all."""
    settings, near = solved["settings"], 1e-6
    least, most, groups = (settings[name] or {} for name in ("least", "most", "groups"))
    often = settings["max_epochs"] or math.inf  # None stands for inf in JSON
    found = [
        f"{source} {count:.2f} times, max_epochs = {often:g}"
        for source, count in _scale(weights, solved).items()
        if count > often * (1 + near)
    ]
    bounds = [(name, weights[name], least.get(name, 0), most.get(name, 1)) for name in {**least, **most}]
    for name, group in groups.items():
        share = sum(weights[source] for source in group["sources"])
        bounds.append((name, share, group.get("least", 0), group.get("most", 1)))
    for name, share, low, high in bounds:
        if not low - near <= share <= high + near:
            found.append(f"{name} {share:.3f}, where {low:g} to {high:g} is asked")
    return found


def _find_over(name: str, sizes: dict[str, Any], solved: Solved, end: str) -> dict[str, float]:
    """The target evals of which the `end` of the change is over their bound at some size, and by how much."""
    settings, broken = solved["settings"], {}
    bounds = settings["max_rises"] or {}
    for target in solved["targets"]:
        if target in solved.get("unseen", {}):  # at this size its changes say nothing
            continue
        bound = bounds.get(target, settings["max_rise"])
        if bound is None:  # no guard
            continue
        rows = [size["mixes"][name]["evals"][target] for size in sizes.values()]
        if max(row[end] for row in rows) > bound:
            broken[target] = max(row["change"] for row in rows)
    return broken


def _format_gain(gain: dict[str, float]) -> str:
    return f"{gain['mean']:+.4f} bits per byte ({gain['low']:+.4f} to {gain['high']:+.4f})"


def _format_size(size: str) -> str:
    return f"{int(size) / 1e6:.2g}M parameters" if int(size) else "the n-gram model"


def _check_promise(size: dict[str, Any], solved: Solved) -> dict[str, Any]:
    """Whether what was promised came, at the size that it was promised for: the promise lies within what came
    or, where scores have no noise, what came within the promise."""
    came, promised = size["mixes"][CHOSEN]["gain"], solved["promise"]
    wide, realised = promised["high"] - promised["low"], came["high"] - came["low"]
    found = {"predicted": promised, "realised": came}
    if realised < EXACT:
        held = promised["low"] - EXACT <= came["mean"] <= promised["high"] + EXACT
        return found | {"held": held, "narrow": wide <= 2 * abs(came["mean"])}
    held = came["low"] <= promised["corrected"] <= came["high"]
    return found | {"held": held, "narrow": wide <= 2 * realised}


def _format_promise(promise: dict[str, Any] | None) -> list[str]:
    """That a promise did not hold, or was too vague to be one."""
    if promise is None or (promise["held"] and promise["narrow"]):
        return []
    promised = promise["predicted"] | {"mean": promise["predicted"]["corrected"]}
    why = "did not hold" if not promise["held"] else "was more than twice as wide as what came"
    return [f"the promise of {_format_gain(promised)} {why}: {_format_gain(promise['realised'])} came"]


def _take_weights(mixes: pl.DataFrame, name: str, sources: list[str]) -> dict[str, float]:
    row = mixes.filter(pl.col("role") == name).head(1).row(0, named=True)
    return {source: float(row[source]) for source in sources}


def _scale(weights: dict[str, float], solved: Solved) -> dict[str, float]:
    """How often each source is read in the budget that was solved for."""
    budget = solved["settings"]["budget_tokens"]
    return {name: weight * budget / solved["tokens"][name] for name, weight in weights.items()}
