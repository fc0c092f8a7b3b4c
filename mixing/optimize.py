"""The mix that the fitted laws promise most of, within what the swarm covered and the data can give.

The objective is Olmix's (2026): the weighted mean of the predicted scores plus a KL pull to the natural
mix, under caps on repetition. Four epochs cost little (Muennighoff et al. 2023, arXiv:2305.16264).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from mixing.descent import Objective, descend
from mixing.fit import load, predict, read_scores
from mixing.proxy.windows import HELD_OUT

STARTS = 4  # best mixes of the swarm, by prediction, from which to descend, beside natural and uniform
Settings = dict[str, Any]


def solve(
    files: Annotated[Sequence[Path], "predicted"],
    out: Path,
    *,
    counts: Path,
    swarm: Path,
    evals: dict[str, float] | None = None,
    kl: float = 0.05,
    max_epochs: float = 4.0,
    budget_tokens: int | None = None,
) -> Annotated[None, "mix", "role"]:
    """Write `weights.json`, and the chosen, the natural and the uniform mix as rows of a swarm.

    `files` holds the `predictions.parquet` of `mixing.fit:regress`, whose `model.json` lies beside;
    `counts` is the folder of `mixing.count:by_source`, `swarm` that of `mixing.swarm:sample`.

    Minimised is the mean of the predicted bits per byte, each in standard deviations over the training
    mixes, weighted by `evals` (by default all alike, without the `source:` ones), plus `kl` times
    KL(w || natural). A source's weight stays under max_epochs * its tokens / `budget_tokens` (by
    default: all tokens there are). The mix stays a blend of training mixes (their convex hull): there
    the laws interpolate. Descent starts from the natural, the uniform and the four most promising
    training mixes; the best end is chosen.

    `weights.json`: `weights`, `natural`, `uniform` and `epochs` by source (natural and uniform as
    clipped to the caps); `predicted` {chosen, natural, uniform: {eval: bits per byte}}; `objective` for
    the three; `standard` {eval: mean, sd, weight}; `mixes` {chosen, natural, uniform: number};
    `uncertainty`: standard errors by the jackknife over the fit's folds, of the chosen weights and of
    the gain over natural (in standard deviations, positive is better); `settings`.
    `mix=chosen.parquet`, `mix=natural.parquet`, `mix=uniform.parquet` have the swarm's columns.

    Errors: ValueError for an eval that was not fitted, a budget beyond max_epochs of all tokens, or a
    swarm that has no blend under the caps.
    """
    model = load(_find_folder(files, "predictions.parquet"))
    tokens = _read_tokens(counts, model["sources"])
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    settings = {"kl": kl, "max_epochs": max_epochs, "budget_tokens": budget_tokens or int(tokens.sum())}
    mixes, report = _optimize(model, table, tokens, _choose_targets(model, evals), settings)
    report["mixes"] = _write_mixes(out, table, model["sources"], mixes)
    (out / "weights.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _optimize(
    model: Settings, table: pl.DataFrame, tokens: np.ndarray, targets: dict[str, float], settings: Settings
) -> tuple[dict[str, np.ndarray], Settings]:
    """The chosen, the natural and the uniform mix, and what is reported of them."""
    covered = table.filter(pl.col("role") != "held_out").select(model["sources"]).to_numpy()
    max_epochs, budget = settings["max_epochs"], settings["budget_tokens"]
    caps = np.minimum(max_epochs * tokens / budget, 1.0)
    anchors = _clip_anchors(tokens, max_epochs, budget)
    versions = len(next(iter(model["evals"].values()))["versions"])
    natural = tokens / tokens.sum()
    goals = [_make_objective(model, targets, natural, settings["kl"], version) for version in range(versions)]
    with threadpool_limits(1):
        mixes = {"chosen": _find_best(goals[0], covered, caps, anchors), **anchors}
        others = np.array([descend(goal, mixes["chosen"], covered, caps) for goal in goals[1:]])
        report = _report(model, targets, mixes, goals[0], others)
    epochs = _name_values(model["sources"], mixes["chosen"] * budget / tokens)
    return mixes, report | {"epochs": epochs, "settings": settings}


def compare(
    files: Annotated[Sequence[Path], "mix", "eval", "bits_per_byte"], out: Path, *, weights: Path
) -> None:
    """Write `realised.json`: what was predicted of the chosen, natural and uniform mix, and what came.

    `files` holds the `scores.parquet` of proxies trained on the three mixes of `solve`, whose folder is
    `weights`. Per mix and eval: `predicted`, `realised` (bits per byte) and `error`; per mix their
    `score`: the weighted mean over the targets, in standard deviations of the training mixes, lower is
    better; and `order`, best first, as predicted and as realised.

    Errors: ValueError where one of the three has no score for an eval.
    """
    solved = json.loads((weights / "weights.json").read_text(encoding="utf-8"))
    found = read_scores(files).group_by("mix", "eval").agg(pl.col("bits_per_byte").mean())
    realised = {(mix, name): value for mix, name, value in found.sort("mix", "eval").iter_rows()}
    mixes: dict[str, Any] = {}
    for mix, predicted in solved["predicted"].items():
        number = solved["mixes"][mix]
        missing = [name for name in predicted if (number, name) not in realised]
        if missing:
            raise ValueError(f"the {mix} mix (number {number}) has no score for {missing[:5]}")
        came = {name: realised[number, name] for name in predicted}
        mixes[mix] = {
            "evals": {
                name: {"predicted": value, "realised": came[name], "error": value - came[name]}
                for name, value in predicted.items()
            },
            "score": {
                part: _score(row, solved) for part, row in (("predicted", predicted), ("realised", came))
            },
        }
    order = {
        part: sorted(mixes, key=lambda mix: (mixes[mix]["score"][part], mix))
        for part in ("predicted", "realised")
    }
    report = {"order": order, "mixes": mixes}
    (out / "realised.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _score(values: dict[str, float], solved: Settings) -> float:
    rows = {name: row for name, row in solved["standard"].items() if row["weight"] > 0}
    return float(sum(row["weight"] * (values[name] - row["mean"]) / row["sd"] for name, row in rows.items()))


def _find_folder(files: Sequence[Path], name: str) -> Path:
    folders = [file.parent for file in files if file.name == name]
    if len(folders) != 1:
        raise ValueError(f"{len(folders)} files {name}, where one is needed: is this stage `after` the fit?")
    return folders[0]


def _read_tokens(counts: Path, sources: list[str]) -> np.ndarray:
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    missing = [source for source in sources if not table.get(source, {}).get("tokens")]
    if missing:
        raise ValueError(f"the swarm mixes sources of which the counts know no tokens: {missing}")
    return np.array([float(table[source]["tokens"]) for source in sources])


def _choose_targets(model: Settings, evals: dict[str, float] | None) -> dict[str, float]:
    """Target evals and their weights, which sum to 1; one that never varied can not guide and is left out."""
    known = model["evals"]
    chosen = evals or {name: 1.0 for name in known if not name.startswith(HELD_OUT)}
    if unknown := sorted(set(chosen) - set(known)):
        raise ValueError(f"no fit for the evals {unknown}; there are {sorted(known)}")
    if min(chosen.values(), default=0.0) < 0:
        raise ValueError("the weights of evals can not be negative")
    chosen = {name: weight for name, weight in sorted(chosen.items()) if weight > 0 and known[name]["sd"] > 0}
    if not chosen:
        raise ValueError("no eval to aim at: name some with `evals`")
    return {name: weight / sum(chosen.values()) for name, weight in chosen.items()}


def _clip_anchors(tokens: np.ndarray, max_epochs: float, budget: int) -> dict[str, np.ndarray]:
    """The natural and the uniform mix, clipped to the caps; the excess goes to the others in proportion."""
    caps = np.minimum(max_epochs * tokens / budget, 1.0)
    if caps.sum() < 1:
        raise ValueError(
            f"{budget} tokens are more than max_epochs = {max_epochs} of all {int(tokens.sum())}"
        )
    anchors = {}
    for name, mix in (("natural", tokens / tokens.sum()), ("uniform", np.full(len(tokens), 1 / len(tokens)))):
        for _ in range(len(tokens)):
            full = mix >= caps
            free = np.where(full, 0.0, mix).sum()
            grown = mix * (1 - caps[full].sum()) / free if free > 0 else mix
            mix = np.where(full, caps, grown)
        anchors[name] = mix / mix.sum()
    return anchors


def _make_objective(
    model: Settings, targets: dict[str, float], natural: np.ndarray, kl: float, version: int
) -> Objective:
    def value(mixes: np.ndarray) -> np.ndarray:
        safe = np.maximum(mixes, 1e-12)
        pull = kl * (safe * np.log(safe / natural)).sum(axis=1)
        total: np.ndarray = _standardize(model, targets, mixes, version) + pull
        return total

    return value


def _standardize(model: Settings, targets: dict[str, float], mixes: np.ndarray, version: int) -> np.ndarray:
    mixes = np.maximum(mixes, 0.0)
    total = np.zeros(len(mixes))
    for name, weight in targets.items():
        fitted = model["evals"][name]
        total += weight * (predict(fitted, mixes, version) - fitted["mean"]) / fitted["sd"]
    return total


def _find_best(
    goal: Objective, covered: np.ndarray, caps: np.ndarray, anchors: dict[str, np.ndarray]
) -> np.ndarray:
    ranked = covered[np.argsort(goal(covered), kind="stable")[:STARTS]]
    ends = np.array([descend(goal, start, covered, caps) for start in (*anchors.values(), *ranked)])
    best: np.ndarray = ends[np.argmin(goal(ends))]
    return best


def _report(
    model: Settings,
    targets: dict[str, float],
    mixes: dict[str, np.ndarray],
    goal: Objective,
    others: np.ndarray,
) -> Settings:
    """What `solve` writes of the mixes; `others`: what is chosen without each of the fit's folds."""
    rows = np.array(list(mixes.values()))
    table = {name: predict(fitted, rows) for name, fitted in model["evals"].items()}
    standard = {
        name: {"mean": fitted["mean"], "sd": fitted["sd"], "weight": targets.get(name, 0.0)}
        for name, fitted in model["evals"].items()
    }
    return {
        "weights": _name_values(model["sources"], mixes["chosen"]),
        "natural": _name_values(model["sources"], mixes["natural"]),
        "uniform": _name_values(model["sources"], mixes["uniform"]),
        "predicted": {
            mix: {name: float(values[row]) for name, values in table.items()} for row, mix in enumerate(mixes)
        },
        "standard": standard,
        "objective": _name_values(mixes, goal(rows)),
        "uncertainty": _estimate_uncertainty(model, targets, mixes, others),
    }


