"""A web server and an object store on this machine that want passwords and signatures, for the gate `leaks`.

Both serve the same files. `/signed/` wants a user with a password, or a signature, else 403; `/moved/` sends
on to a signed address, `/moved-shut/` to one whose signature is refused; `/cut/` hangs up in the middle
while the server has `cuts`. All answers carry what must not be stored: cookies, the request's own
authorization, a challenge. The store (`s3://bucket/`) lists and serves what it has to who knows the key, and
refuses `s3://shut/` with all that a real one says of a wrong signature.
"""

import base64
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

Files = dict[str, bytes]


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_HEAD(self) -> None:
        """As GET, without a body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Serve by the folder that the path begins with."""
        parts = urlsplit(self.path)
        folder, _, name = unquote(parts.path).lstrip("/").partition("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if folder in ("bucket", "shut"):
            self._store(folder, name, query)
        elif folder == "moved":
            self._send(302, b"", location=f"/signed/{name}?X-Amz-Signature={self.server.secrets['moved']}")
        elif folder == "moved-shut":
            self._send(302, b"", location=f"/signed/{name}?X-Amz-Signature=no{self.server.secrets['moved']}")
        elif folder == "signed" and not self._known(query):
            self._send(403, b"")
        elif name not in self.server.files:
            self._send(404, b"")
        elif folder == "cut":
            self._send(200, self.server.files[name], cut=self.server.cuts)
        else:
            self._send(200, self.server.files[name])

    def _known(self, query: dict[str, str]) -> bool:
        given = self.headers.get("Authorization", "")
        word = base64.b64decode(given.removeprefix("Basic ")).decode() if given.startswith("Basic ") else ""
        return bool({word.partition(":")[2], *query.values()} & {*self.server.secrets.values()})

    def _store(self, bucket: str, name: str, query: dict[str, str]) -> None:
        known = self.server.secrets["AWS_ACCESS_KEY_ID"] in self.headers.get("Authorization", "")
        if bucket == "shut" or not known:
            given = escape(self.headers.get("Authorization", ""))
            said = f"<Message>{{}}</Message><StringToSign>{given}</StringToSign>"
            said = said.format(
                "The request signature we calculated does not match the signature you provided."
            )
            self._send(403, f"<Error><Code>SignatureDoesNotMatch</Code>{said}</Error>".encode(), kind="xml")
        elif name:
            found = self.server.files.get(name)
            self._send(404 if found is None else 200, found or b"")
        else:
            start = query.get("prefix", "")
            rows = "".join(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size><ETag>&quot;{len(data)}&quot;</ETag>"
                "<LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>"
                for key, data in sorted(self.server.files.items())
                if key.startswith(start)
            )
            body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
            self._send(200, body.encode(), kind="xml")

    def _send(
        self, code: int, data: bytes, *, location: str = "", kind: str = "octet-stream", cut: bool = False
    ) -> None:
        self.server.codes.append(code)
        first, last = 0, len(data) - 1
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes=") and code == 200 and data:
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(begin or 0), min(int(end or last), last)
            code = 206
        body = data[first : last + 1]
        self.send_response(code)
        if code == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", f"application/{kind}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", f"session={self.server.secrets['cookie']}; Path=/")
        self.send_header("X-Echo", self.headers.get("Authorization", "nothing"))
        if code == 403:
            self.send_header("WWW-Authenticate", f'Bearer token="{self.server.secrets["challenge"]}"')
        if location:
            self.send_header("Location", location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    """Files by name, the secrets that open the doors, and the codes of all answers so far."""

    daemon_threads = True

    def __init__(self, files: Files, secrets: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.files, self.secrets = files, secrets
        self.codes: list[int] = []
        self.cuts = True

    def handle_error(self, *_: object) -> None:
        """Nothing: clients hang up as they like."""

    @property
    def host(self) -> str:
        """`127.0.0.1:port`."""
        return f"127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def opened(files: Files, secrets: dict[str, str]) -> Iterator[Server]:
    """The server, for the block."""
    server = Server(files, secrets)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
