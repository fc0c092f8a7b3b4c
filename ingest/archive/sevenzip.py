"""One member of a 7z archive, unpacked by py7zr in a process of its own, which may hang, die or grow.

`python -m ingest.archive.sevenzip URI MEMBER MAX_MEMORY_MB` writes the member to its standard output, and
nothing to a disk. Whoever reads is behind a pipe, so that nothing is unpacked that nobody takes.
"""

import os
import resource
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from ingest.io.batches import describe
from ingest.io.stretches import Piece
from ingest.io.uris import open_uri

_ROOT = Path(__file__).resolve().parent.parent.parent
_CHUNK = 1 << 20
_QUIET_SECONDS = 1_800  # what stands before the member in one solid block is unpacked for nothing
_MAX_SAID = 1_000


def unpack_member(uri: str, name: str, max_memory_mb: int) -> Iterator[Piece]:
    """The bytes of the first member of that name, in whatever folder, piece by piece.

    Damage, another file format, an archive without such a member or with a password, and a child that needs
    more than `max_memory_mb` are a piece with `damage`. Raises FileNotFoundError, and ImportError without
    py7zr.
    """
    import py7zr  # noqa: F401 - the child would only say it less well

    with open_uri(uri):
        pass
    modules = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        [sys.executable, "-m", "ingest.archive.sevenzip", uri, name, str(max_memory_mb)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": modules},
    )
    assert child.stdout is not None and child.stderr is not None
    try:
        while True:
            if not select.select([child.stdout], [], [], _QUIET_SECONDS)[0]:
                yield Piece(
                    damage=f"the 7z archive gave nothing for {_QUIET_SECONDS} seconds; the rest is lost"
                )
                return
            data = os.read(child.stdout.fileno(), _CHUNK)
            if not data:
                break
            yield Piece(data)
        said = child.stderr.read().decode("utf-8", "replace").strip().splitlines()
        if child.wait():
            why = (
                said[-1][:_MAX_SAID] if said else f"the process that unpacks it ended with {child.returncode}"
            )
            yield Piece(damage=f"damaged 7z archive: {why}; the rest is lost")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()


def _main(uri: str, name: str, max_memory_mb: int) -> None:
    memory = max_memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not come between
    try:
        with open_uri(uri) as raw:
            _unpack(raw, name, out)
    except BrokenPipeError:  # nobody reads any more
        os._exit(1)
    except BaseException as error:
        print(describe(error).replace("\n", " "), file=sys.stderr)
        os._exit(1)  # py7zr's threads may not end


class _Writer:
    """Of a member what py7zr asks of a `Py7zIO`; what is unpacked goes into the pipe at once."""

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.written = out, 0

    def create(self, filename: str) -> "_Writer":
        return self

    def write(self, data: bytes | bytearray) -> int:
        view = memoryview(data)
        while view:
            view = view[self.out.write(view) :]
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
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
