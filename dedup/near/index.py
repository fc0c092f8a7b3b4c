"""What a run leaves for a later one: a document's signature and its words as hashes, without its text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.dedup import buckets
from winnow.dedup.near.marks import U16
from winnow.dedup.near.tokens import Terms, hash_whole, scan, undate
from winnow.kernels import I64, U8, U32, U64

SIGNATURE = ("minhash_band_keys", "minhash_sketch", "minhash_shingles")
"""The columns of `dedup.minhash:sign`."""

TERMS = {"terms": pl.List(pl.UInt32), "marks": pl.List(pl.UInt16)}
"""The words of a document in order, as 32-bit hashes, and what marks each (`dedup.near.marks`)."""


def check_index(file: Path) -> None:
    """Nothing where a file of an index has the form that `dedup.minhash:index` writes; else ValueError."""
    schema = buckets.read_schema(file)
    wrong = {"uri", *SIGNATURE} - set(schema) | {
        name for name, kind in TERMS.items() if schema.get(name) != kind
    }
    if wrong:
        raise ValueError(
            f"{file}: not an index of this form ({', '.join(sorted(wrong))}); one of an earlier "
            "Winnow must be made again with dedup.minhash:index"
        )


def check_signed(file: Path) -> None:
    """Nothing where a part is empty or has the columns of today's `dedup.minhash:sign`; else ValueError."""
    missing = set(SIGNATURE) - set(buckets.read_schema(file))
    if missing and pq.read_metadata(file).num_rows:
        raise ValueError(
            f"{file}: without {', '.join(sorted(missing))}, as an earlier Winnow signed it: make its stage "
            f"again with --redo {file.parent.name}"
        )


def read_terms(text: pl.Series) -> Terms:
    """The words of each text, as near duplicates are compared by them."""
    return undate(scan(text, marked=True))


def list_terms(text: pl.Series) -> list[pl.Series]:
    """The columns of `TERMS`, of each text."""
    found = read_terms(text)
    return [list_runs(found.value, found.doc).alias("terms"), list_runs(found.mark, found.doc).alias("marks")]


def unlist_terms(rows: pl.DataFrame) -> Terms:
    """The words of each document, from the columns of `TERMS`."""
    value, mark = (rows[name].explode(empty_as_null=False).to_numpy() for name in TERMS)
    ends = np.cumsum(rows["terms"].list.len().to_numpy().astype(np.int64))
    return Terms(value, np.concatenate([[0], ends]), mark)


def pack_terms(terms: Terms) -> list[pl.Series]:
    """The words of each document, in columns named as `TERMS` but of bytes: they move faster than lists."""
    return [_pack(terms.value, terms.doc).alias("terms"), _pack(terms.mark, terms.doc).alias("marks")]


def unpack_terms(rows: pl.DataFrame) -> Terms:
    """The words of each document, from columns of `pack_terms`."""
    value, ends = _unpack(rows["terms"])
    mark, _ = _unpack(rows["marks"])
    return Terms(value.view(np.uint32), ends // 4, mark.view(np.uint16))


def _pack(values: U32 | U16, offsets: I64) -> pl.Series:
    """Runs of an array as a column of bytes."""
    ends = pa.py_buffer(offsets * values.itemsize)
    data = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, ends, pa.py_buffer(values)]
    )
    return pl.Series(pl.from_arrow(data), dtype=pl.Binary)


def _unpack(column: pl.Series) -> tuple[U8, I64]:
    """All bytes of a column, and where those of each row begin."""
    data = column.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends, values = data.buffers()
    found = np.frombuffer(ends, np.int64, len(data) + 1, 8 * data.offset)
    held = np.frombuffer(values or b"", np.uint8)[found[0] : found[-1]]
    return held, found - found[0]


def hash_terms(terms: Terms) -> pl.Series:
    """One number for the words of each document, the same wherever it stands."""
    whole = np.empty(len(terms.doc) - 1, dtype=np.uint64)
    hash_whole(terms.value, terms.doc, whole)
    return pl.Series(whole, dtype=pl.UInt64)


def list_runs(values: U32 | U16, offsets: I64) -> pl.Series:
    """Runs of an array as a column of lists."""
    column = pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values)))
    assert isinstance(column, pl.Series)
    return column


def list_rows(table: U64, some: pl.Series) -> pl.Series:
    """The rows of a table as lists, null where there is not `some`thing to tell."""
    rows = pl.Series(table, dtype=pl.Array(pl.UInt64, table.shape[1])).arr.to_list()
    return pl.select(pl.when(some).then(rows)).to_series()


def stack_sketches(column: pl.Series) -> U64:
    """A column of sketches as a table of words."""
    words = column.explode(empty_as_null=False).to_numpy().astype(np.uint64, copy=False)
    return words.reshape(len(column), -1 if len(column) else 0)


def pack_sketches(column: pl.Series, words: int) -> pl.Series:
    """The first words of each sketch as bytes, in a column `sketch`: they move faster than lists."""
    table = np.ascontiguousarray(stack_sketches(column)[:, :words])
    if not len(table):
        return pl.Series("sketch", [], pl.Binary)
    kind = pa.binary(8 * table.shape[1])
    data = pa.FixedSizeBinaryArray.from_buffers(kind, len(table), [None, pa.py_buffer(table)])
    return pl.Series("sketch", pl.from_arrow(data), dtype=pl.Binary)


def unpack_sketches(column: pl.Series) -> U64:
    """A column of `pack_sketches` as a table of words."""
    data = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    if not len(column):
        return np.empty((0, 0), np.uint64)
    return np.frombuffer(data.buffers()[2], np.uint64).reshape(len(column), -1)
