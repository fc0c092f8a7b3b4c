"""Unpacking past damage, in every format, without growing beyond bounds."""

import bz2
import contextlib
import gzip
import http.server
import io
import lzma
import pickle
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastwarc.stream_io import Lz4Writer, ZstdWriter
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io import web
from winnow.ingest.io.batches import Unreadable, is_of_data
from winnow.ingest.io.compression import read_bytes, read_pieces
from winnow.ingest.io.uris import name_file, open_uri


def pack_by(writer: type, data: bytes) -> bytes:
    out = io.BytesIO()
    stream = writer(out)
    while data:
        data = data[stream.write(data) :]  # the zstd writer takes 8 MB at a time
    stream.close()
    return out.getvalue()


PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pack_by(ZstdWriter, data),
    "lz4": lambda data: pack_by(Lz4Writer, data),
    "plain": lambda data: data,
}


def unpack_all(data: bytes) -> tuple[bytes, list[str]]:
    found = list(read_pieces(io.BytesIO(data)))
    return b"".join(piece.data for piece in found), [piece.damage for piece in found if piece.damage]


@pytest.mark.parametrize("name", PACKERS)
@given(parts=st.lists(st.binary(min_size=1, max_size=2_000), min_size=1, max_size=4))
def test_members_in_a_row_come_back_whole(name: str, parts: list[bytes]) -> None:
    parts = [b"text " + part for part in parts]
    data, damage = unpack_all(b"".join(PACKERS[name](part) for part in parts))
    assert (data, damage) == (b"".join(parts), [])


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_damaged_member_costs_itself_alone(name: str) -> None:
    members = [PACKERS[name](bytes(f"record {i} ", "ascii") * 50) for i in range(4)]
    bad = bytearray(members[1])
    bad[len(bad) - 6] ^= 0xFF  # the checksum, or the data before it
    data, damage = unpack_all(members[0] + bytes(bad) + members[2] + members[3])
    assert b"record 0" in data and b"record 2" in data and b"record 3" in data and b"record 1" not in data
    assert len(damage) == 1 and f"byte {len(members[0])}" in damage[0]


def test_members_of_a_packer_with_a_system_of_its_own_are_found() -> None:
    """Archives in circulation have 19 where the system stands, which is not assigned."""
    members = [
        gzip.compress(b"record %d" % i * 9)[:9] + b"\x13" + gzip.compress(b"record %d" % i * 9)[10:]
        for i in (0, 1)
    ]
    data, damage = unpack_all(b"garbage".join([gzip.compress(b"first"), *members]))
    assert data == b"first" + b"record 0" * 9 + b"record 1" * 9 and len(damage) == 2


def test_garbage_and_padding_between_gzip_members() -> None:
    one, two = gzip.compress(b"one"), gzip.compress(b"two")
    assert unpack_all(one + b"\0" * 100 + two + b"\0" * 9) == (b"onetwo", [])
    data, damage = unpack_all(one + b"GARBAGE" + two)
    assert data == b"onetwo" and damage == [
        f"no gzip data at byte {len(one)}; went on at byte {len(one) + 7}"
    ]


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstd", "lz4"])
def test_a_cut_off_file_says_so(name: str) -> None:
    whole = PACKERS[name](bytes(range(256)) * 40)
    _, damage = unpack_all(whole[:-9])
    assert len(damage) == 1 and "the rest of the file is lost" in damage[0]


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstd"])
def test_pieces_stay_small_however_far_a_file_expands(name: str) -> None:
    sizes = [len(piece.data) for piece in read_pieces(io.BytesIO(PACKERS[name](bytes(20_000_000))))]
    assert sum(sizes) == 20_000_000 and max(sizes) <= 1 << 20


def test_a_missing_file_is_named() -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"nothing-here\.warc"),
        open_uri("/nowhere/nothing-here.warc"),
    ):
        pass


def test_what_is_raised_says_how_far_reading_had_come_also_from_another_process(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(1_000))
    for error in (ValueError("x"), ConnectionError("x"), UnicodeDecodeError("utf-8", b"x", 0, 1, "x")):
        with pytest.raises(type(error)) as raised, open_uri(str(tmp_path / "a")) as file:
            file.read(300)
            raise error
        assert pickle.loads(pickle.dumps(raised.value)).bytes_read == 300


