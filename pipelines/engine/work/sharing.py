"""Processes that compile side by side: what one of them compiles the others wait for, and then read."""

import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core import caching


def share(folder: Path) -> tuple[set[str], Callable[[], None]]:
    """From now on no loop is compiled here that another process is compiling, which shares the folder.

    Returns a set to which the files of all loops are added that are read or compiled, and what lets
    go of a loop whose compilation failed. The folder has a file for each loop that was compiled.
    """
    kind: Any = caching.FunctionCache
    load, save = kind.load_overload, kind.save_overload
    held: dict[str, Any] = {}
    met: set[str] = set()

    def load_or_lock(cache: Any, *given: Any) -> Any:
        name = cache._cache_file._index_path
        met.add(name)
        found = load(cache, *given)
        if found is None and name not in held:  # else it calls itself
            lock = (folder / hashlib.sha256(name.encode()).hexdigest()).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)  # in the order of calls, of which there is no circle
            if (found := load(cache, *given)) is None:
                held[name] = lock
            else:
                lock.close()
        return found

    def save_and_unlock(cache: Any, *given: Any) -> None:
        save(cache, *given)
        if lock := held.pop(cache._cache_file._index_path, None):
            lock.close()

    def let_go() -> None:
        while held:
            held.popitem()[1].close()

    kind.load_overload, kind.save_overload = load_or_lock, save_and_unlock
    return met, let_go
