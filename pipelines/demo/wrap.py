"""Files into WARC: HTML pages on disk become response records as a crawler would have written them."""

import email.utils
import gzip
import hashlib
import io
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.I)


def wrap_pages(
    pages: Sequence[tuple[str, Path]],
    stem: Path,
    *,
    max_bytes: int = 10_000_000,
    fields: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write `(url, file)` pages as `stem-00000.warc.gz`, `stem-00001.warc.gz`, ...; returns the paths.

    One gzip member per record, a warcinfo record first in each file, one response record per page with
    HTTP headers and digests (WARC 1.1, ISO 28500). A file ends once it holds `max_bytes` compressed.
    The bytes depend on nothing but urls, contents and modification times: records are sorted by url,
    dates are the files' own, and record ids are derived from url and content. `fields` has by URL a line
    more of the header.
    """
    written: list[Path] = []
    stem.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(pages)
    while ordered:
        path = stem.with_name(f"{stem.name}-{len(written):05d}.warc.gz")
        taken = _write_file(ordered, path, max_bytes, fields or {})
        written.append(path)
        ordered = ordered[taken:]
    return written


def _write_file(
    pages: Sequence[tuple[str, Path]], path: Path, max_bytes: int, fields: Mapping[str, str]
) -> int:
    with path.open("wb") as out:
        newest = max(int(page.stat().st_mtime) for _, page in pages)
        out.write(warcinfo(path.name, newest))
        for taken, (url, page) in enumerate(pages, start=1):
            modified = int(page.stat().st_mtime)
            out.write(response(url, page.read_bytes(), modified, field=fields.get(url)))
            if out.tell() >= max_bytes:
                return taken
    return len(pages)


def response(url: str, body: bytes, modified: int, *, field: str | None = None) -> bytes:
    """One page as a response record in a gzip member; `modified` (seconds since 1970) is all its dates, and
    `field` a line more of its header."""
    kind = "text/html"
    if charset := _CHARSET.search(body[:2048]):
        kind += f"; charset={charset[1].decode().lower()}"
    more = f"{field}\r\n" if field else ""
    head = f"Last-Modified: {_write_date(modified)}\r\nContent-Type: {kind}\r\n{more}"
    return answer(url, "200 OK", head, body, modified)


def answer(url: str, status: str, head: str, body: bytes, date: int) -> bytes:
    """What a server answered, as a response record in a gzip member; `head` are lines of its header."""
    start = f"HTTP/1.1 {status}\r\nDate: {_write_date(date)}\r\nServer: files\r\n"
    digest = hashlib.sha1(body)
    record = _record(WarcRecordType.response, f"{url} {digest.hexdigest()}", date)
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(f"{start}{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return _member(record, digest.digest())


def _write_date(seconds: int) -> str:
    return email.utils.formatdate(seconds, usegmt=True)


def warcinfo(name: str, date: int, description: str = "") -> bytes:
    """The record that a file begins with: what wrote it, and what it is."""
    record = _record(WarcRecordType.warcinfo, f"warcinfo {name} {date}", date)
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    said = "software: winnow\r\nformat: WARC File Format 1.1\r\nconformsTo: ISO 28500\r\n"
    said += f"description: {description}\r\n" if description else ""
    record.set_bytes_content(said.encode())
    return _member(record)


def _record(kind: WarcRecordType, identity: str, date: int) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record.headers["WARC-Record-ID"] = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identity)}>"
    record.headers["WARC-Date"] = datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return record


def _member(record: WarcRecord, payload_digest: bytes | None = None) -> bytes:
    plain = io.BytesIO()
    record.write(plain, checksum_data=True, payload_digest=payload_digest)
    return gzip.compress(plain.getvalue(), 9, mtime=0)
