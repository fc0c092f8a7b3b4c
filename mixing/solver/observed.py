"""What the swarm itself showed: which of its mixes scored best, and how far that may be believed."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
import scipy
import scipy.spatial

from winnow.kernels import F64, Bools
from winnow.mixing.regression.laws import find_blends
from winnow.mixing.regression.seeds import measure_noise
from winnow.mixing.regression.stack import take_off
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import Problem, pull_to_natural

OBSERVED = ("swarm", "corner", "chosen")  # roles of which the best is trained again
OTHERS = (*OBSERVED, "uniform", "unimax", "best", "held_out")  # roles that were measured, too
REFERENCE = {True: ("continued",), False: ("natural", "repeat")}  # of a later phase, and else
CHANCE = 0.05  # that the best of mixes of which none is better looks as good
SEEN = 3.0  # times the noise of a run that mixes lie apart
ROUNDING = 1e-9  # bits
LEAST_REPEATS = 3  # runs more than mixes, by which the noise of the weighted score is told
NEAREST = 20  # mixes beside one, by which the laws' error there is told
HELD = 1e-4  # bits: rounding, which a guard may be missed by, and no gain is


class Measured(NamedTuple):
    """The mixes within the bounds as they were measured, each beside natural as it was measured.

    `raw` is the mean gain of a mix's runs; `gain` is drawn to what the laws say of it, as far as the noise of
    a run asks, and `error` is one standard error of that. `beyond`: whether `raw` is above what
    the best of as many mixes would show by chance; `kept`: whether the mix keeps the guard as it was
    measured. `noise` is one standard deviation of a run.
    """

    mixes: F64
    raw: F64
    gain: F64
    error: F64
    beyond: Bools
    kept: Bools
    noise: float


def measure_mixes(
    problem: Problem, model: dict[str, Any], table: pl.DataFrame, predictions: pl.DataFrame
) -> Measured | None:
    """Every mix within the bounds with a score of each target eval; None where there is none, or no natural.

    Runs are set beside the mean of natural's: one of them, though of the same seed, may be far off. The noise
    is that of repeats, of the weighted score itself: a seed moves many evals alike. How far the laws may be
    wrong of a mix is told by what those that did not see it missed of it and of its neighbours.
    """
    wide = _spread_scores(predictions, problem["evals"])
    natural = wide["role"].is_in(REFERENCE["continued" in wide["role"]]).to_numpy()
    rows = np.flatnonzero(wide["role"].is_in(OTHERS).to_numpy())
    numbers, group, runs = np.unique(wide["mix"].to_numpy()[rows], return_inverse=True, return_counts=True)
    places = pl.DataFrame({"mix": numbers}).join(table.unique("mix"), on="mix", maintain_order="left")
    mixes = places.select(problem["sources"]).to_numpy()
    inside = find_allowed(problem, mixes)
    if not natural.any() or not inside.any():
        return None
    columns = [[f"{what}_{name}" for name in problem["evals"]] for what in ("value", "predicted")]
    values, told = (wide.select(part).to_numpy() for part in columns)
    reference = values[natural].mean(axis=0)
    change, unseen = (
        np.stack([np.bincount(group, weights=column) / runs for column in part.T], axis=1)
        for part in (values[rows] - reference, told[rows] - reference)
    )
    blends, omega = find_blends(mixes), problem["omega"]
    missed = unseen - change
    variance = _list_variances(problem, model, missed[blends] if blends.any() else missed)
    one = _find_variance(wide["mix"].to_numpy(), values @ omega, float(omega**2 @ variance))
    apart = 1 / runs + 1 / natural.sum()  # of the variance of a run
    spread = np.maximum(np.sqrt(one * apart), ROUNDING)
    wrong = _find_wrong(mixes, missed @ omega, one * apart)
    trust = wrong / (wrong + spread**2)
    raw = -change @ omega
    beyond = raw > _find_reach(int(natural.sum()), int(inside.sum())) * spread
    upper = change + problem["reach"] * np.sqrt(variance * apart[:, None])
    gain = trust * raw - (1 - trust) * (tell_changes(problem, model, mixes) @ omega)
    kept = (upper <= problem["limits"] + HELD).all(axis=1)
    return Measured(
        mixes[inside],
        raw[inside],
        gain[inside],
        (np.sqrt(trust) * spread)[inside],
        beyond[inside],
        kept[inside],
        float(np.sqrt(one)),
    )


def tell_changes(problem: Problem, model: dict[str, Any], mixes: F64) -> F64:
    """By mix and eval, the change from natural of a proxy's score, as the laws fitted to all runs have it."""
    targets = model | {"evals": {name: model["evals"][name] for name in problem["evals"]}}
    packed = fits.pack(targets, np.zeros(mixes.shape[1]), np.inf)
    told = fits.predict(packed, np.vstack([mixes, problem["natural"]]), slice(0, 1))[0]
    return np.asarray((told[:, :-1] - told[:, -1:]).T)


def _find_variance(mixes: F64, scores: F64, alone: float) -> float:
    """The variance of one run's weighted score over the repeats of mixes, in which the noises of evals add up
    or cancel as they do; `alone`, as if they knew nothing of each other, where too few were repeated."""
    if len(mixes) - len(np.unique(mixes)) < LEAST_REPEATS:
        return alone
    return float(measure_noise(mixes[:, None], np.zeros(len(mixes)), scores) or 0.0) ** 2


