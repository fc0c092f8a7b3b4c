"""Whether a file has records at all, and the first of them the fields that its reader's settings name."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from winnow.ingest.io.batches import PlacedRow, Row
from winnow.ingest.io.mapping import has_field

RECORDS = 1_000
SHOWN = 50

Record = dict[str, Any]
R = TypeVar("R", bound=Row)

EMPTY_FILE: PlacedRow = {"key": "file", "place": 0, "error": "the file is empty"}


class NoSuchField(ValueError):
    """Of the first records none has a field that the settings name, which is no fault of a record.

    `of_setting` names the setting: who runs the reader may stop there.
    """

    of_setting = "fields"


def report_empty(
    read: Callable[[int, int | None], Iterable[R]], empty: R, start: int = 0, stop: int | None = None
) -> Iterator[R]:
    """What `read` gives of a range of a file; in the one from 0 `empty`, if the whole file gives nothing."""
    any_row = False
    for row in read(start, stop):
        any_row = True
        yield row
    later = () if start or any_row or stop is None else read(stop, None)
    if not start and not any_row and not any(True for _ in later):
        yield empty


def require_fields(
    read: Callable[..., Iterable[R]],
    make: Callable[[Record], Row],
    fields: Iterable[str],
    uri: str,
    stop: int | None,
) -> Iterator[R]:
    """The rows that `read` makes, by `make`, of the records of a file from its beginning, till `stop`.

    Raises NoSuchField behind `RECORDS` records, or all where there are fewer, of which none has one of
    `fields` (`a|b`: neither). A field with `?` at its end may lack. Where too few stand before `stop`, those
    behind it are looked at, so that ranges of a file are judged as the whole is.
    """
    absent = {field for field in fields if not field.endswith("?")}
    names: dict[str, None] = {}
    seen = 0

    def note(record: Record) -> Row:
        nonlocal seen
        if absent and seen < RECORDS:
            seen += 1
            absent.difference_update([field for field in absent if has_field(record, field)])
            if len(names) < SHOWN:
                names.update(dict.fromkeys(record))
        return make(record)

    for row in read(note):
        yield row
        if absent and seen >= RECORDS:
            break
    if absent and seen < RECORDS and stop is not None:
        for _ in itertools.islice(read(note, start=stop, stop=None), RECORDS):
            if not absent or seen >= RECORDS:
                break
    if absent and seen:
        raise NoSuchField(format_absent(sorted(absent), names, f"{uri}: none of its first {seen:,} records"))


def format_absent(absent: list[str], names: Iterable[str], who: str) -> str:
    """That `who` has not the fields, and which ones there are."""
    known = [str(name) for name in names]
    there = ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
    return f"{who} has {' or '.join(map(repr, absent))}; there are: {there or 'none'}"
