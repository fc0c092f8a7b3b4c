"""The shuffle: rows of equal hash meet in one bucket, whichever part they are from.

A part writes its rows to one file (`open_writer`), cut into `CELLS` cells by the upper bits of their hash.
Where more buckets are wanted than that, `FAN` files are merged into one of `FAN` times as many cells, and
`FAN` of those again: so a file is read in few pieces in each round, and a row is written once in each. A
bucket is a run of cells of each file, read in one piece (`Reader`).

A file `rows-<number>.<cells>.shuffle` has one small Parquet file for each cell, one behind the other, one
without rows for the columns' sake, and at the end where each of these ends, in 64 bits. Its pages carry
checksums. (Row groups of one Parquet file would do, but a footer tells some hundred bytes of each column of
each: at a billion documents every bucket would read gigabytes of them.)
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

CELLS = 4
"""Cells of a part's file; a bucket that is read from parts reads one of them or more."""

FAN = 128
"""Files that are merged into one, and how many times as many cells that one has."""

BUCKET_BYTES = 2**27
"""A bucket has so many bytes on disk or less, where the recipe does not say how many buckets there are."""

LEAST_BYTES = 2**20
"""What is smaller as a whole is one bucket: a task takes longer to begin than to work through it."""

HELD_BYTES = 64 * 2**20
"""Rows held before they are written, and, packed, what a merge reads at a time."""

_NAME = re.compile(r"rows-\d+\.(\d+)\.shuffle")

Index = NDArray[np.uint64]


class Disk:
    """Files of the shuffle on this machine; who reads them from elsewhere has another one."""

    def size(self, file: Path) -> int:
        """The bytes of a file."""
        return file.stat().st_size

    def read(self, file: Path, start: int, size: int) -> bytes:
        """Some of them."""
        with file.open("rb") as source:
            return os.pread(source.fileno(), size, start)


DISK = Disk()


class DamagedCellError(ValueError):
    """A file of the shuffle is not what was written; `path` is the file."""

    def __init__(self, path: Path, told: str) -> None:
        super().__init__(f"{path}: {told}")
        self.path, self.told = path, told


def is_shuffle(path: Path) -> bool:
    """Whether a file, by its name, is one of the shuffle."""
    return _NAME.fullmatch(path.name) is not None


def count_cells(path: Path) -> int:
    """How many cells a file has, as its name says."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise ValueError(f"{path}: a file of the shuffle is named rows-<number>.<cells>.shuffle")
    return int(found[1])


def count_buckets(size: int) -> int:
    """Buckets for rows of so many bytes on disk: a power of two, the least that keeps to `BUCKET_BYTES`."""
    if size <= LEAST_BYTES:
        return 1
    return max(CELLS, 1 << max(0, (size - 1) // BUCKET_BYTES).bit_length())


def count_rounds(buckets: int) -> int:
    """How often files are merged before so many buckets are read from them."""
    rounds, cells = 0, CELLS
    while cells < buckets:
        rounds, cells = rounds + 1, cells * FAN
    return rounds


@contextmanager
def open_writer(out: Path, by: str) -> Iterator[Callable[[pl.DataFrame], None]]:
    """A function that takes frames, all of the same columns, whose rows go to the shuffle by the column `by`.

    That is a hash of 64 bits (UInt64), or of 8 bytes or more (Binary), of which the first are taken. What is
    held is written at `HELD_BYTES`: a part has one file or, where it is large, a few. Rows of a cell stay in
    the order they come in: what they repeat of those before them costs next to nothing on disk.
    """
    waiting: list[pl.DataFrame] = []
    held = written = 0

    def flush() -> None:
        nonlocal held, written
        frame = pl.concat(waiting)
        path = out / f"rows-{written:04d}.{CELLS}.shuffle"
        write_cells(path, frame.clear(), by, _split(frame, by, 0, CELLS, CELLS))
        waiting.clear()
        held, written = 0, written + 1

    def write(frame: pl.DataFrame) -> None:
        nonlocal held
        if frame.height or not (waiting or written):
            waiting.append(frame)
            held += int(frame.estimated_size())
        if held > HELD_BYTES:
            flush()

    yield write
    if waiting:
        flush()


def first_address(part: int) -> int:
    """A number of 64 bits for the first row of a part; the rows after it count on from there. Those of other
    parts are far away, in no order: runs of addresses have about as many documents each."""
    for factor in (0x85EBCA6B, 0xC2B2AE35):  # the finalizer of MurmurHash3, which gives no number twice
        part = (part ^ part >> 16) * factor % 2**32
    return (part ^ part >> 16) << 32


def _read_hash(frame: pl.DataFrame, by: str) -> NDArray[np.uint64]:
    """The hash of each row, by which it goes to its cell."""
    column = frame[by]
    if column.dtype == pl.Binary:
        column = column.bin.head(8).bin.reinterpret(dtype=pl.UInt64, endianness="big")
    return column.to_numpy()


def _split(frame: pl.DataFrame, by: str, first: int, last: int, cells: int) -> Iterator[pl.DataFrame]:
    """The rows of the cells `first` to `last` of so many, a frame each, in the order they come in."""
    shift = np.uint64(64 - (cells.bit_length() - 1))
    hashes = _read_hash(frame, by)
    number = (hashes >> shift if cells > 1 else np.zeros_like(hashes)).astype(np.int64) - first
    if last - first == 1:
        yield frame
        return
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(last - first + 1))
    sorted_rows = frame[order]
    for start, stop in pairwise(bounds.tolist()):
        yield sorted_rows[start:stop]


def merge(files: Sequence[Path], out: Path, *, cells: int) -> None:
    """Write one file of so many cells, a power of two, from files that have fewer, or as many."""
    indexes = [_read_index(file) for file in files]
    columns, by = read_columns(files)
    own = {len(index) - 2 for index in indexes}
    if len(own) > 1:
        raise ValueError(f"{files[0]} has other numbers of cells than files that it is merged with: {own}")
    given = own.pop()
    times = max(cells // given, 1)

    def refine() -> Iterator[pl.DataFrame]:
        for first, last in _cut_runs(indexes):
            found = [
                _decode(file, data, None)
                for file, index in zip(files, indexes, strict=True)
                for data in _read_run(file, index[first : last + 1])
            ]
            rows = pl.concat([columns, *found], how="diagonal_relaxed")
            yield from _split(rows, by, first * times, last * times, cells)

    write_cells(out / f"rows-0000.{given * times}.shuffle", columns, by, refine())


def _cut_runs(indexes: Sequence[Index]) -> Iterator[tuple[int, int]]:
    """Runs of cells, of which all files together have `HELD_BYTES` or less, or which are one cell."""
    ends = np.sum([index[:-1].astype(np.int64) for index in indexes], axis=0)
    first = 0
    for last in range(1, len(ends)):
        if last == len(ends) - 1 or ends[last + 1] - ends[first] > HELD_BYTES:
            yield first, last
            first = last


class Reader:
    """What a step by bucket reads its rows with: `read(file, columns)` gives those of the bucket, in frames.

    Without `columns` all are read, and for the last time: what was fetched of the file is let go.
    """

    def __init__(self, bucket: int, buckets: int, disk: Disk = DISK) -> None:
        self.bucket, self.buckets, self.disk = bucket, buckets, disk
        self.held: dict[Path, list[bytes]] = {}

    def __call__(self, file: Path, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows of the bucket in one file; at least one frame."""
        if file not in self.held:
            self.held[file] = fetch(file, self.bucket, self.buckets, self.disk)
        cells = self.held[file] if columns is not None else self.held.pop(file)
        for data in cells:
            yield _decode(file, data, columns)


