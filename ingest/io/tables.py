"""Rows of CSV and TSV files as records, in memory that one of them bounds."""

import csv
from collections.abc import Iterator
from typing import NamedTuple


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
    closes: what it has swallowed is lost), bytes that are no UTF-8, and damage of the file.
    """
    told: list[str] = []
    csv.field_size_limit(max_bytes)
    reader = csv.reader(_decode(lines, told), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    number = 0
    while True:
        wrong, row = None, None
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            wrong = f"no CSV: {error}"
        number += header is not None
        for error_before in told:
            yield Line(number, error=error_before)
            number += 1
        told.clear()
        if row is not None and header is None:
            header = None if len(row) == 1 and row[0].startswith("#") else row  # a comment on top
            continue
        if row == []:
            number -= 1
            continue
        if row is not None and header is not None and len(row) != len(header):
            wrong = f"{len(row)} columns, and the header has {len(header)}"
        if wrong or row is None or header is None:
            yield Line(number, error=wrong)
        else:
            yield Line(number, dict(zip(header, row, strict=True)))
    for error_behind in told:
        number += 1
        yield Line(number, error=error_behind)


def _decode(lines: Iterator[tuple[int, bytes, str | None]], told: list[str]) -> Iterator[str]:
    for at, (_, line, error) in enumerate(lines):
        if error:
            told.append(error)
            continue
        try:
            yield line.decode("utf-8" if at else "utf-8-sig") + "\n"
        except UnicodeDecodeError as wrong:
            told.append(f"invalid UTF-8 at byte {wrong.start} of the line")
