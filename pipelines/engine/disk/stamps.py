"""Which version of an object a file of a mirror holds, told by the file's time of change.

`ABSENT`: none; it has the name and the size alone. A time of long ago, made of the object's tag: that
version. Any other time: one that the store does not have.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ABSENT = 0


def make_stamp(tag: str) -> int:
    """A time of 1988 to 1990, in nanoseconds, that belongs to a tag."""
    return 2**59 + int.from_bytes(hashlib.sha256(tag.encode()).digest()[:7], "big")


def is_stamp(changed: int) -> bool:
    """Whether a time of change is that of a version in the store."""
    return 2**59 <= changed < 2**59 + 2**56


def mark(path: Path, tag: str) -> None:
    """A file holds, from now on, the version with this tag."""
    os.utime(path, ns=(time.time_ns(), make_stamp(tag)))


def place_empty(path: Path, size: int, tag: str) -> None:
    """A file of this name and size without its bytes, but where they are here already, of this tag."""
    if path.is_file():
        about = path.stat()
        if about.st_mtime_ns == make_stamp(tag) or (about.st_mtime_ns == ABSENT and about.st_size == size):
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    with name_beside(path) as beside:
        with beside.open("wb") as file:
            file.truncate(size)
        os.utime(beside, ns=(time.time_ns(), ABSENT))
        beside.replace(path)


@contextmanager
def name_beside(path: Path) -> Iterator[Path]:
    """A name to write to; what is left there in the end goes."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)
