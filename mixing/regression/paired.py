"""Mixes trained with the same seeds, compared: what a seed does to all alike is no noise of a difference."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import scipy


def tabulate(rows: pl.DataFrame, roles: Sequence[str], evals: Sequence[str]) -> tuple[list[int], np.ndarray]:
    """The seeds of which each role has a value of each eval, and these (roles, seeds, evals).

    `rows` has one for each `role`, `seed` and `eval` that has a `value`.
    """
    found = dict(zip(rows.select("role", "seed", "eval").rows(), rows["value"].to_list(), strict=True))
    seeds = sorted(rows["seed"].unique())
    whole = [seed for seed in seeds if all((role, seed, name) in found for role in roles for name in evals)]
    return whole, np.array(
        [[[found[role, seed, name] for name in evals] for seed in whole] for role in roles]
    )


def estimate(values: np.ndarray, mix: int, reference: int, confidence: float) -> dict[str, float]:
    """The mean over seeds of a mix's value less the reference's (`mean`), and its two-sided interval
    (`low`, `high`).

    `values` (mixes, seeds) has at least two of each. A two-way analysis of variance: seeds are blocks, and
    the noise of a run is what mixes and seeds, added up, leave. Of two mixes it is Student's paired interval.
    """
    mixes, seeds = values.shape
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    freedom = (mixes - 1) * (seeds - 1)
    error = np.sqrt(2 * (left**2).sum() / freedom / seeds)
    mean = float((values[mix] - values[reference]).mean())
    wide = float(scipy.stats.t.ppf((1 + confidence) / 2, freedom) * error)
    return {"mean": mean, "low": mean - wide, "high": mean + wide}
