"""Ledger rows of one part, on their way to one table: in memory while they are few, then on disk.

What a part drops is bounded by no batch, and a row has the columns of the steps that it has met.
"""

import functools
import io
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import storage

MAX_ROWS = 20_000  # in memory at a time, and in a row group: about 40 MB of a stage with many signals


class Spool:
    """Frames of ledger rows in order; those that are waiting for more than `MAX_ROWS` lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f".spool.{uuid.uuid4().hex[:8]}.tmp"
        self.waiting: list[pl.DataFrame] = []
        self.rows = 0  # of those that are waiting
        self.files: list[Path] = []

    def append(self, frame: pl.DataFrame) -> None:
        """Take rows, with some of the columns that the table will have."""
        self.waiting.append(frame)
        self.rows += frame.height
        if self.rows >= MAX_ROWS:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.files.append(self.folder / f"{len(self.files):06d}.arrow")
            pl.concat(self.waiting, how="diagonal").write_ipc(self.files[-1], compression="zstd")
            self.waiting, self.rows = [], 0

    def write(self, path: Path, columns: dict[str, pl.DataType]) -> None:
        """All rows as one table with these columns, null where a row has none."""
        with storage.replace(path) as beside:
            if not self.files and not self.rows:  # as in most parts: the same bytes, again and again
                beside.write_bytes(_write_empty(tuple(columns.items())))
                return
            schema = pl.Schema(columns)
            with _open(beside, schema) as writer:
                for frame in self._groups(schema):
                    writer.write_table(storage.to_arrow(frame))

    def close(self) -> None:
        """Remove what lies on disk."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _frames(self) -> Iterator[pl.DataFrame]:
        yield from (pl.read_ipc(file) for file in self.files)
        yield from self.waiting

    def _groups(self, schema: pl.Schema) -> Iterator[pl.DataFrame]:
        """Row groups: they depend on the rows alone, not on how they came in."""
        rest = pl.DataFrame(schema=schema)
        for frame in self._frames():
            rest = pl.concat([rest, frame], how="diagonal")
            while rest.height > MAX_ROWS:
                yield rest[:MAX_ROWS]
                rest = rest[MAX_ROWS:]
        yield rest


def _open(file: Path | io.BytesIO, schema: pl.Schema) -> pq.ParquetWriter:
    arrow = storage.to_arrow(pl.DataFrame(schema=schema)).schema
    return pq.ParquetWriter(file, arrow, compression="zstd", write_page_checksum=True)


@functools.lru_cache(64)
def _write_empty(columns: tuple[tuple[str, pl.DataType], ...]) -> bytes:
    schema, file = pl.Schema(columns), io.BytesIO()
    with _open(file, schema) as writer:
        writer.write_table(storage.to_arrow(pl.DataFrame(schema=schema)))
    return file.getvalue()
