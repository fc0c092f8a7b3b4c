"""From mixes and their scores to a law: which mix would score how.

After RegMix (Liu et al. 2024, arXiv:2407.01492) and Olmix (2026): a regression per eval, here a stack
of the laws in `mixing/regression/laws.py`, weighted by what each predicts of mixes that it did not see.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt
from threadpoolctl import threadpool_limits

from winnow.files import write_json, write_messages
from winnow.mixing.regression import prior_runs
from winnow.mixing.regression.evals import Earlier, find_diverged, fit_evals
from winnow.mixing.regression.laws import LAWS
from winnow.mixing.regression.model import save
from winnow.mixing.regression.prior_runs import Evidence
from winnow.mixing.regression.quality import average_quality, measure_quality
from winnow.mixing.regression.tables import (
    format_unit,
    leave_out,
    list_left,
    list_sources,
    list_unscored,
    read_runs,
    read_scores,
)

TELLS = {"files": {"sums": "sketches.npy"}}

MIN_MIXES = 10  # training mixes below which a regression is no more than a guess
FOLDS = 5


def regress(
    files: Annotated[Sequence[Path], "mix", "seed", "eval", "value", "unit", "size", "proxy"],
    out: Path,
    *,
    swarm: Path,
    data: Path | None = None,
    previous: Path | None = None,
    members: PositiveInt = 24,
    seed: NonNegativeInt = 0,
) -> Annotated[None, "mix", "role", "seed", "size", "eval", "value", "predicted", "fold"]:
    """Fit, for each eval, its score from the mix.

    Reads the files named `scores.parquet` among `files` (`mix`, `seed`, `eval`, `value`, `unit`, `size`,
    `proxy`; a lower value is better), and `swarm.parquet` (`mix`, `role`, one weight per source) in the
    folder `swarm`. Trains on every role but `held_out`, each run a row, repeats of a mix too. Writes

    * `model.json`, for `mixing.optimize` and the page: `sources`, `natural`, `unit`, `sizes`, `mixes` (of the
      training runs), `draws` (how often each member drew each), and by eval the stack's weights, its laws as
      numbers (fitted to all training runs, and to `members` bootstraps of them), `errors` (cross-fitted, by
      training run; null where it has no score), `noise` (of one run, by its seed: from mixes run more than
      once; null where there is none), `residual` and `stretch`: a standard error of a change from the natural
      mix is stretch * sqrt(variance over the members + (residual * far)^2), `far` its distance in root mean
      squares of that of the runs, calibrated on cross-fitted errors so that 90% intervals hold 90% of them;
    * `predictions.parquet`: `mix`, `role`, `seed`, `size`, `eval`, `value`, `predicted` (always by laws that
      did not see the mix), `fold` (null: held out);
    * `fit.json`: per eval the laws' weights and the quality (`r2`, `spearman`, `mae`, `mean_mae`: the error
      of always answering the training mean) on held-out mixes and cross-validated; their means; and
      `left_out`: by name each mix, run, eval or score that was not fitted, and why (no score at all; none
      that is finite; all mixes score alike; a run far worse than predicted in half of its evals, which
      diverged).

    With `data`, the folder of `mixing.proxies:prepare`, the folder is evidence for later fits: it also has
    `evidence.parquet` (the runs with their scores and mixes), `sketches.npy` and `prints.json` (what the
    text was). `previous` names such a folder: its runs are trained on after today's, as far as sources,
    evals' items, proxy, unit, size and tokens are today's, a source that they lack having weight 0. Of each
    eval a run counts e^2 / (e^2 + v), e today's cross-fitted error, v what moved text may do to its score
    (see `mixing/regression/prior_runs.py`): weights times how far each source has moved (total variation of
    pairs of bytes, beyond what sampling brings), times by how much today's scores differ for each unit by
    which texts of today's mixes are apart. They are never judged: quality, `errors` (null), `residual` and
    `stretch` are of today's runs, which come first (`own` of them). `fit.json` has under `previous` how
    many entered, why others did not, how far each source has `moved` (null: it is new) and the mean `trust`
    by eval. The trainer's other settings are not compared.

    The laws' weights are not negative; that of the mean of the training mixes is what they lack to 1, or have
    too much (below 0): where an eval does not depend on the mix, the stack falls back to the mean. Where runs
    have several sizes, a
    score at another size is an offset and a factor (drawn to 1) of the law, and the law is told at the
    largest.

    Errors: ValueError with fewer than 10 training mixes or fewer than sources, with scores of several
    proxies, scores of mixes that the swarm does not have, two scores of one run, or no eval to fit;
    with `previous` without `data`, or a folder of either without sketches.
    """
    runs, scores = read_runs(files, swarm)
    unscored = list_unscored(runs, swarm)
    sources = list_sources(runs.drop("size"))
    _check_mixes(runs, sources)
    names, left = leave_out(runs, scores, max(MIN_MIXES, len(sources)))
    if not names:
        raise ValueError(f"no eval can be fitted: {[(row['eval'], row['why']) for row in left][:5]}")
    draw = {"folds": FOLDS, "members": members, "seed": seed}
    if previous and not data:
        raise ValueError("`previous` needs `data`, the folder of mixing.proxies:prepare: has its text moved?")
    earlier = prior_runs.read(previous, files, runs, sources, data) if previous and data else None
    with threadpool_limits(1):
        model, guesses, runs, scores, diverged = _fit(runs, scores.select(names), sources, draw, earlier)
    model |= {"unit": format_unit(files), "proxy": read_scores(files)["proxy"][0]}
    quality, predictions = {}, []
    for name in names:
        values = scores[name].to_numpy()
        quality[name] = _judge(model["evals"][name], values, guesses[name], runs)
        predictions.append(_list_predictions(runs, name, values, guesses[name]))
    told = _take_trust(model, earlier)
    save(model, out)
    if data:
        prior_runs.save(files, runs, sources, data, out)
    pl.concat(predictions).write_parquet(out / "predictions.parquet")
    trained = int((runs["role"] != "held_out").sum())
    counts = {"training_mixes": trained, "held_out_mixes": len(runs) - trained, "folds": FOLDS}
    left = unscored + diverged + left
    report = {**counts, "mean": average_quality(quality), "evals": quality, "left_out": left} | told
    write_messages(out, [*(prior_runs.say(told["previous"]) if told else []), *list_left(left)])
    write_json(out / "fit.json", report)


def _check_mixes(runs: pl.DataFrame, sources: list[str]) -> None:
    mixes = runs.filter(pl.col("role") != "held_out").select(sources).unique().height
    if mixes < MIN_MIXES:
        raise ValueError(f"{mixes} training mixes with scores; the fit needs at least {MIN_MIXES}")
    if mixes < len(sources):
        raise ValueError(
            f"{mixes} training mixes with scores for {len(sources)} sources: train more mixes than there are"
            " sources, or join sources"
        )


def _fit(
    runs: pl.DataFrame,
    scores: pl.DataFrame,
    sources: list[str],
    draw: dict[str, int],
    older: Evidence | None,
) -> tuple[dict[str, Any], dict[str, np.ndarray], pl.DataFrame, pl.DataFrame, list[dict[str, Any]]]:
    """Model and guesses, of all runs but those that diverged; these runs, their scores, and who diverged."""
    diverged: list[dict[str, Any]] = []
    while True:
        own = len(runs)
        rows, known, earlier = _join(runs, scores, sources, older)
        mixes = rows.select(sources).to_numpy()
        mixes = mixes / mixes.sum(axis=1, keepdims=True)
        sizes, seeds = rows["size"].to_numpy(), rows["seed"].to_numpy()
        train = (rows["role"] != "held_out").to_numpy()
        natural = _find_natural(runs, mixes[:own])
        values = {name: known[name].to_numpy().astype(float) for name in known.columns}
        evals, guesses, fold, draws = fit_evals(mixes, sizes, seeds, values, train, natural, draw, earlier)
        values = {name: found[:own] for name, found in values.items()}
        guesses = {name: found[:own] for name, found in guesses.items()}
        far = find_diverged(np.array(list(values.values())), np.array(list(guesses.values())), mixes[:own])
        far &= train[:own]
        if not far.any() or diverged:
            break
        why = "diverged: far worse than its mix predicts in at least half of the evals"
        diverged = [{**row, "why": why} for row in runs.select("mix", "seed", "size").filter(far).to_dicts()]
        runs, scores = runs.filter(~far), scores.filter(~far)
    model = {
        "sources": sources,
        "natural": natural,
        "sizes": sorted({int(size) for size in sizes[:own][train[:own]]}),
        "mixes": mixes[train],
        "draws": draws.astype(int),
        "laws": LAWS,
        "evals": evals,
    }
    if older:
        model["own"] = int(train[:own].sum())
    folds = [int(f) if f >= 0 else None for f in fold[:own]]
    runs = runs.with_columns(pl.Series("fold", folds, dtype=pl.Int32))
    return model, guesses, runs, scores, diverged


def _take_trust(model: dict[str, Any], earlier: Evidence | None) -> dict[str, Any]:
    """What `fit.json` and the screen say of the earlier runs: of each eval, what they count on average."""
    if earlier is None:
        return {}
    counts = {name: fitted.pop("trust", []) for name, fitted in model["evals"].items()}
    means = {name: float(np.mean(found)) for name, found in counts.items() if len(found)}
    return {"previous": earlier.told | {"trust": means}}


def _join(
    runs: pl.DataFrame, scores: pl.DataFrame, sources: list[str], older: Evidence | None
) -> tuple[pl.DataFrame, pl.DataFrame, Earlier | None]:
    """Today's runs and after them those of an earlier fit, which are trained on and never judged."""
    if older is None:
        return runs, scores, None
    added = older.runs.with_columns(pl.lit("earlier").alias("role"))
    lacking = [pl.lit(None, pl.Float64).alias(n) for n in scores.columns if n not in older.scores.columns]
    values = older.scores.with_columns(lacking).select(scores.columns)
    own = np.arange(len(runs) + len(added)) < len(runs)
    moved = np.vstack([np.zeros((len(runs), len(sources))), older.moved])
    rows = pl.concat([runs, added.select(runs.columns)], how="vertical_relaxed")
    return rows, pl.concat([scores, values], how="vertical_relaxed"), Earlier(own, moved, older.apart)


