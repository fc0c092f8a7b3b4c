"""A server that speaks the Hugging Face Hub's protocol for data sets: trees page by page, files by range."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REPO, COMMIT, PAGE = "owner/name", "c" * 40, 2


@contextmanager
def serve(files: dict[str, bytes], *, token: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Address of a hub whose one data set holds `files`, and the requests that came, with their ranges.

    With `token` the data set is private: without it there is none, as the Hub says it.
    """
    asked: list[str] = []

    class Hub(_Hub):
        pass

    Hub.files, Hub.token, Hub.asked = files, token, asked
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class _Hub(BaseHTTPRequestHandler):
    files: dict[str, bytes]
    token: str | None
    asked: list[str]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing: requests are kept in `asked`."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        path = unquote(url.path)
        self.asked.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            self._say(401, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        elif match := re.fullmatch(rf"/datasets/{REPO}/resolve/[^/]+/(.+)", path):
            self._give(match[1])
        elif match := re.fullmatch(rf"/api/datasets/{REPO}/tree/[^/]+/?(.*)", path):
            self._list(match[1], parse_qs(url.query))
        elif re.fullmatch(rf"/api/datasets/{REPO}/paths-info/.+", path):
            wanted = parse_qs(body.decode()) if b"paths=" in body else json.loads(body)
            names = wanted["paths"]
            known = {entry["path"]: entry for entry in self._entries("", recursive=True)}
            self._say(200, [known[name] for name in names if name in known])
        elif re.fullmatch(rf"/api/datasets/{REPO}(/revision/.+)?", path):
            self._say(200, {"id": REPO, "sha": COMMIT, "private": False, "siblings": []})
        else:
            self._say(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def _entries(self, folder: str, *, recursive: bool) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name, data in sorted(self.files.items()):
            if folder and not name.startswith(f"{folder}/"):
                continue
            parts = name.removeprefix(f"{folder}/" if folder else "").split("/")
            for depth in range(1, len(parts)):
                path = "/".join([*filter(None, [folder]), *parts[:depth]])
                found[path] = {"type": "directory", "oid": "d" * 40, "size": 0, "path": path}
            if recursive or len(parts) == 1:
                oid = sha1(data).hexdigest()
                found[name] = {"type": "file", "oid": oid, "size": len(data), "path": name}
        return [entry for path, entry in found.items()
                if recursive or "/" not in path.removeprefix(f"{folder}/" if folder else "")]  # fmt: skip

    def _list(self, folder: str, query: dict[str, list[str]]) -> None:
        entries = self._entries(
            folder, recursive=query.get("recursive", ["false"])[0].lower() in ("true", "1")
        )
        if folder and not entries:
            self._say(404, {"error": "not found"}, {"X-Error-Code": "EntryNotFound"})
            return
        start = int(query.get("cursor", ["0"])[0])
        more = {}
        if start + PAGE < len(entries):
            again = "&".join(f"{name}={values[0]}" for name, values in query.items() if name != "cursor")
            host = f"http://{self.headers['Host']}{urlsplit(self.path).path}"
            more = {"Link": f'<{host}?{again}&cursor={start + PAGE}>; rel="next"'}
        self._say(200, entries[start : start + PAGE], more)

    def _give(self, name: str) -> None:
        data = self.files.get(name)
        if data is None:
            self._say(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
            return
        head = {"ETag": f'"{sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        status = 200
        if wanted:
            start, stop = int(wanted[1]), min(int(wanted[2] or len(data)) + 1, len(data))
            head["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
            data, status = data[start:stop], 206
        self._send(status, data, head)

    def _say(self, status: int, what: Any, more: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(what).encode(), {"Content-Type": "application/json", **(more or {})})

    def _send(self, status: int, data: bytes, head: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**head, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
