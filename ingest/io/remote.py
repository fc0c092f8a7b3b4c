"""A file on the web of which parts are read."""

import io
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from winnow.ingest.io import web

BLOCK_BYTES = 1 << 20
_BLOCKS = 8  # kept in memory


class Remote(io.RawIOBase):
    """A file on the web of which parts are read: the bytes [start, end) are fetched by one request, where
    they are named; others when they are read, by blocks or, where more is asked for, as much as that.

    ConnectionError where the file becomes another one while it is read.
    """

    def __init__(self, url: str, start: int = 0, end: int | None = 0) -> None:
        self.url, self.start, self.at = url, start, 0
        self.size = 0
        self.blocks: OrderedDict[int, bytes] = OrderedDict()
        self.held: web.Connection | None = None
        self.version: web.Version | None = None
        self.window = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - it is closed with this
        try:
            if end is None or end > start:
                self._fetch(start, end, self.window)
            else:
                self._get(0, 1)
        except BaseException:
            self.window.close()
            raise
        self.end = start + self.window.seek(0, io.SEEK_END)
        if self.version is None or self.version.size is None:
            raise ConnectionError(f"{url}: the server does not say how large the file is: fetch it yourself")
        self.size = self.version.size

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep one connection for all that is read meanwhile."""
        with web.connect(self.url) as self.held:
            try:
                yield
            finally:
                self.held = None

    def _fetch(self, start: int, end: int | None, into: BinaryIO) -> None:
        if self.held is None:
            with web.connect(self.url) as connection:
                version = web.fetch(connection, self.url, into, start, end)
        else:
            version = web.fetch(self.held, self.url, into, start, end)
        if self.version is not None and version.tag and version != self.version:
            raise ConnectionError(f"{self.url}: it has become another file while it was read; run again")
        self.version = version

    def _get(self, start: int, end: int) -> bytes:
        into = io.BytesIO()
        self._fetch(start, end, into)
        return into.getvalue()

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, fewer only at the end."""
        stop = self.size if size is None or size < 0 else min(self.at + size, self.size)
        found = []
        while self.at < stop:
            if self.start <= self.at < self.end:
                self.window.seek(self.at - self.start)
                data = self.window.read(min(stop, self.end) - self.at)
            else:
                data = self._read_outside(self.at, min(stop, self.start) if self.at < self.start else stop)
            if not data:
                raise ConnectionError(f"{self.url}: no bytes at {self.at}, of {self.size}")
            found.append(data)
            self.at += len(data)
        return b"".join(found)

    def _read_outside(self, start: int, stop: int) -> bytes:
        number = start // BLOCK_BYTES
        if stop - start > BLOCK_BYTES:
            return self._get(start, stop)
        if number not in self.blocks:
            begin = number * BLOCK_BYTES
            self.blocks[number] = self._get(begin, min(begin + BLOCK_BYTES, self.size))
            if len(self.blocks) > _BLOCKS:
                self.blocks.popitem(last=False)
        self.blocks.move_to_end(number)
        at = start - number * BLOCK_BYTES
        return self.blocks[number][at : at + stop - start]

    def readinto(self, buffer: Any) -> int:
        """As `read`, into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning of the file")
        self.at = base + offset
        return self.at

    def tell(self) -> int:
        """The place in the file."""
        return self.at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Give the temporary file back."""
        self.window.close()
        super().close()
