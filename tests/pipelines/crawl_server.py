"""A crawl laid out as Common Crawl's are, and a server of its files that has bad days.

Lists of paths, WARC, WET, robots.txt and non-200 captures by segment, and the columnar index in Parquet.
"""

import contextlib
import gzip
import hashlib
import io
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import polars as pl
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

CRAWL = "CC-MAIN-2026-04"
SEGMENTS = ("1736703361941.29", "1736703362061.71")
TABLE = f"cc-index/table/cc-main/warc/crawl={CRAWL}/subset=warc"
FOLDERS = {"warc": "warc", "robotstxt": "robotstxt", "non200responses": "crawldiagnostics", "wet": "wet"}


class Page(NamedTuple):
    """A capture: where it is from, what came, and what the crawl says of it."""

    url: str
    body: bytes
    status: int = 200
    type: str = "text/html"
    languages: str | None = "eng"
    headers: tuple[tuple[str, str], ...] = ()


def lay_out(
    root: Path, pages: Iterable[Page], *, each: int = 20, group: int = 50, lists: bool = True
) -> pl.DataFrame:
    """Write a crawl of the pages, `each` of them in a WARC file; `group` rows in a row group of the index.

    Gives the rows of the index, with `row`, in its order.
    """
    rows: list[dict[str, Any]] = []
    pages = list(pages)
    made: dict[str, list[str]] = {name: [] for name in FOLDERS}
    for number in range(0, len(pages), each):
        some = pages[number : number + each]
        segment = SEGMENTS[number // each % len(SEGMENTS)]
        for kind, folder in FOLDERS.items():
            end = ".warc.wet.gz" if kind == "wet" else ".warc.gz"
            path = f"crawl-data/{CRAWL}/segments/{segment}/{folder}/CC-MAIN-{number // each:05d}{end}"
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with (root / path).open("wb") as out:
                written = list(_write(out, kind, some))
            made[kind].append(path)
            if kind == "warc":
                rows += [{**row, "warc_filename": path, "warc_segment": segment} for row in written]
    index = pl.DataFrame(rows, infer_schema_length=None).sort("url_surtkey").with_row_index("row")
    _write_index(root, index, group)
    if lists:
        made["cc-index-table"] = [f"{TABLE}/part-00000.gz.parquet", f"{TABLE}/part-00001.gz.parquet"]
        made["cc-index-table"].append(made["cc-index-table"][0].replace("subset=warc", "subset=robotstxt"))
        for name, paths in made.items():
            text = "".join(f"{path}\n" for path in paths)
            (root / f"crawl-data/{CRAWL}/{name}.paths.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return index


def _write_index(root: Path, index: pl.DataFrame, group: int) -> None:
    (root / TABLE).mkdir(parents=True, exist_ok=True)
    half = (index.height + 1) // 2
    for number, rows in enumerate((index[:half], index[half:])):
        file = root / TABLE / f"part-0000{number}.gz.parquet"
        rows.drop("row").write_parquet(file, compression="gzip", row_group_size=group, statistics=True)


def _write(out: Any, kind: str, pages: list[Page]) -> Iterator[dict[str, Any]]:
    """Records of one kind of file; for each the row that the index has of it."""
    writer = WARCWriter(out, gzip=True)
    writer.write_record(writer.create_warcinfo_record("CC-MAIN.warc.gz", {"software": "a test"}))
    for number, page in enumerate(pages):
        parts = urlsplit(page.url)
        if kind == "wet":
            text = re.sub(rb"<[^>]*>", b" ", page.body)
            about = {"warc_content_type": "text/plain"}
            record = writer.create_warc_record(page.url, "conversion", io.BytesIO(text), **about)
        else:
            robots = kind == "robotstxt"
            url = f"{parts.scheme}://{parts.netloc}/robots.txt" if robots else page.url
            body = b"User-agent: *\nDisallow: /%d\n" % number if robots else page.body
            status = 404 if kind == "non200responses" else page.status
            headers = [("Content-Type", "text/plain" if robots else page.type)]
            headers = list(page.headers) if page.headers and not robots else headers
            http = StatusAndHeaders(f"{status} Said", headers, protocol="HTTP/1.1")
            record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http)
        date = f"2026-01-{number % 28 + 1:02d}T00:00:00Z"
        record.rec_headers.replace_header("WARC-Date", date)
        record.rec_headers.replace_header("WARC-Record-ID", f"<urn:uuid:{_digest(kind, page.url)}>")
        begun = out.tell()
        writer.write_record(record)
        host = parts.hostname or ""
        yield {
            "url_surtkey": f"{','.join(reversed(host.split('.')))}){parts.path}?{parts.query}",
            "url": page.url,
            "url_host_name": host,
            "url_host_tld": host.rpartition(".")[2],
            "url_host_registered_domain": ".".join(host.split(".")[-2:]),
            "fetch_status": page.status,
            "content_mime_detected": page.type,
            "content_languages": page.languages,
            "warc_record_offset": begun,
            "warc_record_length": out.tell() - begun,
        }


def _digest(*names: str) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]


