"""A server of S3 (`moto`) over HTTP in a process of its own, for as long as it is open.

Before it stands what makes of it a store as they are: `Faults` say which requests are refused, answered late,
cut off, done twice, or come with a key that is no more.
"""

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SERVE = """
import logging, sys, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app, alone = DomainDispatcherApplication(create_backend_app), threading.Lock()

def serve(environ, start):
    if environ["REQUEST_METHOD"] != "PUT":
        return app(environ, start)
    with alone:  # moto looks what stands there and writes in two steps, which a store does in one
        return list(app(environ, start))

run_simple(sys.argv[2], int(sys.argv[1]), serve, threaded=True)
"""
BUCKET, IDENTITY, SECRET = "bucket", "AKIDENTITYOFTESTS", "thesecretoftests"
SKIPPED = {"connection", "transfer-encoding", "content-length", "host"}


@dataclass
class Faults:
    """Shares of requests that go wrong, each in its way, by a seed; which keys are too old, and how much the
    store takes."""

    busy: float = 0.0  # 503 SlowDown
    cut: float = 0.0  # half an answer
    late: float = 0.0  # seconds later
    twice: float = 0.0  # done, and the answer lost
    is_old: Callable[[str], bool] = lambda _: False
    code: str = ""  # all are answered with it
    quota: int = 10**9  # objects that it takes
    blind: bool = False  # puts whatever stands there
    draw: random.Random = field(default_factory=lambda: random.Random(1))
    met: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server without faults."""
    port = find_port()
    child = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port), host], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield port
    finally:
        child.kill()
        child.wait()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: Faults
    behind: int

    def log_message(self, *_: Any) -> None:
        pass

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        faults, drawn = self.faults, self.faults.draw.random()
        key = (self.headers.get("Authorization") or "").partition("Credential=")[2].partition("/")[0]
        faults.met[self.command] += 1
        faults.keys.add(key)
        if faults.code:
            self.refuse(faults.code, 400)
        elif faults.is_old(key):
            faults.met["old"] += 1
            self.refuse("ExpiredToken", 403)
        elif self.command == "PUT" and faults.met["PUT"] > faults.quota:
            self.refuse("QuotaExceeded", 403)
        elif drawn < faults.busy:
            faults.met["busy"] += 1
            self.refuse("SlowDown", 503)
        else:
            if drawn < faults.busy + faults.late:
                faults.met["late"] += 1
                time.sleep(0.5)
            status, headers, answer = self.forward(body)
            if self.command == "PUT" and faults.draw.random() < faults.twice:
                faults.met["twice"] += 1
                self.close_connection = True
                return
            cut = self.command == "GET" and len(answer) > 1000 and faults.draw.random() < faults.cut
            self.answer(status, headers, answer, cut=cut)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one

    def refuse(self, code: str, status: int) -> None:
        body = f"<Error><Code>{code}</Code><Message>made</Message></Error>".encode()
        self.answer(status, [("Content-Type", "application/xml")], body, cut=False)

    def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        behind = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in {"connection"}}
        if self.faults.blind:
            headers = {k: v for k, v in headers.items() if k.lower() not in {"if-none-match", "if-match"}}
        behind.request(self.command, self.path, body, headers)
        found = behind.getresponse()
        answer = found.read()
        kept = [(k, v) for k, v in found.getheaders() if k.lower() not in SKIPPED]
        if self.command == "HEAD":
            kept.append(("Content-Length", found.getheader("Content-Length") or "0"))
        behind.close()
        return found.status, kept, answer

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.faults.met["cut"] += 1
            self.close_connection = True


@contextmanager
def stand_before(port: int, faults: Faults) -> Iterator[int]:
    """The port of a server that hands on to another one, with faults."""
    handler = type("Own", (Handler,), {"faults": faults, "behind": port})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def name_environment(port: int) -> dict[str, str]:
    """The variables by which a process finds the server."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": IDENTITY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def make_bucket(port: int, name: str = BUCKET, *, versions: bool = False) -> Any:
    """A client of the server, where a bucket of the name is from now on."""
    client = open_client(port)
    client.create_bucket(Bucket=name)
    if versions:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def open_client(port: int) -> Any:
    import botocore.session

    return botocore.session.get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=IDENTITY,
        aws_secret_access_key=SECRET,
    )


def download(url: str, folder: Path) -> Path:
    """All objects of a run below a folder."""
    from winnow.pipelines.engine.disk.object_store import Store

    store = Store(url)
    for each in store.list_objects():
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        store.download(each.name, path)
    return folder


def with_environment(port: int, **more: str) -> dict[str, str]:
    """The environment of a child process."""
    return {**os.environ, **name_environment(port), **more}
