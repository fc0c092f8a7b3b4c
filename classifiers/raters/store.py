"""What raters were asked and said, on disk: a file of JSON lines for each question, named by its content.

Before a question is sent a line says what it may cost, and when it is answered, or has failed, another one
what it did cost. A first line without the second is a request that was in flight when the process died.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

LOST = "lost"


class Attempt(NamedTuple):
    """One request, what it cost and what came of it; the answer as it came, to be judged when it is read.

    `heat` counts the bad answers before it; `cost` is a decimal; `is_told` says whether the server said what
    it used, else tokens are what they were at most; `fault` is why there is no answer; `said` the beginning
    of what came instead.
    """

    heat: int
    max_tokens: int
    tokens_in: int
    tokens_out: int
    cost: str
    is_told: bool = False
    fault: str | None = None
    answer: str = ""
    finish: str | None = None
    said: str = ""


def find_file(folder: Path, *parts: str) -> Path:
    """The file of a question: named by all that makes it this question and no other."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(part.encode()).digest() for part in parts)).hexdigest()
    return folder / digest[:2] / f"{digest}.jsonl"


def read(path: Path) -> list[Attempt]:
    """The attempts at a question; one that was sent and never heard of again is `lost`, at its full price.

    A line that was cut off is none.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found: list[Attempt] = []
    sent: Attempt | None = None
    for line in lines:
        try:
            record = json.loads(line)
            attempt = Attempt(**record["attempt"])
        except (ValueError, TypeError, KeyError):  # the end of a write that the machine did not survive
            continue
        if not record["is_sent"]:
            sent = None
            found.append(attempt)
            continue
        found += [sent] if sent else []
        sent = attempt._replace(fault=LOST)
    return found + ([sent] if sent else [])


def announce(path: Path, attempt: Attempt) -> None:
    """Say that a question is sent, and what it may cost; on return it is on the disk."""
    _append(path, {"is_sent": True, "attempt": attempt._asdict()})


def conclude(path: Path, attempt: Attempt) -> None:
    """Say what came of the question that was announced last; on return it is on the disk."""
    _append(path, {"is_sent": False, "attempt": attempt._asdict()})


def _append(path: Path, record: dict[str, Any]) -> None:
    new = [place.parent for place in (path, path.parent) if not place.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        is_torn = end and os.pread(file.fileno(), 1, end - 1) != b"\n"
        file.write(b"\n" + line if is_torn else line)
        file.flush()
        os.fsync(file.fileno())
    for folder in new:
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Be the one process that asks with this store: another one, as a worker that outlived its run, is waited
    for, or both would pay for the same."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
