"""One run at a time in a folder, and files of fixed names there, which are opened through no link."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winnow.files import open_plain
from winnow.pipelines.engine.disk import mirror

FILE = ".lock"
TRIES, PAUSE_SECONDS = 5, 0.1


@contextmanager
def hold(out: Path) -> Iterator[None]:
    """Hold a folder; BlockingIOError where another run does, OSError where the lock is a link. Of a run in a
    store of objects hold that, too, which in the end has what the folder has."""
    out.mkdir(parents=True, exist_ok=True)
    with open_plain(out / FILE, "ab") as handle:
        for left in reversed(range(TRIES)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    raise BlockingIOError(f"another run is under way in {out}") from None
                time.sleep(PAUSE_SECONDS)  # it may be `is_held`, which lets go at once
        with _hold_remote(out):
            yield


@contextmanager
def _hold_remote(out: Path) -> Iterator[None]:
    if found := mirror.find(out):
        from winnow.pipelines.engine.disk import lease  # few runs need it

        with lease.hold(found):
            yield
    else:
        yield


def is_held(out: Path) -> bool:
    """Whether a run holds a folder, on this machine or where its file system, or its store, tells of it."""
    if found := mirror.find(out):
        from winnow.pipelines.engine.disk import lease

        return lease.is_held(found.store)
    try:
        with open_plain(out / FILE, "rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
