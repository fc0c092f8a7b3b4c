"""Lines of eval files one by one; what is wrong with one is said with its place, and none is left out."""

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import IO, Any

from winnow.ingest.io.batches import MAX_NOTE_CHARS, PASSING, make_sound

MAX_LINE_BYTES = 50_000_000  # no item has them; a file that unpacks to more in one line is no eval

_TEXTS = ("eval", "item", "kind", "question", "answer", "prompt")


@contextmanager
def name_place(where: str) -> Iterator[None]:
    """Whatever is raised of one record, as ValueError that begins with its place."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{where}: damaged gzip data ({error}); fetch the file again") from None
    except PASSING:
        raise
    except ValueError as error:
        raise ValueError(f"{where}: {error}"[:MAX_NOTE_CHARS]) from None
    except Exception as error:
        raise ValueError(f"{where}: fields of no known form: {error!r}"[:MAX_NOTE_CHARS]) from None


def read_objects(file: IO[bytes], name: str, *, packed: bool) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Number from 1, place in words and object of each line of JSON lines that is not blank.

    ValueError with the place where a line is no JSON object, no UTF-8 or longer than `MAX_LINE_BYTES`, or
    where gzip data are damaged.
    """
    with gzip.open(file) if packed else file as lines:
        for number in count(1):
            where = f"{name} line {number}"
            with name_place(where):
                line = lines.readline(MAX_LINE_BYTES + 1)
                record = _parse(line) if line.strip() else None
            if not line:
                return
            if record is not None:
                yield number, where, record


def _parse(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES} bytes: no line of an eval")
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    return record


def settle(row: dict[str, Any]) -> dict[str, Any]:
    """The item with sound strings (U+FFFD for half a surrogate pair); ValueError where a text is none."""
    for name in _TEXTS:
        if not isinstance(row[name], str):
            raise ValueError(f"the {name} is no text but {row[name]!r:.80}")
    for name in ("context", "solution"):
        if not isinstance(row.get(name), str | None):
            raise ValueError(f"the {name} is no text but {row[name]!r:.80}")
    if wrong := [choice for choice in row["choices"] if not isinstance(choice, str)]:
        raise ValueError(f"a choice is no text but {wrong[0]!r:.80}")
    sound = {name: make_sound(value) if isinstance(value, str) else value for name, value in row.items()}
    return {**sound, "choices": [make_sound(choice) for choice in row["choices"]]}
