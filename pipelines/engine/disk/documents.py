"""Kept documents on disk: a stage writes a text only where it changed it.

A stage that reads kept documents writes, in place of `text`, four columns: `text_here`, the text where this
stage changed it; `text_stage` and `text_row` where it did not, the stage whose file of the same part holds
it, and the row there; and `text_bytes`. That file holds the text itself: there is never a chain of them.
Readers here join it, a row group at a time, and give the documents as the stage left them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import mirror
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.disk.storage import to_arrow
from winnow.pipelines.spec.schema import ContractError

ROW_GROUP_ROWS = 4000
ROW_GROUP_BYTES = 16 * 2**20
THIN: dict[str, pl.DataType] = {
    "text_here": pl.String(),
    "text_stage": pl.String(),
    "text_row": pl.UInt32(),
    "text_bytes": pl.Int64(),
}


class TextMissing(OSError):
    """A file that holds texts of another one is not there, or is not the one that was there."""


class DocumentWriter:
    """Documents to one Parquet file, batch by batch, in row groups of bounded rows and bytes of text.

    Row groups do not depend on how the rows came in: only on the rows. `thin` writes a text only where it
    differs from the one that came in; `holders` are the stages that hold the others.
    """

    def __init__(self, path: Path, *, thin: bool = False) -> None:
        self.path = path
        self.thin = thin
        self.holders: set[str] = set()
        self.writer: pq.ParquetWriter | None = None
        self.schema: dict[str, pl.DataType] = {}
        self.waiting: list[pl.DataFrame] = []
        self.rows = 0

    def write(self, frame: pl.DataFrame, origin: pl.DataFrame | None = None) -> None:
        """Take a batch; all batches have the columns of the first. `origin`: what `read_with_origin` gave
        with the rows of which these are some, or None where they came from a source."""
        if self.thin:
            frame = _thin(frame, origin)
            self.holders |= set(frame["text_stage"].unique().drop_nulls())
        if not self.schema:
            self.schema = dict(frame.schema)
        new = [name for name in frame.columns if name not in self.schema]
        if new:
            raise ContractError(f"the columns {new} appeared after the first batch of {self.path.name}")
        if list(frame.schema.items()) != list(self.schema.items()):
            frame = frame.select(
                (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in self.schema.items()
            )
        self.waiting.append(frame)
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
        size = pl.col("text_bytes") if self.thin else pl.col("text").str.len_bytes()
        sizes = frame.select(size.fill_null(0).cum_sum()).to_series().to_numpy()
        start, offset = 0, 0
        while start < frame.height:
            filled = int(sizes.searchsorted(offset + ROW_GROUP_BYTES)) + 1
            end = min(start + ROW_GROUP_ROWS, filled)
            if end > frame.height:
                if not whole:
                    break
                end = frame.height
            self._row_group(frame[start:end])
            offset = int(sizes[end - 1])
            start = end
        self.waiting = [frame[start:]] if start < frame.height else []
        if whole and self.writer is None:
            self._row_group(frame)

    def _row_group(self, frame: pl.DataFrame) -> None:
        table = to_arrow(frame)
        if self.writer is None:
            self.writer = pq.ParquetWriter(
                self.path,
                table.schema,
                compression="zstd",
                use_dictionary=_repeat(table.schema),
                write_page_checksum=True,
            )
        self.writer.write_table(table, row_group_size=max(frame.height, 1))
        self.rows += frame.height


def _repeat(columns: pa.Schema) -> list[str]:
    """The columns whose values can come again and again. To look for repeated texts costs a fifth of the
    time to write them, and gains nothing; as little do ids and hashes."""
    unique = {"id", "key", "url", "digest", "text", "text_here", "text_row", "text_bytes", "metadata"}
    hashed = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_uint64)
    unique |= {f.name for f in columns if f.type.num_fields or any(of(f.type) for of in hashed)}
    return [name for name in columns.names if name not in unique]


def _thin(frame: pl.DataFrame, origin: pl.DataFrame | None) -> pl.DataFrame:
    """The columns `THIN` in place of `text`."""
    if taken := sorted(THIN.keys() & set(frame.columns)):
        raise ContractError(f"a step made the columns {taken}, by which a stage says where texts stand")
    came = None if origin is None else origin.filter(origin["id"].is_in(frame["id"].implode()))
    if came is None or not came["id"].equals(frame["id"]):
        # From a source, or an id stands twice and one of the two went: the text is written.
        came = pl.DataFrame({"text": [None] * frame.height}, schema={"text": pl.String}).with_columns(
            text_stage=pl.lit(None, pl.String), text_row=pl.lit(None, pl.UInt32)
        )
    same = came["text"] == frame["text"]
    columns = [
        pl.when(~same.fill_null(False)).then("text").alias("text_here"),
        pl.when(same).then(came["text_stage"]).alias("text_stage"),
        pl.when(same).then(came["text_row"]).cast(pl.UInt32).alias("text_row"),
        pl.col("text").str.len_bytes().cast(pl.Int64).alias("text_bytes"),
    ]
    before, after = (names := frame.columns)[: names.index("text")], names[names.index("text") + 1 :]
    return frame.select(*before, *columns, *after)


def columns(path: Path) -> pl.Schema:
    """Columns and types of a Parquet file as its readers here give them, whatever characters its path has."""
    stored = pl.scan_parquet(prove(path), glob=False).collect_schema()
    return pl.Schema({name: stored[own] for name, own in _names(stored.names()).items()})


def _names(stored: list[str]) -> dict[str, str]:
    """The columns as readers give them, and the one of the file that each is made of."""
    if "text_stage" not in stored:
        return {name: name for name in stored}
    return {
        "text" if name == "text_here" else name: name
        for name in stored
        if name == "text_here" or name not in THIN
    }


def read_batches(
    path: Path, columns: Sequence[str] | None = None, rows: Sequence[int] | pl.Series | None = None
) -> Iterator[pl.DataFrame]:
    """The documents of a part, a row group at a time and at least one frame, each text joined.

    `columns`: those of them that the part has; None for all. `rows`: the numbers, ascending, of the rows
    that are wanted; row groups without one are not read. Any Parquet file is read so.
    Raises TextMissing where a text stands in a file that is not there, or not the one that was, Damaged where
    a file is not what its stage wrote.
    """
    for _, frame, asked in _read(path, columns, rows):
        yield frame.select(asked)


def read_with_origin(path: Path) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """As `read_batches`, with where each text stands: `id`, `text`, `text_stage`, `text_row`."""
    for start, frame, asked in _read(path, None, None):
        if "text_stage" not in frame.columns:
            nothing = {name: pl.lit(None, dtype) for name, dtype in THIN.items()}
            frame = frame.with_columns(**nothing)
        own = pl.int_range(start, start + frame.height, dtype=pl.UInt32)
        origin = frame.select(
            "id",
            "text",
            pl.col("text_stage").fill_null(path.parent.name),
            text_row=pl.coalesce("text_row", own),
        )
        yield frame.select(asked), origin


def read(folder: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """All documents that a stage kept, part after part, all in memory."""
    files = sorted(folder.glob("part-*.parquet"))
    frames = [batch for file in files for batch in read_batches(file, columns)]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def find(path: Path, wanted: pl.Expr, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of a part for which `wanted`, an expression of columns other than `text`, is true."""
    numbers = pl.scan_parquet(prove(path), glob=False).select(wanted.fill_null(False)).collect().to_series()
    return pl.concat(read_batches(path, columns, numbers.arg_true()))


