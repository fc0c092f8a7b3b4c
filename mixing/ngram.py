"""The swarm scored by n-grams: exact for any mix, in seconds, without training."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from pydantic import PositiveInt
from threadpoolctl import threadpool_limits

from winnow.mixing.proxy import ngram, windows
from winnow.mixing.proxy.windows import HELD_OUT
from winnow.mixing.regression.tables import NOT_SOURCES, read_mixes, read_tokens

MIN_EPOCHS = 1.0  # an expert has read its source once
SOLVED = "weights.json"  # of a solution


class Prepared(NamedTuple):
    """What `mixing.proxies:prepare` wrote, counted."""

    sources: list[str]
    evals: list[str]
    vocabulary: int
    lengths: np.ndarray  # tokens of each source's stream
    asked: windows.Windows
    sizes: np.ndarray  # scored bytes of each window
    counts: list[ngram.Counts]


def score(
    files: Annotated[Sequence[Path], "mix"],
    out: Path,
    *,
    data: Path,
    counts: Path,
    proxy_tokens: PositiveInt | None = None,
    budget_tokens: PositiveInt | None = None,
    order: PositiveInt = 5,
    smoothing: list[str] | None = None,
) -> Annotated[
    None, "mix", "seed", "eval", "value", "unit", "items", "bytes", "train_tokens", "size", "proxy", "source"
]:
    """Write `scores.parquet` of all mixes in `files`, and `experts.parquet`.

    `files` are those of `mixing.swarm:sample` or `propose`: of them the `mix=0007.parquet` are read. `data`
    is the folder of `mixing.proxies:prepare`, `counts` that of `mixing.count:by_source`. The model is an
    interpolated n-gram of `order` (`mixing/proxy/ngram.py`) of the counts that `proxy_tokens` tokens of the
    mix hold in expectation, when every source's whole stream is drawn from alike; by default as many tokens
    as all streams have. Its smoothing is chosen once, on the held-out text of the sources in natural shares
    or, where they are named, on the evals `smoothing`, alike; it is the same for every mix.

    A source counts as often as it is worth to a run of `budget_tokens` tokens of the mix (of the counts'
    tokenizer; by default all tokens there are), where the weight makes it repeat: what is read again counts
    less (Muennighoff et al. 2023, arXiv:2305.16264).

    Nothing is drawn: the value is exact, the same for any seed, and its noise is 0. That is the noise of
    this model only; it says nothing of what a seed does to a trained one.

    Columns of `scores.parquet`: `mix`, `seed` (Int64), `eval` (String; `source:<name>` is a source's held-out
    text), `value` (Float64: the bits of all scored tokens over their UTF-8 bytes; lower is better), `unit`
    ("bits per byte"), `items`, `bytes`, `train_tokens` (Int64), `size` (Int64: 0), `proxy` ("ngram").
    `experts.parquet`: `source`, `eval`, `value`: bits per byte under the source's own model, of one epoch.

    Errors: ValueError where no mix is there, where one is not of the sources of `data` or does not sum to 1,
    where there is no held-out text, and where n-grams of `order` of the vocabulary do not fit into 63 bits.
    """
    given = [file.name for file in files]
    if SOLVED in given and not any(name.startswith("mix=") for name in given):
        return  # a proof that stands: `mixing.refine:solve` gives no mix to train
    table = read_mixes(files, "score", "mixing.swarm:sample").sort("mix")
    with threadpool_limits(1):
        prepared = _prepare(data, order)
        mixes = _check_mixes(table, prepared.sources)
        tokens = read_tokens(counts, prepared.sources)
        natural = tokens / tokens.sum()
        drawn = proxy_tokens or int(prepared.lengths.sum())
        budget = budget_tokens or int(tokens.sum())

        def expose(rows: np.ndarray) -> np.ndarray:
            return ngram.measure_exposures(rows, np.array(drawn), prepared.lengths, rows * budget / tokens)

        chosen = _weigh_text(prepared, natural) if smoothing is None else _weigh_evals(prepared, smoothing)
        strengths = ngram.fit_strengths(
            prepared.counts, expose(natural[None])[0], chosen[_find_evals(prepared)], prepared.vocabulary
        )
        values = _measure(prepared, expose(mixes), strengths)
        experts = _measure(prepared, MIN_EPOCHS * np.eye(len(natural)), strengths)
    _tabulate(prepared, table, values, drawn).write_parquet(out / "scores.parquet")
    names = pl.DataFrame({"source": prepared.sources}, schema={"source": pl.String})
    _cross(names, prepared.evals, experts).write_parquet(out / "experts.parquet")


def _prepare(data: Path, order: int) -> Prepared:
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    asked = windows.load(data)
    streams = [np.load(data / f"train-{i:02d}.npy", mmap_mode="r") for i in range(len(facts["sources"]))]
    return Prepared(
        list(facts["sources"]),
        facts["evals"],
        facts["vocabulary"],
        np.array([len(stream) for stream in streams], dtype=np.float64),
        asked,
        np.load(data / "windows-bytes.npy"),
        ngram.count(streams, asked, facts["vocabulary"], order),
    )


def _check_mixes(table: pl.DataFrame, sources: list[str]) -> np.ndarray:
    if set(table.columns) - set(NOT_SOURCES) != set(sources):
        named = sorted(set(table.columns) - set(NOT_SOURCES))
        raise ValueError(f"the mixes are of {named}, but the data are of {sources}")
    mixes = table.select(sources).to_numpy()
    wrong = (np.abs(mixes.sum(axis=1) - 1) > 1e-6) | (mixes < 0).any(axis=1) | ~np.isfinite(mixes).all(axis=1)
    if wrong.any():
        raise ValueError(f"mix {table['mix'][int(wrong.argmax())]}: weights must be at least 0 and sum to 1")
    return mixes


def _weigh_text(prepared: Prepared, natural: np.ndarray) -> np.ndarray:
    """Of each eval what a byte of it counts, so that held-out texts of the sources come in natural shares."""
    totals = _sum_evals(prepared, prepared.sizes)
    shares = np.zeros(len(prepared.evals))
    for source, weight in zip(prepared.sources, natural, strict=True):
        if HELD_OUT + source in prepared.evals:
            number = prepared.evals.index(HELD_OUT + source)
            shares[number] = weight / totals[number]
    if not shares.any():
        raise ValueError("no source has held-out text to choose the smoothing by: raise held_out_bytes")
    return shares


def _weigh_evals(prepared: Prepared, names: list[str]) -> np.ndarray:
    """Of each eval what a byte of it counts, so that those named count alike."""
    if unknown := sorted(set(names) - set(prepared.evals)) or not names:
        raise ValueError(f"`smoothing` names the evals {unknown or names}; there are {prepared.evals}")
    named = np.isin(prepared.evals, names)
    return np.where(named, 1 / _sum_evals(prepared, prepared.sizes), 0.0)


def _measure(prepared: Prepared, exposures: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Bits per byte (rows of `exposures`, evals)."""
    numbers, totals = _find_evals(prepared), _sum_evals(prepared, prepared.sizes)
    rows = []
    for exposure in exposures:
        bits = ngram.measure_bits(prepared.counts, exposure, strengths, prepared.vocabulary)
        rows.append(np.bincount(numbers, weights=bits, minlength=len(totals)) / totals)
    return np.array(rows)


