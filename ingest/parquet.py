"""Other people's corpora as Parquet."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.ingest.io import mapping
from winnow.ingest.io.batches import PlacedRow, Row, frames, is_of_data, read_record
from winnow.ingest.io.presence import NoSuchField, format_absent, require_fields
from winnow.ingest.io.uris import open_uri

Make = Callable[[dict[str, Any]], Row]
_BATCH_ROWS = 256
_BATCH_BYTES = 1 << 24  # of values as the file holds them


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: of every one, by row groups."""
    return True


def read(
    uri: str,
    *,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", mapping.name_columns, "metadata"]:
    """One document per row, row group by row group; any fsspec URL.

    Between the bytes `start` and `stop`: row groups whose first column begins there.
    `fields` says which column of the corpus fills which of a document, as `ingest.jsonl:read` has it; all
    others go to `metadata`. Errors: rows without text, or with values of another form; a damaged row group,
    which loses its rows (one error row; reading goes on at the next). Raises FileNotFoundError; ValueError
    where the file is no Parquet file or has two columns of one name; NoSuchField where it lacks a named one.
    """
    columns = mapping.make_schema(fields)
    with open_uri(uri, start, stop) as raw:
        file = open_file(raw, uri)
        named = mapping.complete(fields)
        if file.metadata.num_rows:
            refuse_missing(raw, uri, fields, file.schema_arrow.names)
        make = partial(mapping.map_record, fields=named)
        read_all = partial(read_rows, raw, file, text=named["text"], start=start, stop=stop)
        rows = read_all(make) if start else require_fields(read_all, make, named.values(), uri, stop)
        yield from frames(rows, schema=columns)


def open_file(raw: BinaryIO, uri: str) -> pq.ParquetFile:
    """The Parquet file; ValueError where it is none, not whole, or two of its columns have one name."""
    try:
        file = pq.ParquetFile(raw)
    except pa.ArrowInvalid as error:
        raw.seek(0)  # nothing of its rows was read
        raise ValueError(f"{uri}: not a whole Parquet file ({error}); fetch it again") from error
    if (double := mapping.find_double(file.schema_arrow.names)) is not None:
        raw.seek(0)
        raise ValueError(f"{uri}: two columns are named {double!r}; rename one")
    return file


def refuse_missing(raw: BinaryIO, uri: str, fields: mapping.Fields, names: list[str]) -> None:
    """NoSuchField where a file of columns of these `names` lacks one that `fields` needs."""
    if lacking := mapping.find_missing(fields, names):
        raw.seek(0)
        raise NoSuchField(format_absent(lacking, names, f"{uri}: none of its columns"))


def read_rows(
    raw: BinaryIO, file: pq.ParquetFile, make: Make, text: str | None, start: int, stop: int | None
) -> Iterator[PlacedRow]:
    """What `make` makes of the records of a range of the file, as `read` reads them.

    Values of the columns that `text` names come as bytes.
    """
    size = raw.seek(0, os.SEEK_END)
    groups = [n for n in range(file.num_row_groups) if begins(file, n, size, start, stop)]
    yield from _read_groups(file, make, text, groups)
    if start == 0 and not file.metadata.num_rows:
        yield {"key": "file", "place": 0, "error": "the file has no rows"}


def begins(file: pq.ParquetFile, group: int, size: int, start: int, stop: int | None) -> bool:
    """Whether a row group's first column begins in the range; one that says nonsense does at byte 0."""
    column = file.metadata.row_group(group).column(0)
    pages = [column.data_page_offset, column.dictionary_page_offset if column.has_dictionary_page else None]
    begin = min(offset for offset in pages if offset is not None)
    begin = begin if 0 <= begin < size else 0
    return start <= begin and (stop is None or begin < stop)


def _read_groups(
    file: pq.ParquetFile, make: Make, text: str | None, groups: list[int]
) -> Iterator[PlacedRow]:
    first = 0
    for group in range(file.num_row_groups):
        number = first
        first += file.metadata.row_group(group).num_rows
        if group not in groups:
            continue
        try:
            for batch in file.iter_batches(_fit(file, group), row_groups=[group], use_threads=False):
                for row in read_batch(_as_bytes(batch, text), make):
                    yield {"key": f"row {number}", "place": number, **row}
                    number += 1
        except Exception as error:
            if not is_of_data(error):
                raise
            lost = f"rows {number} to {first - 1} are lost: damaged row group ({error})"
            if number < first:
                yield {"key": f"row group {group}", "place": number, "error": lost}


def _fit(file: pq.ParquetFile, group: int) -> int:
    """How many rows make a batch of `_BATCH_BYTES`, if the rows of the group are of one size."""
    about = file.metadata.row_group(group)
    row_bytes = max(1, int(about.total_byte_size) // max(1, int(about.num_rows)))
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // row_bytes))


def read_batch(batch: pa.RecordBatch, make: Make) -> Iterator[Row]:
    """The rows of a batch. What Python cannot hold (a day in the year 20000) stands as Arrow prints it."""
    try:
        records = batch.to_pylist()
    except Exception:
        columns = [_hold_values(column) for column in batch.columns]
        names = batch.schema.names
        records = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    for record in records:
        yield read_record(make, record)


def _hold_values(column: pa.Array) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except Exception:
        return [_hold_value(column.slice(at, 1)) for at in range(len(column))]
    return values


def _hold_value(one: pa.Array) -> Any:
    """The value of an array of one; strings that are no UTF-8 with U+FFFD, all else in Arrow's own words."""
    try:
        return one.to_pylist()[0]
    except UnicodeDecodeError as error:
        if pa.types.is_nested(one.type):
            return _print(one)
        return error.object.decode("utf-8", "replace")
    except MemoryError:
        raise
    except Exception:
        return _print(one)


def _print(one: pa.Array) -> str:
    return str(one.to_string(indent=0, skip_new_lines=True)).removeprefix("[").removesuffix("]")


def _as_bytes(batch: pa.RecordBatch, text: str | None) -> pa.RecordBatch:
    """The batch with its texts as the UTF-8 that they are, which need not become Python's strings first."""
    for name in () if text is None else mapping.list_alternatives(text):
        at = batch.schema.get_field_index(name)
        if at >= 0 and (
            pa.types.is_string(batch.schema.types[at]) or pa.types.is_large_string(batch.schema.types[at])
        ):
            batch = batch.set_column(at, name, batch.column(at).cast(pa.large_binary()))
    return batch