def _read(
    path: Path, columns: Sequence[str] | None, rows: Sequence[int] | pl.Series | None
) -> Iterator[tuple[int, pl.DataFrame, list[str]]]:
    """Of each row group the number of its first row, its rows, and which columns were asked for."""
    with pq.ParquetFile(prove(path)) as file, ExitStack() as opened:
        stored = file.schema_arrow.names
        names = list(_names(stored))
        asked = names if columns is None else [name for name in dict.fromkeys(columns) if name in names]
        thin = "text" in asked and "text" not in stored
        needed = {*asked, *(("id", *THIN) if thin else ())}
        holders: dict[str, _Holder] = {}
        for start, table in _row_groups(file, [name for name in stored if name in needed], rows):
            frame = _frame(table)
            yield start, _join(frame, path, holders, opened) if thin else frame, asked


def _row_groups(
    file: pq.ParquetFile, names: list[str], rows: Sequence[int] | pl.Series | None
) -> Iterator[tuple[int, pa.Table]]:
    """Those that hold a wanted row, with these alone; where there is none, one without rows."""
    wanted = None if rows is None else np.asarray(rows, dtype=np.int64)
    start, some = 0, False
    for number in range(file.num_row_groups):
        stop = start + file.metadata.row_group(number).num_rows
        if wanted is None:
            yield start, file.read_row_group(number, names)
            some = True
        elif len(here := wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, stop)]):
            yield start, file.read_row_group(number, names).take(pa.array(here - start))
            some = True
        start = stop
    if not some:
        yield 0, file.schema_arrow.empty_table().select(names)


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _join(frame: pl.DataFrame, path: Path, holders: dict[str, "_Holder"], opened: ExitStack) -> pl.DataFrame:
    """The rows with their `text`, from wherever it stands."""
    order, texts = np.arange(frame.height), [frame["text_here"]]
    height = frame.height
    for stage in frame["text_stage"].unique().drop_nulls().sort():
        if stage not in holders:
            holders[stage] = _Holder(stage, path, opened)
        places = (frame["text_stage"] == stage).arg_true()
        texts.append(holders[stage].take(frame[places]))
        order[places.to_numpy()] = np.arange(height, height + len(places))
        height += len(places)
    return frame.with_columns(pl.concat(texts).gather(order).alias("text"))


