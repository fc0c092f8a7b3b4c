"""A bucket as S3's API gives it, over HTTP: put, head, get with ranges, list. For tests of stores."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Objects = dict[str, bytes]


def unchunk(body: bytes) -> bytes:
    """The content of an `aws-chunked` body: sizes in hex signatures behind a semicolon, a trailer last."""
    found = b""
    while True:
        head, _, body = body.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if not size:
            return found
        found, body = found + body[:size], body[size + 2 :]


class Door(BaseHTTPRequestHandler):
    objects: Objects
    protocol_version = "HTTP/1.1"

    def log_message(self, *about: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", size: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def find(self) -> str:
        """The key behind the bucket."""
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        chunked = "aws-chunked" in self.headers.get("Content-Encoding", "")
        self.objects[self.find()] = unchunk(body) if chunked else body
        self.answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def do_HEAD(self) -> None:
        key = self.find()
        if key and key not in self.objects:
            self.answer(404)
        else:
            tag = hashlib.md5(self.objects.get(key, b"")).hexdigest()
            modified = "Mon, 01 Jan 2024 00:00:00 GMT"
            size = len(self.objects.get(key, b""))
            self.answer(200, size=size, ETag=f'"{tag}"', Last_Modified=modified)

    def do_GET(self) -> None:
        key = self.find()
        if not key:
            self.answer(200, self.list_objects())
        elif key not in self.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif wanted := self.headers.get("Range"):
            first, last = (int(each) for each in wanted.removeprefix("bytes=").split("-"))
            self.answer(206, self.objects[key][first : last + 1])
        else:
            self.answer(200, self.objects[key])

    def list_objects(self) -> bytes:
        asked = parse_qs(urlsplit(self.path).query)
        prefix = asked.get("prefix", [""])[0]
        delimiter = asked.get("delimiter", [""])[0]
        rows, folders = [], set()
        for key in sorted(each for each in self.objects if each.startswith(prefix)):
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            rows.append(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size>"
                "<LastModified>2024-01-01T00:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
            )
        rows += [
            f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders)
        ]
        head = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>'
        return f"{head}<KeyCount>{len(rows)}</KeyCount>{''.join(rows)}</ListBucketResult>".encode()


@contextmanager
def serve() -> Iterator[tuple[str, Objects]]:
    """The server's address, and what its buckets hold, by key."""
    objects: Objects = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Door,), {"objects": objects}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", objects
    finally:
        server.shutdown()
        server.server_close()
