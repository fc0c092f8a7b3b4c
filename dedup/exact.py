"""Exact duplicates: documents with the same text up to case, white space and, if asked, punctuation.

`hash` (shard step) -> `partition` (by part) -> `duplicates` (by bucket) -> `remove` (shard step).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dedup import buckets as tables
from dedup import ledger


def hash(
    docs: pl.DataFrame,
    *,
    ignore_case: bool = True,
    ignore_space: bool = True,
    ignore_punctuation: bool = False,
) -> pl.DataFrame:
    """Add `exact_key`, 16 bytes that are equal for equal texts, and `exact_bytes`, the length of the text.

    White space counts as one space and none at the ends when it is ignored; punctuation and symbols are
    taken out. The key is BLAKE2b, so that nobody can write a text that removes another's. A text of which
    nothing is left has no key (null) and is nobody's duplicate.
    """
    text = pl.col("text")
    if ignore_case:
        text = text.str.to_lowercase()
    if ignore_punctuation:
        text = text.str.replace_all(r"[\p{P}\p{S}]+", "")
    if ignore_space:
        # Most white space is single spaces, which need no replacing.
        text = text.str.replace_all(r"[^\S ]+|\s{2,}", " ").str.replace_all(r" {2,}", " ").str.strip_chars()
    texts = docs.select(text).to_series()
    keys = [hashlib.blake2b(t.encode(), digest_size=16).digest() if t else None for t in texts]
    return docs.with_columns(
        pl.Series("exact_key", keys, dtype=pl.Binary), exact_bytes=pl.col("text").str.len_bytes()
    )


def partition(
    files: Sequence[Path], out: Path, *, buckets: int = 16, priority: list[str] | None = None
) -> None:
    """Write who has which key to `bucket=<number>.parquet`, equal keys to equal buckets. Run by part.

    `priority` names the sources whose documents survive, the first before the second and so on.
    """
    columns = ["id", "source", "duplicates", "exact_bytes", "exact_key"]
    with tables.writer(out, buckets) as write:
        for file in files:
            for batch in tables.batches(file, columns):
                docs = batch.filter(pl.col("exact_key").is_not_null())
                rows = ledger.ranked(docs, "exact_bytes", priority, ["exact_key"])
                first = rows["exact_key"].bin.head(8).bin.reinterpret(dtype=pl.UInt64).to_numpy()
                write(rows, first)


def duplicates(files: Sequence[Path], out: Path) -> None:
    """Write the ledger of the documents that share a key. Run by bucket, on the output of `partition`."""
    rows = tables.colliding(files, "exact_key").sort("exact_key", *ledger.ORDER)
    rows = rows.rename({"exact_key": "cluster"}).with_row_index("row")
    first = rows.select(pl.col("row").first().over("cluster")).to_series().to_numpy()
    table = ledger.entries(rows, first, np.ones(len(rows), dtype=np.float32), "exact")
    table.write_parquet(out / "ledger.parquet")


def remove(docs: pl.DataFrame, *, duplicates: Path) -> pl.DataFrame:
    """Drop what the ledger that `duplicates` wrote removes, as `exact.duplicate`.

    Adds the columns of `dedup.ledger.mark`; empties `exact_key`, which nothing needs from here on.
    """
    marked = ledger.mark(docs, duplicates, "exact.duplicate")
    return ledger.emptied(marked, ["exact_key"])
