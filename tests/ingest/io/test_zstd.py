import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.io import zstd
from ingest.io.compression import read_pieces


def pack(data: bytes, *, window: int = 0) -> bytes:
    if not window:
        return zstandard.ZstdCompressor().compress(data)
    parameters = zstandard.ZstdCompressionParameters(window_log=window, enable_ldm=True, write_checksum=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(data) + packer.flush()


@given(window=st.integers(10, 31))
def test_the_window_of_a_frame_is_what_its_writer_asked_for(window: int) -> None:
    assert zstd.measure_window(pack(b"x", window=window)) == 1 << window


@given(data=st.binary(max_size=400))
def test_the_window_of_a_small_frame_is_its_content(data: bytes) -> None:
    assert zstd.measure_window(pack(data)) == len(data)
    assert zstd.measure_window(data) == 0


@pytest.mark.parametrize("frames", [1, 3])
def test_frames_with_long_windows_are_unpacked(frames: int) -> None:
    packed = pack(b"long ago " * 20_000, window=31) * frames
    assert b"".join(piece.data for piece in read_pieces(io.BytesIO(packed))) == b"long ago " * 20_000 * frames


@pytest.mark.parametrize("damage", ["cut", "header", "noise"])
def test_damage_in_a_long_window_is_told_and_the_next_frame_read(damage: str) -> None:
    words = b"".join(b"%d " % (n * n) for n in range(30_000))
    first, bad, last = (bytearray(pack(word + words, window=31)) for word in (b"one", b"two", b"three"))
    if damage == "noise":
        bad[200:260] = b"\xff" * 60
    bad = bad[: len(bad) // 2] if damage == "cut" else bad
    if damage == "header":
        bad[4] |= 0x08  # a reserved bit
    pieces = list(
        read_pieces(io.BytesIO(bytes(first + bad) if damage == "cut" else bytes(first + bad + last)))
    )
    (told,) = [piece.damage for piece in pieces if piece.damage]
    assert f"damaged compressed data at byte {len(first)}" in told
    text = b"".join(piece.data for piece in pieces)
    assert text.startswith(b"one" + words) and (damage == "cut" or text.endswith(b"three" + words))
