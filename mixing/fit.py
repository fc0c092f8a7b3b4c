"""From mixes and their scores to a law: which mix would score how.

After RegMix (Liu et al. 2024, arXiv:2407.01492) and Olmix (2026): a regression per eval, here a stack
of the laws in `mixing/laws.py`, weighted by what each predicts of mixes that it did not see.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from scipy.optimize import nnls
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from mixing.laws import FEATURES, fit_law, predict_law

MIN_MIXES = 10  # training mixes below which a regression is no more than a guess
CAUTION = 0.05  # pull of the stack's weights to equal ones, in variances of the score


def regress(
    files: Annotated[Sequence[Path], "mix", "eval", "bits_per_byte", "proxy"],
    out: Path,
    *,
    swarm: Path,
    folds: int = 5,
    seed: int = 0,
) -> Annotated[None, "mix", "role", "eval", "bits_per_byte", "predicted", "fold"]:
    """Fit, for each eval, bits per byte from the mix.

    Reads the files named `scores.parquet` among `files` (`mix`, `eval`, `bits_per_byte`, `proxy`), and
    `swarm.parquet` (`mix`, `role`, one weight per source) in the folder `swarm`. Trains on every role
    but `held_out`. Writes

    * `model.json`: the parameters, for `mixing.optimize`: fitted to all training mixes, and once more
      without each fold in turn, to tell how far the answer leans on single mixes;
    * `predictions.parquet`: `mix`, `role`, `eval`, `bits_per_byte`, `predicted` (always by laws that
      did not see the mix), `fold` (null: held out);
    * `fit.json`: per eval the laws' weights and the quality (`r2`, `spearman`, `mae`, `mean_mae`: the error
      of always answering the training mean) on held-out mixes and cross-validated; and their means.

    The weights are non-negative and sum to 1 over the laws and the mean of the training mixes: where an
    eval does not depend on the mix, the stack falls back to the mean.

    Errors: ValueError with fewer than 10 training mixes, with scores of more than one proxy, or where
    a trained mix lacks an eval that others have.
    """
    weights, scores = _read_tables(files, swarm)
    train = (weights["role"] != "held_out").to_numpy()
    fold = _draw_folds(int(train.sum()), folds, seed)
    sources = [name for name in weights.columns if name not in ("mix", "role")]
    mixes = weights.select(sources).to_numpy()
    mixes = mixes / mixes.sum(axis=1, keepdims=True)
    model: dict[str, Any] = {"sources": sources, "evals": {}}
    quality, predictions = {}, []
    with threadpool_limits(1):
        for name in scores.columns:
            values = scores[name].to_numpy()
            model["evals"][name], guesses, quality[name] = _fit_eval(mixes, values, train, fold)
            predictions.append(_list_predictions(weights, name, values, guesses, train, fold))
    (out / "model.json").write_text(json.dumps(model, default=_to_plain) + "\n", encoding="utf-8")
    pl.concat(predictions).write_parquet(out / "predictions.parquet")
    counts = {"training_mixes": int(train.sum()), "held_out_mixes": int((~train).sum()), "folds": folds}
    report = {**counts, "mean": _average_quality(quality), "evals": quality}
    (out / "fit.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> dict[str, Any]:
    """The model that `regress` wrote into `folder`, its lists as arrays."""
    model: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for fitted in model["evals"].values():
        for version in fitted["versions"]:
            for params in version["laws"].values():
                params.update({k: np.array(v) for k, v in params.items() if isinstance(v, list)})
    return model


def read_scores(files: Sequence[Path]) -> pl.DataFrame:
    """What the proxies scored: the rows of the files named `scores.parquet`; ValueError where none is."""
    paths = sorted(file for file in files if file.name == "scores.parquet")
    if not paths:
        raise ValueError("no scores.parquet among the files: is this stage `after` the proxies?")
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths], how="vertical_relaxed")


def predict(fitted: dict[str, Any], mixes: np.ndarray, version: int = 0) -> np.ndarray:
    """Bits per byte of each mix (rows of `mixes`, sources in the model's order).

    `fitted` is one of a model's `evals`; version 0 was fitted to all training mixes, version k without
    fold k - 1.
    """
    chosen = fitted["versions"][version]
    total = np.full(len(mixes), fitted["weights"]["mean"] * chosen["mean"])
    for name, params in chosen["laws"].items():
        total += fitted["weights"][name] * predict_law(name, params, mixes)
    return total


def _read_tables(files: Sequence[Path], swarm: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The swarm's rows that were scored, and their scores: one column per eval, in the same order."""
    scored = read_scores(files)
    if scored["proxy"].n_unique() > 1:
        raise ValueError(f"scores of several proxies {sorted(scored['proxy'].unique())}: fit one at a time")
    wide = scored.sort("eval").pivot("eval", index="mix", values="bits_per_byte", aggregate_function="mean")
    table = (
        pl.read_parquet(swarm / "swarm.parquet", glob=False)
        .join(wide.select("mix"), on="mix", how="semi")
        .sort("mix")
    )
    scores = table.select("mix").join(wide, on="mix", how="left", maintain_order="left").drop("mix")
    for name in scores.columns:
        missing = table.filter(~scores[name].is_finite().fill_null(False))["mix"].to_list()
        if missing:
            raise ValueError(f"eval {name!r} has no finite score for the mixes {missing[:10]}")
    return table, scores


def _draw_folds(rows: int, folds: int, seed: int) -> np.ndarray:
    """Which fold each training mix is in; ValueError where there are too few."""
    if rows < MIN_MIXES:
        raise ValueError(f"{rows} training mixes with scores; the fit needs at least {MIN_MIXES}")
    return np.random.default_rng(seed).permutation(rows) % folds


def _fit_eval(
    mixes: np.ndarray, values: np.ndarray, train: np.ndarray, fold: np.ndarray
) -> tuple[dict[str, Any], np.ndarray, dict[str, Any]]:
    """The fitted eval, a guess for every mix by laws that did not see it, and the quality of both."""
    seen, known = mixes[train], values[train]
    versions = [_fit_version(seen, known)]
    unseen = np.zeros((len(known), len(FEATURES) + 1))
    for number in range(fold.max() + 1):
        left = fold == number
        versions.append(_fit_version(seen[~left], known[~left]))
        unseen[left] = _predict_columns(versions[-1], seen[left])
    weights = _weigh_stack(unseen, known)
    names = [*FEATURES, "mean"]
    fitted = {
        "weights": dict(zip(names, weights.tolist(), strict=True)),
        "mean": float(known.mean()),
        "sd": float(known.std()),
        "versions": versions,
    }
    crossed = np.zeros(len(known))
    for number in range(fold.max() + 1):  # the weights, too, come from the other folds
        left = fold == number
        crossed[left] = unseen[left] @ _weigh_stack(unseen[~left], known[~left])
    guesses = predict(fitted, mixes)
    guesses[train] = crossed
    quality = {
        "weights": fitted["weights"],
        "held_out": _measure_quality(values[~train], guesses[~train], known.mean()),
        "cross_validated": _measure_quality(known, crossed, known.mean()),
    }
    return fitted, guesses, quality


def _fit_version(mixes: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    laws = {name: fit_law(name, mixes, values) for name in FEATURES}
    return {"mean": float(values.mean()), "laws": laws}


def _predict_columns(version: dict[str, Any], mixes: np.ndarray) -> np.ndarray:
    laws = [predict_law(name, params, mixes) for name, params in version["laws"].items()]
    return np.stack([*laws, np.full(len(mixes), version["mean"])], axis=1)


def _weigh_stack(guesses: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Non-negative weights that sum to 1, by least squares with a light pull to equal weights."""
    rows, members = guesses.shape
    spread = values.std() or 1.0
    pull = np.sqrt(CAUTION * rows)
    left = np.vstack([(guesses - values.mean()) / spread, pull * np.eye(members)])
    right = np.concatenate([(values - values.mean()) / spread, np.full(members, pull / members)])
    heavy = 1e3 * np.sqrt(rows)
    found, _ = nnls(np.vstack([left, np.full(members, heavy)]), np.append(right, heavy))
    weights: np.ndarray = found / found.sum()
    return weights


def _measure_quality(values: np.ndarray, guesses: np.ndarray, mean: float) -> dict[str, float | int | None]:
    """`r2` is against the mean of the training mixes; null where there is too little to say."""
    if len(values) == 0:
        return {"mixes": 0, "r2": None, "spearman": None, "mae": None, "mean_mae": None}
    baseline = float(((values - mean) ** 2).mean())
    varied = len(values) > 2 and np.ptp(values) > 0 and np.ptp(guesses) > 0
    return {
        "mixes": len(values),
        "r2": 1 - float(((values - guesses) ** 2).mean()) / baseline if baseline > 0 else None,
        "spearman": float(spearmanr(values, guesses).statistic) if varied else None,
        "mae": float(np.abs(values - guesses).mean()),
        "mean_mae": float(np.abs(values - mean).mean()),
    }


def _average_quality(quality: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    means: dict[str, dict[str, float | None]] = {}
    for part in ("held_out", "cross_validated"):
        means[part] = {}
        for measure in ("r2", "spearman", "mae", "mean_mae"):
            found = [row[part][measure] for row in quality.values() if row[part][measure] is not None]
            means[part][measure] = sum(found) / len(found) if found else None
    return means


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
        pl.Series("bits_per_byte", values),
        pl.Series("predicted", guesses),
        pl.Series("fold", [int(f) if f >= 0 else None for f in folds], dtype=pl.Int32),
    )


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"no JSON for {type(value).__name__}")
