"""From a mix to its scores: drawn, trained or found in the store, asked, tabulated."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from winnow.mixing.proxy import draws, store, windows
from winnow.mixing.proxy.windows import Windows
from winnow.mixing.regression.tables import NOT_SOURCES, read_tokens

SCHEMA = {
    "mix": pl.Int64,
    "seed": pl.Int64,
    "eval": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "items": pl.Int64,
    "bytes": pl.Int64,
    "train_tokens": pl.Int64,
    "size": pl.Int64,
    "proxy": pl.String,
}
CODE = [Path(__file__).with_name(name) for name in ("transformer.py", "fused.py")]  # what trains


class Prepared(NamedTuple):
    """What `mixing.proxies:prepare` wrote."""

    streams: dict[str, np.ndarray]
    evals: list[str]
    vocabulary: int
    length: int  # of a sequence: a model learns the next token, of which a sequence's first is none
    windows: Windows
    sizes: np.ndarray  # scored bytes of each window


class Settings(NamedTuple):
    tokens: int
    size: int
    rate: float
    store: Path | None


def load(data: Path) -> Prepared:
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    streams = {
        source: np.load(data / f"train-{number:02d}.npy", mmap_mode="r")
        for number, source in enumerate(facts["sources"])
    }
    sizes = np.load(data / "windows-bytes.npy")
    length = facts["context"] + 1
    return Prepared(streams, facts["evals"], facts["vocabulary"], length, windows.load(data), sizes)


def limit_sources(
    prepared: Prepared, counts: Path | None, proxy_tokens: int, budget_tokens: int | None
) -> np.ndarray | None:
    """How many tokens of each source a proxy may read, so that it repeats it as the run aimed at will."""
    if counts is None and budget_tokens is None:
        return None
    if counts is None or budget_tokens is None:
        raise ValueError("budget_tokens and counts go together: name both, or none")
    return np.asarray(np.ceil(read_tokens(counts, prepared.streams) * proxy_tokens / budget_tokens))


def score_all(
    mixes: pl.DataFrame, prepared: Prepared, limits: np.ndarray | None, settings: Settings
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The table of scores, and what is told of how they came."""
    from winnow.mixing.proxy import transformer  # needs torch

    shape = transformer.choose_shape(settings.size, prepared.vocabulary)
    size = transformer.count_parameters(shape, prepared.vocabulary)
    counts = {"trained": 0, "asked other evals": 0, "reused": 0, "failed": 0}
    failed, says = [], []
    tables = [pl.DataFrame(schema=SCHEMA)]
    for row in mixes.iter_rows(named=True):
        rows = _draw(row, prepared, limits, settings.tokens)
        try:
            bits, how = _find_bits(rows, row["seed"], shape, prepared, settings)
        except transformer.Diverged as error:
            failed.append({"mix": row["mix"], "seed": row["seed"], "size": size, "why": str(error)})
            says.append(f"mix {row['mix']}, seed {row['seed']}: the proxy failed: {error}")
            counts["failed"] += 1
            continue
        counts[how] += 1
        marks = {"train_tokens": rows.size, "size": size, "proxy": "transformer"}
        tables.append(tabulate(row, bits, prepared, marks))
    return pl.concat(tables), {"counts": counts, "says": says, "failed": failed}


def _draw(
    row: dict[str, Any], prepared: Prepared, limits: np.ndarray | None, proxy_tokens: int
) -> np.ndarray:
    weights = check_weights(row, list(prepared.streams))
    number = max(proxy_tokens // prepared.length, 1)
    if limits is not None:
        lengths = np.array([len(stream) for stream in prepared.streams.values()])
        read = draws.share(weights, number) * prepared.length
        short = np.flatnonzero((read > lengths) & (limits > lengths + prepared.length))
        if len(short):
            names = [list(prepared.streams)[index] for index in short]
            raise ValueError(
                f"mix {row['mix']}: a proxy would repeat {names} sooner than the run aimed at: more of them"
                " must be prepared (max_bytes_per_source of mixing.proxies:prepare)"
            )
    return draws.draw(prepared.streams, weights, number, prepared.length, row["seed"], limits)


def check_weights(row: dict[str, Any], sources: list[str]) -> np.ndarray:
    """The mix of a row, by source; ValueError where it is of other sources, or none."""
    named = set(row) - set(NOT_SOURCES)
    if named != set(sources):
        raise ValueError(f"mix {row['mix']} is of {sorted(named)}, but the data are of {sources}")
    weights = np.array([row[source] for source in sources], dtype=np.float64)
    if not abs(weights.sum() - 1) <= 1e-6 or (weights < 0).any():
        raise ValueError(f"mix {row['mix']}: weights must be at least 0 and sum to 1, not {weights.sum()}")
    return weights


def _find_bits(
    rows: np.ndarray, seed: int, shape: tuple[int, int], prepared: Prepared, settings: Settings
) -> tuple[np.ndarray, str]:
    """The bits of each window by a model trained on `rows`; how that was come by."""
    from winnow.mixing.proxy import transformer

    how = "trained"
    about = {
        "shape": list(shape),
        "rate": settings.rate,
        "seed": seed,
        "vocabulary": prepared.vocabulary,
        "tokens": rows.size,
    }
    folder = settings.store
    key = store.digest(rows, about, *CODE)
    bits_of = "bits-" + store.digest(*prepared.windows._replace(evals=np.empty(0)))
    if folder and (found := store.find(folder, key, bits_of)):
        return found["bits"], "reused"
    weights = store.find(folder, key, "weights") if folder else None
    if weights:
        how = "asked other evals"
    else:
        weights = transformer.train(rows, prepared.vocabulary, transformer.Shape(*shape), settings.rate, seed)
        if folder:
            store.keep(folder, key, "weights", weights, about)
    bits = transformer.measure_bits(weights, prepared.windows)
    if not np.isfinite(bits).all():
        raise transformer.Diverged("after training the bits of an eval are no number")
    if folder:
        store.keep(folder, key, bits_of, {"bits": bits}, about)
    return bits, how


def tabulate(
    row: dict[str, Any], bits: np.ndarray, prepared: Prepared, marks: dict[str, Any]
) -> pl.DataFrame:
    """The scores of one proxy: a row for each eval."""

    def total(values: np.ndarray | None) -> np.ndarray:
        return np.bincount(prepared.windows.evals, weights=values, minlength=len(prepared.evals))

    columns = {
        "eval": prepared.evals,
        "value": total(bits) / total(prepared.sizes),
        "items": total(None),
        "bytes": total(prepared.sizes),
    }
    table = pl.DataFrame(columns).with_columns(
        mix=pl.lit(row["mix"]),
        seed=pl.lit(row["seed"]),
        unit=pl.lit("bits per byte"),
        **{name: pl.lit(value) for name, value in marks.items()},
    )
    return table.select(*SCHEMA).cast(SCHEMA)  # type: ignore[arg-type]
