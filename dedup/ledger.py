"""Who survives, and the table that names for every removed document the one it duplicates.

A ledger has one row per document of a cluster: `id`, `source`; `cluster`, the id of the cluster's first
survivor; `survivor` and `survivor_source`, null for a document that survives; `similarity` to the survivor in
[0, 1]; `method`; and, for survivors, `duplicates`: how many documents of the input it now stands for,
itself among them.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dedup.buckets import read

SCHEMA = {
    "id": pl.String,
    "source": pl.String,
    "cluster": pl.String,
    "survivor": pl.String,
    "survivor_source": pl.String,
    "similarity": pl.Float32,
    "method": pl.String,
    "duplicates": pl.UInt32,
}

ORDER = ["rank", "id"]
"""The columns that order documents, the best survivor first."""

CACHED = 64 * 2**20
"""Ledgers of up to this many bytes of Parquet are read once per process, larger ones per batch."""


def rank(size: str, priority: list[str] | None) -> pl.Expr:
    """A number that is smaller for a better survivor: first by the source's place in `priority` (sources
    that are not named come last, as equals), then by more bytes of text, which the column `size` holds.

    Equals are ordered by `id`, so the choice depends neither on the order of files nor on buckets.
    """
    places = {source: place for place, source in enumerate(priority or [])}
    place = pl.col("source").replace_strict(places, default=len(places), return_dtype=pl.UInt64)
    longest = 2**48 - 1
    return (place * 2**48 + (longest - pl.col(size).cast(pl.UInt64))).alias("rank")


def ranked(docs: pl.DataFrame, size: str, priority: list[str] | None, keep: list[str]) -> pl.DataFrame:
    """What a partition keeps of a document: `id`, `source`, `rank`, `duplicates` so far, and `keep`."""
    if "duplicates" not in docs.columns:
        docs = docs.with_columns(duplicates=pl.lit(1, pl.UInt32))
    duplicates = pl.col("duplicates").cast(pl.UInt32).fill_null(1)
    return docs.select("id", "source", rank(size, priority), duplicates, *keep)


def entries(
    members: pl.DataFrame, leader: NDArray[np.int64], similarity: NDArray[np.float32], method: str
) -> pl.DataFrame:
    """The ledger of `members` (`id`, `source`, `duplicates`, `cluster`: any value; one cluster's rows stand
    together, its first survivor first), each of which duplicates the row that `leader` names, or none.

    Clusters without a removal have no entry.
    """
    kept = pl.col("leader") == pl.col("row")
    chosen = members.select("id", "source")[leader]
    own = np.arange(len(members))
    rows = members.with_columns(leader=leader, row=own, similarity=similarity)
    table = rows.select(
        "id",
        "source",
        cluster=pl.col("id").first().over("cluster"),
        survivor=pl.when(~kept).then(chosen["id"]),
        survivor_source=pl.when(~kept).then(chosen["source"]),
        similarity=pl.when(~kept).then("similarity"),
        method=pl.lit(method),
        duplicates=pl.when(kept).then(pl.col("duplicates").sum().over("leader")),
        followed=(pl.len() > 1).over("leader"),
    )
    return table.filter("followed").select(*SCHEMA).cast(SCHEMA).sort("id")  # type: ignore[arg-type]


def mark(docs: pl.DataFrame, table: Path, reason: str) -> pl.DataFrame:
    """Set `drop_reason` on the documents that the ledger in the folder `table` removes.

    Adds `dedup_survivor`, `dedup_cluster` (ids) and `dedup_similarity`, null where nothing is removed, and
    `duplicates`: how many documents a survivor stands for.
    """
    found = look_up(table, docs["id"]).select(
        "id",
        dedup_survivor="survivor",
        dedup_cluster="cluster",
        dedup_similarity="similarity",
        now="duplicates",
    )
    ours = ["dedup_survivor", "dedup_cluster", "dedup_similarity"]
    for name, default in {"drop_reason": pl.lit(None, pl.String), "duplicates": pl.lit(1, pl.UInt32)}.items():
        if name not in docs.columns:
            docs = docs.with_columns(default.alias(name))
    marked = docs.drop(ours, strict=False).join(found, on="id", how="left", maintain_order="left")
    removed = pl.col("dedup_survivor").is_not_null()
    return marked.with_columns(
        drop_reason=pl.when(removed).then(pl.lit(reason)).otherwise("drop_reason"),
        duplicates=pl.coalesce("now", pl.col("duplicates").cast(pl.UInt32)),
    ).drop("now")


def emptied(docs: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The same with nulls in these columns, where they are there: no later stage carries them along."""
    present = [name for name in columns if name in docs.columns]
    return docs.with_columns(pl.lit(None, docs.schema[name]).alias(name) for name in present)


def look_up(table: Path, ids: pl.Series) -> pl.DataFrame:
    """The ledger's rows for these ids, from all files `ledger.parquet` in the folder `table` or one below."""
    files = sorted([*table.glob("ledger.parquet"), *table.glob("[!.]*/ledger.parquet")])
    stats = [file.stat() for file in files]
    wanted = pl.col("id").is_in(ids.implode())
    if sum(stat.st_size for stat in stats) > CACHED:
        return pl.scan_parquet(files, glob=False, hive_partitioning=False).filter(wanted).collect()
    return _read(tuple(files), tuple(stat.st_mtime_ns for stat in stats)).filter(wanted)


@functools.lru_cache(maxsize=4)
def _read(files: tuple[Path, ...], written: tuple[int, ...]) -> pl.DataFrame:
    """The whole ledger; `written` makes a ledger that was written anew a new one."""
    tables = [read(file) for file in files]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *tables])
