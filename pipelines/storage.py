"""Files that are there only when they are whole: written beside, fsynced, renamed."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.schema import ContractError

ROW_GROUP_ROWS = 1000
ROW_GROUP_BYTES = 16 * 2**20


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write to; when the block ends well, the file takes the place of `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield beside
        sync(beside)
        os.replace(beside, path)
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Down to the disk: a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all, readable, keys as given."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """None where the file is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def to_arrow(frame: pl.DataFrame) -> pa.Table:
    """In types that every Parquet reader knows."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


class DocumentWriter:
    """Documents to one Parquet file, batch by batch, in row groups of bounded rows and bytes.

    Row groups do not depend on how the rows came in: only on the rows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None
        self.schema: dict[str, pl.DataType] = {}
        self.waiting: list[pl.DataFrame] = []
        self.rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Take a batch; all batches have the columns of the first."""
        if not self.schema:
            self.schema = dict(frame.schema)
        new = [name for name in frame.columns if name not in self.schema]
        if new:
            raise ContractError(f"the columns {new} appeared after the first batch of {self.path.name}")
        self.waiting.append(
            frame.select(
                (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in self.schema.items()
            )
        )
        self._flush(whole=False)

    def close(self, empty: Callable[[], pl.DataFrame]) -> None:
        """Write what is left; `empty` gives the columns where no batch came."""
        if not self.schema:
            self.write(empty())
        self._flush(whole=True)
        assert self.writer is not None
        self.writer.close()

    def abandon(self) -> None:
        """Close the file without finishing it."""
        if self.writer is not None:
            self.writer.close()

    def _flush(self, *, whole: bool) -> None:
        frame = pl.concat(self.waiting) if self.waiting else pl.DataFrame(schema=self.schema)
        sizes = frame["text"].str.len_bytes().fill_null(0).cum_sum().to_numpy()
        start, begun = 0, 0
        while start < frame.height:
            filled = int(sizes.searchsorted(begun + ROW_GROUP_BYTES)) + 1
            end = min(start + ROW_GROUP_ROWS, filled)
            if end > frame.height:
                if not whole:
                    break
                end = frame.height
            self._row_group(frame[start:end])
            begun = int(sizes[end - 1])
            start = end
        self.waiting = [frame[start:]] if start < frame.height else []
        if whole and self.writer is None:
            self._row_group(frame)

    def _row_group(self, frame: pl.DataFrame) -> None:
        table = to_arrow(frame)
        if self.writer is None:
            self.writer = pq.ParquetWriter(
                self.path, table.schema, compression="zstd", use_dictionary=_repeating(table.schema)
            )
        self.writer.write_table(table, row_group_size=max(frame.height, 1))
        self.rows += frame.height


def _repeating(columns: pa.Schema) -> list[str]:
    """The columns whose values can come again and again. To look for repeated texts costs a fifth of the
    time to write them, and gains nothing; as little do ids and hashes."""
    unique = {"id", "key", "url", "text", "metadata"}
    hashed = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_uint64)
    unique |= {f.name for f in columns if f.type.num_fields or any(of(f.type) for of in hashed)}
    return [name for name in columns.names if name not in unique]


def read_batches(path: Path) -> Iterator[pl.DataFrame]:
    """The row groups of a part, one at a time."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            frame = pl.from_arrow(file.read_row_group(number))
            assert isinstance(frame, pl.DataFrame)
            yield frame


def columns(file: Path) -> pl.Schema:
    """Columns and types of a Parquet file, whatever characters its path has."""
    return pl.scan_parquet(file, glob=False).collect_schema()


def read_ledger(folder: Path, pattern: str = "part-*.parquet") -> pl.DataFrame:
    """All rows of a folder of ledger tables (`dropped`, `failed`)."""
    files = sorted(folder.glob(pattern))
    frames = [pl.read_parquet(file, glob=False) for file in files]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def digest_file(path: Path) -> str:
    """32 hex digits of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()[:32]


def check_owner(folder: Path, run: str) -> None:
    """Raise where a stage's folder belongs to another run by now: a worker can outlive its driver."""
    now = read_json(folder / "stage.json")
    if not now or now.get("run") != run:
        raise ContractError(f"{folder} belongs to another run by now")


def sweep(folder: Path, *, deep: bool = True) -> None:
    """Remove what an interrupted run left half written or half removed."""
    for path in list(folder.rglob(".*.tmp") if deep else folder.glob(".*.tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
