"""Files of packed frames, zstd and lz4, unpacked past damage; a long window has a reader of its own."""

import io
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

from fastwarc.stream_io import Lz4Reader, ZstdReader

from winnow.ingest.io import zstd
from winnow.ingest.io.attempts import Attempts
from winnow.ingest.io.batches import is_of_data
from winnow.ingest.io.byte_range import OUT_BYTES, ByteRange, Piece, Source, is_last, tell_rest

Reader = ZstdReader | Lz4Reader | zstd.LongReader
DICTIONARY = b"\x5d\x2a\x4d\x18"  # the frame of notes that holds the dictionary of all the frames behind it
MAX_DICTIONARY_BYTES = 1 << 26
_STEP_BYTES = 1 << 10  # read at first
_LAST_BYTES = 1 << 6  # of a frame that is cut off so many at once: those of a call that fails are lost
_CUT = ("incomplete frame", "failed to fill whole buffer", "cut off")  # what readers call it


def read_dictionary(raw: Source) -> bytes | None:
    """The dictionary at the head of a zstd file, itself packed or not (IIPC's warc-zstd, section 4)."""
    head = raw.read(8)
    size = int.from_bytes(head[4:], "little")
    found = raw.read(size) if head.startswith(DICTIONARY) and size <= MAX_DICTIONARY_BYTES else None
    raw.seek(0)
    if found and found.startswith(zstd.MAGIC):
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


def unpack_frames(raw: Source, reader_of: Callable[[Any], Reader], magic: bytes) -> Iterator[Piece]:
    """A frame with a long window, and what is read on behind it, has a reader of its own.

    Behind the beginning of a damaged frame the next one is searched, as far as attempts go.
    """
    start, tried = raw.tell(), Attempts()
    while True:
        is_long = _measure_window(raw, start) > zstd.DEFAULT_BYTES
        opened = zstd.LongReader if is_long else reader_of
        ahead = _Ahead(raw, start)
        reader, done = opened(ahead), 0
        try:
            while data := reader.read(OUT_BYTES):
                yield Piece(data)
                done += len(data)
            return
        except OSError as error:
            if not is_of_data(error):
                raise
            bad, why = start + (reader.frame_start_position() or 0), str(error)
        used = max(bad, raw.tell()) if ahead.step > _STEP_BYTES << 1 else bad
        damage = f"damaged compressed data at byte {bad} ({why})"
        if bad > start:
            done = yield from _unpack_rest(opened(ByteRange(raw, start, bad)), done, OUT_BYTES)
        window = _measure_window(raw, bad)
        if window > zstd.DEFAULT_BYTES and not is_long:
            start = bad
            continue
        if window > zstd.MAX_BYTES:
            damage = f"{damage}: it refers to {window} bytes behind, and {zstd.MAX_BYTES} may be kept"
        found = _find(raw, magic, tried.find_next(bad, used))
        if found is None:
            cut_off = why.endswith(_CUT) and is_last(raw)
            if cut_off:
                yield from _unpack_rest(opened(_Ahead(raw, bad)), done, _LAST_BYTES)
            yield Piece(damage=f"{damage}; {tell_rest(raw)}", start=bad, cut_off=cut_off)
            return
        yield Piece(damage=f"{damage}; went on at byte {found}", start=bad)
        start = found


class _Ahead(ByteRange):
    """What is there from `start` on, where readers begin to count; little at first, so that a frame that is
    damaged at once costs little."""

    def __init__(self, raw: Source, start: int) -> None:
        super().__init__(raw, start, sys.maxsize)
        self.step = _STEP_BYTES

    def read(self, size: int) -> bytes:
        """At most `size` bytes."""
        most, self.step = min(size, self.step), min(self.step << 1, OUT_BYTES)
        return super().read(most)


def _measure_window(raw: Source, start: int) -> int:
    """The window of the zstd frame that begins at `start`, where `raw` then stands; 0 for any other."""
    raw.seek(start)
    window = zstd.measure_window(raw.read(zstd.HEADER_BYTES))
    raw.seek(start)
    return window


def _unpack_rest(reader: Reader, done: int, step: int) -> Generator[Piece, None, int]:
    """What follows the first `done` bytes, which are had: a call that failed took it along.

    Returns how many of these are not the reader's.
    """
    try:
        while data := reader.read(min(done, OUT_BYTES) or step):
            if len(data) > done:
                yield Piece(data[done:])
            done = max(0, done - len(data))
    except OSError as error:
        if not is_of_data(error):
            raise
    return done


def _find(raw: Source, magic: bytes, start: int) -> int | None:
    raw.seek(start)
    tail, step = b"", _STEP_BYTES
    while chunk := raw.read(step):
        if (at := (tail + chunk).find(magic)) >= 0:
            return raw.tell() - len(tail) - len(chunk) + at
        tail, step = (tail + chunk)[-len(magic) + 1 :], min(step << 1, OUT_BYTES)
    return None
