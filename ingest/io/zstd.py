"""Zstandard frames with long windows (`zstd --long=31`), which FastWARC refuses to unpack."""

import io
from typing import BinaryIO, cast

MAGIC = b"\x28\xb5\x2f\xfd"
DEFAULT_BYTES = 1 << 27  # of a window: what decoders allow where nothing is said
MAX_BYTES = 1 << 31  # what `--long=31` needs at most
HEADER_BYTES = 18


def measure_window(header: bytes) -> int:
    """The bytes behind that a frame refers to (RFC 8878, 3.1.1.1); 0 where no frame begins."""
    if len(header) < 6 or not header.startswith(MAGIC):
        return 0
    flags = header[4]
    if not flags & 0x20:
        base = 1 << (10 + (header[5] >> 3))
        return base + base // 8 * (header[5] & 7)
    at, size = 5 + (0, 1, 2, 4)[flags & 3], (1, 2, 4, 8)[flags >> 6]
    return int.from_bytes(header[at : at + size], "little") + (256 if size == 2 else 0)


class LongReader:
    """As FastWARC's reader: `read`, and where the frame begins that is read; OSError where it is damaged."""

    def __init__(self, raw: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise ImportError("a zstd file with a long window needs the package zstandard") from error
        self._wrong = zstandard.ZstdError
        reader = zstandard.ZstdDecompressor(max_window_size=MAX_BYTES)
        self._reader = cast("io.RawIOBase", reader.stream_reader(raw, read_across_frames=True, closefd=False))

    def read(self, size: int) -> bytes:
        try:
            return self._reader.read(size) or b""
        except self._wrong as error:
            raise OSError(f"zstd: {error}") from error

    def frame_start_position(self) -> int:
        return 0