def test_a_file_that_is_closed_does_not_hide_what_was_raised(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(KeyError), open_uri(str(tmp_path / "a")) as file:
        file.close()
        raise KeyError


@pytest.mark.parametrize("name", PACKERS)
def test_a_file_read_whole_has_a_bound_packed_and_unpacked(name: str, tmp_path: Path) -> None:
    path, data = tmp_path / "a", bytes(300_000)
    path.write_bytes(PACKERS[name](data))
    size = path.stat().st_size
    assert read_bytes(str(path), 300_000, unpack=True) == data
    assert read_bytes(str(path), size) == path.read_bytes()
    with pytest.raises(Unreadable, match=r"unpacks to more than max_bytes \(299999\); raise it"):
        read_bytes(str(path), 299_999, unpack=True)
    with pytest.raises(Unreadable, match=r"has more than max_bytes"):
        read_bytes(str(path), size - 1)


class Breaking(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 100_000:
            raise ConnectionResetError("gone")
        return super().read(size)


@pytest.mark.parametrize("name", PACKERS)
def test_a_connection_that_breaks_is_no_damage(name: str) -> None:
    data = random.Random(1).randbytes(300_000)
    with pytest.raises(ConnectionResetError):
        list(read_pieces(Breaking(PACKERS[name](data))))


STORED = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0"  # the header of a member whose first block is stored


def nest(count: int, line: bytes = b"") -> bytes:
    """Members in stored blocks of one another, none of which has an end."""
    return (STORED + b"\xff\xff\0\0" + line) * count


@pytest.mark.parametrize("line", [b"", b"WARC/1.0\r\n\r\n"])
def test_members_inside_damaged_ones_are_unpacked_a_few_times_and_no_more(line: bytes) -> None:
    whole = gzip.compress(b"the neighbour")
    packed = whole + nest(20_000, line)
    data, damages = unpack_all(packed)
    assert data.startswith(b"the neighbour")
    assert len(data) < 7 * len(packed)
    assert all("byte" in damage for damage in damages)


def test_what_follows_nested_members_is_found_again() -> None:
    packed = nest(5_000) + b"\0" * 70_000 + gzip.compress(b"the neighbour")
    data, damages = unpack_all(packed)
    assert data.endswith(b"the neighbour") and len(damages) < 5_000


def test_each_of_many_damaged_members_is_told() -> None:
    noise = random.Random(3).randbytes(20_000)
    members = [gzip.compress(noise[i : i + 300 + i % 9_000], 1) for i in range(0, 9_000, 30)]
    damaged = [member[:100] + b"\r" + member[101:-3] for member in members]
    packed = b"".join(each for pair in zip(damaged, members, strict=True) for each in pair)
    data, damages = unpack_all(packed)
    assert len(damages) == len(damaged)
    assert data.count(noise[60:90]) >= 1


@given(st.lists(st.binary(max_size=2_000), max_size=4), st.sampled_from([10, 1_000, 8_193]))
def test_small_reads_give_the_same_bytes(parts: list[bytes], size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, most: int | None = -1) -> bytes:
            return super().read(size if most is None or most < 0 else min(most, size))

    packed = b"".join(map(gzip.compress, parts))
    assert b"".join(piece.data for piece in read_pieces(Slow(packed))) == (b"".join(parts))


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://h.org/a/b.txt?X-Amz-Signature=1/2#part", "b.txt"),
        ("zip://in.csv::https://h.org/a.zip?sig=1", "in.csv"),
        ("s3://bucket/a/odd?.txt", "odd?.txt"),
        ("/data/a#b?.txt", "a#b?.txt"),
    ],
)
def test_a_file_is_named_without_what_its_address_asks(uri, name):
    assert name_file(uri) == name


@contextlib.contextmanager
def answering(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The address of a server on this machine that answers all alike."""

    class Door(http.server.BaseHTTPRequestHandler):
        do_GET = do_HEAD = answer

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:  # else its thread spins on a socket that is closed
            server.shutdown()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", ["a.txt", "a.txt?part=1"])
def test_a_server_that_refuses_is_told(name):
    with (
        answering(lambda door: door.send_error(403)) as host,
        pytest.raises(ConnectionError, match="the server says 403"),
        open_uri(f"{host}/{name}"),
    ):
        pass


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("answer", [lambda door: door.send_error(503), lambda door: None])
def test_a_server_that_cannot_say_is_no_missing_file(answer):
    with answering(answer) as host, pytest.raises(ConnectionError, match=host), open_uri(f"{host}/a.txt"):
        pass


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks again does it at once."""
    monkeypatch.setattr(web, "WAITS", (0.0,) * len(web.WAITS))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", PACKERS)
def test_a_server_that_hangs_up_in_mid_file_is_no_damage(name):
    data = PACKERS[name](random.Random(1).randbytes(20_000))

    def hang_up(door: http.server.BaseHTTPRequestHandler) -> None:
        door.send_response(200)
        door.send_header("Content-Length", str(len(data)))
        door.end_headers()
        if door.command == "GET":
            door.wfile.write(data[:10_000])

    with answering(hang_up) as host:
        with pytest.raises(ConnectionError, match="8 times in a row") as raised, open_uri(f"{host}/a") as raw:
            list(read_pieces(raw))
        assert not is_of_data(raised.value)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", ["a.txt", "a.txt?part=1"])
def test_a_server_that_is_not_there_is_no_missing_file(name):
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1"), open_uri(f"http://127.0.0.1:9/{name}"):
        pass


def test_members_of_a_byte_and_others_behind_them_are_unpacked() -> None:
    small, large = gzip.compress(b"a"), gzip.compress(random.Random(1).randbytes(200_000))
    packed = small * 5_000 + large + small * 3 + b"\0" * 40 + small
    data, damage = unpack_all(packed)
    assert data == b"a" * 5_000 + random.Random(1).randbytes(200_000) + b"a" * 4 and not damage
    assert [piece.start for piece in read_pieces(io.BytesIO(small * 3)) if piece.data] == [0, 21, 42]
