"""Rows of a source step into frames of bounded size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

import polars as pl

MAX_ROWS = 1_000
MAX_CHARS = 16_000_000


class Row(TypedDict, total=False):
    """One record of an input file: a document, one that is none (`drop_reason`), or a bad one (`error`)."""

    key: str
    text: str | bytes | None  # bytes are UTF-8: a reader that has them need not make a str of them
    url: str | None
    date: str | None
    metadata: str | None
    drop_reason: str | None
    error: str | None


def name_license(settings: Mapping[str, Any]) -> list[str]:
    """`license` where the setting gives it."""
    return ["license"] if settings["license"] else []


SCHEMA = pl.Schema(dict.fromkeys(Row.__annotations__, pl.String))


class PlacedRow(Row, total=False):
    """A row that says where it stands: a number of its own in the file, however that is cut."""

    place: int


PLACED = pl.Schema({**SCHEMA, "place": pl.Int64()})


class BodyRow(PlacedRow, total=False):
    """A row that may carry bytes for a later step to read, and says what they are."""

    media_type: str | None
    body: bytes | None
    preferences: str | None


def frames(
    rows: Iterable[Row | PlacedRow | BodyRow],
    *,
    schema: pl.Schema = SCHEMA,
    max_rows: int = MAX_ROWS,
    max_chars: int = MAX_CHARS,
) -> Iterator[pl.DataFrame]:
    """Batches of rows in order: a frame ends at `max_rows`, or once its texts hold `max_chars` characters.

    `schema` names further columns; a body (bytes in a column `body`) counts as text does.
    """
    batch: list[Row | PlacedRow | BodyRow] = []
    chars = 0
    for row in rows:
        batch.append(row)
        body = row.get("body")
        chars += len(row.get("text") or "") + (len(body) if isinstance(body, bytes) else 0)
        if len(batch) >= max_rows or chars >= max_chars:
            yield _make_frame(batch, schema)
            batch, chars = [], 0
    if batch:
        yield _make_frame(batch, schema)


def _make_frame(batch: Sequence[Row | PlacedRow | BodyRow], schema: pl.Schema) -> pl.DataFrame:
    # Column by column: half the time of polars' own reading of rows.
    columns: dict[str, Any] = {name: [row.get(name) for row in batch] for name in schema}
    if any(isinstance(text, bytes) for text in columns["text"]):
        encoded = [text.encode() if isinstance(text, str) else text for text in columns["text"]]
        columns["text"] = pl.Series(encoded, dtype=pl.Binary).cast(pl.String)
    return pl.DataFrame(columns, schema=schema)
