"""Web archives: WARC, WET and ARC files, in any compression, past damage.

Rows are what a crawler fetched or derived: response, resource, conversion and revisit records. Request,
metadata and warcinfo records are about other records, not inputs, and give no rows.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl
from fastwarc.warc import WarcRecord

from ingest.batches import MAX_CHARS, MAX_ROWS, SCHEMA, Row
from ingest.bodies import BodyError, dechunked, decoded
from ingest.charset import binary_type, decode
from ingest.compression import opened, pieces
from ingest.records import Record, records

_HTML = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_TYPE = re.compile(rb"^WARC-Type:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_ARC_LINE = re.compile(r"(\S+) (\S+) (\d{8,14}) (\S+)")
_PAGE_START = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


class PageRow(Row, total=False):
    """A row with the media type that the bytes have, which need not be the declared one."""

    media_type: str | None


class _Body(NamedTuple):
    data: bytes
    media_type: str  # as declared, "" where nothing is
    charset: str | None


def read(uri: str, *, max_record_bytes: int = 50_000_000) -> Iterator[pl.DataFrame]:
    """Records of a WARC, WET or ARC file: gzip (by record or whole), zstd, lz4 or plain; any fsspec URL.

    `text` holds the decoded HTML of `media_type` text/html, for `ingest.html:extract` to take the text
    from, or plain text; `url`, `date` (ISO 8601), and `metadata`: the record's id, charset and HTTP status.
    Dropped: `warc.http_status` (not 200), `warc.revisit`, `warc.media_type` (no text, or no kind of it that
    is read here; `media_type` says which). Errors: records damaged, cut off, of a wrong length, or larger
    than `max_record_bytes` packed or unpacked; reading goes on at the next record. Raises FileNotFoundError.
    """
    with opened(uri) as raw:
        yield from _frames(_rows(records(pieces(raw), max_record_bytes), max_record_bytes))


def _frames(rows: Iterable[PageRow]) -> Iterator[pl.DataFrame]:
    schema = pl.Schema({**SCHEMA, "media_type": pl.String()})
    batch: list[PageRow] = []
    chars = 0
    for row in rows:
        batch.append(row)
        chars += len(row.get("text") or "")
        if len(batch) >= MAX_ROWS or chars >= MAX_CHARS:
            yield pl.DataFrame(batch, schema=schema)
            batch, chars = [], 0
    if batch:
        yield pl.DataFrame(batch, schema=schema)


def _rows(found: Iterator[Record], max_record_bytes: int) -> Iterator[PageRow]:
    record = None
    for record in found:
        if record.error or _kind(record.head) not in ("request", "warcinfo", "metadata"):
            yield _row(record, max_record_bytes)
    if record is None:
        yield {"key": "file", "error": "the file is empty"}


def _kind(head: bytes) -> str:
    if not head.startswith(b"WARC/"):
        return "warcinfo" if head.startswith(b"filedesc:") else "response"
    found = _TYPE.search(head)
    return found.group(1).decode().lower() if found else ""


def _row(record: Record, max_record_bytes: int) -> PageRow:
    row: PageRow = {"key": record.key}
    parsed: WarcRecord | None = None
    if record.head:
        head = record.head if record.head.startswith(b"WARC/") else _warc_head(record)
        head = re.sub(rb"(?<!\r)\n", b"\r\n", head)
        try:
            parsed = WarcRecord.from_bytes(_sized(head, record.block) + record.block + b"\r\n\r\n")
        except OSError as error:
            return {**row, "error": record.error or f"the record's header cannot be parsed ({error})"}
        row["url"] = (parsed.headers.get("WARC-Target-URI") or "").strip("<>") or None
        row["date"] = parsed.headers.get("WARC-Date")
    if record.error or parsed is None:
        return {**row, "error": record.error}
    return {**row, **_judged(parsed, _kind(head), max_record_bytes)}


def _sized(head: bytes, block: bytes) -> bytes:
    return re.sub(rb"(?im)^content-length:[^\r\n]*", b"Content-Length: %d" % len(block), head, count=1)


def _warc_head(record: Record) -> bytes:
    """An ARC record's line as a WARC header, so that one parser serves both."""
    line = record.head.decode("utf-8", "replace")
    match = _ARC_LINE.match(line)
    url, _, stamp, media_type = match.groups() if match else (line.split(" ", 1)[0], "", "", "")
    stamp = stamp.ljust(14, "0")
    date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}Z"
    http = record.block.startswith(b"HTTP/")
    content = "application/http; msgtype=response" if http else media_type
    fields = {"WARC-Type": "response" if http else "resource", "WARC-Target-URI": url, "WARC-Date": date}
    lines = [f"{name}: {value}" for name, value in {**fields, "Content-Type": content}.items()]
    return ("WARC/1.0\r\n" + "\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()


def _judged(record: WarcRecord, kind: str, max_record_bytes: int) -> PageRow:
    """What becomes of a whole record."""
    notes: dict[str, object] = {"record_id": record.record_id}
    if truncated := record.headers.get("WARC-Truncated"):
        notes["truncated"] = truncated
    if kind == "revisit":
        return {"drop_reason": "warc.revisit", "metadata": _json(notes)}
    if kind not in ("response", "resource", "conversion"):
        return {"error": f"unknown record type {kind!r}"}
    try:
        if record.is_http:
            record.parse_http(auto_decode="none", quirks_mode=True)
            notes["status"] = status = record.http_headers.status_code
            if status != 200:
                return {"drop_reason": "warc.http_status", "metadata": _json(notes)}
            body = _http_body(record, max_record_bytes)
        else:
            declared, _, rest = (record.headers.get("Content-Type") or "").partition(";")
            body = _Body(record.reader.read(), declared, _charset(rest))
    except (BodyError, OSError) as error:
        return {"error": str(error), "metadata": _json(notes)}
    return _text(body, kind, notes)


def _http_body(record: WarcRecord, max_record_bytes: int) -> _Body:
    headers = {name.lower(): value for name, value in record.http_headers.astuples()}
    data = record.reader.read()
    if "chunked" in headers.get("transfer-encoding", "").lower():
        data = dechunked(data)
    data = decoded(data, headers.get("content-encoding", "").split(","), max_record_bytes)
    declared, _, rest = headers.get("content-type", "").partition(";")
    return _Body(data, declared, _charset(rest))


def _charset(parameters: str) -> str | None:
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    return found.group(1) if found else None


def _text(body: _Body, kind: str, notes: dict[str, object]) -> PageRow:
    media_type = _media_type(body, kind)
    if media_type not in ("text/html", "text/plain"):
        return {"media_type": media_type, "drop_reason": "warc.media_type", "metadata": _json(notes)}
    text, notes["charset"] = decode(body.data, body.charset, markup=media_type == "text/html")
    return {"media_type": media_type, "text": text, "metadata": _json(notes)}


def _media_type(body: _Body, kind: str) -> str:
    """The declared type, unless the bytes show it to be another."""
    declared = body.media_type.strip().lower()
    binary = binary_type(body.data)
    if binary:
        textual = declared.startswith("text/") or declared in ("", *_HTML, "application/octet-stream")
        return binary if textual else declared
    if kind == "conversion":
        return "text/plain"
    if declared in _HTML:
        return "text/html"
    if declared in ("", "text/plain", "application/octet-stream", "unk", "no-type"):
        return "text/html" if _PAGE_START.match(body.data) else "text/plain"
    return declared


def _json(notes: dict[str, object]) -> str:
    return json.dumps(notes, ensure_ascii=False)
