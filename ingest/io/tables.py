"""Rows of CSV and TSV files as records, in memory that one of them bounds."""

import csv
from collections.abc import Iterator
from typing import NamedTuple

from winnow.ingest.io.batches import Unreadable
from winnow.ingest.io.mapping import find_double


class Line(NamedTuple):
    """A row of the table, or what is wrong in its place; rows count from 1, behind the header."""

    number: int
    record: dict[str, str] | None = None
    error: str | None = None


def read_table(
    lines: Iterator[tuple[int, bytes, str | None]], *, delimiter: str, max_bytes: int
) -> Iterator[Line]:
    """The rows of a table under the names in its first row; lines may end inside quotes. Comments (`#`) may
    stand on top.

    Errors: a row with other columns than the header, a field of more than `max_bytes` (a quote that never
    closes: what it has swallowed is lost), bytes that are no UTF-8, and damage of the file. Raises Unreadable
    where the header is damaged, since no row can then be named, or names two columns alike.
    """
    told: list[str] = []
    csv.field_size_limit(max_bytes)
    reader = csv.reader(_decode(lines, told), delimiter=delimiter, strict=True)
    header = _read_header(reader, told)
    number = 0
    while header:
        wrong, row = None, None
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            wrong = f"no CSV: {error}"
        for error_before in told:
            number += 1
            yield Line(number, error=error_before)
        told.clear()
        if row == []:
            continue
        number += 1
        if row is not None and len(row) != len(header):
            wrong = f"{len(row)} columns, and the header has {len(header)}"
        if wrong or row is None:
            yield Line(number, error=wrong)
        else:
            yield Line(number, dict(zip(header, row, strict=True)))
    for error_behind in told:
        number += 1
        yield Line(number, error=error_behind)


def _read_header(rows: Iterator[list[str]], told: list[str]) -> list[str]:
    """The first row that is not empty and no comment; none where there is no row."""
    header: list[str] = []
    try:
        header = next((row for row in rows if row and not (len(row) == 1 and row[0].startswith("#"))), [])
    except csv.Error as error:
        told.append(f"no CSV: {error}")
    if told:
        raise Unreadable(f"damaged header ({told[0]}): no column has a name")
    if (double := find_double(header)) is not None:
        raise Unreadable(f"two columns are named {double!r}; rename one")
    return header


def _decode(lines: Iterator[tuple[int, bytes, str | None]], told: list[str]) -> Iterator[str]:
    for at, (_, line, error) in enumerate(lines):
        if error:
            told.append(error)
            continue
        try:
            yield line.decode("utf-8" if at else "utf-8-sig") + "\n"
        except UnicodeDecodeError as wrong:
            told.append(f"invalid UTF-8 at byte {wrong.start} of the line")
