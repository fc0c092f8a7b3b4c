"""Tables on disk that dedup reads: parts, buckets of the shuffle, and the addresses of documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from winnow import shuffle

BATCH = 65_536
"""Rows read at a time from a part."""

OLD = 2**31
"""The bit of a part's number that says that it is one of an index, not of this run."""

ReadBucket = Callable[..., Iterator[pl.DataFrame]]
"""`read_bucket(file, columns)`, as the engine gives it: the rows of a bucket in a file of the shuffle."""


def first_address(file: Path, *, old: bool = False) -> int:
    """The address of a part's first row; the others follow (`winnow.shuffle:first_address`)."""
    if not (match := re.fullmatch(r"part-(\d+)\.parquet", file.name)):
        raise ValueError(f"{file}: a part is named part-<number>.parquet")
    return shuffle.first_address(int(match[1]) + old * OLD)


def read(file: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """One Parquet file, whatever its path looks like: no glob, no partition read out of a folder's name."""
    return pl.read_parquet(file, columns=columns, glob=False, hive_partitioning=False)


def read_schema(file: Path) -> pl.Schema:
    """Columns and types of one Parquet file, whatever its path looks like."""
    return pl.scan_parquet(file, glob=False, hive_partitioning=False).collect_schema()


def read_batches(file: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The named columns of a part, a bounded number of rows at a time, without those that the part lacks."""
    with pq.ParquetFile(file) as opened:
        if opened.metadata.num_rows == 0:
            yield read(file, [name for name in columns if name in opened.schema_arrow.names])
        present = [name for name in columns if name in opened.schema_arrow.names]
        for batch in opened.iter_batches(batch_size=BATCH, columns=present):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            yield frame


def read_all(files: Sequence[Path], read_bucket: ReadBucket) -> pl.DataFrame:
    """The rows of a bucket, of all files."""
    return pl.concat([frame for file in files for frame in read_bucket(file)], how="diagonal_relaxed")


def read_collisions(files: Sequence[Path], read_bucket: ReadBucket, key: pl.Expr) -> pl.DataFrame:
    """The rows of a bucket whose `key`, an expression of one column, another row of it has too.

    The column is read first and alone, so that the lone rows, mostly the many, are never held.
    """
    keys = [pl.concat(read_bucket(file, key.meta.root_names())).select(key) for file in files]
    shared = pl.concat(keys).to_series().is_duplicated()
    found, start = [], 0
    for file in files:
        for frame in read_bucket(file):
            found.append(frame.filter(shared.slice(start, frame.height)))
            start += frame.height
    return pl.concat(found, how="vertical_relaxed")
