"""Files by their address, on this machine or anywhere that fsspec reaches."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeGuard
from urllib.parse import urlsplit

import fsspec

from ingest.io.batches import describe, is_of_client


@contextmanager
def open_uri(uri: str) -> Iterator[BinaryIO]:
    """Open any fsspec URL for reading bytes; raises FileNotFoundError naming the uri, or ConnectionError
    where no server answers.

    What is raised meanwhile says in `bytes_read` how far into the file, packed as it is, reading had come.
    """
    with _open(uri) as file:
        try:
            yield file
        except Exception as error:
            with suppress(Exception):  # a store that is gone may not even say where it stands
                error.bytes_read = file.tell()  # type: ignore[attr-defined]
            raise


def _open(uri: str) -> BinaryIO:
    if _is_local(uri):
        return Path(uri).open("rb")
    try:
        file: BinaryIO = fsspec.open(uri, "rb").open()
    except FileNotFoundError as error:
        cause: BaseException | None = error
        while isinstance(cause, FileNotFoundError):  # fsspec makes two of one where the address has a query
            cause = cause.__cause__
        status = getattr(cause, "status", None)  # of a server, which may as well refuse
        if _is_passing(cause, status):
            raise ConnectionError(f"{uri}: {describe(cause)}") from error
        said = f" (the server says {status})" if status else ""
        raise FileNotFoundError(f"{uri}: no such file{said}; check the path in the recipe") from error
    return file


def _is_passing(cause: BaseException | None, status: int | None) -> TypeGuard[BaseException]:
    """Whether nobody was there to say that there is no such file: no server, or one that hangs up, is busy
    or has a fault of its own."""
    if status:
        return status == 429 or status >= 500
    if isinstance(cause, OSError):
        return True
    return cause is not None and is_of_client(cause) and not isinstance(cause, ValueError)  # of an address


def name_file(uri: str) -> str:
    """The name of the file that a URI leads to, of an address on the web without what is asked there."""
    first = uri.split("::")[0]
    return PurePosixPath(urlsplit(first).path if first.startswith(("http://", "https://")) else first).name


def _is_local(uri: str) -> bool:
    """Whether it is a file's name, which may hold `::`, at which fsspec would split it."""
    try:
        return Path(uri).is_file()
    except OSError:  # too long for a name
        return False
