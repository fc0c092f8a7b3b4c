"""What is read of files once in a process, and again when they were written anew.

A worker lives longer than a run: a list, a model or a ledger may be another one at the next batch.
"""

import errno
import functools
import json
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MESSAGES = "messages.json"
DAMAGED = (
    *(OSError, EOFError, LookupError, TypeError, ValueError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)
"""What one changed byte of a file of arrays (`.npz`) can raise, in zip, deflate or numpy's headers:
RuntimeError where it says that the file is encrypted, or packed in a way that is not known."""


def cache_by_stamp(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for loaders: what they read is kept for as long as their files are as they were.

    Files are the paths among a loader's arguments, alone or in tuples, which stand by position; a folder
    stands for all files in it. The last `size` results are kept.
    """

    def decorate(load: Callable[P, R]) -> Callable[P, R]:
        @functools.lru_cache(maxsize=size)
        def load_stamped(stamps: tuple[Any, ...], *arguments: Any) -> R:
            return load(*arguments)  # type: ignore[call-arg]

        @functools.wraps(load)
        def load_once(*arguments: P.args, **none: P.kwargs) -> R:
            return load_stamped(tuple(_stamp(each) for each in arguments), *arguments)

        return load_once

    return decorate


def find_files(folder: Path, name: str) -> tuple[Path, ...]:
    """The files of a name in a folder or one below, as steps that run by part or bucket leave them.

    Raises ValueError where there is none: nothing read would be taken for nothing found.
    """
    files = tuple(sorted([*folder.glob(name), *folder.glob(f"[!.]*/{name}")]))
    if not files:
        raise ValueError(f"{folder}: no {name} in this folder or one below: name the folder that holds it")
    return files


def read_text(path: Path, data: bytes | None = None, max_strange: float = 0.0) -> str:
    """The text of a file, or of `data` out of it, in UTF-8; ValueError where it is in another encoding.

    Up to the share `max_strange` of its lines may hold other bytes, which become U+FFFD.
    """
    data = path.read_bytes() if data is None else data
    try:
        strange = [data.index(b"\0")] if b"\0" in data else []
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        kept = text.count("\ufffd") <= max_strange * (text.count("\n") + 1)
        strange += [] if kept else [error.start]
    if strange:
        line = data.count(b"\n", 0, strange[0]) + 1
        raise ValueError(f"{path}, line {line}: not in UTF-8; save it so (`iconv -f LATIN1 -t UTF-8`)")
    return text.removeprefix("\ufeff")


def _stamp(argument: Any) -> Any:
    """When a file was last written and how long it is; of a folder and of a tuple, those of all in it."""
    if isinstance(argument, tuple):
        return tuple(_stamp(each) for each in argument)
    if not isinstance(argument, Path):
        return None
    if argument.is_dir():
        return tuple((str(file), _stamp(file)) for file in sorted(argument.rglob("*")) if file.is_file())
    found = argument.stat()
    return found.st_mtime_ns, found.st_size


def open_plain(path: Path, mode: str, **more: Any) -> IO[Any]:
    """Open a file, but through no link that somebody may have put there: OSError says what to do."""
    flags = os.O_NOFOLLOW | os.O_NONBLOCK  # nor is a FIFO waited for
    try:
        return open(path, mode, opener=lambda name, given: os.open(name, given | flags, 0o666), **more)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        told = f"{path} is a link, and through links nothing is written or read there: remove it"
        raise OSError(errno.ELOOP, told) from None


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that people read, too."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_messages(out: Path, says: list[str], counts: dict[str, int] | None = None, **more: Any) -> None:
    """Write what a corpus step says on the screen: sentences, `counts` to be added up, what is only kept."""
    write_json(out / MESSAGES, {"counts": counts or {}, "says": says, **more})
