"""Files by their address, on this machine or anywhere that fsspec reaches."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeGuard, cast
from urllib.parse import urlsplit

from winnow.ingest.io import connection_limit
from winnow.ingest.io.batches import describe, is_of_client

TAIL_BYTES = 1 << 20  # behind a range, where a reader looks for its last record's end
_PIECE_BYTES = 1 << 26


@contextmanager
def open_uri(uri: str, start: int = 0, stop: int | None = None) -> Iterator[BinaryIO]:
    """Open any fsspec URL for reading bytes; raises FileNotFoundError naming the uri, or ConnectionError
    where no server answers.

    A file on the web or on S3 is fetched once, before it is opened; where only what begins in the bytes
    [start, stop) is to be read, little more than these are fetched
    (`ingest.io.web`). On S3 who has no
    credentials asks without. What is raised meanwhile says in `bytes_read` how far into the file, packed as
    it is, reading had come.
    """
    with _open(uri, start, stop) as file:
        try:
            yield file
        except Exception as error:
            with suppress(Exception):  # a store that is gone may not even say where it stands
                error.bytes_read = file.tell()  # type: ignore[attr-defined]
            raise


def is_web(uri: str) -> bool:
    """Whether it is the address of a file on the web."""
    return uri.startswith(("http://", "https://")) and "::" not in uri


def _open(uri: str, start: int, stop: int | None) -> BinaryIO:
    if is_local(uri):
        return Path(uri).open("rb")
    whole = start == 0 and stop is None
    if is_web(uri):
        from winnow.ingest.io import web  # here, as all that no local file needs
        from winnow.ingest.io.remote import Remote

        end = None if stop is None else stop + TAIL_BYTES if stop > start else start
        return web.spool(uri) if whole else cast("BinaryIO", Remote(uri, start, end))
    import fsspec

    try:
        if uri.startswith("s3://") and whole:
            return _spool_object(uri)
        opened = fsspec.open(uri, "rb", **options(uri))
        file: BinaryIO = opened.open()
        with suppress(AttributeError):  # a zip is closed when nobody holds it any more
            file.store = opened.fs  # type: ignore[attr-defined]
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


def options(uri: str) -> dict[str, Any]:
    """What a store is to be opened with: who has no credentials asks S3 without."""
    return {"anon": True} if uri.startswith("s3://") and not _has_credentials() else {}


@cache
def _has_credentials() -> bool:
    import botocore.session  # takes long to load

    return botocore.session.get_session().get_credentials() is not None


def _spool_object(uri: str) -> BinaryIO:
    """An object on S3 as a temporary file, fetched in pieces; anew where it becomes another one meanwhile."""
    import fsspec

    from winnow.ingest.io import web

    system, path = fsspec.url_to_fs(uri, **options(uri))
    into = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 - who opens it closes it
    host = f"s3-{path.partition('/')[0]}"
    tried, tag = 0, None
    with connection_limit.acquire(host):
        while True:
            try:
                info = _ask_object(system, path)
                if tag not in (None, info["ETag"]):
                    _begin_anew(into, host, path)
                tag = info["ETag"]
                _copy_object(system, path, into, info["size"])
                if _ask_object(system, path)["ETag"] == tag:
                    into.seek(0)
                    return into
                tag = None
                _begin_anew(into, host, path)
                wrong: Exception = ConnectionError("it becomes another object while it is read")
            except FileNotFoundError:
                raise
            except Exception as error:
                if isinstance(error, PermissionError) and tried + 1 >= web.MAX_FORBIDDEN:
                    raise
                wrong = error
            if tried + 1 >= len(web.WAITS):
                raise ConnectionError(f"{uri}: {describe(wrong)}, {tried + 1} times") from wrong
            connection_limit.note(host, {"requests": 1, "refused": {}, "cut": 1, "changed": [], "size": 0})
            connection_limit.wait_turn(host, web.WAITS[tried])
            tried += 1


def _begin_anew(into: BinaryIO, host: str, path: str) -> None:
    into.truncate(into.seek(0))
    connection_limit.note(host, {"requests": 0, "refused": {}, "cut": 0, "changed": [path], "size": 0})


def _ask_object(system: Any, path: str) -> dict[str, Any]:
    """What the store says of an object, now."""
    system.invalidate_cache(path)
    return dict(system.info(path))


def _copy_object(system: Any, path: str, into: BinaryIO, size: int) -> None:
    """Add the pieces that are not there yet."""
    for start in range(into.seek(0, os.SEEK_END), size, _PIECE_BYTES):
        into.write(system.cat_file(path, start=start, end=min(start + _PIECE_BYTES, size)))


def _is_passing(cause: BaseException | None, status: int | None) -> TypeGuard[BaseException]:
    """Whether nobody was there to say that there is no such file: no server, or one that hangs up, refuses
    or has a fault of its own."""
    if status:
        from winnow.ingest.io import web

        return web.is_refusal(status)
    if isinstance(cause, OSError):
        return True
    return cause is not None and is_of_client(cause) and not isinstance(cause, ValueError)  # of an address


def name_file(uri: str) -> str:
    """The name of the file that a URI leads to, of an address on the web without what is asked there."""
    first = uri if is_local(uri) else uri.split("::")[0]
    return PurePosixPath(urlsplit(first).path if first.startswith(("http://", "https://")) else first).name


def is_local(uri: str) -> bool:
    """Whether it is a file's name, which may hold `::`, at which fsspec would split it."""
    try:
        return Path(uri).is_file()
    except OSError:  # too long for a name
        return False
