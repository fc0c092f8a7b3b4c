"""Files on the web: whole after all that a server may do, over few connections."""

import io
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import crawl_server
import pytest
import s3fs
from crawl_server import Server, serve

from winnow.ingest.io import connection_limit, remote, uris, web
from winnow.ingest.io.remote import Remote
from winnow.ingest.io.uris import TAIL_BYTES, open_uri

DATA = random.Random(7).randbytes(900_000)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks again does it at once."""
    monkeypatch.setattr(web, "WAITS", (0.0,) * 12)
    monkeypatch.setattr(connection_limit, "AGAIN_SECONDS", 0.0)


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which connections are counted."""
    monkeypatch.setenv(connection_limit.FOLDER, str(tmp_path / "connections"))
    return tmp_path / "connections"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "served"
    root.mkdir()
    (root / "a.bin").write_bytes(DATA)
    (root / "b.bin").write_bytes(DATA[:5000])
    (root / "none.bin").write_bytes(b"")
    with serve(root) as about:
        yield about


def read(url: str) -> bytes:
    with open_uri(url) as file:
        return file.read()


def notes(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in folder.glob("*/told.jsonl") for line in path.open()]


def test_a_file_is_fetched_by_one_request(server: Server) -> None:
    assert read(f"{server.url}a.bin") == DATA and len(server.asked) == 1
    assert read(f"{server.url}none.bin") == b""


@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_with_bad_days_gives_the_whole_file(server: Server, noted: Path, ranges: bool) -> None:
    server.busy, server.cut, server.ranges = 2, 3, ranges
    for _ in range(4):
        assert read(f"{server.url}a.bin") == DATA
    refused = sum(entry["refused"].get("503", 0) for entry in notes(noted))  # type: ignore[attr-defined]
    assert refused == server.count(503) > 0 and sum(entry["cut"] for entry in notes(noted)) > 0  # type: ignore[misc]
    assert sum(entry["requests"] for entry in notes(noted)) == len(server.asked)  # type: ignore[misc]


def test_what_was_cut_off_is_resumed_by_range(server: Server) -> None:
    server.cut = 2
    read(f"{server.url}b.bin")
    assert read(f"{server.url}a.bin") == DATA
    assert [asked[2] for asked in server.asked] == ["", "", f"bytes={len(DATA) // 2}-"]


def test_a_file_that_becomes_another_is_begun_anew_and_that_is_told(server: Server, noted: Path) -> None:
    server.changed.add("a.bin")
    assert read(f"{server.url}a.bin") == DATA
    assert [entry["changed"] for entry in notes(noted)] == [[f"{server.url}a.bin"]]
    assert len(server.asked) == 2, "what has changed is not asked for by range"