def _find_natural(runs: pl.DataFrame, mixes: np.ndarray) -> np.ndarray:
    """The mix that changes are told from: the natural one, or the middle of all where none has that role.

    Its repeats are the same mix: one proxy that failed does not lose it. In a later phase it is the mix that
    the phase before had.
    """
    roles = ["continued"] if "continued" in runs["role"] else ["natural", "repeat"]
    natural = mixes[runs["role"].is_in(roles).to_numpy()]
    return np.asarray(natural[0] if len(natural) else mixes.mean(axis=0))


def _judge(
    fitted: dict[str, Any], values: np.ndarray, guesses: np.ndarray, runs: pl.DataFrame
) -> dict[str, Any]:
    known, train = np.isfinite(values) & np.isfinite(guesses), (runs["role"] != "held_out").to_numpy()
    mean = float(values[train & known].mean())
    return {
        "weights": fitted["weights"],
        "held_out": measure_quality(values[~train & known], guesses[~train & known], mean),
        "cross_validated": measure_quality(values[train & known], guesses[train & known], mean),
    }


def _list_predictions(runs: pl.DataFrame, name: str, values: np.ndarray, guesses: np.ndarray) -> pl.DataFrame:
    return runs.select(
        *("mix", "role", "seed", "size"),
        pl.lit(name).alias("eval"),
        pl.Series("value", values),
        pl.Series("predicted", guesses),
        "fold",
    ).filter(pl.col("value").is_finite())
