"""Tables split by a hash: equal keys of the whole corpus meet in the files of one name, `bucket=<number>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

BATCH = 65_536
"""Rows read at a time from a part."""

OLD = 2**63
"""The bit of an address that says that the document is one of an index, not of this run."""

Write = Callable[[pl.DataFrame, NDArray[np.unsignedinteger]], None]


@contextmanager
def open_writer(out: Path, buckets: int) -> Iterator[Write]:
    """A function that appends each row of a frame to the file `out/bucket=<its hash modulo buckets>.parquet`.

    All frames need the same columns and types. Buckets without rows get no file, but the first, which
    always has one: what groups by bucket then finds a table, if an empty one.
    """
    if buckets < 1:
        raise ValueError(f"buckets must be 1 or more, not {buckets}")
    with ExitStack() as opened:
        files: dict[int, pq.ParquetWriter] = {}

        def write(frame: pl.DataFrame, hashes: NDArray[np.unsignedinteger]) -> None:
            number = (hashes % np.uint64(buckets)).astype(np.int64)
            order = np.argsort(number, kind="stable")
            bounds = np.searchsorted(number[order], np.arange(buckets + 1))
            for bucket in range(buckets):
                if bounds[bucket] == bounds[bucket + 1] and (bucket or files):
                    continue
                rows = frame[order[bounds[bucket] : bounds[bucket + 1]]].to_arrow()
                if bucket not in files:
                    path = out / f"bucket={bucket:04d}.parquet"
                    files[bucket] = opened.enter_context(
                        pq.ParquetWriter(
                            path,
                            rows.schema,
                            compression="zstd",
                            use_dictionary=False,
                            write_page_checksum=True,
                        )
                    )
                files[bucket].write_table(rows)

        yield write


def first_address(file: Path, *, old: bool = False) -> int:
    """The address of a part's first row; the others follow. Its part's number comes first, so that sorted
    addresses are in the order of parts and rows."""
    if not (match := re.fullmatch(r"part-(\d+)\.parquet", file.name)):
        raise ValueError(f"{file}: a part is named part-<number>.parquet")
    return int(match[1]) * 2**32 + old * OLD


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


def read_collisions(files: Sequence[Path], key: pl.Expr) -> pl.DataFrame:
    """The rows of all files whose `key`, an expression of one column, another row has too.

    The column is read first and alone, so that the lone rows, mostly the many, are never held.
    """
    keys = [read(file, key.meta.root_names()).select(key) for file in files]
    shared = pl.concat(keys).to_series().is_duplicated()
    found, start = [], 0
    for file, one in zip(files, keys, strict=True):
        found.append(read(file).filter(shared.slice(start, len(one))))
        start += len(one)
    return pl.concat(found, how="vertical_relaxed")
