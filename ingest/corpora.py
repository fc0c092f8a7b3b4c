"""Other people's corpora as they lie in folders: Parquet, JSON lines, JSON arrays, tables, packed or not."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import polars as pl
import pyarrow as pa
from pydantic import PositiveInt

from winnow.ingest import jsonl, parquet
from winnow.ingest.io.batches import PlacedRow, Row, Unreadable, frames, is_of_data, read_record
from winnow.ingest.io.compression import find_unpacker
from winnow.ingest.io.mapping import complete, find_double, make_schema, map_record
from winnow.ingest.io.mapping import name_columns as name_fields
from winnow.ingest.io.presence import require_fields
from winnow.ingest.io.tables import read_table
from winnow.ingest.io.uris import name_file, open_uri
from winnow.ingest.io.values import read_values

Make = Callable[[dict[str, Any]], Row]
_HEAD_BYTES = 1 << 16
_TABLES = {".csv": ",", ".tsv": "\t"}
_ARROW_FILE, _ARROW_STREAM = b"ARROW1\0\0", b"\xff\xff\xff\xff"


def name_columns(settings: Mapping[str, Any]) -> dict[str, pl.DataType]:
    """What `corpus` and `fields` name."""
    return name_fields({"fields": _join_fields(settings["corpus"], settings["fields"])})


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is not packed, and no table, by its name."""
    return not name.lower().endswith((*jsonl.PACKED, *_TABLES, ".arrow"))


def read(
    uri: str,
    *,
    corpus: str | None = None,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
    max_record_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", name_columns, "metadata"]:
    """One document per record of a file of any form: Parquet, JSON lines (plain, gzip, zstd, lz4, bzip2, xz),
    a JSON array, objects one behind the other, Arrow (IPC), CSV and TSV (by their names alone).

    `corpus` names a corpus whose fields are known: `c4`, `common_pile`, `culturax`, `dclm`, `dolma`,
    `finepdfs`, `fineweb`, `fineweb2`, `oscar`, `pile`, `redpajama`, `redpajama2`, `slimpajama`, `stack`,
    `stack2` (`ingest/io/corpora.toml`). `fields` goes before them, as `ingest.jsonl:read` has it; all other
    fields go to `metadata`, and the one of `key` too. Several licenses of a record are joined by ` AND `,
    several authors by `; `.

    Between the bytes `start` and `stop`: row groups and lines that begin there; a file of another form, or a
    packed one, is all in the range from 0. Errors: records that lack a named field, hold values of another
    form, are damaged or have more than `max_record_bytes`; reading goes on at the next. A table whose header
    is damaged, or of which two columns have one name, is one error row. Raises FileNotFoundError; ValueError
    where a Parquet file is damaged or has two columns of one name; NoSuchField where none of the first 1,000
    records has a named field.
    """
    named = complete(_join_fields(corpus, fields))
    make = partial(map_record, fields=named)
    with open_uri(uri, start, stop) as raw:
        read_all = partial(
            read_rows, raw, uri, max_record_bytes=max_record_bytes, start=start, stop=stop, fields=named
        )
        rows = read_all(make) if start else require_fields(read_all, make, named.values(), uri, stop)
        yield from frames(rows, schema=make_schema(named))


def _join_fields(corpus: str | None, fields: Mapping[str, str]) -> dict[str, str]:
    known = _read_known()
    if corpus is not None and corpus not in known:
        raise ValueError(f"corpus: no corpus {corpus!r} is known; there are {', '.join(sorted(known))}")
    return {**(known[corpus] if corpus is not None else {}), **fields}


@cache
def _read_known() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "io" / "corpora.toml").read_text("utf-8"))