def fetch(file: Path, bucket: int, buckets: int, disk: Disk = DISK) -> list[bytes]:
    """The cells of a bucket, packed; where it has no row, the one that only has columns. Two reads."""
    cells = count_cells(file)
    if cells < buckets:
        raise ValueError(f"{file} has {cells} cells, too few for {buckets} buckets")
    first, last = bucket * cells // buckets, (bucket + 1) * cells // buckets
    index = _read_index(file, first, last, disk)
    return _read_run(file, index, disk) or _read_run(file, _read_index(file, cells, cells + 1, disk), disk)


def _read_index(file: Path, first: int = 0, last: int | None = None, disk: Disk = DISK) -> Index:
    """Where the cells `first` to `last` begin and end; of all of them with the one without rows."""
    cells = count_cells(file)
    last = cells + 1 if last is None else last
    start = disk.size(file) - 8 * (cells + 1)
    place = max(start + 8 * max(first - 1, 0), 0)
    found = np.frombuffer(disk.read(file, place, 8 * (last - first + (first > 0))), "<u8")
    if len(found) != last - first + (first > 0) or start < 0:
        raise DamagedCellError(file, "it is too short for its index")
    return found if first else np.concatenate([np.zeros(1, np.uint64), found])


def _read_run(file: Path, index: Index, disk: Disk = DISK) -> list[bytes]:
    """The cells between the ends in `index`, those without rows left out."""
    ends = index.astype(np.int64)
    if (np.diff(ends) < 0).any() or ends[-1] > disk.size(file):
        raise DamagedCellError(file, "its index is damaged")
    if ends[-1] == ends[0]:
        return []
    data = disk.read(file, int(ends[0]), int(ends[-1] - ends[0]))
    bounds = (ends - ends[0]).tolist()
    return [data[a:b] for a, b in pairwise(bounds) if b > a]


def read_columns(files: Sequence[Path]) -> tuple[pl.DataFrame, str]:
    """A frame without rows that has the columns of all files, and the column by which rows go to cells."""
    frames: list[pl.DataFrame] = []
    told: dict[bytes, bytes] = {}
    for file in files:
        data = _read_run(file, _read_index(file)[-2:])[0]
        frames.append(_decode(file, data, None))
        told = told or pq.read_metadata(pa.BufferReader(data)).metadata
    return pl.concat(frames, how="diagonal_relaxed"), told[b"by"].decode()


def _decode(file: Path, data: bytes, columns: Sequence[str] | None) -> pl.DataFrame:
    try:
        with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as opened:
            present = None if columns is None else [n for n in columns if n in opened.schema_arrow.names]
            frame = pl.from_arrow(opened.read(present))
    except (pa.ArrowException, OSError) as error:
        raise DamagedCellError(file, f"a cell of it cannot be read ({error})") from error
    assert isinstance(frame, pl.DataFrame)
    return frame


def write_cells(path: Path, columns: pl.DataFrame, by: str, cells: Iterator[pl.DataFrame]) -> None:
    """Write a file of these cells; `columns` is a frame without rows, `by` the column that they go by."""
    ends = []
    with path.open("wb") as sink:
        for frame in cells:
            if frame.height:
                sink.write(_encode(frame, by))
            ends.append(sink.tell())
        sink.write(_encode(columns, by))
        ends.append(sink.tell())
        sink.write(np.array(ends, "<u8").tobytes())


def _encode(frame: pl.DataFrame, by: str) -> bytes:
    table, sink = frame.to_arrow().replace_schema_metadata({"by": by}), io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
        write_page_checksum=True,
    )
    return sink.getvalue()
