"""Files of paths: read, and made into the files that they name.

What a server gives as a list may name what lies under the recipe's `root`, or files of the web and of stores;
never a file of this machine. A list that lies here may name what its user may read.

What a store has for each of 90,000 paths is not asked before the file is read: such a file's size and state
are not known, and it is read whole. Local ones are looked at as ever.
"""

import hashlib
import time
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.utils import get_protocol

from winnow.pipelines.engine.work import addresses
from winnow.pipelines.screen.redact import redact
from winnow.pipelines.spec.crawl import Lists
from winnow.pipelines.spec.recipe import RecipeError

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before a list is asked for again that its server is too busy to give."""
MAX_BYTES = 1 << 30
MAX_PATH_CHARS = 4096
_GZIP = b"\x1f\x8b"
MAX_SECONDS = 600.0  # for one answer
_MISSING = (401, 404, 410)
STORES = ("http", "https", "s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "hf")


def read_paths(lists: Lists) -> Iterator[str]:
    """The paths that are meant, list by list, in their order.

    Raises RecipeError, with what is wrong with which line, OSError where a list cannot be had.
    """
    for uri in lists.uris:
        known: set[str] = set()
        for number, line in enumerate(_unpack(uri, _read(uri)).split("\n"), 1):
            path = line.strip("\r")
            if path.strip():
                if wrong := _find_wrong(path, lists.root, uri):
                    raise RecipeError(f"{redact(uri)}, line {number}: {wrong}")
                known |= set(PurePosixPath(path).parts) & set(lists.segments)
                if _is_meant(path, lists):
                    yield path
        if missing := sorted(set(lists.segments) - known):
            raise RecipeError(f"{redact(uri)} has no segment {', '.join(missing)}")


def draw(path: str, seed: int) -> float:
    """A number in [0, 1) that belongs to a path: a larger share holds the smaller."""
    digest = hashlib.sha256(f"{seed}\n{path}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2.0**48


def _is_meant(path: str, lists: Lists) -> bool:
    if lists.within not in path:
        return False
    if lists.segments and not set(PurePosixPath(path).parts) & set(lists.segments):
        return False
    return lists.share is None or draw(path, lists.seed) < lists.share


def _find_wrong(path: str, root: str, uri: str) -> str | None:
    if len(path) > MAX_PATH_CHARS or not path.isprintable():
        return "no path; is this a list of paths?"
    chained = "::" in path and get_protocol(root or uri) != "file"  # a file's name may hold it
    if root and (chained or "://" in path or path.startswith("/") or ".." in PurePosixPath(path).parts):
        return f"{redact(path)!r} does not lie under `root`"
    if root or get_protocol(uri) == "file":
        return None
    if chained or get_protocol(path) not in (*STORES, get_protocol(uri)):
        return (
            f"{redact(path)!r} is no file of the web or of a store: `root` says where the paths of a list lie"
        )
    return None


def _unpack(uri: str, data: bytes) -> str:
    """The text of a list, packed by gzip or not."""
    unpacked = bytearray()
    while data.startswith(_GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            unpacked += unpacker.decompress(data, MAX_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise RecipeError(f"{redact(uri)} is damaged ({error}); fetch it again") from error
        if len(unpacked) > MAX_BYTES:
            raise RecipeError(f"{redact(uri)} unpacks to more than {MAX_BYTES:,} bytes: no list of paths")
        if not unpacker.eof:
            raise RecipeError(f"{redact(uri)} is cut off; fetch it again")
        data = unpacker.unused_data
    if unpacked and data.strip(b"\0"):
        raise RecipeError(f"{redact(uri)} is damaged behind what it packs; fetch it again")
    try:
        return (bytes(unpacked) or data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{redact(uri)} is no list of paths: {error}") from error


def _read(uri: str) -> bytes:
    """All bytes of a list; who is busy is asked again, later and later."""
    if get_protocol(uri) == "file":
        return Path(uri.removeprefix("file://")).read_bytes()
    for wait in (*WAITS, None):
        try:
            if uri.startswith(("http://", "https://")) and "::" not in uri:
                return _get(uri)
            with fsspec.open(uri, "rb", **options(uri)) as file:
                data = bytes(file.read(MAX_BYTES + 1))
            if len(data) > MAX_BYTES:
                raise RecipeError(f"{redact(uri)} has more than {MAX_BYTES:,} bytes: no list of paths")
            return data
        except FileNotFoundError:
            raise
        except OSError as error:
            if wait is None:
                raise ConnectionError(f"{type(error).__name__}: {error}") from error
            time.sleep(wait)
    raise AssertionError


def _get(uri: str) -> bytes:
    import aiohttp  # here: few recipes have a list that stands on the web
    from fsspec.asyn import get_loop, sync

    async def get() -> bytes:
        limit = aiohttp.ClientTimeout(total=MAX_SECONDS, sock_connect=60.0, sock_read=60.0)
        async with (
            await addresses.open_client(timeout=limit, trust_env=True) as client,
            client.get(uri) as answer,
        ):
            if answer.status in _MISSING:
                raise FileNotFoundError(f"no such file (the server says {answer.status})")
            if answer.status != 200:
                raise ConnectionError(f"the server says {answer.status}")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 20):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise RecipeError(f"{redact(uri)} has more than {MAX_BYTES:,} bytes: no list of paths")
            return bytes(data)

    try:
        return bytes(sync(get_loop(), get))
    except aiohttp.InvalidURL as error:
        raise RecipeError(redact(str(error))) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error


def options(uri: str) -> dict[str, Any]:
    """What a store is to be opened with: who has no credentials asks S3 without."""
    if not uri.startswith("s3://"):
        return {}
    import botocore.session  # takes long to load

    return {} if botocore.session.get_session().get_credentials() else {"anon": True}
