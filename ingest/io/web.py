"""Files on the web, read as their servers ask to be read.

A file is fetched once, by one request, into a temporary file without a name; what is cut off is resumed by
range, and a file that becomes another one meanwhile is begun anew. Who is busy (429, 5xx) or sees too many
connections (403) is asked again, later and later, and no more than once a second by all processes together
(`ingest.io.connection_limit`): what Common Crawl asks of its users (status.commoncrawl.org). All that a
server may send has a bound, in bytes and in time, and so has where it may lead to (`ingest.io.addresses`).
"""

import errno
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

import httpx2

from winnow.ingest.io import addresses, connection_limit

# Seconds before a request is repeated; after so many in a row that brought no more it is given up.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, *[30.0] * 15)
MAX_FORBIDDEN = 6  # 401, 403, 407, which may as well be said of a file that is not there
MAX_CUT = 8  # nobody answers, or the answer ends before its end
_MAX_WAIT_SECONDS = 120.0  # of what a server asks by Retry-After
_TIMEOUT = httpx2.Timeout(60.0, connect=30.0)
MAX_REDIRECTS = 10
HEAD_SECONDS = 120.0  # until an answer's head is there, the connection made
SLOW_SECONDS, SLOW_BYTES = 60.0, 60_000  # who sends less in so long is as one who hangs up
MAX_UNSAID_BYTES = 1 << 36  # of a file whose size its server does not say
_BUSY = (408, 425, 429)
_FORBIDDEN = (401, 403, 407)
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class Version(NamedTuple):
    """What tells one state of a file from another, as far as its server says, and its size."""

    tag: str
    size: int | None


class _Refused(Exception):
    def __init__(self, status: int, wait: float) -> None:
        super().__init__(f"the server says {status}")
        self.status, self.wait = status, wait


@dataclass
class Connection:
    """A client that holds a slot of its host, and what it has asked."""

    client: httpx2.Client
    host: str
    streams: list[Any] = field(default_factory=list)
    requests: int = 0
    size: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    cut: int = 0
    changed: list[str] = field(default_factory=list)

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx2.Response]:
        """The answer to a request, its body unread, as are those of redirects on the way.

        Raises addresses.Private where one leads to an address that it must not.
        """
        at = url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(at, headers, addresses.is_named(at, url))
            try:
                if response.next_request is None:
                    yield response
                    return
                at = str(response.next_request.url)
            finally:
                response.close()
        raise httpx2.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")

    def _send(self, url: str, headers: Mapping[str, str], named: bool) -> httpx2.Response:
        self.requests += 1
        request = self.client.build_request("GET", url, headers=headers)
        host = request.url.raw_host.decode("ascii")
        request.extensions["trace"] = addresses.watch(host, self.streams, named=named)
        timer = threading.Timer(HEAD_SECONDS, self._hang_up)  # the client's own wait begins anew at each byte
        timer.daemon = True
        timer.start()
        try:
            return self.client.send(request, stream=True)
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        for stream in self.streams:
            with suppress(OSError):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """A connection to the host of a URL; it waits until one more is allowed, and is closed in the end."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    begun = time.monotonic()
    with connection_limit.acquire(host):
        headers = {"User-Agent": "winnow", "Accept-Encoding": "identity"}
        with httpx2.Client(timeout=_TIMEOUT, headers=headers) as client:
            connection = Connection(client, host)
            try:
                yield connection
            finally:
                seconds = round(time.monotonic() - begun, 3)
                told = {name: getattr(connection, name) for name in ("requests", "size", "refused", "cut")}
                connection_limit.note(host, {**told, "changed": connection.changed, "seconds": seconds})


def fetch(
    connection: Connection, url: str, into: BinaryIO, start: int = 0, end: int | None = None
) -> Version:
    """Write the bytes [start, end) of a file to the empty file `into`, as far as they are there; all without
    `end`.

    Raises FileNotFoundError where the server says that there is no such file, gives others but not this one,
    or leads to where none may be read; ConnectionError where it does not answer, is too slow, or refuses,
    again and again; OSError where the disk has no room.
    """
    copy = _CopyState(url, into, start, end)
    idle, status, most = 0, 0, 0
    while True:
        wait = 0.0
        try:
            if copy.ask(connection):
                if url == _bare(url):
                    connection_limit.remember(connection.host, url)
                return copy.version
            wrong, status = "the answer ends before its end", 0
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.TooManyRedirects) as error:
            raise FileNotFoundError(f"{url}: {error}; check the path in the recipe") from error
        except addresses.Private as error:
            raise FileNotFoundError(f"{url}: {error}") from None
        except httpx2.TransportError as error:
            wrong, status = f"{type(error).__name__}: {error}", 0
        except _Refused as error:
            wrong, wait, status = str(error), error.wait, error.status
            connection.refused[str(status)] = connection.refused.get(str(status), 0) + 1
        connection.cut += not status
        idle, most = (0, copy.have) if copy.have >= most + SLOW_BYTES else (idle + 1, most)
        _give_up(connection, url, wrong, idle, status)
        connection_limit.wait_turn(connection.host, max(wait, WAITS[max(0, idle - 1)]))


@dataclass
class _CopyState:
    """How far the copy of a file, or of the bytes [start, end) of it, is."""

    url: str
    into: BinaryIO
    start: int
    end: int | None
    have: int = 0
    version: Version = field(default_factory=lambda: Version("", None))

    def ask(self, connection: Connection) -> bool:
        """Add what one request brings; whether that is all."""
        first = self.start + self.have
        headers = {}
        if first or self.end is not None:
            headers["Range"] = f"bytes={first}-{'' if self.end is None else self.end - 1}"
        if self.have and self.version.tag.startswith('"'):
            headers["If-Range"] = self.version.tag
        with connection.get(self.url, headers) as response:
            _check(self.url, response)
            version, at = _read_version(response)
            if response.status_code == 416:  # nothing lies there
                if self.have or (version.size or 0) > first:  # as in a file that has become a shorter one
                    self._begin_anew(connection, version)
                    return False
                self.version = version
                return True
            if self.have and (version != self.version or not version.tag):
                self._begin_anew(connection, version)
            self.version = version
            if at <= self.start + self.have:
                self._add(connection, response, at)
        last = [stop for stop in (self.end, version.size) if stop is not None]
        return at <= self.start + self.have and self.start + self.have >= min(last, default=0)

    def _begin_anew(self, connection: Connection, version: Version) -> None:
        if version != self.version:
            connection.changed.append(_bare(self.url))
        self.into.seek(0)
        self.into.truncate()
        self.have = 0

    def _add(self, connection: Connection, response: httpx2.Response, at: int) -> None:
        """The answer's bytes, which begin at the place `at` of the file: those behind what is there."""
        end = self._find_end()
        since, got = time.monotonic(), 0
        for chunk in response.iter_raw():
            first = self.start + self.have
            piece = chunk[max(0, first - at) : max(0, end - at)]
            at, got = at + len(chunk), got + len(chunk)
            self.into.write(piece)
            self.have += len(piece)
            connection.size += len(piece)
            if at >= end:
                break
            if time.monotonic() - since >= SLOW_SECONDS:
                if got < SLOW_BYTES:
                    raise httpx2.ReadTimeout(f"{got} bytes in {SLOW_SECONDS:g} seconds")
                since, got = time.monotonic(), 0
        if self.have >= MAX_UNSAID_BYTES and end == MAX_UNSAID_BYTES:
            told = f"more than {MAX_UNSAID_BYTES:,} bytes, and its server does not say how many"
            raise FileNotFoundError(f"{self.url}: {told}: fetch it yourself")

    def _find_end(self) -> int:
        """Where the bytes end that are written; OSError where the disk has no room for them."""
        end = min((stop for stop in (self.end, self.version.size) if stop is not None), default=None)
        folder = tempfile.gettempdir()
        if end is not None and end - self.start - self.have > (room := shutil.disk_usage(folder).free):
            told = f"{_bare(self.url)} has {self.version.size} bytes, and {folder} has room for {room}"
            raise OSError(errno.ENOSPC, f"{told}: free some, or set TMPDIR")
        return MAX_UNSAID_BYTES if end is None else end


