"""From mixes and their scores to a law: which mix would score how.

After RegMix (Liu et al. 2024, arXiv:2407.01492) and Olmix (2026): a regression per eval, here a stack
of the laws in `mixing/regression/laws.py`, weighted by what each predicts of mixes that it did not see.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from mixing.regression.laws import LAWS
from mixing.regression.quality import average_quality, measure_quality
from mixing.regression.stack import draw_bootstraps, draw_folds, fit_eval, predict_member
from mixing.regression.tables import read_tables

MIN_MIXES = 10  # training mixes below which a regression is no more than a guess


def regress(
    files: Annotated[Sequence[Path], "mix", "seed", "eval", "value", "unit", "size", "proxy"],
    out: Path,
    *,
    swarm: Path,
    folds: int = 5,
    members: int = 24,
    seed: int = 0,
) -> Annotated[None, "mix", "role", "eval", "value", "predicted", "fold"]:
    """Fit, for each eval, its score from the mix.

    Reads the files named `scores.parquet` among `files` (`mix`, `seed`, `eval`, `value`, `unit`, `size`, `proxy`;
    lower is better), and `swarm.parquet` (`mix`, `role`, one weight per source) in the folder `swarm`.
    Trains on every role but `held_out`. Writes

    * `model.json`, for `mixing.optimize` and the page: per eval the stack's weights, the laws as numbers,
      fitted to all training mixes and to `members` bootstraps of the runs, and what calibrates its intervals;
    * `predictions.parquet`: `mix`, `role`, `eval`, `value`, `predicted` (always by laws that did not see the
      mix), `fold` (null: held out);
    * `fit.json`: per eval the laws' weights and the quality (`r2`, `spearman`, `mae`, `mean_mae`: the error
      of always answering the training mean) on held-out mixes and cross-validated; and their means.

    The weights are non-negative and sum to 1 over the laws and the mean of the training mixes: where an
    eval does not depend on the mix, the stack falls back to the mean.

    Errors: ValueError with fewer than 10 training mixes, with scores of more than one proxy, or where
    a trained mix lacks an eval that others have.
    """
    weights, scores, unit = read_tables(files, swarm)
    train = (weights["role"] != "held_out").to_numpy()
    sources = [name for name in weights.columns if name not in ("mix", "role", "seed", "round")]
    mixes = weights.select(sources).to_numpy()
    mixes = mixes / mixes.sum(axis=1, keepdims=True)
    if train.sum() < MIN_MIXES:
        raise ValueError(f"{train.sum()} training mixes with scores; the fit needs at least {MIN_MIXES}")
    fold = draw_folds(mixes[train], folds, seed)
    draws = draw_bootstraps(int(train.sum()), members, seed)
    evals, quality, predictions = {}, {}, []
    with threadpool_limits(1):
        for name in scores.columns:
            values = scores[name].to_numpy()
            fitted, crossed = fit_eval(mixes[train], values[train], fold, draws)
            evals[name] = fitted | {"noise": None, "stretch": 1.0}
            guesses = predict_member(fitted, fitted["members"][0], mixes, mixes[train])
            guesses[train] = crossed
            quality[name] = _judge(fitted, values, guesses, train)
            predictions.append(_list_predictions(weights, name, values, guesses, train, fold))
    model: dict[str, Any] = {
        "sources": sources,
        "natural": _find_natural(weights, mixes),
        "unit": unit,
        "sizes": [],
        "mixes": mixes[train],
        "laws": LAWS,
        "evals": evals,
    }
    (out / "model.json").write_text(json.dumps(model, default=_to_plain) + "\n", encoding="utf-8")
    pl.concat(predictions).write_parquet(out / "predictions.parquet")
    counts = {"training_mixes": int(train.sum()), "held_out_mixes": int((~train).sum()), "folds": folds}
    report = {**counts, "mean": average_quality(quality), "evals": quality}
    (out / "fit.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _find_natural(weights: pl.DataFrame, mixes: np.ndarray) -> np.ndarray:
    natural = mixes[(weights["role"] == "natural").to_numpy()]
    return natural[0] if len(natural) else mixes.mean(axis=0)


def _judge(fitted: dict[str, Any], values: np.ndarray, guesses: np.ndarray, train: np.ndarray) -> Any:
    mean = float(values[train].mean())
    return {
        "weights": fitted["weights"],
        "held_out": measure_quality(values[~train], guesses[~train], mean),
        "cross_validated": measure_quality(values[train], guesses[train], mean),
    }


def _list_predictions(
    weights: pl.DataFrame,
    name: str,
    values: np.ndarray,
    guesses: np.ndarray,
    train: np.ndarray,
    fold: np.ndarray,
) -> pl.DataFrame:
    folds = np.full(len(values), -1)
    folds[train] = fold
    return weights.select("mix", "role").with_columns(
        pl.lit(name).alias("eval"),
        pl.Series("value", values),
        pl.Series("predicted", guesses),
        pl.Series("fold", [int(f) if f >= 0 else None for f in folds], dtype=pl.Int32),
    )


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"no JSON for {type(value).__name__}")
