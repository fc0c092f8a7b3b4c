"""The order of a training run: how often samples come, and that every stretch of it has the mix."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from mixing.pack import MIXED, PIECES, SPLITS

SHARD_TOKENS = 2**27
SEQUENCE = {"place": pl.UInt32, "sample": pl.UInt32, "epoch": pl.UInt16, "phase": pl.Categorical}
PLACED = {**PIECES, "place": pl.UInt32, "epoch": pl.UInt16}


def plan(
    files: Annotated[Sequence[Path], "sample", "stratum", "part", "row", "offset", "start", "length"],
    out: Path,
    *,
    weights: Path | None = None,
    tokens: int | None = None,
    phases: dict[str, float] | None = None,
    repeat: Literal["files", "index"] = "files",
    max_epochs: float = 4.0,
    shard_tokens: int = SHARD_TOKENS,
    seed: int = 1,
) -> Annotated[None, PLACED, "bucket"]:
    """Write the samples in the order of training, a shard in each `bucket=<name>.parquet`, and `plan.json`.

    Without `weights` a sample comes as often as its documents' `repeats` say. With `weights`, the folder of
    `mixing.optimize:solve` or `mixing.confirm:judge` or a file `{"weights": {source: share}}`, the run has
    `tokens` (by default the mix's budget) and each source its share, to half a sample. An epoch of a source
    is read to its end before the next begins, each in an order of its own.

    The samples of each stratum stand at even distances, shaken by `seed`: a stretch of any length has of each
    stratum what its share says, give or take two samples. `phases` are shares of the run by name; each
    has the mix, files of its own and a range of the order.

    `repeat = "files"`: files hold the run as it is read, what comes twice twice. `"index"`: each sample
    stands once, and `order.npy` (uint32) names samples by their place in the files, in the order of training.

    Errors: ValueError where a source of the mix has no tokens, or would come more than `max_epochs` times.
    """
    packing = json.loads(_find(files, "packing.json").read_text("utf-8"))
    train, once = (pl.read_parquet(_find(files, f"{split}.parquet"), glob=False) for split in SPLITS)
    rates = _find_rates(train, packing["strata"], weights, tokens, max_epochs)
    sequence = _order(train, packing["strata"], rates, phases or {"train": 1.0}, seed)
    held = _order(once, packing["strata"], None, {"validation": 1.0}, seed)
    about = {name: packing[name] for name in ("window", "how", "encoding", "empty")}
    laid = _lay_once(sequence, out) if repeat == "index" else sequence
    shards = _write(out, train, laid, about, shard_tokens) + _write(out, once, held, about, shard_tokens)
    ranges = _find_ranges(sequence)
    plan = {"repeat": repeat, "seed": seed, "ranges": ranges, "shards": shards, "weights": rates["weights"]}
    (out / "plan.json").write_text(
        json.dumps({**plan, "packing": packing}, indent=2) + "\n", encoding="utf-8"
    )


def _lay_once(sequence: pl.DataFrame, out: Path) -> pl.DataFrame:
    """Each sample where it comes first, and `order.npy`, the order of training in these places."""
    first = sequence.unique("sample", keep="first", maintain_order=True)
    order = first["sample"].to_numpy()
    places = np.empty(int(order.max(initial=0)) + 1, np.uint32)
    places[order] = np.arange(len(order), dtype=np.uint32)
    np.save(out / "order.npy", places[sequence["sample"].to_numpy()])
    return first.with_columns(place=pl.int_range(pl.len(), dtype=pl.UInt32), phase=pl.lit("train"))


def _find(files: Sequence[Path], name: str) -> Path:
    found = [file for file in files if file.name == name]
    if len(found) != 1:
        raise ValueError(f"{name} is not there once: the order comes after mixing.pack:samples")
    return found[0]


def apportion(shares: dict[str, float], total: int) -> dict[str, int]:
    """A total in whole numbers by shares: the largest remainders get what is left (Hamilton's method)."""
    sums = sum(shares.values())
    exact = {name: share / sums * total for name, share in shares.items()}
    whole = {name: math.floor(value) for name, value in exact.items()}
    left = total - sum(whole.values())
    for name in sorted(exact, key=lambda each: (whole[each] - exact[each], each))[:left]:
        whole[name] += 1
    return whole


def _find_rates(
    train: pl.DataFrame, strata: list[dict[str, Any]], weights: Path | None, tokens: int | None, most: float
) -> dict[str, Any]:
    """How often each source is read (None: as often as its documents' repeats say), and its tokens."""
    if weights is None:
        if tokens is not None:
            raise ValueError("tokens: a budget needs weights")
        return {"weights": None, "rates": None}
    solved = json.loads((weights / "weights.json" if weights.is_dir() else weights).read_text("utf-8"))
    budget = tokens or solved.get("settings", {}).get("budget_tokens")
    if not budget:
        raise ValueError(f"{weights} names no budget: say how many tokens the run has")
    wanted = apportion(solved["weights"], int(budget))
    has = dict(
        train.group_by(pl.col("source").cast(pl.String))
        .agg(pl.col("length").cast(pl.Int64).sum())
        .iter_rows()
    )
    if missing := sorted(name for name, number in wanted.items() if number and not has.get(name)):
        raise ValueError(f"the mix gives weight to sources without a token: {missing}")
    rates = {name: wanted.get(name, 0) / number for name, number in has.items()}
    for name, rate in sorted(rates.items()):
        if rate > most * (1 + 1e-6):
            raise ValueError(f"source {name!r} would come {rate:.2f} times, above max_epochs = {most}")
    return {"weights": solved["weights"], "rates": rates, "tokens": wanted}


def _order(
    pieces: pl.DataFrame,
    strata: list[dict[str, Any]],
    rates: dict[str, Any] | None,
    phases: dict[str, float],
    seed: int,
) -> pl.DataFrame:
    """Samples in the order of training, with their epoch and phase."""
    found = (
        pieces.group_by("stratum", "sample")
        .agg(pl.col("length").cast(pl.Int64).sum())
        .sort("stratum", "sample")
    )
    mixed = _count_mixed(pieces, strata, rates)
    left = _leave(pieces, mixed, rates)
    rows = []
    for group in found.partition_by("stratum", maintain_order=True):
        number = int(group["stratum"][0])
        stratum = strata[number]
        random = np.random.default_rng([seed, number])
        if rates is None or rates["rates"] is None:
            target = int(group["length"].sum()) * (1 if rates is None else stratum["repeats"])
        elif stratum["source"] == MIXED:
            target = None
        else:
            target = round(left[stratum["source"]] * _share_of(found, strata, number))
        rows.append(_repeat(group, target, mixed, random))
    if not rows:
        return pl.DataFrame(schema=SEQUENCE)
    table = pl.concat(rows).sort("position", "stratum", "sample")
    return _name_phases(table, phases)


def _count_mixed(
    pieces: pl.DataFrame, strata: list[dict[str, Any]], rates: dict[str, Any] | None
) -> dict[int, int]:
    """How often samples of several sources come under weights: as the least of these, rounded down."""
    if rates is None or rates["rates"] is None:
        return {}
    numbers = [number for number, stratum in enumerate(strata) if stratum["source"] == MIXED]
    rows = pieces.filter(pl.col("stratum").is_in(numbers))
    rate = rows["source"].cast(pl.String).replace_strict(rates["rates"], return_dtype=pl.Float64)
    least = rows.with_columns(rate=rate).group_by("sample").agg(pl.col("rate").min().floor().cast(pl.Int64))
    return dict(least.iter_rows())


def _leave(pieces: pl.DataFrame, mixed: dict[int, int], rates: dict[str, Any] | None) -> dict[str, float]:
    """Tokens of each source that are still to come beside samples of several sources."""
    if rates is None or rates["rates"] is None:
        return {}
    rows = pieces.filter(pl.col("sample").is_in(list(mixed)))
    times = (
        rows["sample"].replace_strict(mixed, return_dtype=pl.Int64)
        if mixed
        else pl.Series([], dtype=pl.Int64)
    )
    read = rows.with_columns(read=pl.col("length").cast(pl.Int64) * times)
    known = dict(read.group_by(pl.col("source").cast(pl.String)).agg(pl.col("read").sum()).iter_rows())
    return {name: max(0, rates["tokens"].get(name, 0) - known.get(name, 0)) for name in rates["rates"]}


def _share_of(found: pl.DataFrame, strata: list[dict[str, Any]], number: int) -> float:
    """The share of a source that a stratum of it has, repeats counted."""
    sizes = dict(found.group_by("stratum").agg(pl.col("length").sum()).iter_rows())
    own = {
        n: size * strata[n]["repeats"]
        for n, size in sizes.items()
        if strata[n]["source"] == strata[number]["source"]
    }
    return float(own[number] / sum(own.values()))


def _repeat(
    group: pl.DataFrame, target: int | None, mixed: dict[int, int], random: np.random.Generator
) -> pl.DataFrame:
    """The samples of a stratum, epoch after epoch, up to the target (None: each as often as `mixed` says),
    at even distances in [0, 1)."""
    sizes = group["length"].to_numpy()
    if target is None:
        times = np.array([mixed[sample] for sample in group["sample"]], np.int64)
        epochs = [np.flatnonzero(times > epoch) for epoch in range(int(times.max(initial=0)))]
    else:
        epochs = [np.arange(len(sizes))] * math.ceil(target / sizes.sum())
    orders = [random.permutation(rows) for rows in epochs]
    rows = np.concatenate([np.empty(0, np.int64), *orders])
    epoch = np.repeat(np.arange(len(orders)), [len(each) for each in orders])
    ends = np.cumsum(sizes[rows])
    if target is not None:  # as many as come nearest
        count = int(np.searchsorted(ends - sizes[rows] / 2, target, side="left"))
        rows, epoch, ends = rows[:count], epoch[:count], ends[:count]
    whole = ends[-1] if len(ends) else 1
    position = (ends - sizes[rows] * (1 - random.random(len(rows)))) / whole
    return group[rows].with_columns(
        pl.Series("epoch", epoch, dtype=pl.UInt16), pl.Series("position", position, dtype=pl.Float64)
    )


def _name_phases(table: pl.DataFrame, phases: dict[str, float]) -> pl.DataFrame:
    """The order cut by shares of its tokens."""
    edges = np.cumsum([0.0, *phases.values()]) / sum(phases.values())
    done = table["length"].cum_sum().to_numpy() / max(1, int(table["length"].sum()))
    number = np.clip(np.searchsorted(edges, done - 1e-12, side="right") - 1, 0, len(phases) - 1)
    names = pl.Series(list(phases))
    return table.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"),
        "sample",
        "epoch",
        names[number].alias("phase"),
    )


def _find_ranges(sequence: pl.DataFrame) -> list[dict[str, Any]]:
    """Where in the order each phase stands."""
    found = sequence.group_by("phase", maintain_order=True).agg(
        first=pl.col("place").min(), last=pl.col("place").max()
    )
    return found.to_dicts()


def _write(
    out: Path, pieces: pl.DataFrame, sequence: pl.DataFrame, about: dict[str, Any], shard_tokens: int
) -> list[dict[str, Any]]:
    """A file for each shard: the pieces of its samples in order; what each holds."""
    sizes = pieces.group_by("sample").agg(size=pl.col("length").cast(pl.Int64).sum())
    rows = sequence.join(sizes, on="sample", how="left", maintain_order="left")
    begins = pl.col("size").cum_sum().over("phase") - pl.col("size")
    written: list[dict[str, Any]] = []
    for (phase, _), shard in (
        rows.with_columns(_shard=begins // shard_tokens)
        .partition_by("phase", "_shard", maintain_order=True, as_dict=True)
        .items()
    ):
        name = f"{phase}-{sum(each['phase'] == phase for each in written):05d}"
        table = shard.drop("size", "_shard", "phase").join(
            pieces, on="sample", how="left", maintain_order="left_right"
        )
        path = out / f"bucket={name}.parquet"
        table.select(pl.col(key).cast(kind) for key, kind in PLACED.items()).write_parquet(
            path, metadata={"shard": json.dumps({**about, "name": name, "phase": phase})}
        )
        written.append(
            {"name": name, "phase": phase, "samples": shard.height, "tokens": int(shard["size"].sum())}
        )
    return written
