"""One member of a 7z archive, unpacked by py7zr in a process of its own, which may hang, die or grow.

`python -m winnow.ingest.archive.sevenzip MEMBER MAX_MEMORY_MB < ARCHIVE` writes the member to its standard
output, and nothing to a disk. Whoever reads is behind a pipe, so that nothing is unpacked that nobody
takes. The archive is an open file on this machine, fetched once: what a store raises is never taken for
damage.
"""

import errno
import io
import os
import resource
import select
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from winnow.ingest.io.batches import describe
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.uris import open_uri
from winnow.sandbox import Child, confine, name_memory

_CHUNK = 1 << 20
_QUIET_SECONDS = 1_800  # what stands before the member in one solid block is unpacked for nothing
_OF_THE_MACHINE = 3  # the child's word for a fault of the disk that the archive lies on


def unpack_member(uri: str, name: str, max_memory_mb: int) -> Iterator[Piece]:
    """The bytes of the first member of that name, in whatever folder, piece by piece.

    Damage, another file format, an archive without such a member or with a password, and a child that needs
    more than `max_memory_mb` are a piece with `damage`. Raises FileNotFoundError, OSError where the store or
    the disk cannot be read, and ImportError without py7zr.
    """
    import py7zr  # noqa: F401 - the child would only say it less well

    with open_uri(uri) as raw, _lay_down(raw) as file:
        yield from _read_child(file, name, max_memory_mb)


@contextmanager
def _lay_down(raw: BinaryIO) -> Iterator[BinaryIO]:
    """The file as one that another process can read; one of a store is copied."""
    if isinstance(raw, io.BufferedReader | io.BufferedRandom):
        yield raw
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(raw, copy, _CHUNK)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def _read_child(file: BinaryIO, name: str, max_memory_mb: int) -> Iterator[Piece]:
    child = Child("winnow.ingest.archive.sevenzip", name, max_memory_mb, stdin=file)
    try:
        while select.select([child.output], [], [], _QUIET_SECONDS)[0]:
            data = os.read(child.output, _CHUNK)
            if not data:
                break
            yield Piece(data)
        else:
            yield Piece(damage=f"the 7z archive gave nothing for {_QUIET_SECONDS} seconds; the rest is lost")
            return
        death = child.bury()
        if death.bound or death.code == _OF_THE_MACHINE:
            told = f"{death.bound} ended its unpacking: raise that" if death.bound else death.said
            raise OSError(errno.EIO, told)
        if death.code:
            why = death.said or f"the process that unpacks it ended with {death.code}"
            yield Piece(damage=f"damaged 7z archive: {why}; the rest is lost")
    finally:
        child.stop()


def _main(name: str, max_memory_mb: int) -> None:
    out = confine(max_memory_mb << 20, resource.RLIMIT_AS)
    enough = name_memory(max_memory_mb << 20)
    try:
        with io.BufferedReader(_Disk(0)) as raw:
            _unpack(raw, name, out)
    except BrokenPipeError:  # nobody reads any more
        os._exit(1)
    except MemoryError:
        print(f"more memory needed than {enough}", file=sys.stderr)
        os._exit(_OF_THE_MACHINE if "shell" in enough else 1)
    except BaseException as error:
        print(describe(error).replace("\n", " "), file=sys.stderr)
        os._exit(1)  # py7zr's threads may not end


class _Disk(io.FileIO):
    """The archive; where it cannot be read the process ends, since py7zr would say that it is no archive."""

    def readinto(self, buffer: Any) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            print(describe(error), file=sys.stderr, flush=True)
            os._exit(_OF_THE_MACHINE)


class _Writer:
    """Of a member what py7zr asks of a `Py7zIO`; what is unpacked goes into the pipe at once."""

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.written = out, 0

    def create(self, filename: str) -> "_Writer":
        return self

    def write(self, data: bytes | bytearray) -> int:
        self.out.write(data)
        self.out.flush()
        self.written += len(data)
        return len(data)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self.written

    def close(self) -> None:
        pass


def _unpack(raw: BinaryIO, name: str, out: BinaryIO) -> None:
    import py7zr

    with py7zr.SevenZipFile(raw, "r") as archive:
        found = [member for member in archive.getnames() if PurePosixPath(member).name == name]
        if not found:
            raise ValueError(f"no member {name} in the archive")
        archive.extract(targets=[found[0]], factory=cast("Any", _Writer(out)))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
