"""Where files on the web may lie, and what their servers may send: told by the address connected to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from winnow.ingest.io import addresses, connection_limit, web
from winnow.ingest.io.uris import open_uri
from winnow.pipelines.engine.work import connections

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks again does it at once, and soon no more."""
    monkeypatch.setattr(web, "WAITS", (0.0,) * 3)
    monkeypatch.setattr(web, "MAX_CUT", 3)
    monkeypatch.setattr(connection_limit, "AGAIN_SECONDS", 0.0)


class Peer:
    """A server of bytes: what `answer` sends for each request."""

    def __init__(self, answer: Callable[[socket.socket], None], family: int = socket.AF_INET) -> None:
        self.listener = socket.create_server(
            ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family
        )
        self.answer, self.asked, self.sent = answer, 0, 0
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client:
            try:
                if client.recv(65536):
                    self.asked += 1
                    self.answer(client)
            except OSError:
                pass


@pytest.fixture
def serve() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(answer: Callable[[socket.socket], None] | bytes, **more: int) -> Peer:
        data = answer
        peers.append(Peer(data if callable(data) else lambda client: client.sendall(data), **more))
        return peers[-1]

    yield make
    for peer in peers:
        peer.listener.close()


def lead(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def read(url: str) -> bytes:
    with open_uri(url) as file:
        return file.read()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
def test_no_redirect_leads_to_this_machine(serve: Callable[..., Peer], host: str) -> None:
    inner = serve(OK)
    outer = serve(lead(f"http://{host}:{inner.port}/latest/meta-data"))
    with pytest.raises(FileNotFoundError, match="of this machine or a private network"):
        read(f"http://127.0.0.1:{outer.port}/a")
    assert inner.asked == 0


def test_a_redirect_on_the_host_that_was_asked_for_is_followed(serve: Callable[..., Peer]) -> None:
    answers = [lead("/b"), OK]
    peer = serve(lambda client: client.sendall(answers.pop(0)))
    assert read(f"http://127.0.0.1:{peer.port}/a") == b"secret" and peer.asked == 2


def test_a_host_of_this_machine_is_read_where_the_recipe_names_it(
    serve: Callable[..., Peer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = serve(OK)
    outer = serve(lead(f"http://127.0.0.1:{inner.port}/b"))
    monkeypatch.setenv(connection_limit.FOLDER, str(tmp_path))
    (tmp_path / addresses.FILE).write_text(f"127.0.0.1:{outer.port}\n")
    with pytest.raises(FileNotFoundError, match="of this machine"):
        read(f"http://127.0.0.1:{outer.port}/a")
    with pytest.raises(FileNotFoundError, match="of this machine"):
        read(f"http://127.0.0.1:{inner.port}/b")  # as a line of a list may
    assert inner.asked == 0
    (tmp_path / addresses.FILE).write_text(f"127.0.0.1:{outer.port}\n127.0.0.1:{inner.port}\n")
    assert read(f"http://127.0.0.1:{outer.port}/a") == b"secret"


def test_a_name_is_judged_by_where_it_leads_when_it_is_connected_to(
    serve: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = serve(OK)
    outer = serve(lead(f"http://innocent.example:{inner.port}/b"))
    look_up = socket.getaddrinfo

    def answer(host: str, *more: object, **named: object) -> object:
        return look_up("127.0.0.1" if host == "innocent.example" else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(FileNotFoundError, match=r"innocent\.example is 127\.0\.0\.1"):
        read(f"http://127.0.0.1:{outer.port}/a")
    assert inner.asked == 0


def test_readers_and_the_engine_mean_the_same_file() -> None:
    assert addresses.FILE == connections.HOSTS


def test_a_redirect_to_no_server_is_no_file(serve: Callable[..., Peer]) -> None:
    peer = serve(lead("file:///etc/passwd"))
    with pytest.raises(FileNotFoundError, match="file:"):
        read(f"http://127.0.0.1:{peer.port}/a")


def test_redirects_end(serve: Callable[..., Peer]) -> None:
    peer = serve(lead("/a"))
    with pytest.raises(FileNotFoundError, match="redirects"):
        read(f"http://127.0.0.1:{peer.port}/a")
    assert peer.asked == web.MAX_REDIRECTS + 1


def test_the_body_of_a_redirect_is_not_read(serve: Callable[..., Peer]) -> None:
    sent = []

    def flood(client: socket.socket) -> None:
        if sent:
            client.sendall(OK)
            return
        sent.append(0)
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 400000000\r\n\r\n")
        for _ in range(400):
            client.sendall(bytes(1_000_000))
            sent.append(1_000_000)

    peer = serve(flood)
    assert read(f"http://127.0.0.1:{peer.port}/a") == b"secret"
    assert sum(sent) < 50_000_000


def test_no_more_is_written_than_the_server_says(serve: Callable[..., Peer]) -> None:
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3/4\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer = serve(head + b"f4240\r\n" + bytes(1_000_000) + b"\r\n0\r\n\r\n")
    assert len(read(f"http://127.0.0.1:{peer.port}/a")) == 4


def test_a_file_of_unsaid_size_has_a_bound(
    serve: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_UNSAID_BYTES", 500_000)
    peer = serve(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n"
        + bytes(1_000_000)
        + b"\r\n0\r\n\r\n"
    )
    with pytest.raises(FileNotFoundError, match="more than 500,000 bytes"):
        read(f"http://127.0.0.1:{peer.port}/a")


def test_a_file_that_the_disk_has_no_room_for_is_not_begun(serve: Callable[..., Peer]) -> None:
    peer = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000000000\r\n\r\nsecret")
    with pytest.raises(OSError, match="has room for"):
        read(f"http://127.0.0.1:{peer.port}/a")


def trickle(head: bytes, each: bytes) -> Callable[[socket.socket], None]:
    def send(client: socket.socket) -> None:
        client.sendall(head)
        for _ in range(400):
            client.sendall(each)
            time.sleep(0.05)

    return send


@pytest.mark.parametrize(
    ("head", "each"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"", b"H"),
    ],
    ids=["body", "headers", "status"],
)
def test_who_sends_too_slowly_is_given_up(
    serve: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch, head: bytes, each: bytes
) -> None:
    monkeypatch.setattr(web, "SLOW_SECONDS", 0.3)
    monkeypatch.setattr(web, "HEAD_SECONDS", 0.3)
    peer = serve(trickle(head, each))
    begun = time.monotonic()
    with pytest.raises(ConnectionError, match="3 times in a row"):
        read(f"http://127.0.0.1:{peer.port}/a")
    assert time.monotonic() - begun < 5
