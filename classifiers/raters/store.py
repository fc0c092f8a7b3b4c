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
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

LOST = "lost"
DIGEST = "digest"
CHANGED = "is not what was written"
CURE = "mend the line, or remove it, and what it says may be asked and paid for again"


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

    A line that was cut off is none. ValueError, with the line, where a whole one is no attempt, or not what
    was written.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found: list[Attempt] = []
    sent: Attempt | None = None
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:  # the end of a write that the machine did not survive
            continue
        if not proves(record, path.stem):
            raise ValueError(f"{path}:{number} {CHANGED}: {CURE}")
        is_sent, attempt = _check(record, f"{path}:{number}")
        if not is_sent:
            sent = None
            found.append(attempt)
            continue
        found += [sent] if sent else []
        sent = attempt._replace(fault=LOST)
    return found + ([sent] if sent else [])


def seal(record: dict[str, Any], name: str = "") -> bytes:
    """A line for a record, with a digest of it, and of the name of the file that it may stand in."""
    return _write({**record, DIGEST: _digest(record, name)}) + b"\n"


def proves(record: Any, name: str = "") -> bool:
    """Whether a record is as it was written; one without a digest is of a store of older code."""
    if not isinstance(record, dict) or DIGEST not in record:
        return True
    return bool(record[DIGEST] == _digest({key: record[key] for key in record if key != DIGEST}, name))


def _digest(record: dict[str, Any], name: str) -> str:
    return hashlib.sha256(name.encode() + _write(record)).hexdigest()[:32]


def _write(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def open_plain(path: Path, mode: str) -> IO[bytes]:
    """Open a file to write to, but through no link that somebody may have put there."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666))


def _check(record: Any, place: str) -> tuple[bool, Attempt]:
    try:
        attempt = Attempt(**record["attempt"])
        numbers = attempt[:4]
        is_whole = all(type(one) is int and one >= 0 for one in numbers) and isinstance(attempt.answer, str)
        if is_whole and Decimal(attempt.cost).is_finite() and Decimal(attempt.cost) >= 0:
            return bool(record["is_sent"]), attempt
    except (ValueError, TypeError, KeyError, ArithmeticError):
        pass
    raise ValueError(f"{place} is no request with its tokens, its cost and its answer: {CURE}")


def announce(path: Path, attempt: Attempt) -> None:
    """Say that a question is sent, and what it may cost; on return it is on the disk."""
    _append(path, {"is_sent": True, "attempt": attempt._asdict()})


def conclude(path: Path, attempt: Attempt) -> None:
    """Say what came of the question that was announced last; on return it is on the disk."""
    _append(path, {"is_sent": False, "attempt": attempt._asdict()})


def _append(path: Path, record: dict[str, Any]) -> None:
    new = [place.parent for place in (path, path.parent) if not place.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    line = seal(record, path.stem)
    with open_plain(path, "a+b") as file:
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
    with open_plain(folder / "lock", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
