"""WACZ: web archives and their index in one zip (Webrecorder's Web Archive Collection Zipped, 1.1)."""

import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from winnow.ingest.archive.grammar import OPENS
from winnow.ingest.archive.records import find_header
from winnow.ingest.io.batches import is_of_data
from winnow.ingest.io.byte_range import ByteRange, Piece
from winnow.ingest.io.compression import read_pieces, unpack_gzip
from winnow.ingest.io.splits import cut
from winnow.ingest.io.zips import open_zip

_ZIP = b"PK\x03\x04"
_ARCHIVE = re.compile(r"(?:^|/)archive/[^/]+$|\.w?arc(?:\.(?:gz|zst|lz4))?$", re.IGNORECASE)
_LOCAL_BYTES = 30  # of a zip's local header, before the name


class Archive(NamedTuple):
    """A web archive, or a section of one, that begins at the byte `start`; `name` is its name in a WACZ."""

    name: str
    source: Iterator[Piece]
    start: int = 0
    plain: bool = False


def archives(raw: BinaryIO, start: int, stop: int | None) -> Iterator[Archive]:
    """The sections of a web archive in a range of bytes, or the archives of a WACZ in order of their names.

    A WACZ is in the range that begins at byte 0. A zip whose directory is lost is searched for gzip members,
    which is what its records are.
    """
    raw.seek(0)
    if raw.read(len(_ZIP)) != _ZIP:
        for section, source, plain in cut(raw, start, stop, OPENS, find_header):
            yield Archive("", source, section.start, plain)
        return
    if start:
        return
    raw.seek(0)
    try:
        archive = open_zip(raw)
    except Exception as error:
        if not is_of_data(error):
            raise
        lost = f"not a readable zip ({error}): fetch it again; what follows was found by looking for records"
        raw.seek(0)
        yield Archive("", chain([Piece(damage=lost)], unpack_gzip(raw)))
        return
    inside = [info for info in archive.infolist() if _ARCHIVE.search(info.filename)]
    inside.sort(key=lambda info: info.filename)
    if not inside:
        yield Archive("", iter([Piece(damage="a zip without web archives in it: no WACZ")]))
    twice = _find_overlapping(archive.infolist())
    for info in inside:
        lost = f"{info.filename} lies where another member of the zip does, which no packer writes; not read"
        source = iter([Piece(damage=lost)]) if id(info) in twice else _read_member(raw, archive, info)
        yield Archive(info.filename, source)


def _find_overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Ids of the members that begin inside of another: few bytes would be unpacked for each name."""
    found, end = set(), 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found.add(id(info))
        end = max(end, info.header_offset + _LOCAL_BYTES + info.compress_size)
    return found


def _read_member(raw: BinaryIO, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Piece]:
    try:
        if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:
            yield from read_pieces(_open_stored(raw, info))
            return
        with archive.open(info) as file:
            yield from read_pieces(file)  # type: ignore[arg-type]
    except Exception as error:  # each compression has its own, and zipfile some of Python's
        if not is_of_data(error):
            raise
        yield Piece(damage=f"{info.filename} cannot be unzipped ({error}); the rest of it is lost")


def _open_stored(raw: BinaryIO, info: zipfile.ZipInfo) -> ByteRange:
    """The member where it lies in the file: going back after damage costs nothing, as it does in zipfile."""
    raw.seek(info.header_offset)
    local = raw.read(_LOCAL_BYTES)
    if not local.startswith(_ZIP):
        raise zipfile.BadZipFile(f"no member at byte {info.header_offset}")
    names = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    start = info.header_offset + _LOCAL_BYTES + names
    return ByteRange(raw, start, start + info.compress_size)