class _Holder:
    """A file that holds texts of another one. A row group is held at a time, and rows come in order, so
    each is read once."""

    def __init__(self, stage: str, path: Path, opened: ExitStack) -> None:
        self.path = path.parent.parent / stage / path.name
        self.advice = (
            f"{path} holds no copy of the texts that its stage left as they were: they stand in {self.path}."
            f" Put that file back, or make it and all that follows anew: --redo {stage}"
        )
        if not mirror.fetch(self.path).exists():
            raise TextMissing(f"{self.path} is not there. {self.advice}")
        self.file = opened.enter_context(pq.ParquetFile(prove(self.path)))
        about = self.file.metadata
        self.edges = np.cumsum([0, *(about.row_group(i).num_rows for i in range(about.num_row_groups))])
        self.own = "text" if "text" in self.file.schema_arrow.names else "text_here"
        self.number, self.group = -1, pa.table({})

    def take(self, wanted: pl.DataFrame) -> pl.Series:
        """The texts of the rows `text_row`, which must be those of the documents `id`."""
        rows = wanted["text_row"].to_numpy().astype(np.int64)
        if len(rows) and rows.max() >= self.edges[-1]:
            raise TextMissing(
                f"{self.path} has {self.edges[-1]} rows, and not {rows.max() + 1}. {self.advice}"
            )
        found = []
        groups = np.searchsorted(self.edges, rows, side="right") - 1
        for number in np.unique(groups):
            if number != self.number:
                self.group = pa.table({})  # before the next is read: two take twice the memory
                self.number, self.group = number, self.file.read_row_group(number, ["id", self.own])
            # In Arrow, whose `take` copies a few texts; polars would first take over all of them.
            found.append(self.group.take(pa.array(rows[groups == number] - self.edges[number])))
        frame = _frame(pa.concat_tables(found))
        texts = frame[self.own].alias("text")
        if not frame["id"].equals(wanted["id"]) or texts.null_count():
            raise TextMissing(f"{self.path} is not the file that it was: its rows are others. {self.advice}")
        return texts
