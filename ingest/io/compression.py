"""Unpacking files of any compression, past damage.

A gzip file of a web archive is a member a record, so damage in one of them need not cost the rest. Python's
`gzip` and FastWARC stop at the first damaged byte; `read_pieces` reports it and goes on at the next member.
"""

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from fastwarc.stream_io import Lz4Reader, ZstdReader
from isal import isal_zlib  # as zlib, in less than half the time

from winnow.ingest.io import zstd
from winnow.ingest.io.batches import Unreadable, is_of_data
from winnow.ingest.io.byte_range import ByteRange, Piece, Section, Source
from winnow.ingest.io.uris import open_uri

RAW_BYTES = 1 << 16
OUT_BYTES = 1 << 20
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
LZ4 = b"\x04\x22\x4d\x18"
# A member header, by chance once in 11 GB of compressed data; its last byte, the packer's system, may be any.
MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04].", re.DOTALL)
HEADER_BYTES = 10
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\x00"
SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a frame of notes, zstd and lz4
DICTIONARY = b"\x5d\x2a\x4d\x18"  # the one that holds the dictionary of all the frames behind it
MAX_DICTIONARY_BYTES = 1 << 26
# How far a damaged member was good is known to so many bytes; of so few it gives no more than that before.
# What follows a finished member or stream is copied for each, so that less is fed than is read at once.
_FED_BYTES, _FIRST_BYTES = 1 << 13, 1 << 16
_SMALL_BYTES = 100  # packed: no record is as small
_MAX_INSIDE, _MAX_NEAR = 4, 32  # damaged members that begin inside one another, and in _FED_BYTES


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
        reader_of: Callable[[Any], Any] = partial(ZstdReader, dictionary=_read_dictionary(raw))
        return "zstd", partial(_unpack_frames, reader_of=reader_of, magic=ZSTD)
    if head.startswith(LZ4):
        return "lz4", partial(_unpack_frames, reader_of=Lz4Reader, magic=LZ4)
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
    packed, damage, bad, tried = b"", "", 0, _Attempts()
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
        yield Piece(damage=f"{damage}; {_format_rest(raw)}", start=bad)


class _Attempts:
    """Where damaged members begin and end, so that bytes that several claim are not unpacked for each."""

    def __init__(self) -> None:
        self.inside = self.end = self.near = self.near_end = 0

    def find_next(self, start: int, end: int) -> int:
        """Where to search on behind a damaged member, of which the bytes up to `end` were unpacked."""
        if start >= self.end:
            self.inside = 0
        elif end > start:
            self.inside += 1
        if start >= self.near_end:
            self.near, self.near_end = 0, start + _FED_BYTES
        self.near += 1
        self.end = max(self.end, end)
        if self.inside >= _MAX_INSIDE:
            return self.end
        return start + 1 if self.near < _MAX_NEAR else self.near_end


def _format_rest(raw: Source) -> str:
    """What becomes of what lies behind damage that nothing was found behind."""
    following = raw.find_next() if isinstance(raw, Section) else None
    return "the rest of the file is lost" if following is None else f"went on at byte {following}"


def _unpack_members(
    raw: Source, packed: bytes, start: int, tried: _Attempts
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
    return b"", damage if fault else f"the gzip member at byte {start} is cut off", start


def _read_dictionary(raw: Source) -> bytes | None:
    """The dictionary at the head of a zstd file, itself packed or not (IIPC's warc-zstd, section 4)."""
    head = raw.read(8)
    size = int.from_bytes(head[4:], "little")
    found = raw.read(size) if head.startswith(DICTIONARY) and size <= MAX_DICTIONARY_BYTES else None
    raw.seek(0)
    if found and found.startswith(ZSTD):
        with suppress(OSError):  # a damaged one shows at the first record
            found = ZstdReader(io.BytesIO(found)).read(MAX_DICTIONARY_BYTES)
    return found if found and _is_dictionary(found) else None


def _is_dictionary(found: bytes) -> bool:
    try:
        ZstdReader(io.BytesIO(), dictionary=found)
    except BaseException as error:  # FastWARC panics at a damaged one, and a panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        return False
    return True


def _unpack_frames(
    raw: Source, reader_of: Callable[[Any], ZstdReader | Lz4Reader | zstd.LongReader], magic: bytes
) -> Iterator[Piece]:
    """A frame with a long window, and what is read on behind it, has a reader of its own."""
    start = raw.tell()
    while True:
        is_long = _measure_window(raw, start) > zstd.DEFAULT_BYTES
        opened = zstd.LongReader if is_long else reader_of
        reader, done = opened(raw), 0
        try:
            while data := reader.read(OUT_BYTES):
                yield Piece(data)
                done += len(data)
            return
        except OSError as error:
            if not is_of_data(error):
                raise
            bad = start + (reader.frame_start_position() or 0)
            damage = f"damaged compressed data at byte {bad} ({error})"
        yield from _unpack_whole_frames(opened(ByteRange(raw, start, bad)), done)
        window = _measure_window(raw, bad)
        if window > zstd.DEFAULT_BYTES and not is_long:
            start = bad
            continue
        if window > zstd.MAX_BYTES:
            damage = f"{damage}: it refers to {window} bytes behind, and {zstd.MAX_BYTES} may be kept"
        found = _find(raw, magic, bad + 1)
        if found is None:
            yield Piece(damage=f"{damage}; {_format_rest(raw)}", start=bad)
            return
        yield Piece(damage=f"{damage}; went on at byte {found}", start=bad)
        start = found


def _measure_window(raw: Source, start: int) -> int:
    """The window of the zstd frame that begins at `start`, where `raw` then stands; 0 for any other."""
    raw.seek(start)
    window = zstd.measure_window(raw.read(zstd.HEADER_BYTES))
    raw.seek(start)
    return window


def _unpack_whole_frames(reader: ZstdReader | Lz4Reader | zstd.LongReader, done: int) -> Iterator[Piece]:
    """What follows the `done` bytes in the frames before the damaged one: the failed call took it along."""
    try:
        while data := reader.read(OUT_BYTES):
            if len(data) > done:
                yield Piece(data[done:])
            done = max(0, done - len(data))
    except OSError as error:
        if not is_of_data(error):
            raise


def _find(raw: Source, magic: bytes, start: int) -> int | None:
    raw.seek(start)
    tail = b""
    while chunk := raw.read(OUT_BYTES):
        if (at := (tail + chunk).find(magic)) >= 0:
            return raw.tell() - len(tail) - len(chunk) + at
        tail = (tail + chunk)[-len(magic) + 1 :]
    return None


def _unpack_streams(
    raw: Source, unpacker_of: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
) -> Iterator[Piece]:
    unpacker, packed, inside = unpacker_of(), b"", False
    while packed or (packed := raw.read(_FED_BYTES)) or not unpacker.needs_input:
        try:
            data = unpacker.decompress(packed, OUT_BYTES)
        except (OSError, EOFError, lzma.LZMAError) as error:
            yield Piece(damage=f"damaged data before byte {raw.tell()} ({error}); {_format_rest(raw)}")
            return
        inside = True
        if data:
            yield Piece(data)
        packed = b""
        if unpacker.eof:
            packed = unpacker.unused_data.lstrip(b"\0")
            unpacker, inside = unpacker_of(), False
    if inside:
        yield Piece(damage=f"cut off at byte {raw.tell()}; {_format_rest(raw)}")
