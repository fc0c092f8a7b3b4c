"""Other people's corpora as Parquet."""

from collections.abc import Iterator
from typing import Annotated

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.io.batches import Row, frames
from ingest.io.compression import opened
from ingest.io.mapping import Fields, complete, filled, mapped, missing, schema

_BATCH_ROWS = 256


def read(
    uri: str,
    *,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
) -> Annotated[Iterator[pl.DataFrame], "text", filled, "metadata"]:
    """One document per row, row group by row group; any fsspec URL.

    `fields` says which column of the corpus fills which of a document, as `ingest.jsonl:read` has it; all
    others go to `metadata`. Errors: rows without text, or with values of another form; a damaged row group,
    which loses its rows (one error row; reading goes on at the next). Raises FileNotFoundError, and
    ValueError where the file is no Parquet file or lacks a named column.
    """
    columns = schema(fields)
    with opened(uri) as raw:
        try:
            file = pq.ParquetFile(raw)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{uri}: not a whole Parquet file ({error}); fetch it again") from error
        names = file.schema_arrow.names
        if lacking := missing(fields, names):
            raise ValueError(f"{uri}: no column {lacking[0]!r}; the file has: {', '.join(names)}")
        yield from frames(_rows(file, complete(fields)), schema=columns)


def _rows(file: pq.ParquetFile, fields: Fields) -> Iterator[Row]:
    first = 0
    for group in range(file.num_row_groups):
        number = first
        first += file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False):
                for record in _as_bytes(batch, fields["text"]).to_pylist():
                    yield {"key": f"row {number}", **mapped(record, fields)}
                    number += 1
        except (OSError, pa.ArrowException) as error:
            lost = f"rows {number} to {first - 1} are lost: damaged row group ({error})"
            yield {"key": f"row group {group}", "error": lost}


def _as_bytes(batch: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """The batch with its texts as the UTF-8 that they are, which need not become Python's strings first."""
    at = batch.schema.get_field_index(text)
    if at < 0 or not (
        pa.types.is_string(batch.schema.types[at]) or pa.types.is_large_string(batch.schema.types[at])
    ):
        return batch
    return batch.set_column(at, text, batch.column(at).cast(pa.large_binary()))
