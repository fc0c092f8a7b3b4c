"""Sections of a large file: each is read by itself, so that several workers can read one file.

A file is looked at block by block (`BLOCK_BYTES`). The first place in a block where reading can begin (a
packed member that opens with a record, in plain bytes a record's header) begins a section, which goes on up
to the next one. A file read whole is all its sections in a row, and a range of bytes the sections of the
blocks that begin in it; so what is read does not depend on where a file was cut, damaged or not.
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO

from winnow.ingest.io.byte_range import BLOCK_BYTES, OUT_BYTES, ByteRange, Piece, Section, Source, blocks
from winnow.ingest.io.compression import BZIP2, HEADER_BYTES, MEMBER, ZSTD, find_unpacker

# A packed file inside a packed file stands there as it is only in stored blocks (of at most 64 KiB in gzip,
# 128 KiB in zstd), and their headers break its chain of members: what goes on for longer is no such file.
CHAIN_BYTES = 3 << 16
_SCAN_BYTES = 1 << 16
MAX_TRIES = 64  # places in a block that look like a beginning and are none: then none is looked for any more
_MEMBERS = {
    "gzip": MEMBER,
    "zstd": re.compile(re.escape(ZSTD)),
    "bzip2": re.compile(BZIP2 + rb"[1-9]1AY&SY"),
}
_PLACE_BITS = 16

Find = Callable[[BinaryIO, int, int], int | None]


def cut(
    raw: BinaryIO, start: int, stop: int | None, opens: re.Pattern[bytes], find: Find | None = None
) -> Iterator[tuple[Section, Iterator[Piece], bool]]:
    """The sections in a range of a file, their unpacked bytes, and whether they are stored plain.

    A section of a packed file (gzip, zstd, bzip2) begins with a member whose unpacked bytes match `opens`;
    of a plain one where `find` says. Files of other kinds are one section, which begins at byte 0. A file
    whose beginning is damaged is told by the first member of its first block that opens a section.
    """
    packing, unpack = _detect_packing(raw, opens)
    if packing in _MEMBERS:
        find = partial(_find_member, pattern=_MEMBERS[packing], opens=opens, unpack=unpack)
    elif packing != "plain" or find is None:
        find = _find_nothing
    at = 0 if start == 0 else _find_first(raw, start, stop, find)
    while at is not None:
        section = Section(raw, at, find)
        if stop is not None and stop <= section.block:
            return
        yield section, unpack(section), packing == "plain"
        at = section.find_next()


def _detect_packing(
    raw: BinaryIO, opens: re.Pattern[bytes]
) -> tuple[str, Callable[[Source], Iterator[Piece]]]:
    packing, unpack = find_unpacker(raw)
    if packing != "plain" or opens.match(raw.read(_SCAN_BYTES)):
        return packing, unpack
    size = raw.seek(0, os.SEEK_END)
    for name in ("gzip", "zstd"):  # what unpacks the others gives up at damage
        for at in islice(search(raw, _MEMBERS[name], 1, min(size, BLOCK_BYTES), HEADER_BYTES), MAX_TRIES):
            found = find_unpacker(ByteRange(raw, at, size))[1]
            if _find_member(raw, at, at + 1, _MEMBERS[name], opens, found) is not None:
                return name, found
    return packing, unpack


def make_address(what: str, start: int, count: int) -> tuple[str, int]:
    """Key and place of the thing number `count` (from 0) behind the packed byte `start`.

    No two things have one place: n packed bytes hold fewer than n * 2 ** 16 things. (A thing is at least one
    unpacked byte, and gzip and zstd expand a byte to at most 1,032 and 32,768. bzip2 expands it to more only
    where one byte is repeated, which is no record; else a block of at least 40 holds 900,000.)
    """
    key = f"{what} {count + 1} from byte {start}" if count else f"{what} at byte {start}"
    return key, (start << _PLACE_BITS) + count


def search(raw: BinaryIO, pattern: re.Pattern[bytes], start: int, stop: int, max_bytes: int) -> Iterator[int]:
    """Where `pattern` matches between `start` and `stop`; a match has at most `max_bytes`."""
    for base in range(start, stop, _SCAN_BYTES):
        raw.seek(base - 1)  # a pattern may look at the byte before
        data = raw.read(1 + _SCAN_BYTES + max_bytes)
        for match in pattern.finditer(data, 1):
            if match.start() <= _SCAN_BYTES and base - 1 + match.start() < stop:
                yield base - 1 + match.start()
        if len(data) <= _SCAN_BYTES:
            return


def cut_records(
    source: Iterator[Piece],
    opens: re.Pattern[bytes],
    max_open_bytes: int,
    max_bytes: int,
    too_long: str,
    *,
    begins: bool,
) -> Iterator[tuple[bytes, str | None]]:
    """The records of a section, each from where `opens` matches (in `max_open_bytes` at most) to the next.

    What is lost is (b"", error): `too_long` where it has more than `max_bytes`. With `begins` one begins with
    the first byte, and what stands before damage is one. Holds one record and one piece.
    """
    data, inside, looked = bytearray(), begins, int(begins)
    for piece in source:
        if piece.damage:
            if begins and inside and data.strip():
                yield bytes(data), None
            yield b"", piece.damage
            data, inside, looked = bytearray(), False, 0
            continue
        data += piece.data
        begun = 0
        for mark in opens.finditer(data, looked):
            if inside and (record := bytes(data[begun : mark.start()])).strip():
                yield (b"", too_long) if len(record) > max_bytes else (record, None)
            begun, inside = mark.start(), True
        del data[:begun]
        if inside and len(data) > max_bytes + OUT_BYTES:
            yield b"", too_long
            inside = False
        if not inside and len(data) > max_open_bytes:  # one may have begun
            del data[: -max_open_bytes - 1]
            looked = 1
        elif inside:
            looked = max(1, len(data) - max_open_bytes)
    if inside and data.strip():
        yield (b"", too_long) if len(data) > max_bytes else (bytes(data), None)


def _find_first(raw: BinaryIO, start: int, stop: int | None, find: Find) -> int | None:
    """Where the first section begins whose block begins at or behind `start`."""
    size = raw.seek(0, os.SEEK_END)
    found = (find(raw, *block) for block in blocks(start, size if stop is None else min(stop, size)))
    return next((at for at in found if at is not None), None)


def _find_nothing(raw: BinaryIO, start: int, stop: int) -> None:
    """A file of one section."""


def _find_member(
    raw: BinaryIO,
    start: int,
    stop: int,
    pattern: re.Pattern[bytes],
    opens: re.Pattern[bytes],
    unpack: Callable[[Source], Iterator[Piece]],
) -> int | None:
    """Of the first 64 members in a block the one that opens as a section does and that whole ones follow."""
    size = raw.seek(0, os.SEEK_END)
    for at in islice(search(raw, pattern, start, stop, HEADER_BYTES), MAX_TRIES):
        packed = ByteRange(raw, at, size)
        unpacked = unpack(packed)
        first = next(unpacked, Piece())
        if not first.damage and opens.match(first.data) and _is_chain(unpacked, packed):
            return at
    return None


def _is_chain(unpacked: Iterator[Piece], packed: ByteRange) -> bool:
    """Whether what is unpacked stays whole for long enough."""
    while packed.tell() <= CHAIN_BYTES:
        piece = next(unpacked, None)
        if piece is None:
            return True
        if piece.damage:
            return False
    return True
