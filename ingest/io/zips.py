"""Zip archives whose directory is bounded: zipfile makes an object of each name in it."""

import zipfile
from typing import BinaryIO, cast

MAX_DIRECTORY_BYTES = 1 << 25  # some 300,000 files


class _BoundedReader:
    """A file that refuses to read more than `most` bytes at once, while that is set."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw, self.seek, self.tell = raw, raw.seek, raw.tell
        self.most: int | None = MAX_DIRECTORY_BYTES

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and size > self.most:
            raise zipfile.BadZipFile(f"its directory has {size} bytes, more than {self.most}")
        return self.raw.read(size)

    def seekable(self) -> bool:
        return True


def open_zip(raw: BinaryIO) -> zipfile.ZipFile:
    """The archive. Raises BadZipFile before a directory is read that is too large, and as ZipFile does.

    zipfile reads the directory in one piece, as long as one of the records at the end says.
    """
    watched = _BoundedReader(raw)
    archive = zipfile.ZipFile(cast("BinaryIO", watched))
    watched.most = None
    return archive
