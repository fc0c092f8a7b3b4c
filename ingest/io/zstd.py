"""Zstandard frames with long windows (`zstd --long=31`), which FastWARC refuses to unpack."""

from typing import Any

from winnow.ingest.io.byte_range import Source

MAGIC = b"\x28\xb5\x2f\xfd"
DEFAULT_BYTES = 1 << 27  # of a window: what decoders allow where nothing is said
MAX_BYTES = 1 << 31  # what `--long=31` needs at most
HEADER_BYTES = 18
_FED_BYTES = 1 << 11  # at once: a byte expands to 32 KiB at most


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

    def __init__(self, raw: Source) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise ImportError("a zstd file with a long window needs the package zstandard") from error
        self._wrong = zstandard.ZstdError
        self._packer = zstandard.ZstdDecompressor(max_window_size=MAX_BYTES)
        self._raw, self._packed, self._begin, self._at = raw, b"", 0, 0
        self._frame: Any = None

    def read(self, size: int) -> bytes:
        """The next bytes: about as many as `size`, none at the end."""
        found: list[bytes] = []
        held = 0
        while held < size and (self._packed or (packed := self._raw.read(_FED_BYTES))):
            packed, self._packed = self._packed or packed, b""
            if self._frame is None:
                self._frame, self._begin = self._packer.decompressobj(), self._at
            try:
                found.append(self._frame.decompress(packed))
            except self._wrong as error:
                raise OSError(f"zstd: {error}") from error
            held += len(found[-1])
            self._at += len(packed)
            if self._frame.eof:
                self._packed = self._frame.unused_data
                self._at -= len(self._packed)
                self._frame = None
        if not held and self._frame is not None:
            raise OSError("zstd: the frame is cut off")
        return b"".join(found)

    def frame_start_position(self) -> int:
        """Where the frame begins, counted from where reading began."""
        return self._begin
