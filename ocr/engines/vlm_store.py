"""Attempts at pages on disk: a file of JSON lines for each page, named by what was asked."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple


class Attempt(NamedTuple):
    """One request and what came of it; what was said is kept as it came, and judged when it is read.

    `seconds` are those since the attempt before; `fault` is why there is no answer, None where there is one;
    `said` the beginning of what came instead.
    """

    temperature: float
    max_tokens: int
    seconds: float = 0.0
    fault: str | None = None
    answer: str = ""
    finish_reason: str | None = None
    tokens: int | None = None
    said: str = ""


def find_file(store: Path, png: bytes, model: str, prompt: str) -> Path:
    """The file of a page in `store`: named by the picture, the model and the prompt's text."""
    parts = (png, model.encode(), prompt.encode())
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    return store / digest[:2] / f"{digest}.jsonl"


def read(path: Path) -> list[Attempt]:
    """The attempts in a page's file, none where there is no file; a line that was cut off, or is of
    something else, is none. ValueError, with the line, where one has changed since it was written."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            said = record.pop("digest", None)  # a store of older code has none
            attempt = Attempt(**record)
        except (ValueError, TypeError, AttributeError):  # the end of a write that the machine did not survive
            continue
        if said not in (None, _digest(record, path)):
            cure = "mend the line, or remove it, and the page may be asked for again"
            raise ValueError(f"{path}:{number} is not what was written: {cure}")
        found += [attempt] if _is_whole(attempt) else []
    return found


def _is_whole(attempt: Attempt) -> bool:
    numbers = (attempt.temperature, attempt.max_tokens, attempt.seconds, attempt.tokens or 0)
    texts = (attempt.answer, attempt.said, attempt.fault or "", attempt.finish_reason or "")
    return all(isinstance(one, int | float) for one in numbers) and all(isinstance(one, str) for one in texts)


def _digest(record: dict[str, Any], path: Path) -> str:
    """Of a record, and of the name of the file that it may stand in."""
    line = path.stem + json.dumps(record, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()[:32]


def append(path: Path, attempt: Attempt) -> None:
    """Add an attempt; on return it is on the disk."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    record = attempt._asdict()
    line = json.dumps(record | {"digest": _digest(record, path)}, separators=(",", ":")).encode() + b"\n"
    with open(path, "a+b", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666)) as file:
        end = file.seek(0, os.SEEK_END)
        torn = end and os.pread(file.fileno(), 1, end - 1) != b"\n"
        file.write(b"\n" + line if torn else line)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