@dataclass
class Server:
    """A server's address, its bad days, and what it saw."""

    root: Path
    url: str = ""
    most: int = 10  # connections; more are answered with 403
    busy: int = 0  # every so many requests one is answered with 503
    cut: int = 0  # every so many answers one ends in the middle
    slow: float = 0.0  # seconds for each 64 KiB
    ranges: bool = True
    changed: set[str] = field(default_factory=set)  # names that become others while they are read, once
    forbidden: set[str] = field(default_factory=set)  # names that are answered with 403
    asked: list[tuple[float, str, str, int]] = field(default_factory=list)  # time, path, range, status
    now: int = 0
    highest: int = 0
    cuts: int = 0
    lock: Any = field(default_factory=threading.Lock)
    salt: Counter[str] = field(default_factory=Counter)

    def count(self, status: int) -> int:
        """How many requests were answered so."""
        return sum(entry[3] == status for entry in self.asked)


class Door(BaseHTTPRequestHandler):
    """One connection."""

    server: Any
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        server = self.server.about
        with server.lock:
            server.now += 1
            server.highest = max(server.highest, server.now)
            self.over = server.now > server.most

    def finish(self) -> None:
        with self.server.about.lock:
            self.server.about.now -= 1
        super().finish()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        server: Server = self.server.about
        name = unquote(urlsplit(self.path).path).lstrip("/")
        path = server.root / name
        with server.lock:
            number = len(server.asked) + 1
            status = 200 if path.is_file() else 404
            status = 503 if server.busy and number % server.busy == 0 else status
            status = 403 if self.over or name in server.forbidden else status
            server.asked.append((time.time(), name, self.headers.get("Range", ""), status))
        if status != 200:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        with contextlib.suppress(ConnectionError):
            self._send(server, name, path.read_bytes(), number)

    do_HEAD = do_GET

    def _send(self, server: Server, name: str, data: bytes, number: int) -> None:
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}-{server.salt[name]}"'
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if server.ranges else None
        if found and self.headers.get("If-Range", tag) != tag:
            found = None
        start, stop = (int(found[1]), int(found[2] or len(data) - 1) + 1) if found else (0, len(data))
        if found and start >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        part = data[start:stop]
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(data)}")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if self.command == "HEAD":
            return
        changes = name in server.changed and not found
        if changes:
            server.changed.discard(name)
            server.salt[name] += 1
        cut = changes or (server.cut and number % server.cut == 0)
        server.cuts += bool(cut)
        for at in range(0, len(part) // 2 if cut else len(part), 1 << 16):
            self.wfile.write(part[at : min(at + (1 << 16), len(part) // 2 if cut else len(part))])
            time.sleep(server.slow)
        self.close_connection = self.close_connection or bool(cut)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def serve(root: Path, **days: Any) -> Iterator[Server]:
    """A server of the files under `root`."""
    with _Listener(("127.0.0.1", 0), Door) as listener:
        listener.about = Server(root, f"http://127.0.0.1:{listener.server_port}/", **days)  # type: ignore[attr-defined]
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield listener.about  # type: ignore[attr-defined]
        finally:  # else its thread spins on a socket that is closed
            listener.shutdown()
