"""Of processes that work side by side one compiles a loop; the others wait, and read what it made.

A lock stands beside the file of each loop; the kernel takes it from a process that dies.
"""

import fcntl
import functools
import time
from pathlib import Path
from typing import IO, Any

from numba.core import caching, event

WAIT_SECONDS = 120.0
"""As long one waits for another one before it compiles a loop itself: hundreds of times what one takes."""
PAUSE_SECONDS = 0.05

met: set[str] = set()
"""The files of all loops that this process has read or compiled since it shares."""
_held: dict[str, IO[str]] = {}


@functools.cache
def share() -> None:
    """From now on this process compiles no loop that another one is compiling."""
    kind: Any = caching.FunctionCache
    load, save = kind.load_overload, kind.save_overload

    def load_or_lock(cache: Any, *given: Any) -> Any:
        name = _name(cache)
        met.add(name)
        found = load(cache, *given)
        # In the order of calls, of which there is no circle; a loop that is held calls itself.
        if found is None and name not in _held and (lock := _wait_for(name)):
            if (found := load(cache, *given)) is None:
                _held[name] = lock
            else:
                lock.close()
        return found

    def save_and_unlock(cache: Any, *given: Any) -> None:
        try:
            save(cache, *given)
        finally:
            _let_go(_name(cache))

    kind.load_overload, kind.save_overload = load_or_lock, save_and_unlock
    event.register("numba:compile", _Failed())  # type: ignore[no-untyped-call]


class _Failed(event.Listener):
    """Lets go of a loop that could not be compiled."""

    def on_start(self, event: event.Event) -> None:
        """See numba."""

    def on_end(self, event: event.Event) -> None:
        """See numba."""
        loop, types = event.data["dispatcher"], tuple(event.data["args"])
        if types not in loop.overloads and isinstance(loop._cache, caching.FunctionCache):
            _let_go(_name(loop._cache))


def _name(cache: Any) -> str:
    name: str = cache._cache_file._index_path
    return name


def _let_go(name: str) -> None:
    if lock := _held.pop(name, None):
        lock.close()


def _wait_for(name: str) -> IO[str] | None:
    """The lock of a loop; None where another process has it for too long, or where files have none."""
    until = time.monotonic() + WAIT_SECONDS
    try:
        lock = Path(f"{name}.lock").open("w")  # noqa: SIM115 - held for as long as it compiles
    except OSError:  # nothing can be kept there either
        return None
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(PAUSE_SECONDS)
                continue
        except OSError:  # a file system without locks
            pass
        lock.close()
        return None
