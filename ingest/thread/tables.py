"""Tables of threads on disk: posts by bucket, and what was joined."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winnow.files import cache_by_stamp, find_files
from winnow.shuffle import open_writer

_GROUP_BYTES, _GROUP_ROWS = 2**20, 256  # small: a batch reads of each bucket the few roots that are in it
JOINED_FILE = "joined.parquet"
_PART = re.compile(r"part-(\d+)\.parquet")
_STRING, _STRINGS, _COUNT = pl.String(), pl.List(pl.String()), pl.UInt32()
JOINED: dict[str, pl.DataType] = {"id": _STRING, "members": _STRINGS, "text": _STRING}
JOINED |= {"copies": _STRINGS, "too_long": _STRINGS, "license": _STRING, "author": _STRING}
JOINED |= dict.fromkeys(("lost_parents", "cycles", "folded_lines"), _COUNT)
ROOT, MEMBER, COPY, TOO_LONG, NO_ROOT = range(5)
_LISTS = {"members": MEMBER, "copies": COPY, "too_long": TOO_LONG}


def number_part(file: Path) -> int:
    """The number of a part by its name, in the high half of 64 bits: its rows are counted from there."""
    found = _PART.fullmatch(file.name)
    return int(found[1]) << 32 if found else 0


def take(frame: pl.DataFrame, kinds: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Columns of these names and kinds; what is not there is null."""
    present = {name: pl.col(name) if name in frame.columns else pl.lit(None) for name in kinds}
    return frame.select(column.cast(kinds[name]).alias(name) for name, column in present.items())


def write_rows(frames: Iterator[pl.DataFrame], out: Path) -> None:
    """Write the rows to the shuffle (`winnow.shuffle`), those of one `thread` to one bucket."""
    with open_writer(out, "hash") as write:
        for frame in frames:
            hashes = [_hash(thread) for thread in frame["thread"]]
            write(frame.with_columns(pl.Series("hash", hashes, pl.UInt64)))


def read_rows(files: Sequence[Path], read_bucket: Callable[..., Iterator[pl.DataFrame]]) -> pl.DataFrame:
    """The rows of a bucket, of all files."""
    return pl.concat([frame for file in files for frame in read_bucket(file)]).drop("hash")


def write_joined(table: pl.DataFrame, path: Path) -> None:
    """Write rows of `JOINED` in row groups of a megabyte or so."""
    sizes = table["text"].str.len_bytes().fill_null(0).cum_sum().to_numpy()
    rows = table.to_arrow()
    with pq.ParquetWriter(path, rows.schema, compression="zstd", write_page_checksum=True) as writer:
        start, begun = 0, 0
        while start < len(table):
            filled = int(sizes.searchsorted(begun + _GROUP_BYTES)) + 1
            end = min(start + _GROUP_ROWS, filled, len(table))
            writer.write_table(rows.slice(start, end - start))
            start, begun = end, int(sizes[end - 1])


def _hash(thread: str) -> int:
    return int.from_bytes(hashlib.blake2b(thread.encode(), digest_size=8).digest(), "little")


class Members:
    """Who is a member of what, of all buckets: some 24 bytes a document; texts stay on disk."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files
        parts = [_list_members(file, number) for number, file in enumerate(files)]
        rows = pl.concat(parts).sort("high", "low", "role")
        self.high, self.low = rows["high"].to_numpy(), rows["low"].to_numpy()
        self.role, self.file, self.row = (rows[name].to_numpy() for name in ("role", "file", "row"))

    def find(self, ids: pl.Series) -> NDArray[np.int64]:
        """The place of each id in `role`, `file` and `row`, or -1."""
        high, low = _hash_ids(ids)
        at = np.searchsorted(self.high, high)
        found = np.full(len(at), -1, np.int64)
        while len(inside := np.flatnonzero((at < len(self.high)) & (found < 0))):
            inside = inside[self.high[at[inside]] == high[inside]]
            if not len(inside):
                break
            same = inside[self.low[at[inside]] == low[inside]]
            found[same] = at[same]
            at[inside] += 1
        return found

    def read(self, places: NDArray[np.int64], columns: Sequence[str]) -> pl.DataFrame:
        """Columns of the rows at these places, in their order."""
        frames, own = [], []
        for number in np.unique(self.file[places]):
            here = np.flatnonzero(self.file[places] == number)
            here = here[np.argsort(self.row[places[here]], kind="stable")]
            frames.append(_read_rows(self.files[number], self.row[places[here]], columns))
            own.append(here)
        return pl.concat(frames)[np.argsort(np.concatenate(own))]


def _list_members(file: Path, number: int) -> pl.DataFrame:
    stored = pl.scan_parquet(file, glob=False, hive_partitioning=False)
    names = stored.collect_schema().names()
    if missing := {"id", "members", "text"} - set(names):
        raise ValueError(f"{file}: no table of what was joined: it has no {', '.join(sorted(missing))}")
    whole = stored.with_row_index("row").with_columns(gone=pl.col("text").is_null()).drop("text").collect()
    lists = {name: role for name, role in _LISTS.items() if name in names}
    found = [whole.select("row", "gone", "id", root="id", role=pl.lit(ROOT))]
    for name, role in lists.items():
        rows = whole.select("row", "gone", root="id", id=name).explode("id").drop_nulls("id")
        found.append(rows.select("row", "gone", "id", "root", role=pl.lit(role)))
    rows = pl.concat(found).filter((pl.col("role") != MEMBER) | (pl.col("id") != pl.col("root")))
    own = pl.when("gone").then(NO_ROOT).otherwise("role").cast(pl.Int8)
    high, low = _hash_ids(rows["id"])
    return rows.select(
        pl.Series("high", high), pl.Series("low", low), own.alias("role"),
        pl.lit(number, pl.Int32).alias("file"), pl.col("row").cast(pl.Int32),
    )  # fmt: skip


def _hash_ids(ids: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return ids.hash(seed=1).to_numpy(), ids.hash(seed=2).to_numpy()


def _read_rows(file: Path, rows: NDArray[np.int32], columns: Sequence[str]) -> pl.DataFrame:
    """The rows of these numbers, ascending; row groups without one are not read."""
    frames = []
    with pq.ParquetFile(file) as opened:
        about = opened.metadata
        present = [name for name in columns if name in opened.schema_arrow.names]
        edges = np.cumsum([0, *(about.row_group(i).num_rows for i in range(about.num_row_groups))])
        groups = np.searchsorted(edges, rows, side="right") - 1
        for group in np.unique(groups):
            frame = pl.from_arrow(opened.read_row_group(int(group), present))
            assert isinstance(frame, pl.DataFrame)
            frames.append(frame[rows[groups == group] - edges[group]])
    found: pl.DataFrame = pl.concat(frames)
    absent = {name: pl.lit(None, JOINED[name]) for name in columns if name not in found.columns}
    return found.with_columns(**absent).select(columns)


def load_members(folder: Path) -> Members:
    """The members of all tables `joined.parquet` in a folder or one below, once in a process."""
    return _load(find_files(folder, JOINED_FILE))


_load = cache_by_stamp(2)(Members)
