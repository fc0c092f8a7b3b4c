"""What can be seen at all: the least gain that mixes trained so often would show."""

from typing import Any

import numpy as np
import polars as pl
import scipy

OMEGA = {"eval": pl.String, "omega": pl.Float64}
POWER = 0.8  # how often a gain of that size is seen
USUAL_SPEED = 33_000  # tokens per core-second, .33M parameters
# Bits per byte by the seed alone, of a mean of nine evals in four families, as runs of the natural mix of the
# demo's sources have it (.2M parameters; 6, 6, 14 and 6 seeds): it does not fall with the tokens.
USUAL_NOISE = {75_000: 0.0107, 150_000: 0.0088, 300_000: 0.0080, 600_000: 0.0085}


def detectable_gain(
    noise: np.ndarray, omega: np.ndarray, seeds: int, confidence: float = 0.9
) -> dict[str, float | int]:
    """The least gain over natural (bits) that `seeds` runs of each mix show in four cases of five.

    `noise`: one standard deviation of each eval by the seed alone, of runs as they will be trained; `omega`:
    the evals' weights. Shown: the two-sided interval of the mean difference lies above 0. Noise is taken as
    independent between evals. Half of that gain needs four times the seeds, or runs of half the noise:
    `seeds_for_half`.
    """
    error = float(np.sqrt(2 / seeds * ((omega * noise) ** 2).sum()))
    reach = float(scipy.special.ndtri(0.5 + confidence / 2) + scipy.special.ndtri(POWER))
    return {"gain": reach * error, "seeds": seeds, "seeds_for_half": 4 * seeds}


def detect_paired(
    predictions: pl.DataFrame, targets: dict[str, float], seeds: int, confidence: float = 0.9
) -> dict[str, float | int] | None:
    """The least gain that `seeds` pairs of runs show in four cases of five, each pair going on from one
    proxy.

    `predictions` of `mixing.fit:regress`: of the natural and the continued mix, each run by the same seeds,
    the difference of the weighted score; its standard deviation over the seeds is `noise`, of `pairs` seeds.
    The reach is Student's for the interval and normal for the power. None where there are not two such pairs.
    """
    omega = pl.DataFrame({"eval": list(targets), "omega": list(targets.values())}, schema_overrides=OMEGA)
    wide = (
        predictions.filter(pl.col("role").is_in(["natural", "repeat", "continued"]))
        .with_columns(on=pl.col("role") == "continued")
        .join(omega.filter(pl.col("omega") > 0), on="eval")
        .group_by("seed", "on")
        .agg(score=(pl.col("value") * pl.col("omega")).sum(), evals=pl.len())
        .filter(pl.col("evals") == sum(weight > 0 for weight in targets.values()))
        .group_by("seed")
        .agg(
            apart=pl.col("score").filter("on").first() - pl.col("score").filter(~pl.col("on")).first(),
        )
        .drop_nulls()
    )
    if len(wide) < 2 or seeds < 2:
        return None
    noise = float(wide["apart"].to_numpy().std(ddof=1))
    reach = float(scipy.stats.t.ppf(0.5 + confidence / 2, seeds - 1) + scipy.special.ndtri(POWER))
    return {"gain": reach * noise / float(np.sqrt(seeds)), "noise": noise, "pairs": len(wide), "seeds": seeds}


def format_detectable(found: dict[str, float | int] | None, unit: str) -> str:
    """What a proof will see, before it is run."""
    if found is None:
        return "which gain the proof can see is not known: no mix was run twice"
    pairs = f"{found['pairs']} pairs of seeds" if "pairs" in found else "single runs, not pairs: at most"
    return (
        f"the proof with {found['seeds']} seeds will see a gain of {found['gain']:.4f} {unit} or more over"
        f" the continued mix in four cases of five (from {pairs})"
    )


def foresee(seeds: int, runs: int, tokens: int) -> str:
    """Before there is any run: which gain a proof may see, and what half of it costs."""
    ends = [detectable_gain(np.array([noise]), np.ones(1), seeds)["gain"] for noise in USUAL_NOISE.values()]
    whole, more = (count * tokens / USUAL_SPEED / 3600 for count in (runs, 2 * 3 * seeds))
    return (
        f"{runs} runs of {tokens:,} tokens, {whole:.2g} core-hours for .3M parameters. With the demo's noise"
        f" a proof with {seeds} seeds sees a gain of {min(ends):.3f} to {max(ends):.3f} bits in four cases of"
        f" five; half of that takes {4 * seeds} seeds, {more:.2g} core-hours more. This swarm's own noise is"
        " known after the first round"
    )


def judge_signals(model: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By eval: `noise` by the seed (null: unknown), `signal`, how far mixes lie apart beyond it (one standard
    deviation each), their `ratio`, and whether the eval is `seen` at this size (ratio of 1 or more)."""
    rows = {}
    for name, fitted in model["evals"].items():
        noise = fitted["noise"]
        signal = float(np.sqrt(max(fitted["sd"] ** 2 - (noise or 0.0) ** 2, 0.0)))
        ratio = signal / noise if noise else None
        rows[name] = {
            "noise": noise,
            "signal": signal,
            "ratio": ratio,
            "seen": signal > 0 if ratio is None else ratio >= 1,
        }
    return rows
