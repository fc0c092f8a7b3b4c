"""Other people's corpora as JSON lines."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import polars as pl

from ingest.io.batches import Row, frames
from ingest.io.compression import Piece, opened, pieces


def filled(settings: Mapping[str, Any]) -> list[str]:
    """Those of `url` and `date` that the settings name."""
    return [name for name in ("url", "date") if settings[name]]


def read(
    uri: str,
    *,
    text: str = "text",
    id: str | None = "id",
    url: str | None = "url",
    date: str | None = None,
    max_line_bytes: int = 50_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", filled, "metadata"]:
    """One document per line of a .jsonl file: plain, gzip, zstd, lz4, bzip2 or xz; any fsspec URL.

    The settings name the corpus's fields (`meta.url` is the field `url` of `meta`). Its own id goes to
    `metadata` as `source_id`, beside all other fields. Blank lines are no rows. Errors: lines of invalid JSON
    or UTF-8, that are no objects, without text, longer than `max_line_bytes`, or in damaged compressed data.
    Raises FileNotFoundError.
    """
    fields = {"text": text, "source_id": id, "url": url, "date": date}
    named = {name: field for name, field in fields.items() if field}
    with opened(uri) as raw:
        yield from frames(_rows(pieces(raw), named, max_line_bytes))


def _rows(source: Iterator[Piece], fields: dict[str, str], max_line_bytes: int) -> Iterator[Row]:
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


def _row(line: bytes, fields: dict[str, str]) -> Row:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return {"error": f"invalid UTF-8 at byte {error.start} of the line"}
    except (ValueError, RecursionError) as error:
        return {"error": f"invalid JSON: {error}"}
    if not isinstance(record, dict):
        return {"error": f"a JSON {type(record).__name__}, not an object"}
    return mapped(record, fields)


def mapped(record: dict[str, Any], fields: dict[str, str]) -> Row:
    """A corpus's record as a row; `fields` says which of its fields is which of ours."""
    found = {name: _taken(record, field) for name, field in fields.items()}
    body = found.pop("text")
    source_id = found.pop("source_id", None)
    notes = {"source_id": source_id, **record} if source_id is not None else record
    row: Row = {"metadata": _json(notes) if notes else None}
    for name in ("url", "date"):
        if found.get(name) is not None:
            row[name] = str(found[name])
    if isinstance(body, bytes):  # as Parquet holds it; nobody has looked at it yet
        return {**row, **_as_utf8(body)}
    if not isinstance(body, str):
        present = ", ".join(sorted(record)) or "none"
        wrong = "is missing" if body is None else f"is a {type(body).__name__}, not a string"
        return {**row, "error": f"the field {fields['text']!r} {wrong}; the others are: {present}"}
    row["text"] = _sound(body)
    return row


def _taken(record: dict[str, Any], field: str) -> Any:
    """The value of a field, taken out; `a.b` is the field b of a, unless there is a field `a.b`."""
    if field in record:
        return record.pop(field)
    outer, _, inner = field.partition(".")
    nested = record.get(outer)
    return _taken(nested, inner) if inner and isinstance(nested, dict) else None


def _as_utf8(body: bytes) -> Row:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return {"error": f"invalid UTF-8 at byte {error.start} of the text"}
    return {"text": body}


def _sound(text: str) -> bytes:
    """The text as UTF-8. JSON can escape half a surrogate pair, which no UTF-8 can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _json(notes: dict[str, Any]) -> str:
    return _sound(_WRITTEN.encode(notes)).decode()


_WRITTEN = json.JSONEncoder(ensure_ascii=False, default=str)
