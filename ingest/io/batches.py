"""Records into rows, and rows into frames of bounded size: what is wrong with one record costs no other."""

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec, TypedDict, TypeVar, cast

import polars as pl
import pyarrow as pa

MAX_ROWS = 4_000
MAX_CHARS = 16_000_000
MAX_NOTE_CHARS = 1_000  # of an error and of a key, which are for people: they may quote what was read
# What the store, the machine or the installation raises, and no record: a rerun may go well.
PASSING = (OSError, ImportError, MemoryError)
NO_THREAD = "can't start new thread"  # Python's own words
# Libraries beneath fsspec's stores: they raise exceptions of their own where a server hangs up.
_CLIENTS = (
    "aiohttp aiobotocore azure botocore ftplib gcsfs google httpx huggingface_hub paramiko requests urllib3"
)
CLIENTS = set(_CLIENTS.split())


class Unreadable(Exception):
    """A file, or the rest of it, cannot be read. Raised by rows, it becomes the last one, at place -1."""


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


class SourceRow(PlacedRow, total=False):
    """A row of a source that knows by whom it is, under which license, in which thread, and its votes."""

    license: str | None
    author: str | None
    thread: str | None
    score_votes: float | None


SOURCED = pl.Schema(
    {**PLACED, **dict.fromkeys(("license", "author", "thread"), pl.String()), "score_votes": pl.Float32()}
)


class BodyRow(PlacedRow, total=False):
    """A row that may carry bytes for a later step to read, and says what they are."""

    media_type: str | None
    body: bytes | None
    preferences: str | None
    _work: str | None


AnyRow = Row | PlacedRow | SourceRow | BodyRow
P = ParamSpec("P")
R = TypeVar("R", bound=Row)
T = TypeVar("T")


