"""Captures of Common Crawl by its columnar index: only the records that are meant are fetched, by range."""

import errno
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any, BinaryIO, NamedTuple

import fsspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import PositiveInt

from winnow.ingest import warc
from winnow.ingest.archive import captures
from winnow.ingest.archive.captures import Capture, CaptureRange, Filter
from winnow.ingest.archive.panel import WORK
from winnow.ingest.archive.panel import panel as panel
from winnow.ingest.io import connection_limit, web
from winnow.ingest.io.batches import PLACED, BodyRow, cut_batches, describe, frames, is_of_data, read_record
from winnow.ingest.io.remote import Remote
from winnow.ingest.io.uris import is_web, open_uri, options
from winnow.ingest.parquet import begins
from winnow.languages import CrawlLanguageCode

TELLS = {"kind": "crawled", "does": {"index": "select"}}

ROOT = "https://data.commoncrawl.org/"
_IN_CRAWL = "cc-index/table/"
_BATCH_BYTES = 1 << 24  # of records, packed as they are

# What is wrong with the place that one row names.
_NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)

Get = Callable[[str, int, int], bytes]


class _Request(NamedTuple):
    root: str
    wanted: Filter
    records: warc.Options


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: by row groups."""
    return True


def select(
    uri: str,
    *,
    hosts: list[str] = [],  # noqa: B006 - never changed
    tlds: list[str] = [],  # noqa: B006 - never changed
    languages: list[CrawlLanguageCode] = [],  # noqa: B006 - never changed
    types: list[str] = [],  # noqa: B006 - never changed
    statuses: list[PositiveInt] = [200],  # noqa: B006 - never changed
    root: str | None = None,
    texts: list[str] = ["text/plain", "text/markdown"],  # noqa: B006 - never changed
    bodies: list[str] = [],  # noqa: B006 - never changed
    max_record_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata", warc.EXTRA, warc.name_body]:
    """Captures that a Parquet file of Common Crawl's columnar index names, as `ingest.warc:read` reads them.

    Every setting that is given must hold of a row: its host is one of `hosts` (`.example.org`: that or one
    under it), its top-level domain one of `tlds`, the first of its languages (ISO 639-3) one of `languages`,
    its type, as the crawl detected it, one of `types`, its HTTP status one of `statuses` (of any, where that
    is empty). Each row that is meant is one row here, by its number in the index; no other is.
    Records are fetched from behind `root`, where the index does not lie in a crawl (`cc-index/table/`)
    from https://data.commoncrawl.org/; neighbors (64 KiB apart, up to 8 MiB) by one request. Between the
    bytes `start` and `stop`: row groups that begin there. `texts`, `bodies` and `max_record_bytes` are those
    of `ingest.warc:read`, and so are the reasons for which rows are dropped. Errors: a row without a place,
    a record that is not there, is damaged or of another URL; a damaged row group, which loses its rows
    (one error row). Raises FileNotFoundError, and ValueError where the file is no Parquet file or has not
    the columns that are asked of (languages: from CC-MAIN-2018-39 on).
    """
    if not all(host.strip(".") for host in hosts):
        raise ValueError(f"hosts {hosts}: one of them is empty")
    schema = pl.Schema(PLACED | warc.EXTRA | WORK | warc.name_body({"bodies": bodies}))
    values: dict[str, Sequence[Any]] = {
        "url_host_tld": [*map(str.lower, tlds)],
        "content_mime_detected": types,
        "fetch_status": statuses,
    }
    wanted = Filter([*map(str.lower, hosts)], values, [*map(str.lower, languages)])
    records = warc.Options(
        frozenset(map(str.lower, texts)), frozenset(map(str.lower, bodies)), max_record_bytes
    )
    asked = _Request(_find_root(uri, root), wanted, records)
    with open_uri(uri, 0, 0) as raw:  # of which little is read: it is not fetched whole
        file = _open_table(raw, uri, wanted)
        yield from frames(_read_rows(raw, file, asked, start, stop), schema=schema)


def _find_root(uri: str, root: str | None) -> str:
    if root is None:
        root = uri.partition(_IN_CRAWL)[0] if _IN_CRAWL in uri else ROOT
    return f"{root.rstrip('/')}/" if root else ""


def _open_table(raw: BinaryIO, uri: str, wanted: Filter) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(raw, pre_buffer=True)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{uri}: not a whole Parquet file ({error}); fetch it again") from error
    names = file.schema_arrow.names
    lacking = [name for name in (*captures.WHERE, *wanted.columns()) if name not in names]
    if lacking:
        raise ValueError(
            f"{uri}: no column {lacking[0]!r}, which is asked of; the file has: {', '.join(names)}"
        )
    return file


def _read_rows(
    raw: BinaryIO, file: pq.ParquetFile, asked: _Request, start: int, stop: int | None
) -> Iterator[BodyRow]:
    any_row = False
    for row in _read_groups(raw, file, asked, start, stop):
        any_row = True
        yield row
    if start or any_row:
        return
    rest = () if stop is None else _list_groups(raw, file, asked.wanted, stop, None)
    if not any(_gives_rows(file, group, first, asked.wanted) for group, first in rest):
        yield {"key": "file", "place": file.metadata.num_rows, "drop_reason": "commoncrawl.no_capture"}


def _gives_rows(file: pq.ParquetFile, group: int, first: int, wanted: Filter) -> bool:
    """Whether a row group gives any row, be it of its damage."""
    try:
        return any(True for _ in captures.read_captures(file, group, first, wanted))
    except Exception as error:
        if not is_of_data(error):
            raise
        return True


def _list_groups(
    raw: BinaryIO, file: pq.ParquetFile, wanted: Filter, start: int, stop: int | None
) -> Iterator[tuple[int, int]]:
    """The row groups of a range that may hold a row that is meant, and the numbers of their first rows."""
    first, size = 0, raw.seek(0, os.SEEK_END)
    for group in range(file.num_row_groups):
        about = file.metadata.row_group(group)
        if begins(file, group, size, start, stop) and captures.may_hold(about, wanted):
            yield group, first
        first += about.num_rows


def _read_groups(
    raw: BinaryIO, file: pq.ParquetFile, asked: _Request, start: int, stop: int | None
) -> Iterator[BodyRow]:
    for group, first in _list_groups(raw, file, asked.wanted, start, stop):
        found = captures.read_captures(file, group, first, asked.wanted)
        while True:
            try:
                with raw.hold() if isinstance(raw, Remote) else nullcontext():
                    some = next(found, None)
            except Exception as error:
                if not is_of_data(error):
                    raise
                lost = f"rows {first} to {first + file.metadata.row_group(group).num_rows - 1} are lost"
                told = f"{lost}: damaged row group ({describe(error)})"
                yield {"key": f"row group {group}", "place": first, "error": told}
                break
            if some is None:
                break
            for captured in cut_batches(some, lambda capture: capture.end - capture.start, _BATCH_BYTES):
                yield from _fetch(captured, asked)


def _fetch(captured: Sequence[Capture], asked: _Request) -> Iterator[BodyRow]:
    """The rows of a batch, whose records are fetched over one connection and then unpacked one by one."""
    good: list[Capture] = []
    for capture in captured:
        size = capture.end - capture.start
        if wrong := capture.wrong or (
            f"the record has {size} bytes, more than max_record_bytes ({asked.records.max_bytes}); raise it"
            if size > asked.records.max_bytes
            else None
        ):
            yield _fail(capture, wrong)
        else:
            good.append(capture)
    if good:
        with _connect(asked.root) as get:
            fetched = [(span, _fetch_span(span, get, asked.root)) for span in captures.join(good)]
        for span, data in fetched:
            yield from _read_span(span, data, asked)


def _fetch_span(span: CaptureRange, get: Get, root: str) -> bytes | str:
    """The bytes of a stretch, or what is wrong with its place."""
    try:
        return get(f"{root}{span.file}", span.start, span.end)
    except _NO_FILE as error:
        return describe(error)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENAMETOOLONG):  # a place, or a name, that no file has
            raise
        return describe(error)


def _read_span(span: CaptureRange, data: bytes | str, asked: _Request) -> Iterator[BodyRow]:
    if isinstance(data, str):
        yield from (_fail(capture, data) for capture in span.captures)
        return
    for capture in span.captures:
        record = data[capture.start - span.start : capture.end - span.start]
        if len(record) < capture.end - capture.start:
            yield _fail(capture, f"{span.file} ends before the record does")
        else:
            row = read_record(_read_capture, record, capture, asked.records)
            yield {**_name(capture), **row, "key": _name_key(capture), "place": capture.row}


@contextmanager
def _connect(root: str) -> Iterator[Get]:
    """What gets bytes of files behind `root`."""
    if is_web(root):
        with web.connect(root) as connection:

            def get(url: str, start: int, end: int) -> bytes:
                into = io.BytesIO()
                web.fetch(connection, url, into, start, end)
                return into.getvalue()

            yield get
        return
    system, _ = fsspec.url_to_fs(root, **options(root))
    bucket = root.removeprefix("s3://").partition("/")[0]
    with connection_limit.acquire(f"s3-{bucket}") if root.startswith("s3://") else nullcontext():
        yield lambda url, start, end: bytes(system.cat_file(url, start=start, end=end))


def _read_capture(record: bytes, capture: Capture, wanted: warc.Options) -> BodyRow:
    """The row of a record, which must be the one that the index names."""
    found = list(warc.read_captures(io.BytesIO(record), wanted, 0, None))
    row = found[0] if len(found) == 1 else None
    if row is None:
        return {"error": f"no capture lies there, but {len(found)} records or what is about records"}
    url = row.get("url")
    if capture.url is not None and url is not None and url != capture.url:
        return {"url": capture.url, "error": f"the record that lies there is of another URL, {url}"}
    if row.get("_work"):  # it came out though it is damaged
        damage = json.loads(row["metadata"] or "{}")["damage"]
        return {"url": capture.url, "error": f"the record that lies there is not whole: {damage}"}
    return row


def _name(capture: Capture) -> BodyRow:
    return {"key": _name_key(capture), "place": capture.row, "url": capture.url}


def _name_key(capture: Capture) -> str:
    return f"row {capture.row}: bytes {capture.start} to {capture.end} of {capture.file}"


def _fail(capture: Capture, error: str) -> BodyRow:
    return {**_name(capture), "error": error}
