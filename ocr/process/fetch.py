"""A PDF as a file on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem


@contextmanager
def fetch(uri: str, max_file_mb: int) -> Iterator[tuple[str, str | None]]:
    """A path of the file on this machine, and what is wrong with it."""
    system, path = (LocalFileSystem(), uri) if _is_local(uri) else fsspec.url_to_fs(uri)
    if not system.exists(path):
        raise FileNotFoundError(f"no file {uri}")
    size = system.size(path)
    if size == 0:
        yield path, "an empty file: fetch it again"
    elif size and size > max_file_mb * 2**20:
        yield path, f"larger than {max_file_mb} MiB: raise max_file_mb or split it"
    elif isinstance(system, LocalFileSystem):
        yield path, None
    else:
        with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
            system.get_file(path, copy.name)
            yield copy.name, None


def _is_local(uri: str) -> bool:
    """Whether it is a file's name, which may hold `::`, at which fsspec would split it."""
    try:
        return Path(uri).is_file()
    except OSError:  # too long for a name
        return False