def _estimate_uncertainty(
    model: Settings, targets: dict[str, float], mixes: dict[str, np.ndarray], others: np.ndarray
) -> Settings:
    pair = np.stack([mixes["natural"], mixes["chosen"]])
    values = [_standardize(model, targets, pair, version) for version in range(len(others) + 1)]
    gains = np.array([natural - chosen for natural, chosen in values])
    return {
        "weights": _name_values(model["sources"], jackknife(others)),
        "gain_over_natural": {"gain": float(gains[0]), "standard_error": float(jackknife(gains[1:]))},
    }


def jackknife(values: np.ndarray) -> np.ndarray:
    """The standard error from estimates that each leave one of k groups out."""
    error: np.ndarray = np.sqrt((len(values) - 1) * values.var(axis=0))
    return error


def _name_values(names: Any, values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _write_mixes(
    out: Path, swarm: pl.DataFrame, sources: list[str], mixes: dict[str, np.ndarray]
) -> dict[str, int]:
    """One file per mix, numbered after the swarm's own."""
    numbers = {}
    for number, (role, weights) in enumerate(mixes.items(), start=int(swarm["mix"].max()) + 1):  # type: ignore
        row = pl.DataFrame({"mix": [number], "role": [role]} | _name_values(sources, weights))
        row.select(swarm.columns).cast(swarm.schema).write_parquet(out / f"mix={role}.parquet")
        numbers[role] = number
    return numbers
