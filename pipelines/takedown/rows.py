"""A Parquet file written again without some of its rows: row groups, types and other rows as they were."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.pipelines.spec.schema import hide

Change = Callable[[pa.Table, int], pa.Table]
"""What is left of a row group, given the number of its first row."""
PLAIN = ("id", "text", "text_here", "text_stage", "metadata")  # no column that names another document


def rewrite(path: Path, beside: Path, change: Change, extra: pa.Table | None = None) -> None:
    """Write what `change` leaves of each row group, and behind it `extra`."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        writer = pq.ParquetWriter(
            beside,
            schema,
            compression="zstd",
            use_dictionary=_list_repeated(file),
            write_page_checksum=True,
        )
        start = rows = 0
        tables = (file.read_row_group(number) for number in range(file.num_row_groups))
        with writer:
            for table in tables:
                left = change(table, start)
                start += table.num_rows
                if left.num_rows:
                    writer.write_table(left.cast(schema), row_group_size=left.num_rows)
                rows += left.num_rows
            if extra is not None and extra.num_rows:
                writer.write_table(extra.cast(schema), row_group_size=extra.num_rows)
            elif not rows:
                writer.write_table(schema.empty_table())


def _list_repeated(file: pq.ParquetFile) -> list[str]:
    """The columns that the file keeps by a dictionary."""
    if not file.num_row_groups:
        return []
    group = file.metadata.row_group(0)
    columns = (group.column(number) for number in range(group.num_columns))
    return [column.path_in_schema for column in columns if column.has_dictionary_page]


def find(table: pa.Table, ids: pa.Array, column: str = "id") -> np.ndarray:
    """Which rows have one of the ids."""
    values = table.column(column).combine_chunks()
    return np.asarray(pc.is_in(values, value_set=ids.cast(values.type)).to_numpy(zero_copy_only=False))


def unname(table: pa.Table, ids: pa.Array) -> pa.Table:
    """The same, where other columns named such a document: the digest of its id stands there, and lists are
    without it."""
    for number, field in enumerate(table.schema):
        kind = field.type
        if field.name in PLAIN or not table.num_rows:
            continue
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            values = table.column(number).combine_chunks()
            if pc.any(pc.is_in(values, value_set=ids.cast(kind))).as_py():
                gone = set(ids.to_pylist())
                fresh = [hide(one) if one in gone else one for one in values.to_pylist()]
                table = table.set_column(number, field, pa.array(fresh, kind))
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            inner = kind.value_type
            named = pa.types.is_struct(inner) and inner.get_field_index("id") >= 0
            if named or pa.types.is_string(inner) or pa.types.is_large_string(inner):
                table = table.set_column(number, field, _shorten(table.column(number), kind, ids, named))
    return table


def _shorten(values: pa.ChunkedArray, kind: pa.DataType, ids: pa.Array, named: bool) -> pa.Array:
    """Lists without what names such a document; all other elements stay, nulls too."""
    gone = pl.Series(ids.to_pylist(), dtype=pl.String)
    series = pl.Series("x", pl.from_arrow(values.combine_chunks()))
    every = series.explode().drop_nulls()
    if not len(every) or not (every.struct.field("id") if named else every).is_in(gone.implode()).any():
        return values.combine_chunks()
    element = pl.element().struct.field("id") if named else pl.element()
    other = ~element.is_in(gone.implode()).fill_null(False)
    left = series.to_frame().select(pl.col("x").list.eval(pl.element().filter(other)))
    return left.to_series().to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind)


def shift(numbers: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """Numbers of rows, after the `removed` ones (ascending) went."""
    return np.asarray(numbers - np.searchsorted(removed, numbers, "left").astype(numbers.dtype))
