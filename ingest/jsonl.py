"""Other people's corpora as JSON lines."""

import json
from collections.abc import Iterator
from typing import Annotated

import polars as pl

from ingest.io.batches import Row, frames
from ingest.io.compression import Piece, opened, pieces
from ingest.io.mapping import Fields, complete, filled, mapped, schema


def read(
    uri: str,
    *,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
    max_line_bytes: int = 50_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", filled, "metadata"]:
    """One document per line of a .jsonl file: plain, gzip, zstd, lz4, bzip2 or xz; any fsspec URL.

    `fields` says which field fills which column: `{ text = "content", url = "meta.url", key = "id" }`, where
    `meta.url` is the field `url` of `meta`. Columns are `text` (where nothing is said, the field `text`),
    `key` (the record's own id), `url`, `date`, `license`, `language`, `language_score`, `token_count` and
    `score_<name>`. All other fields go to `metadata`, and the one of `key` too.

    A record that lacks a named field is an error; `url = "meta.url?"` says that records may lack it. Errors
    are also values of another form (a list as a url), lines of invalid JSON or UTF-8, that are no objects,
    longer than `max_line_bytes`, or in damaged compressed data. Blank lines are no rows. Raises
    FileNotFoundError.
    """
    columns = schema(fields)
    with opened(uri) as raw:
        yield from frames(_rows(pieces(raw), complete(fields), max_line_bytes), schema=columns)


def _rows(source: Iterator[Piece], fields: Fields, max_line_bytes: int) -> Iterator[Row]:
    number = 0
    for number, (line, error) in enumerate(_lines(source, max_line_bytes), 1):
        if error:
            yield {"key": f"line {number}", "error": error}
        elif line.strip():
            yield {"key": f"line {number}", **_row(line, fields)}
    if number == 0:
        yield {"key": "file", "error": "the file is empty"}


def _lines(source: Iterator[Piece], max_line_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    """Lines in order; an over-long or damaged one is (b"", error). Holds one line and one piece."""
    rest: list[bytes] = []
    held = 0  # bytes of the unfinished line, also those thrown away
    for piece in source:
        if piece.damage:
            yield b"", piece.damage
            rest, held = [], 0
            continue
        first, *others = piece.data.split(b"\n")
        held += len(first)
        if held <= max_line_bytes:
            rest.append(first)
        for following in others:
            yield _line(rest, held, max_line_bytes)
            rest, held = [following], len(following)
    if held:
        yield _line(rest, held, max_line_bytes)


def _line(parts: list[bytes], held: int, max_line_bytes: int) -> tuple[bytes, str | None]:
    if held > max_line_bytes:
        return b"", f"the line has {held} bytes, more than max_line_bytes ({max_line_bytes}); raise it"
    return b"".join(parts), None


def _row(line: bytes, fields: Fields) -> Row:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return {"error": f"invalid UTF-8 at byte {error.start} of the line"}
    except (ValueError, RecursionError) as error:
        return {"error": f"invalid JSON: {error}"}
    if not isinstance(record, dict):
        return {"error": f"a JSON {type(record).__name__}, not an object"}
    return mapped(record, fields)
