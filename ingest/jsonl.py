"""Other people's corpora as JSON lines."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import PlacedRow, Row, frames, read_record
from winnow.ingest.io.byte_range import OUT_BYTES, Piece
from winnow.ingest.io.compression import RAW_BYTES, find_unpacker
from winnow.ingest.io.mapping import complete, make_schema, map_record, name_columns
from winnow.ingest.io.presence import EMPTY_FILE, report_empty, require_fields
from winnow.ingest.io.uris import open_uri

Make = Callable[[dict[str, Any]], Row]
PACKED = (".gz", ".zst", ".zstd", ".lz4", ".bz2", ".xz")


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is not packed, by its name."""
    return not name.lower().endswith(PACKED)


def read(
    uri: str,
    *,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
    max_line_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", name_columns, "metadata"]:
    """One document per line of a .jsonl file: plain, gzip, zstd, lz4, bzip2 or xz; any fsspec URL.

    Between the bytes `start` and `stop`: lines that begin there; a packed file is all in the range from 0.
    `fields` says which field fills which column: `{ text = "content", url = "meta.url", key = "id" }`, where
    `meta.url` is the field `url` of `meta`. Columns are `text` (where nothing is said, the field `text`),
    `key` (the record's own id), `url`, `date`, `license`, `author`, `thread`, `language`, `language_score`,
    `token_count` and `score_<name>`. All other fields go to `metadata`, and the one of `key` too.

    A record that lacks a named field is an error; `url = "meta.url?"` says that records may lack it. Errors
    are also values of another form (a list as a url), lines of invalid JSON or UTF-8, that are no objects,
    longer than `max_line_bytes`, or in damaged compressed data. Blank lines are no rows. Raises
    FileNotFoundError; NoSuchField where none of the first 1,000 records has a named field.
    """
    columns = make_schema(fields)
    with open_uri(uri, start, stop) as raw:
        named = complete(fields)
        read_all = partial(read_rows, raw, max_line_bytes=max_line_bytes, start=start, stop=stop)
        make = partial(map_record, fields=named)
        rows = read_all(make) if start else require_fields(read_all, make, named.values(), uri, stop)
        yield from frames(rows, schema=columns)


def read_rows(
    raw: BinaryIO, make: Make, max_line_bytes: int, start: int = 0, stop: int | None = None
) -> Iterator[PlacedRow]:
    """What `make` makes of the objects in a file of JSON lines, row by row, as `read` reads them."""
    return report_empty(partial(_read_lines, raw, make, max_line_bytes), EMPTY_FILE, start, stop)


def _read_lines(
    raw: BinaryIO, make: Make, max_line_bytes: int, start: int, stop: int | None
) -> Iterator[PlacedRow]:
    return make_rows(_read_range(raw, max_line_bytes, start, stop), make)


def make_rows(lines: Iterable[tuple[int, bytes, str | None]], make: Make) -> Iterator[PlacedRow]:
    """What `make` makes of the object in each line (its place, itself, or its error) that is not blank."""
    for place, line, error in lines:
        if error or line.strip():
            row: Row = {"error": error} if error else read_record(_parse_line, line, make)
            yield {"key": f"line at byte {place}", "place": place, **row}


def _read_range(
    raw: BinaryIO, max_line_bytes: int, start: int, stop: int | None
) -> Iterator[tuple[int, bytes, str | None]]:
    """The lines that begin in a range of the file, each with its byte in what is unpacked."""
    packing, unpack = find_unpacker(raw)
    if packing != "plain":
        return iter(()) if start else cut_lines(unpack(raw), max_line_bytes, 0, None)
    first = _find_line(raw, start, stop)
    return (
        iter(()) if first is None else cut_lines(_read_bytes(raw, first, stop), max_line_bytes, first, stop)
    )


def _find_line(raw: BinaryIO, start: int, stop: int | None) -> int | None:
    """Where the first line begins at or behind `start`; None where there is none before `stop`."""
    if start == 0:
        return 0
    place = raw.seek(start - 1)
    while (stop is None or place < stop) and (data := raw.read(RAW_BYTES)):
        if (at := data.find(b"\n")) >= 0:
            first = place + at + 1
            return first if stop is None or first < stop else None
        place += len(data)
    return None


def _read_bytes(raw: BinaryIO, start: int, stop: int | None) -> Iterator[Piece]:
    """The bytes from `start` on, behind `stop` in small pieces: they are the rest of one line."""
    place = raw.seek(start)
    while data := raw.read(
        OUT_BYTES if stop is None else min(OUT_BYTES, stop - place) if place < stop else RAW_BYTES
    ):
        place += len(data)
        yield Piece(data)


def cut_lines(
    source: Iterator[Piece], max_line_bytes: int, place: int, stop: int | None
) -> Iterator[tuple[int, bytes, str | None]]:
    """Place, line and error of each line that begins before `stop`; an over-long or damaged one is b"".

    Holds one line and one piece.
    """
    rest: list[bytes] = []
    held = 0  # bytes of the unfinished line, also those thrown away
    for piece in source:
        if piece.damage:
            yield place, b"", piece.damage
            place += held + 1  # as if the line had ended there
            rest, held = [], 0
            continue
        first, *others = piece.data.split(b"\n")
        held += len(first)
        if held <= max_line_bytes:
            rest.append(first)
        for following in others:
            yield place, *_finish_line(rest, held, max_line_bytes)
            place += held + 1
            if stop is not None and place >= stop:
                return
            rest, held = [following], len(following)
    if held:
        yield place, *_finish_line(rest, held, max_line_bytes)


def _finish_line(parts: list[bytes], held: int, max_line_bytes: int) -> tuple[bytes, str | None]:
    if held > max_line_bytes:
        return b"", f"the line has {held} bytes, more than max_line_bytes ({max_line_bytes}); raise it"
    return b"".join(parts), None


def _parse_line(line: bytes, make: Make) -> Row:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return {"error": f"invalid UTF-8 at byte {error.start} of the line"}
    except (ValueError, RecursionError) as error:
        return {"error": f"invalid JSON: {error}"}
    if not isinstance(record, dict):
        return {"error": f"a JSON {type(record).__name__}, not an object"}
    return make(record)
