import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io import zstd
from winnow.ingest.io.compression import read_pieces


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


NOTE = b"\x50\x2a\x4d\x18\x04\0\0\0note"


@pytest.mark.parametrize("order", ["sl", "sls", "nl", "lnl", "slls"])
def test_long_windows_may_stand_anywhere_in_a_file(order: str) -> None:
    words = {"s": b"short", "l": b"long ago " * 20_000, "n": b""}
    packed = {"s": pack(words["s"]), "l": pack(words["l"], window=31), "n": NOTE}
    pieces = list(read_pieces(io.BytesIO(b"".join(packed[one] for one in order))))
    assert [piece.damage for piece in pieces if piece.damage] == []
    assert b"".join(piece.data for piece in pieces) == b"".join(words[one] for one in order)


@pytest.mark.parametrize("first", [b"", pack(b"first")])
def test_a_window_of_more_than_may_be_kept_is_told_and_the_next_frame_read(first: bytes) -> None:
    bad = bytearray(pack(b"long ago " * 20_000, window=31))
    bad[5] = (41 - 10) << 3
    pieces = list(read_pieces(io.BytesIO(first + bytes(bad) + pack(b"last"))))
    (told,) = [piece.damage for piece in pieces if piece.damage]
    assert f"at byte {len(first)} " in told and f"refers to {1 << 41} bytes behind, and {1 << 31} may" in told
    assert b"".join(piece.data for piece in pieces) == (b"firstlast" if first else b"last")


def test_a_second_damage_is_told_where_it_is() -> None:
    bad = bytearray(pack(b"long ago " * 20_000, window=31))
    bad[4] |= 0x08  # a reserved bit
    good = pack(b"good", window=31)
    told = [piece.damage for piece in read_pieces(io.BytesIO((good + bytes(bad)) * 2 + good)) if piece.damage]
    places = [len(good), 2 * len(good) + len(bad)]
    assert [f"at byte {place} " in str(one) for one, place in zip(told, places, strict=True)] == [True] * 2


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
