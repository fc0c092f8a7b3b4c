"""Captures that a columnar index names: which rows of its Parquet file are meant, and where their bytes lie.

The index is Common Crawl's (commoncrawl/cc-index-table): a row a capture, sorted by host, with the place of
its record in a WARC file. Row groups are left out by what their statistics say, and of the others the columns
that judge are read first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

WHERE = ("url", "warc_filename", "warc_record_offset", "warc_record_length")
GAP_BYTES = 1 << 16  # between two records that are fetched together
JOINED_BYTES = 1 << 23
SLICE_ROWS = 1_000
KEY = "url_surtkey"
_WWW = re.compile(r"^(?:www\d*\.)+")
_NUMBERS = re.compile(r"[\d.:\[\]a-f]*")


class Capture(NamedTuple):
    """A row of the index: its number, and where its record lies; `wrong` where it does not say that."""

    row: int
    url: str | None
    file: str
    start: int
    end: int
    wrong: str | None = None


class CaptureRange(NamedTuple):
    """Captures that lie beside each other in a WARC file, and the bytes that hold them all."""

    file: str
    start: int
    end: int
    captures: list[Capture]


class Filter(NamedTuple):
    """What is asked of columns, by values: equal to one; of hosts and languages more freely."""

    hosts: Sequence[str]
    values: Mapping[str, Sequence[Any]]
    languages: Sequence[str]

    def columns(self) -> list[str]:
        """The columns that judge."""
        found = [name for name, values in self.values.items() if values]
        found += ["url_host_name"] if self.hosts else []
        return found + (["content_languages"] if self.languages else [])


def may_hold(group: pq.RowGroupMetaData, wanted: Filter) -> bool:
    """Whether a row group may hold a row that is meant, by the least and greatest value of its columns."""
    about = {}
    for number in range(group.num_columns):
        column = group.column(number)
        about[column.path_in_schema] = column.statistics if column.is_stats_set else None
    for name, values in wanted.values.items():
        if values and not _may_hold(about.get(name), values):
            return False
    return not wanted.hosts or any(_may_hold_host(about.get(KEY), host) for host in wanted.hosts)


def _may_hold_host(about: pq.Statistics | None, host: str) -> bool:
    """By the keys that the index is sorted by: a host's parts from the last on, without `www`; an address of
    numbers stands there as it is."""
    name = _WWW.sub("", host.removeprefix("."))
    if not name or _NUMBERS.fullmatch(name) or about is None or not about.has_min_max:
        return True
    begins = ",".join(reversed(name.split(".")))
    return bool(about.min <= begins + "\U0010ffff" and begins <= about.max)


def _may_hold(about: pq.Statistics | None, values: Sequence[Any]) -> bool:
    if about is None or not about.has_min_max or about.null_count is None or about.null_count > 0:
        return True
    return any(about.min <= value <= about.max for value in values)


def find_rows(table: pa.Table, wanted: Filter) -> list[int]:
    """Numbers of the rows that are meant, of a table that has the columns that judge."""
    frame = pl.DataFrame(pl.from_arrow(table))
    fits = [pl.col(name).is_in(list(values)) for name, values in wanted.values.items() if values]
    if wanted.hosts:
        host = pl.col("url_host_name").cast(pl.String)
        inside = [host.str.ends_with(name) | (host == name[1:]) for name in wanted.hosts if name[0] == "."]
        exact = [name for name in wanted.hosts if name[0] != "."]
        fits.append(pl.any_horizontal(host.is_in(exact), *inside))
    if wanted.languages:
        first = pl.col("content_languages").cast(pl.String).str.split(",").list.first()
        fits.append(first.is_in(list(wanted.languages)))
    if not fits:
        return list(range(table.num_rows))
    return frame.select(pl.all_horizontal(fits).fill_null(False)).to_series().arg_true().to_list()


def read_captures(file: pq.ParquetFile, group: int, first: int, wanted: Filter) -> Iterator[list[Capture]]:
    """The captures of a row group that are meant, in the order of their WARC files and places there, some at
    a time; `first` is the number of the group's first row."""
    names = wanted.columns()
    if names:
        rows = find_rows(file.read_row_group(group, columns=names, use_threads=False), wanted)
    else:
        rows = list(range(file.metadata.row_group(group).num_rows))
    if not rows:
        return
    table = (
        file.read_row_group(group, columns=list(WHERE), use_threads=False).select(WHERE).take(pa.array(rows))
    )
    for name in WHERE[:2]:
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table.column(at).cast(pa.large_binary()))
    table = table.append_column("row", pa.array(rows, pa.int64()))
    table = table.sort_by([(name, "ascending") for name in ("warc_filename", "warc_record_offset", "row")])
    for start in range(0, table.num_rows, SLICE_ROWS):
        columns = [column.to_pylist() for column in table.slice(start, SLICE_ROWS).columns]
        yield [_locate(first + row, *place) for *place, row in zip(*columns, strict=True)]


def _locate(
    row: int, url: bytes | None, file: bytes | None, offset: int | None, length: int | None
) -> Capture:
    name = (file or b"").decode("utf-8", "replace")
    shown = None if url is None else url.decode("utf-8", "replace")
    path = PurePosixPath(name)
    if not name or "://" in name or path.is_absolute() or ".." in path.parts or not name.isprintable():
        return Capture(row, shown, name, 0, 0, f"the index names no file of the crawl: {name!r}")
    if offset is None or length is None or offset < 0 or length <= 0:
        wrong = f"the index says that the record lies at byte {offset} and has {length} bytes"
        return Capture(row, shown, name, 0, 0, wrong)
    return Capture(row, shown, name, offset, offset + length)


def join(captures: Sequence[Capture]) -> Iterator[CaptureRange]:
    """Stretches of bytes that hold the captures, which are in order: neighbors are fetched together."""
    held: CaptureRange | None = None
    for capture in captures:
        if (
            held is not None
            and capture.file == held.file
            and capture.start - held.end <= GAP_BYTES
            and capture.end - held.start <= JOINED_BYTES
        ):
            held.captures.append(capture)
            held = held._replace(end=max(held.end, capture.end))
            continue
        if held is not None:
            yield held
        held = CaptureRange(capture.file, capture.start, capture.end, [capture])
    if held is not None:
        yield held
