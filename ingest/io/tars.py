"""Files in a tar that is not packed, by their headers: ranges of it can be read by themselves."""

import re
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

BLOCK = 512
_SCAN_BYTES = 1 << 20


class Entry(NamedTuple):
    """A file in a tar, or (`damage`) bytes that are none."""

    name: str
    header: int  # where its header begins
    start: int
    size: int
    damage: str | None = None


def walk(raw: BinaryIO, names: re.Pattern[str], start: int = 0, stop: int | None = None) -> Iterator[Entry]:
    """The files whose headers begin between two bytes, found by the sizes from the tar's beginning on.

    So a range finds what the whole file has, whatever stands inside of a file. Behind a damaged header the
    next one is searched of a file whose name is one of `names`.
    """
    at = 0
    while stop is None or at < stop:
        block = _read_at(raw, at)
        header = parse(block)
        if header is not None:
            if header.isfile() and at >= start:
                yield Entry(header.name, at, at + BLOCK, header.size)
            at += BLOCK + -(-max(header.size, 0) // BLOCK) * BLOCK
            continue
        empty = not block.strip(b"\0")  # the end, or padding
        found = _search(raw, at, names)
        if not empty and at >= start:
            rest = "the rest of the file is lost" if found is None else f"went on at byte {found}"
            yield Entry("", at, at, 0, f"no tar header at byte {at}; {rest}")
        if found is None:
            return
        at = found


def _read_at(raw: BinaryIO, at: int) -> bytes:
    raw.seek(at)
    return raw.read(BLOCK)


def parse(block: bytes) -> tarfile.TarInfo | None:
    """A header, None where the bytes are none."""
    if len(block) < BLOCK:
        return None
    try:
        return tarfile.TarInfo.frombuf(block[:BLOCK], "utf-8", "replace")
    except (tarfile.HeaderError, ValueError):
        return None


def _search(raw: BinaryIO, at: int, names: re.Pattern[str]) -> int | None:
    at += BLOCK
    while True:
        raw.seek(at)
        data = raw.read(_SCAN_BYTES)
        for offset in range(0, len(data) - BLOCK + 1, BLOCK):
            if data[offset + 257 : offset + 262] == b"ustar":
                header = parse(data[offset : offset + BLOCK])
                if header and header.isfile() and names.fullmatch(header.name):
                    return at + offset
        if len(data) < _SCAN_BYTES:
            return None
        at += len(data)
