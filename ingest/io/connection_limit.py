"""Few connections to a server at once, in all processes that share a folder, on one machine or several.

A slot is a lock on a file in that folder (`flock`, which a shared file system carries to other machines): the
kernel lets it go when its process ends, however that ends. The folder is named by `WINNOW_CONNECTIONS`, which
the engine sets for its workers and their children; without it nothing is held back.

What is asked of a server is noted there, a line of JSON for each connection, in `FILE`.
"""

import fcntl
import json
import os
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

MOST = 10  # Common Crawl answers 403 to whom it sees with more
FOLDER = "WINNOW_CONNECTIONS"
FILE = "told.jsonl"
AGAIN_SECONDS = 1.0  # between two requests that repeat a refused one, in all processes together
_LOOK_SECONDS = 0.2
_LINGER_SECONDS = 0.05  # a server sees later that a connection was closed than who closed it


@contextmanager
def acquire(host: str) -> Iterator[None]:
    """Hold one of the `MOST` slots of a host; waits until one is free."""
    folder = _find_folder(host)
    handle = None if folder is None else _take(folder)
    try:
        yield
    finally:
        if handle is not None:
            time.sleep(_LINGER_SECONDS)
            handle.close()


def _find_folder(host: str) -> Path | None:
    named = os.environ.get(FOLDER)
    if not named:
        return None
    folder = Path(named) / quote(host, safe="")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _open(path: Path) -> IO[bytes]:
    """A file to add to, through no link that somebody may have put there."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666))


def _take(folder: Path) -> IO[bytes]:
    while True:
        for number in random.sample(range(MOST), MOST):
            handle = _open(folder / f"{number}.lock")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
            except OSError as error:
                handle.close()
                told = f"{folder}: this file system has no locks, which count connections ({error})"
                raise OSError(error.errno, f"{told}: put OUT on another") from error
            else:
                return handle
        time.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))


def wait_turn(host: str, seconds: float) -> None:
    """Wait before a request is repeated: `seconds`, and in all processes together one a second at most."""
    folder = _find_folder(host)
    if folder is None:
        time.sleep(seconds)
        return
    time.sleep(max(0.0, seconds - AGAIN_SECONDS))
    with _open(folder / "again.lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        time.sleep(min(seconds, AGAIN_SECONDS))


def note(host: str, entry: dict[str, object]) -> None:
    """Add a line to what was asked of a host. It is for people: where it cannot be written it is left out."""
    with suppress(OSError):
        folder = _find_folder(host)
        if folder is not None:
            with _open(folder / FILE) as file:
                file.write(json.dumps(entry).encode() + b"\n")


def remember(host: str, url: str) -> None:
    """Keep an address that the host has given a file for."""
    with suppress(OSError):
        folder = _find_folder(host)
        if folder is not None:
            beside = folder / f"given.{uuid.uuid4().hex}.tmp"
            beside.write_text(url)
            beside.replace(folder / "given")


def recall(host: str) -> str | None:
    """An address that the host has given a file for, if it has given any."""
    try:
        folder = _find_folder(host)
        return None if folder is None else (folder / "given").read_text()
    except OSError:
        return None
