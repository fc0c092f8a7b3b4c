"""All evals of a swarm: which runs are fitted, at which size the laws are told."""

from typing import Any, NamedTuple

import numpy as np

from winnow.mixing.regression import prior_runs
from winnow.mixing.regression.laws import LAWS, stretch_law, weigh_runs
from winnow.mixing.regression.seeds import estimate_seeds, measure_noise
from winnow.mixing.regression.sizes import align_sizes, move
from winnow.mixing.regression.stack import (
    RunQuality,
    cross_fit,
    draw_bootstraps,
    draw_folds,
    fit_eval,
    predict_member,
)

FAR = 8.0  # robust standard deviations of a run's cross-fitted errors, in half of its evals: it diverged


class Earlier(NamedTuple):
    """Which rows are of an earlier run, and how far their text has moved."""

    own: np.ndarray  # by row, whether it is today's
    moved: np.ndarray  # (rows, sources): weight times how far the source has moved; 0 of today's
    apart: np.ndarray  # (sources, buckets): what today's sources are made of


def fit_evals(
    mixes: np.ndarray,
    sizes: np.ndarray,
    seeds: np.ndarray,
    scores: dict[str, np.ndarray],
    train: np.ndarray,
    reference: np.ndarray,
    draw: dict[str, int],
    earlier: Earlier | None = None,
) -> tuple[dict[str, Any], dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """By eval what stands in `model.json`, and guesses of runs by laws that did not see them; folds, draws.

    `scores`: values by run, NaN where there is none. `draw`: folds, members and seed. The laws are told at
    the largest size, the guesses at each run's own. What a seed does to all mixes alike is taken off before,
    and is in the guesses.
    """
    fold = np.full(len(mixes), -1)
    fold[train] = draw_folds(mixes[train], draw["folds"], draw["seed"])
    draws = draw_bootstraps(int(train.sum()), draw["members"], draw["seed"])
    earlier = earlier or Earlier(np.ones(len(mixes), bool), np.zeros(mixes.shape), np.zeros((0, 0)))
    evals, guesses = {}, {}
    for name, values in scores.items():
        known = train & np.isfinite(values)
        known, effects, standing = _stand(mixes, sizes, seeds, values, fold, known, earlier)
        rows, still = np.flatnonzero(known), np.flatnonzero(known)[standing.whole]
        plain = values[rows] - effects
        aligned = align_sizes(mixes[still], plain[standing.whole], sizes[still])
        moved = move(plain, sizes[rows], aligned)
        noise = measure_noise(mixes[still], sizes[still], moved[standing.whole])
        fitted, crossed = fit_eval(
            mixes[rows], moved, fold[rows], draws[:, known[train]], reference, noise, standing
        )
        told = predict_member(fitted, fitted["members"][0], mixes, mixes[rows])
        told[rows] = crossed
        by_seed = dict(zip(zip(sizes[rows], seeds[rows], strict=True), effects, strict=True))
        added = [by_seed.get(run, 0.0) for run in zip(sizes, seeds, strict=True)]
        guesses[name] = _move_back(told, sizes, aligned) + np.array(added)
        largest = aligned[max(aligned)]
        errors = np.full(len(mixes), np.nan)
        errors[rows] = largest[1] * np.where(standing.own, crossed - moved, np.nan)
        evals[name] = _tell(fitted | {"noise": noise}, *largest, known[train]) | {
            "errors": errors[train],
            "sizes": {str(size): list(pair) for size, pair in sorted(aligned.items())},
        }
        if not earlier.own.all():
            evals[name]["trust"] = standing.trust[~standing.own]
    return evals, guesses, fold, draws


def _move_back(told: np.ndarray, sizes: np.ndarray, aligned: dict[int, tuple[float, float]]) -> np.ndarray:
    """What the laws tell, at each run's own size; NaN where no run of that size was fitted."""
    offset = np.array([aligned.get(int(size), (np.nan, 1.0))[0] for size in sizes])
    factor = np.array([aligned.get(int(size), (0.0, 1.0))[1] for size in sizes])
    return np.asarray(offset + factor * told)


def _stand(
    mixes: np.ndarray,
    sizes: np.ndarray,
    seeds: np.ndarray,
    values: np.ndarray,
    fold: np.ndarray,
    known: np.ndarray,
    earlier: Earlier,
) -> tuple[np.ndarray, np.ndarray, RunQuality]:
    """The rows that are fitted, of `known` ones, what each one's seed added to it, and how it stands.

    What is told of seeds and of sizes is told by runs of today's text; a run whose text has moved has a seed
    of its own. An earlier run of a size at which today's did not score the eval says nothing.
    """
    whole = np.asarray(~(earlier.moved > 0).any(axis=1))
    known = known & np.isin(sizes, sizes[known & earlier.own])
    rows = np.flatnonzero(known)
    standing = RunQuality(weigh_runs(mixes[rows]), whole[rows], earlier.own[rows])
    still = rows[standing.whole]
    effects = np.zeros(len(rows))
    effects[standing.whole] = _find_effects(
        mixes[still], sizes[still], seeds[still], values[still], fold[still]
    )
    if standing.whole.all():
        return known, effects, standing
    plain = values[still] - effects[standing.whole]
    moved = move(plain, sizes[still], align_sizes(mixes[still], plain, sizes[still]))
    _, _, crossed = cross_fit(mixes[still], moved, fold[still], weigh_runs(mixes[still]))
    judged = earlier.own[still] & (weigh_runs(mixes[still]) == 1)
    error = float(np.sqrt(((crossed - moved)[judged] ** 2).mean()))
    slope = prior_runs.measure_slope(
        mixes[still], moved, prior_runs.measure_apart(mixes[still], earlier.apart)
    )
    counts = prior_runs.trust(error, slope, earlier.moved[rows])
    return known, effects, standing._replace(trust=standing.trust * counts)


def _find_effects(
    mixes: np.ndarray, sizes: np.ndarray, seeds: np.ndarray, values: np.ndarray, fold: np.ndarray
) -> np.ndarray:
    """By run, what its seed does to all mixes alike."""
    if len(np.unique(seeds)) == 1:
        return np.zeros(len(values))
    aligned = align_sizes(mixes, values, sizes)
    moved = move(values, sizes, aligned)
    trust = weigh_runs(mixes)
    _, _, crossed = cross_fit(mixes, moved, fold, trust)
    factor = np.array([aligned[int(size)][1] for size in sizes])
    return estimate_seeds(sizes, seeds, factor * (moved - crossed), trust == 1)


def find_diverged(values: np.ndarray, guesses: np.ndarray, mixes: np.ndarray) -> np.ndarray:
    """Which runs (columns; rows are evals) are far worse than predicted in at least half of their evals.

    Runs of one source alone, of which laws know little, are not judged. Far: by robust standard deviations of
    the errors, and by the scores' own where they are predicted well.
    """
    judged = weigh_runs(mixes) == 1
    values, errors = np.where(judged, values, np.nan), np.where(judged, values - guesses, np.nan)
    middle = np.nanmedian(errors, axis=1, keepdims=True)
    spread = np.maximum(_measure_spread(errors), _measure_spread(values) / 4)
    far = np.zeros(len(judged), bool)
    far[judged] = np.nanmedian(((errors - middle) / np.maximum(spread, 1e-12))[:, judged], axis=0) > FAR
    return far


def _measure_spread(rows: np.ndarray) -> np.ndarray:
    middle = np.nanmedian(rows, axis=1, keepdims=True)
    return np.asarray(1.4826 * np.nanmedian(np.abs(rows - middle), axis=1, keepdims=True))


def _tell(fitted: dict[str, Any], offset: float, factor: float, known: np.ndarray) -> dict[str, Any]:
    """The eval at another size, its kernels over all training runs (those without a score weigh nothing)."""
    members = []
    for member in fitted["members"]:
        laws = {name: stretch_law(name, member["laws"][name], offset, factor) for name in LAWS}
        for law in laws.values():
            if "dual" in law:
                dual = np.zeros(len(known))
                dual[known] = law["dual"]
                law["dual"] = dual
        members.append({"mean": offset + factor * member["mean"], "laws": laws})
    moved = {name: offset + factor * fitted[name] for name in ("mean", "low", "high")}
    scaled = {name: factor * fitted[name] for name in ("sd", "residual")}
    noise = None if fitted["noise"] is None else factor * fitted["noise"]
    return {**fitted, **moved, **scaled, "noise": noise, "members": members}
