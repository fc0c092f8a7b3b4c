"""A PDF as a file on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
from fsspec.callbacks import Callback
from fsspec.implementations.local import LocalFileSystem


class _TooLarge(Exception):
    """More bytes come than are wanted."""


class _Bound(Callback):  # type: ignore[misc]
    """Ends the copy of a file whose store says nothing of its size, or not the truth."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def relative_update(self, inc: int = 1) -> None:
        super().relative_update(inc)
        if self.value > self.most:
            raise _TooLarge


@contextmanager
def fetch(uri: str, max_file_mb: int) -> Iterator[tuple[str, str | None]]:
    """A path of the file on this machine, and what is wrong with it."""
    system, path = (LocalFileSystem(), uri) if is_local(uri) else fsspec.url_to_fs(uri)
    try:
        size = system.info(path)["size"]
    except FileNotFoundError as error:
        why = f": {error.__cause__}" if error.__cause__ else ""
        raise FileNotFoundError(f"no file {uri}{why}") from error
    most, large = max_file_mb * 2**20, f"larger than {max_file_mb} MiB: raise max_file_mb or split it"
    if size == 0:
        yield path, "an empty file: fetch it again"
    elif size and size > most:
        yield path, large
    elif isinstance(system, LocalFileSystem):
        yield path, None
    else:
        with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
            wrong = None
            try:
                system.get_file(path, copy.name, callback=_Bound(most))
            except _TooLarge:
                wrong = large
            yield copy.name, wrong


def is_local(uri: str) -> bool:
    """Whether it is a file's name, which may hold `::`, at which fsspec would split it."""
    try:
        return Path(uri).is_file()
    except OSError:  # too long for a name
        return False
