"""The order of a training run: how often samples come, and that every stretch of it has the mix."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from winnow.files import write_json
from winnow.mixing.packing.mixes import (
    Phase,
    describe_phases,
    is_named,
    read_phases,
    refuse_shared,
    refuse_unmet,
    spend_mixed,
)
from winnow.mixing.tokens.pack import MIXED, PIECES, SPLITS
from winnow.ranges import Ratio

SHARD_TOKENS = 2**27
SEQUENCE = {"place": pl.UInt32, "sample": pl.UInt32, "epoch": pl.UInt16, "phase": pl.Categorical}
PLACED = {**PIECES, "place": pl.UInt32, "epoch": pl.UInt16}


def plan(
    files: Annotated[Sequence[Path], "sample", "stratum", "part", "row", "offset", "start", "length"],
    out: Path,
    *,
    weights: Path | None = None,
    tokens: PositiveInt | None = None,
    phases: dict[str, Ratio] | None = None,
    repeat: Literal["files", "index"] = "files",
    max_epochs: PositiveFloat = 4.0,
    shard_tokens: PositiveInt = SHARD_TOKENS,
    seed: NonNegativeInt = 1,
) -> Annotated[None, PLACED, "bucket"]:
    """Write the samples in the order of training, a shard in each `bucket=<name>.parquet`, and `plan.json`.

    Without `weights` a sample comes as often as its documents' `repeats` say. With `weights`, the folder of
    `mixing.optimize:solve` or `mixing.confirm:judge` or a file `{"weights": {source: share}}`, the run has
    `tokens` (by default the mix's budget) and each source its share, to half a sample. An epoch of a source
    is read to its end before the next begins, each in an order of its own.

    The samples of each stratum stand at even distances, shaken by `seed`: a stretch of any length has of each
    stratum what its share says, give or take two samples. `phases` are shares of the run by name; each
    has the mix, files of its own and a range of the order.

    A mix may name phases itself: a list `{"phases": [{"name": "main", "tokens": 900_000, "weights":
    {source: share}}, ...]}`, or a folder with `phases.parquet` (`phase`, `budget_tokens`, `source`,
    `weight`). Each meets its own shares, to half a sample, in every stretch; epochs go on from phase to
    phase, and are bounded over all.

    `repeat = "files"`: files hold the run as it is read, what comes twice twice. `"index"`: each sample
    stands once, and `order.npy` (uint32) names samples by their place in the files, in the order of training.

    Errors: ValueError where a source of the mix has no tokens, or would come more than `max_epochs` times, or
    its own windows would, since those that it shares with rarer sources cannot (`mixing.tokens.pack:samples`
    packs sources `apart`).
    """
    packing = json.loads(_find(files, "packing.json").read_text("utf-8"))
    train, once = (pl.read_parquet(_find(files, f"{split}.parquet"), glob=False) for split in SPLITS)
    mix = _find_phases(train, weights, tokens, phases, max_epochs)
    sequence = _order(train, packing["strata"], mix, phases or {"train": 1.0}, seed, max_epochs)
    held = _order(once, packing["strata"], None, {"validation": 1.0}, seed)
    about = {name: packing[name] for name in ("window", "how", "encoding", "empty")}
    laid = _lay_once(sequence, out) if repeat == "index" else sequence
    shards = _write(out, train, laid, about, shard_tokens) + _write(out, once, held, about, shard_tokens)
    ranges = _find_ranges(sequence)
    plan = {"repeat": repeat, "seed": seed, "ranges": ranges, "shards": shards, **describe_phases(mix[0])}
    plan["unread"] = _count_unread(train, sequence)
    write_json(out / "plan.json", {**plan, "packing": packing})


def _count_unread(train: pl.DataFrame, sequence: pl.DataFrame) -> int:
    """Documents of which no piece is read: those that a mix of sources leaves out."""
    read = train.filter(pl.col("sample").is_in(sequence["sample"].unique().implode()))
    return train.select("part", "row").unique().height - read.select("part", "row").unique().height


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
        raise ValueError(f"{name} is not there once: the order comes after mixing.tokens.pack:samples")
    return found[0]


def _find_phases(
    train: pl.DataFrame, weights: Path | None, tokens: int | None, cuts: dict[str, float] | None, most: float
) -> tuple[list[Phase] | None, dict[str, int]]:
    """The phases of a mix (None: samples come as often as their documents' repeats say), and the tokens that
    each source has."""
    if weights is None:
        if tokens is not None:
            raise ValueError("tokens: a budget needs weights")
        return None, {}
    phases = read_phases(weights, tokens)
    if is_named(phases) and cuts:
        raise ValueError(f"phases: {weights} names phases with mixes of their own")
    found = train.group_by(pl.col("source").cast(pl.String)).agg(pl.col("length").cast(pl.Int64).sum())
    has: dict[str, int] = dict(found.iter_rows())
    refuse_unmet(phases, has, most)
    return phases, has


def _order(
    pieces: pl.DataFrame,
    strata: list[dict[str, Any]],
    mix: tuple[list[Phase] | None, dict[str, int]] | None,
    cuts: dict[str, float],
    seed: int,
    most: float = math.inf,
) -> pl.DataFrame:
    """Samples in the order of training, with their epoch and phase. Without a mix each comes once."""
    found = (
        pieces.group_by("stratum", "sample")
        .agg(pl.col("length").cast(pl.Int64).sum())
        .sort("stratum", "sample")
    )
    phases, has = mix or (None, {})
    mixed = [number for number, stratum in enumerate(strata) if stratum["source"] == MIXED]
    times, left = spend_mixed(pieces, mixed, phases, has) if phases else ([], [])
    if phases:
        refuse_shared(found, strata, mixed, left, most)
    rows = []
    for group in found.partition_by("stratum", maintain_order=True):
        number = int(group["stratum"][0])
        stratum = strata[number]
        random = np.random.default_rng([seed, number])
        if phases is None:
            often = stratum["repeats"] if mix else 1
            rows.append(_repeat(group, [int(group["length"].sum()) * often], random))
        elif number in mixed:
            rows.append(_spread(group, times, random))
        else:
            share = _share_of(found, strata, number)
            rows.append(_repeat(group, [round(own[stratum["source"]] * share) for own in left], random))
    if not rows:
        return pl.DataFrame(schema=SEQUENCE)
    table = pl.concat(rows).sort("turn", "position", "stratum", "sample")
    return _name_phases(table, cuts, [each.name for each in phases] if phases and is_named(phases) else [])


def _share_of(found: pl.DataFrame, strata: list[dict[str, Any]], number: int) -> float:
    """The share of a source that a stratum of it has, repeats counted."""
    sizes = dict(found.group_by("stratum").agg(pl.col("length").sum()).iter_rows())
    own = {
        n: size * strata[n]["repeats"]
        for n, size in sizes.items()
        if strata[n]["source"] == strata[number]["source"]
    }
    return float(own[number] / sum(own.values()))


def _repeat(group: pl.DataFrame, targets: list[int], random: np.random.Generator) -> pl.DataFrame:
    """The samples of a stratum, epoch after epoch over all phases, in each as many as come nearest to its
    target (tokens), at even distances in [0, 1)."""
    sizes = group["length"].to_numpy()
    epochs = math.ceil(sum(targets) / sizes.sum())
    orders = [random.permutation(np.arange(len(sizes))) for _ in range(epochs)]
    rows = np.concatenate([np.empty(0, np.int64), *orders])
    ends = np.cumsum(sizes[rows])
    edges = [0]
    for target in targets:
        begin = ends[edges[-1] - 1] if edges[-1] else 0
        near = np.searchsorted(ends - sizes[rows] / 2, begin + target, side="left")
        edges.append(max(edges[-1], int(near)))
    turn = np.repeat(np.arange(len(targets)), np.diff(edges))
    rows, epoch = rows[: edges[-1]], np.arange(edges[-1]) // len(sizes)
    return _place(group, rows, epoch, turn, random)


def _spread(group: pl.DataFrame, times: list[dict[int, int]], random: np.random.Generator) -> pl.DataFrame:
    """The samples of a stratum as often in each phase as `times` says."""
    done = np.zeros(group.height, np.int64)
    orders, epochs, turns = ([np.empty(0, np.int64)] for _ in range(3))
    for number, own in enumerate(times):
        often = np.array([own[sample] for sample in group["sample"]], np.int64)
        for again in range(int(often.max(initial=0))):
            order = random.permutation(np.flatnonzero(often > again))
            orders.append(order)
            epochs.append(done[order] + again)
            turns.append(np.full(len(order), number))
        done += often
    return _place(group, np.concatenate(orders), np.concatenate(epochs), np.concatenate(turns), random)


def _place(
    group: pl.DataFrame, rows: np.ndarray, epoch: np.ndarray, turn: np.ndarray, random: np.random.Generator
) -> pl.DataFrame:
    """Samples at even distances in their phase (`turn`), each shaken within its own stretch."""
    sizes = group["length"].to_numpy()[rows]
    ends = np.cumsum(sizes)
    first, last = np.searchsorted(turn, turn, side="left"), np.searchsorted(turn, turn, side="right") - 1
    begin = (ends - sizes)[first]
    position = (ends - begin - sizes * (1 - random.random(len(rows)))) / (ends[last] - begin)
    return group[rows].with_columns(
        pl.Series("epoch", epoch, dtype=pl.UInt16),
        pl.Series("turn", turn, dtype=pl.UInt16),
        pl.Series("position", position, dtype=pl.Float64),
    )


def _name_phases(table: pl.DataFrame, phases: dict[str, float], own: list[str]) -> pl.DataFrame:
    """Phases by their names in the mix (`own`), or the order cut by shares of its tokens."""
    if own:
        names = table["turn"].replace_strict(dict(enumerate(own)), return_dtype=pl.Categorical)
        place = pl.int_range(pl.len(), dtype=pl.UInt32).alias("place")
        return table.select(place, "sample", "epoch", names.alias("phase"))
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
