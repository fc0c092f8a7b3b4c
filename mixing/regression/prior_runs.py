"""Runs of an earlier fit as evidence in today's: which of them count, and for how much.

An earlier run stands for its mix as far as its text is still what it was. What the rest of its text does to
its score is unknown: its variance is added to that of a run's error, and the run counts in inverse
proportion to the sum, as in every weighted fit.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from winnow.mixing.proxy import sketches
from winnow.mixing.proxy.sketches import CorpusFingerprint
from winnow.mixing.regression.laws import find_blends
from winnow.mixing.regression.tables import RUN, read_scores

FILE = "evidence.parquet"
KIND = ("proxy", "unit", "size", "train_tokens")  # what must be alike for two scores to compare
LEFT = {  # why an earlier run does not enter
    "gone_source": "have text of a source that is gone",
    "among_todays": "are among today's",
    "held_out_today": "are of mixes that are held out",
    "unscored": "have no score of what is asked today",
    "other_proxies": "are of another proxy, size, unit or number of tokens",
    "other_reading": "were trained or asked in another way",
}
ALIKE = 1e-9  # of a weight
OTHER_SEED = 1_000_000_007  # added to the seed of a run of other text: it draws otherwise


class Evidence(NamedTuple):
    """Rows of an earlier fit, in today's sources."""

    runs: pl.DataFrame  # mix, role, seed, size, one weight per source
    scores: pl.DataFrame  # one column per eval, null where there is none
    moved: np.ndarray  # (rows, sources): weight times how far the source has moved
    apart: np.ndarray  # (sources, buckets): what today's sources are made of
    told: dict[str, Any]  # what fit.json says


def save(files: Sequence[Path], runs: pl.DataFrame, sources: list[str], data: Path, out: Path) -> None:
    """Write what a later fit needs of this one's runs: `evidence.parquet`, and what their text was.

    `evidence.parquet`: `mix`, `role`, `seed`, `size`, `eval`, `value`, `unit`, `proxy`, `train_tokens` and
    `weights`, one per source in the order of `prints.json`. ValueError where `data` lacks a source.
    """
    known = _find_sources(sketches.load(data), sources, data)
    weights = pl.concat_list(
        pl.col(name) if name in sources else pl.lit(0.0) for name in known.sources
    ).alias("weights")
    scored = _read_kinds(files).join(runs.select(*RUN, "role", weights), on=RUN)
    scored.sort(*RUN, "eval").write_parquet(out / FILE)
    sketches.copy(data, out)


def read(folder: Path, files: Sequence[Path], runs: pl.DataFrame, sources: list[str], data: Path) -> Evidence:
    """The runs of the earlier fit in `folder` that say something of today's `runs`.

    Left out and counted: scores of evals that ask something else now, or of other proxies, sizes or tokens;
    runs with text of a source that is gone; runs that are among today's; mixes that are held out today, which
    no fit may see. ValueError where `folder` or `data` has no evidence, with what to do.
    """
    then, now = sketches.load(folder), _find_sources(sketches.load(data), sources, data)
    if not (folder / FILE).exists():
        raise ValueError(f"{folder} has no {FILE}: is it the folder of mixing.fit:regress with `data`?")
    table = pl.read_parquet(folder / FILE, glob=False)
    told: dict[str, Any] = {"runs": table.select(RUN).n_unique(), "unlike": None, "other_evals": []}
    told |= dict.fromkeys(LEFT, 0)
    moved = _measure_moved(then, now)
    table = _take_comparable(table, then, now, _read_kinds(files), told)
    wide = table.pivot("eval", index=[*RUN, "role", "weights"], values="value").sort(RUN)
    mixes = _place(wide["weights"], list(then.sources), sources)
    changed = [then.sources.get(name) != now.sources[name] for name in sources]
    same = np.asarray(~(mixes[:, changed] > ALIKE).any(axis=1))
    gone = np.abs(mixes.sum(axis=1) - 1) > 1e-6
    twice = _find_twice(wide, mixes, same, runs, sources)
    kept_out = runs.filter(pl.col("role") == "held_out").select(sources).to_numpy()
    held = _match_mixes(mixes, kept_out).any(axis=1)
    kept = ~(gone | twice | held)
    told |= {"entered": int(kept.sum()), "gone_source": int(gone.sum()), "among_todays": int(twice.sum())}
    told |= {
        "held_out_today": int((held & ~gone & ~twice).sum()),
        "moved": {s: moved.get(s) for s in sources},
    }
    rows = wide.select("mix", "role", pl.col("seed") + pl.Series(np.where(same, 0, OTHER_SEED)), "size")
    rows = rows.with_columns(pl.Series(name, mixes[:, i]) for i, name in enumerate(sources)).filter(kept)
    far = mixes[kept] * np.array([moved.get(name) or 0.0 for name in sources])
    shares = sketches.share_buckets(now.sketches)[[list(now.sources).index(name) for name in sources]]
    return Evidence(rows, wide.drop(*RUN, "role", "weights").filter(kept), far, shares, told)


def _place(weights: pl.Series, order: list[str], sources: list[str]) -> np.ndarray:
    """The weights of `order`'s sources as mixes of `sources`; what is gone lacks in the sum."""
    earlier = np.array(weights.to_list(), dtype=float).reshape(len(weights), len(order))
    mixes = np.zeros((len(weights), len(sources)))
    for column, name in enumerate(sources):
        if name in order:
            mixes[:, column] = earlier[:, order.index(name)]
    return mixes