def _find_wrong(mixes: F64, missed: F64, noise: F64) -> F64:
    """By mix the variance of the laws' error there: of what they missed of it and of the mixes next to it,
    less the noise of those runs. Of mixes far off, and of single sources, they are wrong by far more."""
    roots = np.sqrt(np.maximum(mixes, 0.0))
    near = np.argsort(scipy.spatial.distance.cdist(roots, roots), axis=1, kind="stable")[:, : NEAREST + 1]
    wrong = take_off((missed[near] ** 2).mean(axis=1), noise[near].mean(axis=1))
    return np.asarray(np.maximum(wrong, ROUNDING**2))


def _find_reach(repeats: int, mixes: int) -> float:
    """How many standard errors the best of so many mixes is seldom beyond by chance: Student's, since the
    noise is known from so many repeats, and no better."""
    return float(scipy.special.stdtrit(max(repeats - 1, 1), 1 - CHANCE / mixes))


def _spread_scores(predictions: pl.DataFrame, evals: list[str]) -> pl.DataFrame:
    """A row for each run of the size that most mixes were trained at which has all of these evals."""
    rows = take_one_size(predictions).filter(pl.col("eval").is_in(evals))
    wide = rows.pivot("eval", index=["mix", "role", "seed"], values=["value", "predicted"]).drop_nulls()
    return wide.sort("mix", "seed")


def _list_variances(problem: Problem, model: dict[str, Any], missed: F64) -> F64:
    """By eval the variance of one run."""
    noise = [model["evals"][name]["noise"] for name in problem["evals"]]
    bound = (missed**2).mean(axis=0)
    return np.array([bound[at] if one is None else one**2 for at, one in enumerate(noise)])


def take_measured(problem: Problem, found: Measured | None, law: dict[str, float], mix: F64) -> int | None:
    """Of measured mixes the one to take before the laws' best, `mix`, of which they promise `law`
    (`corrected`, `low`, `error`): the best that keeps the guard and is beyond chance, where theirs is within
    noise, or this one better beyond the errors of both. Of each gain what the pull to natural costs is taken
    off."""
    if found is None:
        return None
    worth = found.gain - [pull_to_natural(problem, one)[0] for one in found.mixes]
    if not (sure := found.beyond & found.kept & (worth > HELD)).any():
        return None
    best = int(np.argmax(np.where(sure, worth, -np.inf)))
    theirs = law["corrected"] - pull_to_natural(problem, mix)[0]
    beyond = problem["reach"] * float(np.hypot(found.error[best], law["error"]))
    return best if law["low"] <= 0 or worth[best] > theirs + beyond else None


def tell_measured(found: dict[str, Any], measured: Measured, at: int, reach: float) -> dict[str, Any]:
    """What a study says of a mix, with the gain and the promise as they were measured."""
    worn = found["promise"]["naive"] - found["gain"]["naive"]  # by repeats, in the run aimed at
    gain, error = float(measured.gain[at]), float(measured.error[at])
    told = {
        name: {
            "naive": float(measured.raw[at]) - less,
            "corrected": gain - less,
            "error": error,
            "low": gain - less - reach * error,
            "high": gain - less + reach * error,
        }
        for name, less in (("promise", 0.0), ("gain", worn))
    }
    return found | told


def is_seen(found: Measured | None) -> bool:
    """Whether measured mixes lie farther apart than the noise of their runs."""
    return found is not None and float(np.sqrt((found.raw**2).mean())) > SEEN * found.noise


def list_least(predictions: pl.DataFrame) -> dict[str, float]:
    """By eval the lowest score that any mix had, on average over its runs."""
    means = take_one_size(predictions).group_by("eval", "mix").agg(pl.col("value").mean())
    least = means.group_by("eval").agg(pl.col("value").min()).sort("eval")
    return dict(least.iter_rows())


def find_best_observed(problem: Problem, table: pl.DataFrame, predictions: pl.DataFrame) -> np.ndarray | None:
    """The mix of the swarm that scored best, of those within the bounds; None where there is none."""
    omega = pl.DataFrame({"eval": problem["evals"], "omega": problem["omega"]})
    scored = (
        take_one_size(predictions)
        .filter(pl.col("role").is_in(OBSERVED))
        .join(omega, on="eval")
        .group_by("mix", "eval")
        .agg(pl.col("value").mean(), pl.col("omega").first())
        .group_by("mix")
        .agg(score=(pl.col("value") * pl.col("omega")).sum())
        .sort("score", "mix")
    )
    rows = table.join(scored, on="mix").sort("score", "mix").select(problem["sources"]).to_numpy()
    allowed = find_allowed(problem, rows)
    return rows[allowed][0] if allowed.any() else None


def find_allowed(problem: Problem, mixes: F64) -> Bools:
    """Which mixes keep the bounds of sources and of groups."""
    near, within = 1e-9, mixes @ problem["groups"].T
    allowed = (mixes >= problem["lower"] - near).all(axis=1) & (mixes <= problem["upper"] + near).all(axis=1)
    allowed &= (within >= problem["least"] - near).all(axis=1)
    return np.asarray(allowed & (within <= problem["most"] + near).all(axis=1))


def take_one_size(predictions: pl.DataFrame) -> pl.DataFrame:
    """Runs of the size that most mixes were trained at: scores of two sizes do not compare."""
    if "size" not in predictions.columns:
        return predictions
    counts = predictions.group_by("size").agg(pl.col("mix").n_unique()).sort("mix", "size", descending=True)
    return predictions.filter(size=counts["size"][0])
