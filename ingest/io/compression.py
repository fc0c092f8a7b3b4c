"""Unpacking files of any compression, past damage.

A gzip file of a web archive is a member a record, so damage in one of them need not cost the rest. Python's
`gzip` and FastWARC stop at the first damaged byte; `read_pieces` reports it and goes on at the next member.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any

from fastwarc.stream_io import Lz4Reader, ZstdReader
from isal import isal_zlib  # as zlib, in less than half the time

from winnow.ingest.io.attempts import NEAR_BYTES, Attempts
from winnow.ingest.io.batches import Unreadable
from winnow.ingest.io.byte_range import OUT_BYTES, Piece, Source, is_last, tell_rest
from winnow.ingest.io.packed_frames import read_dictionary, unpack_frames
from winnow.ingest.io.uris import open_uri

RAW_BYTES = 1 << 16
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
LZ4 = b"\x04\x22\x4d\x18"
# A member header, by chance once in 11 GB of compressed data; its last byte, the packer's system, may be any.
MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04].", re.DOTALL)
HEADER_BYTES = 10
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\x00"
SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a frame of notes, zstd and lz4
# How far a damaged member was good is known to so many bytes; of so few it gives no more than that before.
# What follows a finished member or stream is copied for each, so that less is fed than is read at once.
_FED_BYTES, _FIRST_BYTES = NEAR_BYTES, 1 << 16
_SMALL_BYTES = 100  # packed: no record is as small
_CUT_OFF = "is cut off"


def read_bytes(uri: str, max_bytes: int, *, unpack: bool = False) -> bytes:
    """All bytes of a file, as they stand or unpacked.

    Raises Unreadable where they are more than `max_bytes`, which must be a setting of the step, or damaged.
    """
    found: list[bytes] = []
    size = 0
    with open_uri(uri) as file:
        for piece in read_pieces(file) if unpack else _read_plain(file):
            if piece.damage:
                raise Unreadable(f"{uri} is damaged: {piece.damage}; fetch it again")
            found.append(piece.data)
            size += len(piece.data)
            if size > max_bytes:
                what = "unpacks to" if unpack else "has"
                raise Unreadable(
                    f"{uri} {what} more than max_bytes ({max_bytes}); raise it, or split the file"
                )
    return b"".join(found)


def read_pieces(raw: Source) -> Iterator[Piece]:
    """Unpack `raw` (gzip, zstd, lz4, bzip2, xz or plain, told by its first bytes) piece by piece.

    A piece is at most a few MB, however far its input expands. Damage yields a piece with `damage` set,
    and reading goes on at the next member where the format has such. Nothing is yielded for an empty file.
    """
    _, unpack = find_unpacker(raw)
    return unpack(raw)


def find_unpacker(raw: Source) -> tuple[str, Callable[[Source], Iterator[Piece]]]:
    """How a file is packed, and what unpacks it from where it stands; `raw` stands at its beginning again."""
    raw.seek(0)
    head = raw.read(6)
    raw.seek(0)
    if head.startswith(GZIP):
        return "gzip", unpack_gzip
    if head.startswith(ZSTD) or SKIPPABLE.match(head):
        reader_of: Callable[[Any], Any] = partial(ZstdReader, dictionary=read_dictionary(raw))
        return "zstd", partial(unpack_frames, reader_of=reader_of, magic=ZSTD)
    if head.startswith(LZ4):
        return "lz4", partial(unpack_frames, reader_of=Lz4Reader, magic=LZ4)
    if head.startswith(BZIP2):
        return "bzip2", partial(_unpack_streams, unpacker_of=bz2.BZ2Decompressor)
    if head.startswith(XZ):
        return "xz", partial(_unpack_streams, unpacker_of=lzma.LZMADecompressor)
    return "plain", _read_plain


def _read_plain(raw: Source) -> Iterator[Piece]:
    return (Piece(data) for data in iter(lambda: raw.read(OUT_BYTES), b""))


def unpack_gzip(raw: Source) -> Iterator[Piece]:
    """Unpack every gzip member in `raw`, whatever lies before, between and behind them.

    Behind the beginning of a damaged member the next one is searched, since it may have run on into others.
    But no byte is unpacked again and again: where four damaged members begin inside what a damaged one has
    unpacked (or 32 within 8 KiB), that is payload, and the search goes on behind it.
    """
    packed, damage, bad, tried = b"", "", 0, Attempts()
    while True:
        while len(packed) < HEADER_BYTES and (more := raw.read(RAW_BYTES)):
            packed = packed + more if damage else (packed + more).lstrip(b"\0")  # padding is legal
        if not packed:
            break
        offset = raw.tell() - len(packed)
        if not (MEMBER.match(packed) if damage else packed.startswith(GZIP)):
            if not damage:
                damage, bad = f"no gzip data at byte {offset}", offset
            found = MEMBER.search(packed, 1)
            packed = packed[found.start() :] if found else packed[1:][-HEADER_BYTES + 1 :]
            continue
        if damage:
            yield Piece(damage=f"{damage}; went on at byte {offset}", start=bad)
        packed, damage, bad = yield from _unpack_members(raw, packed, offset, tried)
    if damage:
        cut_off = damage.endswith(_CUT_OFF) and is_last(raw)
        yield Piece(damage=f"{damage}; {tell_rest(raw)}", start=bad, cut_off=cut_off)


def _unpack_members(
    raw: Source, packed: bytes, start: int, tried: Attempts
) -> Generator[Piece, None, tuple[bytes, str, int]]:
    """Yields the unpacked pieces of gzip members, one behind the other.

    Returns the packed bytes behind them, any damage and where the last one begins.
    """
    unpacker: Any = isal_zlib.decompressobj(31)
    first: int | None = start
    fault: Exception | None = None
    at, used = 0, start  # what the unpacker has used, in `packed` and in the file
    small, feed, most = False, _FED_BYTES, _FIRST_BYTES
    while packed:
        fed = min(at + feed, len(packed))
        try:
            data = unpacker.decompress(packed[at:fed], most)
        except (isal_zlib.error, zlib.error) as error:  # type: ignore[misc]
            fault = error
            break
        if small and not unpacker.eof:  # it is none of a few bytes: once more, as others are
            unpacker = isal_zlib.decompressobj(31)
            small, feed, most = False, _FED_BYTES, _FIRST_BYTES
            continue
        if data:
            yield Piece(data, first)
            first, most = None, OUT_BYTES
        fed -= len(unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail)
        at, used = fed, used + fed - at
        if unpacker.eof:
            if not packed.startswith(GZIP, at):
                return packed[at:].lstrip(b"\0"), "", start
            # One of a few bytes has others behind it: zlib, slower at unpacking, is the sooner begun.
            small = used - start < _SMALL_BYTES
            unpacker = zlib.decompressobj(31) if small else isal_zlib.decompressobj(31)
            feed, most = (_SMALL_BYTES, _SMALL_BYTES) if small else (_FED_BYTES, _FIRST_BYTES)
            start = first = used
        elif at == len(packed):
            packed, at = raw.read(RAW_BYTES), 0
    raw.seek(tried.find_next(start, used))  # other members may lie inside what this one claimed
    damage = f"damaged gzip data in the member at byte {start} ({fault})"
    return b"", damage if fault else f"the gzip member at byte {start} {_CUT_OFF}", start


def _unpack_streams(
    raw: Source, unpacker_of: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
) -> Iterator[Piece]:
    unpacker, packed, inside = unpacker_of(), b"", False
    while packed or (packed := raw.read(_FED_BYTES)) or not unpacker.needs_input:
        try:
            data = unpacker.decompress(packed, OUT_BYTES)
        except (OSError, EOFError, lzma.LZMAError) as error:
            yield Piece(damage=f"damaged data before byte {raw.tell()} ({error}); {tell_rest(raw)}")
            return
        inside = True
        if data:
            yield Piece(data)
        packed = b""
        if unpacker.eof:
            packed = unpacker.unused_data.lstrip(b"\0")
            unpacker, inside = unpacker_of(), False
    if inside:
        damage = f"cut off at byte {raw.tell()}; {tell_rest(raw)}"
        yield Piece(damage=damage, cut_off=is_last(raw))