def read_record(make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The row that `make` makes of one record; where it raises, a row with the error alone.

    For a function that reads nothing but the record: what a store or a machine raises (OSError, ImportError,
    MemoryError) goes up.
    """
    try:
        return make(*args, **kwargs)
    except PASSING:
        raise
    except Exception as error:
        return cast("R", {"error": describe(error)})


def is_of_data(error: Exception) -> bool:
    """Whether bytes were at fault, and no store or machine.

    Of bytes is an OSError without a number (bz2, zstd, Parquet), or one at a place that no file has.
    """
    if is_of_client(error):
        return False
    if isinstance(error, OSError):
        return not isinstance(error, ConnectionError | TimeoutError) and error.errno in (None, errno.EINVAL)
    return not isinstance(error, PASSING) and NO_THREAD not in str(error)


def is_of_client(error: BaseException) -> bool:
    """Whether a store's client raised it, as an exception of its own."""
    return any(kind.__module__.partition(".")[0] in CLIENTS for kind in type(error).__mro__)


def describe(error: BaseException) -> str:
    """What was raised, in words, of at most `MAX_NOTE_CHARS` characters and a mark where more were cut."""
    return _cut(f"{type(error).__name__}: {error}")


def cut_batches(items: Iterable[T], measure: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """The items in order, as many together as measure `most`, or the first more."""
    held: list[T] = []
    size = 0
    for item in items:
        held.append(item)
        size += measure(item)
        if size >= most:
            yield held
            held, size = [], 0
    if held:
        yield held


def frames(
    rows: Iterable[AnyRow],
    *,
    schema: pl.Schema = SCHEMA,
    max_rows: int = MAX_ROWS,
    max_chars: int = MAX_CHARS,
) -> Iterator[pl.DataFrame]:
    """Batches of rows in order: a frame ends at `max_rows`, or once its strings and bytes hold `max_chars`.

    `schema` names further columns. Every row is one row of a frame: half a surrogate pair in a string becomes
    U+FFFD; a row with a value that its column cannot hold becomes an error that says so, under the same key
    and place. Errors and keys are cut at `MAX_NOTE_CHARS`. What `rows` raises goes up behind the rows read
    before it.
    """
    for batch in _gather(rows, max_rows, max_chars):
        yield _make_frame(batch, schema)


def _gather(rows: Iterable[AnyRow], max_rows: int, max_chars: int) -> Iterator[list[AnyRow]]:
    batch: list[AnyRow] = []
    chars = 0
    try:
        for row in rows:
            batch.append(_bound(row))
            chars += sum([len(value) for value in row.values() if isinstance(value, (str, bytes))])
            if len(batch) >= max_rows or chars >= max_chars:
                yield batch
                batch, chars = [], 0
    except Unreadable as lost:
        # No row of a file stands before its first byte, so that the place is this one's alone.
        batch.append(cast("AnyRow", {"key": "file", "place": -1, "error": _cut(str(lost))}))
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _bound(row: AnyRow) -> AnyRow:
    error, key = row.get("error"), row.get("key")
    if isinstance(error, str) and len(error) > MAX_NOTE_CHARS:
        row["error"] = _cut(error)
    if isinstance(key, str) and len(key) > MAX_NOTE_CHARS:
        row["key"] = _cut(key)
    return row


def _cut(note: str) -> str:
    return note if len(note) <= MAX_NOTE_CHARS else f"{note[:MAX_NOTE_CHARS]} [...]"


def _make_frame(batch: Sequence[AnyRow], schema: pl.Schema) -> pl.DataFrame:
    """A batch that cannot be built, even of sound strings, is halved until the row at fault is alone."""
    frame = _try_build(batch, schema)
    if frame is None:
        batch = [_make_strings_sound(row) for row in batch]
        frame = _try_build(batch, schema)
    if frame is not None:
        return frame
    if len(batch) == 1:
        return _build([_refuse(batch[0], schema)], schema)
    middle = len(batch) // 2
    halves = [_make_frame(half, schema) for half in (batch[:middle], batch[middle:])]
    return pl.concat(halves, rechunk=True)


def _try_build(batch: Sequence[AnyRow], schema: pl.Schema) -> pl.DataFrame | None:
    try:
        return _build(batch, schema)
    except PASSING:
        raise
    except Exception:  # polars has no one error for a value that a column cannot hold
        return None


def _build(batch: Sequence[AnyRow], schema: pl.Schema) -> pl.DataFrame:
    # Column by column: half the time of polars' own reading of rows.
    columns: dict[str, Any] = {name: [row.get(name) for row in batch] for name in schema}
    if any(isinstance(text, bytes) for text in columns["text"]):
        encoded = [text.encode() if isinstance(text, str) else text for text in columns["text"]]
        columns["text"] = pl.Series(encoded, dtype=pl.Binary).cast(pl.String)
    for name, kind in schema.items():
        if kind == pl.List(pl.String):  # polars would make a series of each row's list
            lists = pa.array(columns[name], pa.large_list(pa.large_string()))
            columns[name] = pl.Series(name, lists, dtype=kind)
    return pl.DataFrame(columns, schema=schema)


def _make_strings_sound(row: AnyRow) -> AnyRow:
    sound: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list):
            value = [make_sound(one) if isinstance(one, str) else one for one in value]
        sound[name] = make_sound(value) if isinstance(value, str) else value
    return cast("AnyRow", sound)


def _refuse(row: AnyRow, schema: pl.Schema) -> AnyRow:
    """The row as an error: what its columns can hold stays, what they cannot is named."""
    kept: dict[str, Any] = {}
    wrong = []
    for name in schema:
        one: Any = {name: row.get(name)}
        try:
            _build([one], schema)
            kept |= one
        except PASSING:
            raise
        except Exception as error:
            wrong.append(f"no value for the column {name!r}: {describe(error)}")
    kept["key"] = kept.get("key") or make_sound(str(row.get("key")))
    kept |= {"text": None, "drop_reason": None, "error": kept.get("error") or "; ".join(wrong)}
    return _bound(cast("AnyRow", kept))


def make_sound(text: str) -> str:
    """The text with U+FFFD for half a surrogate pair, which JSON can escape and no UTF-8 can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