def test_a_file_that_always_becomes_another_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = crawl_server.Door._send

    def change(door: crawl_server.Door, about: Server, name: str, data: bytes, number: int) -> None:
        about.changed.add(name)
        about.busy = number > 100  # so that this ends
        send(door, about, name, data[: len(data) // (1 + number % 2)], number)

    monkeypatch.setattr(crawl_server.Door, "_send", change)
    with pytest.raises(ConnectionError, match=r"RemoteProtocolError.*8 times in a row"):
        read(f"{server.url}a.bin")


def test_a_file_that_became_a_shorter_one_is_begun_anew(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = crawl_server.Door._send

    def refuse(door: crawl_server.Door, about: Server, name: str, data: bytes, number: int) -> None:
        if not door.headers.get("Range"):
            send(door, about, name, data, number)
            return
        server.cut = 0
        door.send_response(416)
        door.send_header("Content-Length", "0")
        door.end_headers()

    monkeypatch.setattr(crawl_server.Door, "_send", refuse)
    server.cut = 1
    assert read(f"{server.url}a.bin") == DATA
    assert [asked[2] for asked in server.asked] == ["", f"bytes={len(DATA) // 2}-", ""]


def test_passwords_and_signatures_are_noted_nowhere(server: Server, noted: Path) -> None:
    server.changed.add("a.bin")
    address = server.url.replace("//", "//somebody:pass-word@")
    assert read(f"{address}a.bin?token=secret-one") == DATA
    files = [path for path in noted.rglob("*") if path.is_file()]
    assert files and not any(b"pass-word" in path.read_bytes() + bytes(path) for path in files)
    assert not any(b"secret-one" in path.read_bytes() for path in files)
    assert notes(noted)[0]["changed"] == [f"{server.url}a.bin"]


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who has no credentials of S3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    uris._has_credentials.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()
    yield
    uris._has_credentials.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.usefixtures("nobody")
def test_an_object_on_s3_is_read_without_credentials(
    server: Server, noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url.rstrip("/"))
    monkeypatch.setattr(uris, "_PIECE_BYTES", 200_000)
    (server.root / "bucket").mkdir()
    (server.root / "bucket/a.bin").write_bytes(DATA)
    assert read("s3://bucket/a.bin") == DATA
    assert [asked[2] for asked in server.asked if asked[2]] == [
        f"bytes={start}-{min(start + 200_000, len(DATA)) - 1}" for start in range(0, len(DATA), 200_000)
    ]
    assert (noted / "s3-bucket").is_dir()
    with open_uri("s3://bucket/a.bin", 500_000, 600_000) as file:
        file.seek(500_000)
        assert file.read(100) == DATA[500_000:500_100]


class _Bucket:
    """A store whose object becomes the next of `states` before the calls numbered `at`; it fails at some."""

    def __init__(self, states: list[bytes], at: set[int], fails: set[int]) -> None:
        self.states, self.at, self.fails, self.calls, self.now = states, at, fails, 0, 0

    def invalidate_cache(self, path: str) -> None:
        pass

    def info(self, path: str) -> dict[str, object]:
        return {"size": len(self._look()), "ETag": f"{self.now}"}

    def cat_file(self, path: str, start: int, end: int) -> bytes:
        return self._look()[start:end]

    def _look(self) -> bytes:
        self.calls += 1
        self.now = min(self.now + (self.calls in self.at), len(self.states) - 1)
        if self.calls in self.fails:
            raise OSError("hung up")
        return self.states[self.now]


def spool_object(monkeypatch: pytest.MonkeyPatch, bucket: _Bucket) -> bytes:
    monkeypatch.setattr("fsspec.url_to_fs", lambda uri, **_: (bucket, "bucket/a"))
    monkeypatch.setattr(uris, "options", lambda uri: {})
    monkeypatch.setattr(uris, "_PIECE_BYTES", 10)
    with open_uri("s3://bucket/a") as file:
        return file.read()


@pytest.mark.parametrize("fails", [None, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("at", [2, 3, 4, 5, 6, 7])
def test_an_object_is_of_one_version(
    noted: Path, monkeypatch: pytest.MonkeyPatch, at: int, fails: int | None
) -> None:
    states = [b"a" * 35, b"b" * 35]
    assert spool_object(monkeypatch, _Bucket(states, {at}, {fails} - {None})) in states  # type: ignore[arg-type]
    if fails is None and at < 7:  # calls of the first try: info, four pieces, info
        assert ["bucket/a"] in [entry["changed"] for entry in notes(noted)]


def test_an_object_that_always_changes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = _Bucket([b"%d" % n * 35 for n in range(200)], set(range(1_000)), set())
    with pytest.raises(ConnectionError, match="another object while it is read, 12 times"):
        spool_object(monkeypatch, bucket)


def test_a_file_that_is_refused_while_others_are_given_is_missing(server: Server, noted: Path) -> None:
    read(f"{server.url}b.bin")
    server.forbidden.add("a.bin")
    with pytest.raises(FileNotFoundError, match="the server says 403, and gives others"):
        read(f"{server.url}a.bin")
    assert server.count(403) == web.MAX_FORBIDDEN


def test_who_is_refused_everything_stops(server: Server, noted: Path) -> None:
    read(f"{server.url}b.bin")
    server.most = 0
    with pytest.raises(ConnectionError, match="403, to all that is asked"):
        read(f"{server.url}a.bin")


@pytest.mark.parametrize("status", [401, 403, 407])
def test_who_was_given_nothing_yet_is_refused_and_no_file_is_missing(
    server: Server, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(crawl_server.Door, "_send", lambda door, *_: _say(door, status))
    with pytest.raises(ConnectionError, match=f"{status}, and has given nothing yet: check the path"):
        read(f"{server.url}a.bin")
    with pytest.raises(ConnectionError, match=f"{status}"), open_uri(f"zip://a::{server.url}a.bin"):
        pass


def _say(door: crawl_server.Door, status: int, **headers: str) -> None:
    door.send_response(status)
    for name, value in {"Content-Length": "0", **headers}.items():
        door.send_header(name.replace("_", "-"), value)
    door.end_headers()


@pytest.mark.parametrize(
    "headers", [{"Content_Range": f"bytes */{len(DATA)}"}, {"Content_Range": "bytes */*"}]
)
def test_that_nothing_lies_there_is_believed_of_a_place_behind_the_end(
    server: Server, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(crawl_server.Door, "_send", lambda door, *_: _say(door, 416, **headers))
    into = io.BytesIO()
    with web.connect(server.url) as connection:
        if headers["Content_Range"] == "bytes */*":
            assert web.fetch(connection, f"{server.url}a.bin", into, 500, 600).size is None
            return
        assert web.fetch(connection, f"{server.url}a.bin", into, len(DATA), None).size == len(DATA)
        with pytest.raises(ConnectionError, match="ends before its end"):
            web.fetch(connection, f"{server.url}a.bin", into, 500, 600)


def test_a_part_without_its_place_is_not_taken_for_the_beginning(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl_server.Door, "_send", lambda door, *_: _say(door, 206))
    with web.connect(server.url) as connection, pytest.raises(ConnectionError, match="206"):
        web.fetch(connection, f"{server.url}a.bin", io.BytesIO(), 500, 600)


def test_a_missing_file_is_asked_for_once(server: Server) -> None:
    with pytest.raises(FileNotFoundError, match="the server says 404"):
        read(f"{server.url}c.bin")
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_a_bounded_number_of_times(server: Server) -> None:
    server.busy = 1
    with pytest.raises(ConnectionError, match="503, 12 times in a row"):
        read(f"{server.url}a.bin")
    assert len(server.asked) == 12


def test_waits_grow_and_retry_after_is_heard(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(web, "WAITS", (1.0, 2.0, 4.0))
    monkeypatch.setattr(connection_limit, "wait_turn", lambda host, seconds: waited.append(seconds))
    server.busy = 1
    with pytest.raises(ConnectionError):
        read(f"{server.url}a.bin")
    assert waited == [1.0, 2.0]
    assert web.WAITS[0] >= connection_limit.AGAIN_SECONDS
    monkeypatch.setattr(crawl_server.Door, "end_headers", lambda door: _say_later(door))
    with pytest.raises(ConnectionError):
        read(f"{server.url}a.bin")
    assert waited[2:] == [7.0, 7.0]


def _say_later(door: crawl_server.Door) -> None:
    door.send_header("Retry-After", "7")
    super(crawl_server.Door, door).end_headers()


def test_never_more_connections_than_slots(server: Server, noted: Path) -> None:
    """Of 14 that ask at once, each by itself as processes do: a lock is of who opened its file."""
    server.slow = 0.01
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(read(f"{server.url}a.bin"))) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DATA] * 14
    assert 2 < server.highest <= connection_limit.MOST and server.count(403) == 0


def test_repeated_requests_wait_for_each_other(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever repeats a request holds a lock while it waits, so that all together are slow."""
    slept: list[float] = []
    monkeypatch.setattr(connection_limit, "AGAIN_SECONDS", 1.0)
    held: list[bool] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        with (noted / "h" / "again.lock").open("ab") as other:
            try:
                connection_limit.fcntl.flock(
                    other, connection_limit.fcntl.LOCK_EX | connection_limit.fcntl.LOCK_NB
                )
                held.append(False)
            except BlockingIOError:
                held.append(True)

    monkeypatch.setattr(connection_limit.time, "sleep", sleep)
    connection_limit.wait_turn("h", 4.0)
    assert slept == [3.0, 1.0] and held == [False, True]


def test_parts_of_a_file_are_read_as_they_stand(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "BLOCK_BYTES", 10_000)
    drawn = random.Random(3)
    for start, end in ((0, 0), (200_000, 300_000), (0, 50_000), (850_000, 950_000)):
        with Remote(f"{server.url}a.bin", start, end) as file:
            assert file.seek(0, io.SEEK_END) == len(DATA)
            for _ in range(60):
                at, size = drawn.randrange(len(DATA)), drawn.choice([1, 100, 9_999, 30_000, 400_000])
                file.seek(at)
                assert file.read(size) == DATA[at : at + size]
                assert file.tell() == min(at + size, len(DATA))


def test_of_a_file_on_the_web_little_more_is_fetched_than_a_range(server: Server) -> None:
    (server.root / "large.bin").write_bytes(DATA * 8)
    with open_uri(f"{server.url}large.bin", 3_000_000, 3_500_000) as file:
        file.seek(3_000_000)
        assert file.read(500_000) == (DATA * 8)[3_000_000:3_500_000]
    assert [asked[2] for asked in server.asked] == [f"bytes=3000000-{3_500_000 + TAIL_BYTES - 1}"]


def test_a_file_that_becomes_another_between_two_reads_is_no_file(server: Server) -> None:
    with Remote(f"{server.url}a.bin", 0, 10) as file:
        server.salt["a.bin"] += 1
        file.seek(500_000)
        with pytest.raises(ConnectionError, match="become another file"):
            file.read(10)
