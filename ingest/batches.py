"""Rows of a source step into frames of bounded size."""

from collections.abc import Iterable, Iterator
from typing import TypedDict

import polars as pl

MAX_ROWS = 1_000
MAX_CHARS = 16_000_000


class Row(TypedDict, total=False):
    """One record of an input file: a document, one that is none (`drop_reason`), or a bad one (`error`)."""

    key: str
    text: str | None
    url: str | None
    date: str | None
    metadata: str | None
    drop_reason: str | None
    error: str | None


SCHEMA = pl.Schema(dict.fromkeys(Row.__annotations__, pl.String))


def frames(
    rows: Iterable[Row], *, max_rows: int = MAX_ROWS, max_chars: int = MAX_CHARS
) -> Iterator[pl.DataFrame]:
    """Batches of rows in order: a frame ends at `max_rows`, or once its texts hold `max_chars` characters."""
    batch: list[Row] = []
    chars = 0
    for row in rows:
        batch.append(row)
        chars += len(row.get("text") or "")
        if len(batch) >= max_rows or chars >= max_chars:
            yield pl.DataFrame(batch, schema=SCHEMA)
            batch, chars = [], 0
    if batch:
        yield pl.DataFrame(batch, schema=SCHEMA)