def _find_sources(prints: CorpusFingerprint, sources: list[str], data: Path) -> CorpusFingerprint:
    if missing := [name for name in sources if name not in prints.sources]:
        raise ValueError(f"{data} was prepared without the sources {missing}: is it this swarm's?")
    return prints


def _read_kinds(files: Sequence[Path]) -> pl.DataFrame:
    scored = read_scores(files)
    if "train_tokens" not in scored.columns:
        scored = scored.with_columns(train_tokens=pl.lit(None, pl.Int64))
    return scored.select(*RUN, "eval", "value", "unit", "proxy", "train_tokens")


def _measure_moved(then: CorpusFingerprint, now: CorpusFingerprint) -> dict[str, float]:
    """By source of both, how far its text has moved."""
    before, after = list(then.sources), list(now.sources)
    return {
        name: sketches.measure_apart(then.sketches[before.index(name)], now.sketches[after.index(name)])
        for name in after
        if name in before
    }


def _take_comparable(
    table: pl.DataFrame,
    then: CorpusFingerprint,
    now: CorpusFingerprint,
    today: pl.DataFrame,
    told: dict[str, Any],
) -> pl.DataFrame:
    """The scores that compare with today's; why others do not goes into `told`."""
    if then.reading != now.reading:
        names = sorted(key for key in now.reading if then.reading.get(key) != now.reading[key])
        told["unlike"] = f"another {' and '.join(names)} of the proxies (a `store` keeps the vocabulary)"
        told["other_reading"] = told["runs"]
        return table.clear()
    asked = set(today["eval"])
    others = sorted(
        name
        for name in table["eval"].unique()
        if name in asked and (name not in now.evals or then.evals.get(name) != now.evals[name])
    )
    told["other_evals"] = others
    table = table.filter(pl.col("eval").is_in(asked - set(others)) & pl.col("value").is_finite())
    before = table.select(RUN).n_unique()
    told["unscored"] = told["runs"] - before
    table = table.join(today.select("eval", *KIND).unique(), on=["eval", *KIND], how="semi", nulls_equal=True)
    told["other_proxies"] = before - table.select(RUN).n_unique()
    return table


def _find_twice(
    wide: pl.DataFrame, mixes: np.ndarray, same: np.ndarray, runs: pl.DataFrame, sources: list[str]
) -> np.ndarray:
    """Which runs are among today's: the same mix of the same text, seed and size."""
    marks = runs.select("seed", "size").to_numpy()
    own = wide.select("seed", "size").to_numpy()
    alike = _match_mixes(mixes, runs.select(sources).to_numpy())
    alike &= (own[:, None] == marks[None]).all(axis=2)
    return np.asarray(alike.any(axis=1) & same)


def _match_mixes(mixes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which of the known mixes (columns) each row is."""
    return np.asarray(np.abs(mixes[:, None] - known[None]).max(axis=2, initial=0.0) < ALIKE)


def say(told: dict[str, Any]) -> list[str]:
    """What the screen says of the earlier runs, from what stands in `fit.json` under `previous`."""
    parts = [f"{told[name]} {why}" for name, why in LEFT.items() if told[name]]
    says = [f"previous: {told['entered']} of {told['runs']} earlier runs enter" + "; ".join(["", *parts])]
    if why := told["unlike"]:
        says.append(f"previous: no earlier run compares with today's: {why}")
    if told["other_evals"]:
        says.append(f"previous: {len(told['other_evals'])} evals ask other items now, see fit.json")
    moved = [f"{name} {far:.3f}" for name, far in told["moved"].items() if far]
    if told["entered"]:
        counts = list(told["trust"].values())
        says.append(
            f"previous: moved: {', '.join(moved) or 'no source'}; a run counts"
            f" {np.mean(counts) if counts else 0.0:.2f} of one of today's on average"
        )
    return says


def measure_apart(mixes: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """How far the texts of mixes are apart, each pair: total variation."""
    texts = mixes @ shares
    return np.array([0.5 * np.abs(texts - text).sum(axis=1) for text in texts]).reshape(len(mixes), -1)


def measure_slope(mixes: np.ndarray, values: np.ndarray, apart: np.ndarray) -> float:
    """By how much scores differ for each unit that texts are apart: root mean squares, pairs of blends."""
    blends = find_blends(mixes)
    difference = (values[blends][:, None] - values[blends][None]) ** 2
    return float(np.sqrt(difference.sum() / max(float((apart[np.ix_(blends, blends)] ** 2).sum()), 1e-12)))


def trust(error: float, slope: float, moved: np.ndarray) -> np.ndarray:
    """By run, how much it counts beside one of today's, of squared error `error`^2: 1 where it has not moved.

    `moved` (runs, sources): weight times how far the source has moved. By `slope` that is a standard
    deviation of what the new text does to the score. What a source's change does, it does to all runs with
    the source, so more of them even it out less than noise, though laws tell it in part from what the other
    sources do. Hence, in the place of a variance, the geometric mean of a run's own, as if runs erred apart,
    and of its row of their covariance, summed up, as if they erred as one; times the number of sources that
    moved (of unlike ones, their participation), each of which leaves laws fewer others.
    """
    far = slope * moved
    both = np.sqrt((far**2).sum(axis=1) * (far @ far.sum(axis=0)))
    sums = far.sum(axis=0)
    number = sums.sum() ** 2 / max(float((sums**2).sum()), 1e-300)
    return np.asarray(error**2 / np.maximum(error**2 + number * both, 1e-300))