def _find_evals(prepared: Prepared) -> np.ndarray:
    """Which eval each scored token is of."""
    asked = prepared.asked
    return np.asarray(np.repeat(asked.evals, np.diff(asked.offsets) - asked.answers))


def _sum_evals(prepared: Prepared, values: np.ndarray) -> np.ndarray:
    return np.bincount(prepared.asked.evals, weights=values, minlength=len(prepared.evals))


def _tabulate(prepared: Prepared, table: pl.DataFrame, values: np.ndarray, drawn: int) -> pl.DataFrame:
    asked = pl.DataFrame(
        {
            "eval": prepared.evals,
            "items": _sum_evals(prepared, np.ones(len(prepared.sizes))).astype(np.int64),
            "bytes": _sum_evals(prepared, prepared.sizes).astype(np.int64),
        }
    )
    seeded = table if "seed" in table.columns else table.with_columns(seed=pl.lit(0, pl.Int64))
    crossed = _cross(seeded.select("mix", "seed"), prepared.evals, values)
    return crossed.join(asked, on="eval", maintain_order="left").select(
        "mix",
        "seed",
        "eval",
        "value",
        pl.lit("bits per byte").alias("unit"),
        "items",
        "bytes",
        pl.lit(drawn, pl.Int64).alias("train_tokens"),
        pl.lit(0, pl.Int64).alias("size"),
        pl.lit("ngram").alias("proxy"),
    )


def _cross(rows: pl.DataFrame, evals: list[str], values: np.ndarray) -> pl.DataFrame:
    """Each row once for each eval, with its value."""
    names = pl.DataFrame({"eval": evals}, schema={"eval": pl.String})
    return rows.join(names, how="cross", maintain_order="left_right").with_columns(value=values.ravel())
