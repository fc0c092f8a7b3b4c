"""Olmix's files as a swarm and its scores: `ratios.csv`, `metrics.csv`, and the tokens in the fit's YAML."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

IDS = ("run", "run_id")
NO_SHARES = (*IDS, "name", "index")
NEAR = 1e-4  # of each share: a mix that is natural, written with so many digits
ALONE = 1 - 1e-6

Counts = dict[str, dict[str, int]]


def is_wide(table: pl.DataFrame) -> bool:
    """Whether a table has a row for each run, as Olmix's have, and a column for each metric."""
    return "mix" not in table.columns and any(name in table.columns for name in IDS)


def read_swarm(ratios: pl.DataFrame, counts: Counts, place: Path) -> pl.DataFrame:
    """`ratios.csv` as a table of weights: `mix` (its row), `role`, one share per source, `run` last.

    Which run is the natural mix, or one source alone, its shares tell. ValueError where the domains are not
    those of `counts`, or a run comes twice.
    """
    runs = _take_runs(ratios, place)
    names = [name for name in ratios.columns if name not in NO_SHARES]
    if other := sorted(set(names) ^ set(counts)):
        raise ValueError(f"{place} and `priors.token_counts` do not name the same domains: {other}")
    tokens = np.array([counts[name]["tokens"] for name in names], dtype=float)
    shares = ratios.select(pl.col(names).cast(pl.Float64, strict=False)).to_numpy()
    natural = np.abs(shares - tokens / tokens.sum()).max(axis=1) < NEAR
    roles = np.where(shares.max(axis=1) > ALONE, "corner", "swarm").astype("<U7")
    roles[natural] = "repeat"
    roles[np.flatnonzero(natural)[:1]] = "natural"
    told = pl.DataFrame({"mix": range(len(runs)), "role": roles, "run": runs})
    return told.select("mix", "role").hstack(ratios.select(names)).hstack(told.select("run"))


def read_counts(priors: Path | None) -> Counts:
    """The tokens of each source, as `counts.json` has them, from the fit's YAML or the launch's JSON."""
    if priors is None:
        raise ValueError(
            "the natural mix is not in Olmix's tables: name the fit's YAML, which has `priors.token_counts`,"
            " as `priors`"
        )
    try:
        told: Any = yaml.safe_load(priors.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{priors} can not be read: {error}") from error
    found = told.get("priors") if isinstance(told, dict) else None
    tokens = found.get("token_counts") if isinstance(found, dict) else None
    if not isinstance(tokens, dict) or not tokens:
        raise ValueError(f"{priors} has no `priors.token_counts`: tokens by domain")
    if odd := [name for name, number in tokens.items() if type(number) is not int or number <= 0]:
        raise ValueError(f"{priors}: `priors.token_counts` must be whole numbers above 0; not of {odd[:10]}")
    return {str(name): {"tokens": number} for name, number in tokens.items()}


def melt_metrics(metrics: pl.DataFrame, swarm: pl.DataFrame, place: Path, incomplete: bool) -> pl.DataFrame:
    """`metrics.csv` as `mix`, `eval`, `value`; ValueError that names the runs which do not match."""
    runs = _take_runs(metrics, place)
    if unknown := sorted(set(runs) - set(swarm["run"])):
        raise ValueError(f"{place} has runs that the ratios do not have: {unknown[:10]}")
    lost = sorted(set(swarm["run"]) - set(runs))
    if lost and not incomplete:
        raise ValueError(f"{place} has no row of the runs {lost[:10]}; set `incomplete` to leave them out")
    evals = [name for name in metrics.columns if name not in NO_SHARES]
    if not evals:
        raise ValueError(f"{place} has no metrics; there are {metrics.columns}")
    wide = metrics.select(runs.alias("run"), pl.col(evals).cast(pl.Float64, strict=False))
    long = wide.unpivot(evals, index="run", variable_name="eval", value_name="value")
    bad = long.filter(~pl.col("value").is_finite().fill_null(False))
    if len(bad) and not incomplete:
        named = [f"run {run} ({name})" for run, name, _ in bad.head(5).iter_rows()]
        raise ValueError(
            f"{place}: no finite value for {', '.join(named)}; set `incomplete` to leave such values out"
        )
    long = long.join(bad, on=["run", "eval"], how="anti")
    return long.join(swarm.select("mix", "run"), on="run").select("mix", "eval", "value").sort("mix", "eval")


def _take_runs(table: pl.DataFrame, place: Path) -> pl.Series:
    """The names of the runs; ValueError where there are none, or one comes twice."""
    name = next((name for name in IDS if name in table.columns), None)
    if name is None:
        raise ValueError(f"{place} has no column `run` or `run_id`; there are {table.columns}")
    runs = table[name].cast(pl.String)
    if runs.null_count():
        raise ValueError(f"{place} has rows without a `{name}`")
    if twice := runs.filter(runs.is_duplicated()).unique().sort().to_list():
        raise ValueError(f"{place}: the runs {twice[:10]} have two rows")
    return runs
