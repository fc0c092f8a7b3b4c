"""Which field of another's corpus becomes which column of a document.

A mapping is a dict of columns and fields: `{"text": "content", "url": "meta.url", "score_edu": "edu?"}`. A
dot reaches into an object (or the JSON of one in a string), unless there is a field of the whole name; of
`a|b` the first is taken that a record has and that is not null, and the others are left; a question mark at
the end says that records may have none.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, cast

import polars as pl

from winnow.ingest.io.batches import PLACED, Row

Fields = Mapping[str, str]

_JOINED = {"license": " AND ", "author": "; "}  # of a list of strings: all of them hold
_STRING_NAMES = "text key url date license author thread language code_path code_language"
_STRINGS = tuple(_STRING_NAMES.split())
_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(_STRINGS, pl.String()),
    "language_score": pl.Float32(),
    "token_count": pl.Int64(),
}
_SCORE = re.compile(r"score_[a-z0-9_]+")
_ABSENT = object()  # where a record has no such field, not even an empty one
_MAX_INT = 2**63


def name_columns(settings: Mapping[str, Any]) -> dict[str, pl.DataType]:
    """What `fields` names."""
    found = {}
    for name, field in complete(settings["fields"]).items():
        if name not in _COLUMNS and not _SCORE.fullmatch(name):
            known = f"{', '.join(_COLUMNS)} and score_<name>"
            raise ValueError(f"fields: no column {name!r} can be filled; there are {known}")
        if not field.removesuffix("?"):
            raise ValueError(f"fields: no field is named for {name!r}")
        found[name] = _COLUMNS.get(name, pl.Float32())
    return found


def complete(fields: Fields) -> Fields:
    """The mapping with the field `text` as the text, where it names no other."""
    return {"text": "text", **fields}


def make_schema(fields: Fields) -> pl.Schema:
    """Columns and types of the rows that a mapping makes."""
    return pl.Schema({**PLACED, **name_columns({"fields": fields})})


def find_missing(fields: Fields, names: Iterable[str]) -> list[str]:
    """The fields that must be there of which a table with columns of these `names` has none."""
    known = set(names)
    wanted = [field for field in complete(fields).values() if not field.endswith("?")]
    return [
        field
        for field in wanted
        if not any(one in known or one.split(".")[0] in known for one in list_alternatives(field))
    ]


def list_alternatives(field: str) -> list[str]:
    """The fields of `a|b?`."""
    return field.removesuffix("?").split("|")


def has_field(record: dict[str, Any], field: str) -> bool:
    """Whether a record has the field, or one of `a|b`; JSON that it reaches into is parsed."""
    _choose(record, field.removesuffix("?"))
    return any(_find(record, one) is not _ABSENT for one in list_alternatives(field))


def find_double(names: Iterable[str]) -> str | None:
    """The first name that two columns of a table have: a record has a field but once."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def map_record(record: dict[str, Any], fields: Fields) -> Row:
    """A corpus's record as a row: what is mapped in its columns, all else in `metadata`.

    A field that is mapped to `key` stays there too: `key` is for people, and does not go into shards. A field
    that the record lacks or that holds no such value is an error. Numbers that JSON has not (NaN, Infinity)
    are null in `metadata`.
    """
    present = list(record)
    chosen = {name: _choose(record, field.removesuffix("?")) for name, field in fields.items()}
    found = {name: _find(record, field) for name, field in chosen.items()}
    for name, field in chosen.items():
        if name != "key":
            _remove(record, field)
    for name in list_alternatives(fields["text"]):  # a text that was not taken, as Parquet holds it
        if isinstance(value := record.get(name), bytes):
            record[name] = value.decode("utf-8", "replace")
    row: dict[str, Any] = {"metadata": write_json(record) if record else None}
    for name, value in found.items():
        try:
            taken = _take(name, value, needed=not fields[name].endswith("?"), present=present)
        except (ValueError, ArithmeticError) as wrong:
            return cast("Row", row | {"text": None, "error": f"the field {fields[name]!r} {wrong}"})
        if taken is not None:
            row[name] = taken
    return cast("Row", row)


def _take(name: str, value: Any, *, needed: bool, present: list[str]) -> Any:
    if value is _ABSENT and needed:
        raise ValueError(f"is missing; there are: {', '.join(sorted(present)) or 'none'}")
    taken = None if value is _ABSENT else _convert(name, value)
    if name == "text" and taken is None:
        raise ValueError(f"is missing or null; there are: {', '.join(sorted(present)) or 'none'}")
    return taken


def _choose(record: dict[str, Any], field: str) -> str:
    """Of `a|b` the first field that the record has, else the last; JSON that they reach into is parsed."""
    if field in record and "|" not in field:  # mostly
        return field
    names = list_alternatives(field)
    for name in names:
        outer = name.partition(".")[0]
        if outer != name and name not in record and isinstance(record.get(outer), str):
            _parse_field(record, outer)
    return next((name for name in names if _find(record, name) not in (_ABSENT, None)), names[-1])


def _parse_field(record: dict[str, Any], name: str) -> None:
    """Put the object that a string writes as JSON in the string's place."""
    if record[name].lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            record[name] = json.loads(record[name])


def _find(record: Any, field: str) -> Any:
    """The value of a field; `a.b` is the field b of a, unless there is a field `a.b`."""
    if not isinstance(record, dict):
        return _ABSENT
    if field in record:
        return record[field]
    outer, _, inner = field.partition(".")
    return _find(record.get(outer), inner) if inner else _ABSENT


def _remove(record: Any, field: str) -> None:
    if isinstance(record, dict) and record.pop(field, _ABSENT) is _ABSENT:
        outer, _, inner = field.partition(".")
        _remove(record.get(outer), inner)


def _convert(name: str, value: Any) -> Any:
    """A field's value as its column holds it; ValueError says why it cannot be."""
    if value is None:
        return None
    if name == "text":
        return _check_text(value)
    if name in _STRINGS:
        return _convert_string(_join(name, value))
    return _convert_number(value, whole=name == "token_count")


def _join(name: str, value: Any) -> Any:
    """Several licenses or authors as one string."""
    if name in _JOINED and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _JOINED[name].join(dict.fromkeys(value)) if value else None
    return value


def _convert_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, bytes)):
        raise ValueError(f"is a {type(value).__name__}, not a string")
    return value.isoformat() if isinstance(value, date) else str(value)


def _convert_number(value: Any, *, whole: bool) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValueError(f"is a {type(value).__name__}, not a number")
    if not whole:
        return float(value)
    if not -_MAX_INT <= value < _MAX_INT or value != int(value):
        raise ValueError(f"is {value}, not a whole number of 64 bits")
    return int(value)


def _check_text(value: Any) -> str | bytes:
    if isinstance(value, bytes):  # as Parquet holds it; nobody has looked at it yet
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"is invalid UTF-8 at byte {error.start}") from None
        return value
    if not isinstance(value, str):
        raise ValueError(f"is a {type(value).__name__}, not a string")
    return value


def write_json(notes: dict[str, Any]) -> str:
    try:
        return _WRITTEN.encode(notes)
    except ValueError:
        return _WRITTEN.encode(_drop_odd_numbers(notes))


def write_notes(notes: Mapping[str, Any]) -> str:
    """The notes that say something, as `metadata` holds them."""
    return json.dumps({name: value for name, value in notes.items() if value}, ensure_ascii=False)


def _drop_odd_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _drop_odd_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_drop_odd_numbers(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_WRITTEN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str)