def is_refusal(status: int) -> bool:
    """Whether a server refuses to answer, which says nothing of whether there is such a file."""
    return status in (*_BUSY, *_FORBIDDEN) or status >= 500


def _check(url: str, response: httpx2.Response) -> None:
    status = response.status_code
    if status in (200, 416) or (status == 206 and "content-range" in response.headers):
        return
    if is_refusal(status) or status == 206:
        said = response.headers.get("retry-after", "")
        raise _Refused(status, min(float(said), _MAX_WAIT_SECONDS) if said.isdecimal() else 0.0)
    raise FileNotFoundError(f"{url}: no such file (the server says {status}); check the path in the recipe")


def _read_version(response: httpx2.Response) -> tuple[Version, int]:
    """The file's version, and where in it the answer begins."""
    headers = response.headers
    tag = headers.get("etag") or headers.get("last-modified") or ""
    found = _RANGE.fullmatch(headers.get("content-range", "")) if response.status_code != 200 else None
    if found:
        return Version(tag, None if found[2] == "*" else int(found[2])), int(found[1] or 0)
    size = headers.get("content-length", "") if response.status_code == 200 else ""
    return Version(tag, int(size) if size.isdecimal() else None), 0


def _give_up(connection: Connection, url: str, wrong: str, idle: int, status: int) -> None:
    """Raise where asking again is of no use."""
    if status in _FORBIDDEN and idle >= MAX_FORBIDDEN:
        if given := _gives_others(connection, url):
            told = f"{url}: no such file ({wrong}, and gives others)"
            raise FileNotFoundError(f"{told}; check the path in the recipe")
        to = "to all that is asked: " if given is False else "and has given nothing yet: check the path, or "
        raise ConnectionError(f"{url}: {wrong}, {to}wait for an hour, and run again")
    if idle >= (len(WAITS) if status else MAX_CUT):
        raise ConnectionError(f"{url}: {wrong}, {idle} times in a row")


def _gives_others(connection: Connection, url: str) -> bool | None:
    """Whether a host that refuses a file gives another as before; None where it has given no other yet."""
    known = connection_limit.recall(connection.host)
    if known is None:
        return None
    if known == url:
        return False
    connection_limit.wait_turn(connection.host, connection_limit.AGAIN_SECONDS)
    try:
        with connection.get(known, {"Range": "bytes=0-0"}) as response:
            return response.status_code in (200, 206)
    except (httpx2.TransportError, httpx2.TooManyRedirects, addresses.Private):
        return False


def _bare(url: str) -> str:
    """A URL without what may open a door, which is not noted anywhere."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def spool(url: str) -> BinaryIO:
    """A file on the web as a temporary file on this machine, fetched whole."""
    into = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - who opens it closes it
    try:
        with connect(url) as connection:
            fetch(connection, url, into)
        into.seek(0)
    except BaseException:
        into.close()
        raise
    return into
