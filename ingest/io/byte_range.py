"""Stretches of a file, read as files of their own, and the pieces that come out of them unpacked."""

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

# Files are cut into sections, one a block at most: the bytes that are read twice to find where it begins are
# few beside it. Another size would give zstd archives and bzip2 dumps other ids.
BLOCK_BYTES = 1 << 22
OUT_BYTES = 1 << 20  # unpacked at once


class Piece(NamedTuple):
    """Some unpacked bytes in file order, or (with `damage`) the place where bytes are missing."""

    data: bytes = b""
    start: int | None = None  # packed offset, where `data` opens a compressed member, or of the damage
    damage: str | None = None
    cut_off: bool = False  # the damage is that the file ends here: what came before it is good


class ByteRange:
    """The bytes of a file from `start` on that come before `end`, as a file."""

    def __init__(self, raw: "Source", start: int, end: int) -> None:
        raw.seek(start)
        self.raw, self.start, self.end = raw, start, end

    def read(self, size: int) -> bytes:
        """At most `size` bytes."""
        return self.raw.read(max(0, min(size, self.end - self.raw.tell())))

    def seek(self, position: int) -> int:
        """Go to a place counted from `start`."""
        return self.raw.seek(self.start + position) - self.start

    def tell(self) -> int:
        """The place, counted from `start`."""
        return self.raw.tell() - self.start


class Section:
    """The bytes of a file from `start` up to the next section, as a file; positions are those of the file.

    `find` gives the first place between two bytes where a section can begin, or None; it is asked for block
    after block, and only when reading gets there.
    """

    def __init__(self, raw: BinaryIO, start: int, find: Callable[[BinaryIO, int, int], int | None]) -> None:
        self.size = raw.seek(0, os.SEEK_END)
        raw.seek(start)
        self.raw, self.start, self.find = raw, start, find
        self.block = start // BLOCK_BYTES * BLOCK_BYTES
        self.end: int | None = None
        self.looked = self.block + BLOCK_BYTES  # no section begins between `start` and here

    def read(self, size: int) -> bytes:
        """At most `size` bytes."""
        here = self.raw.tell()
        while self.end is None and self.looked <= here:
            self._look_on()
            self.raw.seek(here)
        limit = self.looked if self.end is None else self.end
        return self.raw.read(max(0, min(size, limit - here)))

    def seek(self, position: int) -> int:
        """Go to a place in the file."""
        return self.raw.seek(position)

    def tell(self) -> int:
        """The place in the file."""
        return self.raw.tell()

    def find_next(self) -> int | None:
        """Where the next section begins; None for the last one."""
        here = self.raw.tell()
        while self.end is None and self.looked < self.size:
            self._look_on()
        self.raw.seek(here)
        return self.end

    def _look_on(self) -> None:
        self.end = self.find(self.raw, self.looked, self.looked + BLOCK_BYTES)
        self.looked += BLOCK_BYTES


Source = BinaryIO | ByteRange | Section


def is_last(raw: Source) -> bool:
    """Whether no section follows."""
    return not isinstance(raw, Section) or raw.find_next() is None


def tell_rest(raw: Source) -> str:
    """What becomes of what lies behind damage that nothing was found behind."""
    following = raw.find_next() if isinstance(raw, Section) else None
    return "the rest of the file is lost" if following is None else f"went on at byte {following}"


def blocks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Beginning and end of each block that begins between two bytes."""
    for begin in range(-(-start // BLOCK_BYTES) * BLOCK_BYTES, stop, BLOCK_BYTES):
        yield begin, begin + BLOCK_BYTES
