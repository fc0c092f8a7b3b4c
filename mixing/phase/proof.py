"""The proof of a last phase: proxies that go on from the same ones, the chosen mix against others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from winnow.mixing.proxy.windows import EVERY
from winnow.mixing.regression import paired
from winnow.mixing.regression.tables import read_scores

CHOSEN, CONTINUED = "chosen", "continued"
MIN_SEEDS = 3
TABLE = {
    "phase": pl.String,
    "budget_tokens": pl.Int64,
    "source": pl.String,
    "weight": pl.Float64,
    "tokens": pl.Float64,
    "epochs": pl.Float64,
    "epochs_so_far": pl.Float64,
}
Report = dict[str, Any]


def judge(files: Sequence[Path], folder: Path, solved: Report, plan: Report) -> Report:
    """What the chosen mix is worth against each other, which mix is exported, and why."""
    sources = list(plan["tokens"])
    if solved["mixes"][CHOSEN] == solved["mixes"][CONTINUED]:
        report: Report = {"exported": CONTINUED, "why": solved["verdict"], "against": {}, "seeds": []}
        return report | {"mix": plan["continued"], "detectable": solved["detectable"]}
    mixes = pl.concat([pl.read_parquet(file, glob=False) for file in sorted(folder.glob("mix=*.parquet"))])
    scores = read_scores(files).join(mixes.select("mix", "role").unique(), on="mix", how="inner")
    evals = sorted({*solved["targets"], EVERY})
    table, seeds = _tabulate(scores, list(solved["mixes"]), evals)
    confidence = float(solved["settings"]["confidence"])
    omega = np.array([solved["targets"].get(name, 0.0) for name in evals])
    against = {
        name: _compare(table[CHOSEN], table[name], evals, omega, confidence)
        for name in solved["mixes"]
        if name != CHOSEN
    }
    values = {
        name: dict(zip(evals, rows.mean(axis=0).tolist(), strict=True)) | {"": float((rows @ omega).mean())}
        for name, rows in table.items()
    }
    exported, why = _decide(against[CONTINUED], solved, plan["max_loss"], len(seeds))
    chosen = mixes.filter(pl.col("role") == exported).row(0, named=True)
    mix = {source: float(chosen[source]) for source in sources}
    found = {"exported": exported, "why": why, "detectable": solved["detectable"], "seeds": seeds}
    return found | {"against": against, "values": values, "mix": mix, "confidence": confidence}


def tabulate(plan: Report, mixes: Sequence[dict[str, float]]) -> pl.DataFrame:
    """Both phases by source: weight, tokens, and how often it is read in the phase and up to its end."""
    rows, so_far = [], dict.fromkeys(plan["tokens"], 0.0)
    for phase, mix in zip(plan["phases"], mixes, strict=True):
        for source, has in plan["tokens"].items():
            tokens = mix[source] * phase["tokens"]
            so_far[source] += tokens / has
            rows.append(
                (phase["name"], phase["tokens"], source, mix[source], tokens, tokens / has, so_far[source])
            )
    return pl.DataFrame(rows, schema=TABLE, orient="row")


def _tabulate(
    scores: pl.DataFrame, roles: list[str], evals: list[str]
) -> tuple[dict[str, np.ndarray], list[int]]:
    """By mix the values (seeds, evals), of the seeds that all mixes have."""
    known = scores.filter(pl.col("value").is_finite() & pl.col("eval").is_in(evals))
    if missing := sorted(set(roles) - set(known["role"])):
        raise ValueError(f"the mixes {missing} were not trained: is the proof's stage `after` the solution?")
    seeds, values = paired.tabulate(known, roles, evals)
    if len(seeds) < MIN_SEEDS:
        raise ValueError(
            f"{len(seeds)} of the seeds {sorted(known['seed'].unique())} have a score of every mix and eval,"
            f" and a proof needs {MIN_SEEDS}: raise `seeds` of mixing.optimize:solve"
        )
    return dict(zip(roles, values, strict=True)), seeds


def _compare(
    chosen: np.ndarray, other: np.ndarray, evals: list[str], omega: np.ndarray, confidence: float
) -> Report:
    """The gain on the targets, and the change of each eval: Student's paired intervals over the seeds."""
    total = paired.estimate(np.stack([chosen @ omega, other @ omega]), 0, 1, confidence)
    changes = {
        name: _rename(paired.estimate(np.stack([chosen[:, at], other[:, at]]), 0, 1, confidence))
        for at, name in enumerate(evals)
    }
    held = changes.pop(EVERY)
    gain = {"mean": -total["mean"], "low": -total["high"], "high": -total["low"]}
    return {"gain": gain, "held_out": held, "evals": changes}


def _rename(found: dict[str, float]) -> dict[str, float]:
    return {"change": found["mean"], "low": found["low"], "high": found["high"]}


def _decide(found: Report, solved: Report, max_loss: float, seeds: int) -> tuple[str, str]:
    gain, held = found["gain"], found["held_out"]
    settings = solved["settings"]
    bounds = settings["max_rises"] or {}
    broken = {}
    for name, row in found["evals"].items():
        bound = bounds.get(name, settings["max_rise"])
        if solved["targets"].get(name) and bound is not None and row["change"] > bound:
            broken[name] = row["change"]
    why = (
        f"solved against continued, with {seeds} fresh seeds, gains {gain['mean']:+.4f} bits per byte"
        f" ({gain['low']:+.4f} to {gain['high']:+.4f}); all held-out text {held['change']:+.4f}"
        f" ({held['low']:+.4f} to {held['high']:+.4f}), at most {max_loss:+g} allowed"
    )
    wrong = [] if gain["low"] > 0 else ["no gain beyond noise"]
    wrong += ["held-out text may be worse than allowed"] if held["high"] > max_loss else []
    wrong += [f"{name} is worse by {rise:.4f}" for name, rise in broken.items()]
    return (CONTINUED, f"{why}: {'; '.join(wrong)}") if wrong else (CHOSEN, f"{why}: confirmed")