def read_rows(
    raw: BinaryIO,
    uri: str,
    make: Make,
    max_record_bytes: int,
    start: int,
    stop: int | None,
    *,
    fields: Mapping[str, str] | None = None,
) -> Iterator[PlacedRow]:
    """What `make` makes of the records of a file of any form, or of a range of it.

    `fields` are the columns that a Parquet file must have, whose text comes as bytes.
    """
    first = raw.read(8)
    raw.seek(0)
    if first.startswith(b"PAR1"):
        file = parquet.open_file(raw, uri)
        if fields and file.metadata.num_rows:
            parquet.refuse_missing(raw, uri, fields, file.schema_arrow.names)
        text = fields["text"] if fields else None
        yield from parquet.read_rows(raw, file, make, text, start, stop)
    elif first.startswith((_ARROW_STREAM, _ARROW_FILE)):
        yield from () if start else _read_arrow(raw, make, first == _ARROW_FILE)
    elif delimiter := _find_delimiter(uri):
        yield from () if start else _read_table(raw, make, delimiter, max_record_bytes)
    elif _is_lines(raw):
        yield from jsonl.read_rows(raw, make, max_record_bytes, start, stop)
    elif not start:
        yield from _read_array(raw, make, max_record_bytes)


def _find_delimiter(uri: str) -> str | None:
    name = name_file(uri).lower()
    for ending in jsonl.PACKED:
        name = name.removesuffix(ending)
    return next((sign for ending, sign in _TABLES.items() if name.endswith(ending)), None)


def _is_lines(raw: BinaryIO) -> bool:
    """Whether objects stand in lines of their own: no array begins the file, and no object of many lines."""
    _, unpack = find_unpacker(raw)
    head = next((piece.data for piece in unpack(raw) if not piece.damage), b"")[:_HEAD_BYTES]
    raw.seek(0)
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    line, ended, rest = head.partition(b"\n")
    if not line.startswith(b"["):
        return not (line.strip() == b"{" and ended)
    with suppress(ValueError, RecursionError):  # a line that is an array, among others
        json.loads(line)
        return bool(rest.strip())
    return False


def _read_array(raw: BinaryIO, make: Make, max_record_bytes: int) -> Iterator[PlacedRow]:
    _, unpack = find_unpacker(raw)
    empty = True
    for place, record, error in read_values(unpack(raw), max_record_bytes):
        empty = False
        row: Row = {"error": error} if record is None else read_record(make, record)
        yield {"key": f"item at byte {place}", "place": place, **row}
    if empty:
        yield {"key": "file", "place": 0, "error": "an array without items"}


def _read_table(raw: BinaryIO, make: Make, delimiter: str, max_record_bytes: int) -> Iterator[PlacedRow]:
    _, unpack = find_unpacker(raw)
    lines = jsonl.cut_lines(unpack(raw), max_record_bytes, 0, None)
    empty = True
    for number, record, error in read_table(lines, delimiter=delimiter, max_bytes=max_record_bytes):
        empty = False
        row: Row = {"error": error} if record is None else read_record(make, dict(record))
        yield {"key": f"row {number}", "place": number, **row}
    if empty:
        yield {"key": "file", "place": 0, "error": "a table without rows"}


def _read_arrow(raw: BinaryIO, make: Make, is_file: bool) -> Iterator[PlacedRow]:
    """Rows of an Arrow file or stream, batch by batch; damage ends it: no batch says where it begins."""
    number = 0
    try:
        reader = pa.ipc.open_file(raw) if is_file else pa.ipc.open_stream(raw)
        batches = (reader.get_batch(n) for n in range(reader.num_record_batches)) if is_file else reader
        if (double := find_double(reader.schema.names)) is not None:
            raise Unreadable(f"two columns are named {double!r}; rename one")
        for batch in batches:
            batch.validate(full=True)
            for row in parquet.read_batch(batch, make):
                yield {"key": f"row {number}", "place": number, **row}
                number += 1
    except Exception as error:
        if not is_of_data(error) or isinstance(error, Unreadable):
            raise
        told = f"damaged Arrow data, the rest is lost ({error})"
        yield {"key": f"row {number}", "place": number, "error": told}
        return
    if not number:
        yield {"key": "file", "place": 0, "error": "the file has no rows"}
