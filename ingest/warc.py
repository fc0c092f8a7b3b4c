"""Web archives: WARC, WET, ARC and WACZ files, in any compression, past damage.

Rows are what a crawler fetched or derived: response, resource, conversion and revisit records. Request,
metadata and warcinfo records are about other records, not inputs, and give no rows.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, BinaryIO, NamedTuple

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.archive.bodies import BodyError, dechunk, decode
from winnow.ingest.archive.headers import charset, media_type, parse_fields, parse_response
from winnow.ingest.archive.panel import WORK, count_damage
from winnow.ingest.archive.panel import panel as panel
from winnow.ingest.archive.records import Record, records
from winnow.ingest.archive.wacz import archives
from winnow.ingest.io.batches import PLACED, BodyRow, PlacedRow, frames, read_record
from winnow.ingest.io.charset import binary_type, utf8
from winnow.ingest.io.compression import GZIP
from winnow.ingest.io.uris import open_uri

TELLS = {"kind": "crawled"}

_SPLIT = re.compile(r"\.(?:warc|wet|wat|arc)(?:\.gz|\.zst)?$", re.IGNORECASE)
ABOUT_RECORDS = ("request", "warcinfo", "metadata")
_HTML = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_UNSAID = ("", "application/octet-stream", "unk", "no-type", "unknown/unknown")
# From the right, since a URL may hold what looks like an address and a date; version 2 has five fields more.
_ARC_HEAD = r"(.*)[ \t](\S+)[ \t]+(\d{1,17}|(?i:null)|-)[ \t]+(\S+)"
_ARC_LINES = (
    re.compile(_ARC_HEAD + r"[ \t]+(?:\d{3}|-)[ \t]+\S+[ \t]+\S+[ \t]+\d+[ \t]+\S+[ \t]+\d+\s*"),
    re.compile(_ARC_HEAD + r"[ \t]+\d+\s*"),
)
_UNWRITTEN = bytes(16)  # more than any charset ends a text with
_PAGE_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b.{0,200}?\?>\s*)?(?:<!--.{0,500}?-->\s*)?"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


EXTRA = {"media_type": pl.String(), "preferences": pl.String()}


class Options(NamedTuple):
    """Media types that are read as text and as bytes, in lower case, and how large a record may be."""

    texts: frozenset[str]
    bodies: frozenset[str]
    max_bytes: int


class _Body(NamedTuple):
    data: bytes
    content_type: str  # as declared, "" where nothing is


def name_body(settings: Mapping[str, Any]) -> dict[str, pl.DataType]:
    """`body` with `bodies`."""
    return {"body": pl.Binary()} if settings["bodies"] else {}


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: by name, WARC, WET and ARC but in lz4."""
    return _SPLIT.search(name) is not None


def read(
    uri: str,
    *,
    texts: list[str] = ["text/plain", "text/markdown"],  # noqa: B006 - never changed
    bodies: list[str] = [],  # noqa: B006 - never changed
    max_record_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata", EXTRA, name_body]:
    """Records of a WARC, WET, ARC or WACZ file, packed by record or whole (gzip, zstd, lz4) or plain.

    Between the bytes `start` and `stop` of the file: of the blocks (4 MiB) that begin there. What cannot be
    split (a file packed as a whole, lz4, WACZ) is read by the range that begins at 0.

    `text` holds the decoded HTML of `media_type` text/html, for `ingest.html:extract` to take the text
    from, or text of a type in `texts` as it is; `url`, `date` (ISO 8601), and `metadata`: the record's id,
    charset and HTTP status. With `bodies` (such as `["application/pdf"]`) records of these types are kept
    too, with "" as text and their bytes in the column `body`, for a later step to read
    (`ocr.pdf:extract`); without it there is no such column.
    `preferences` is what the response's header says of the use of the page, in JSON: a list of
    `{"in": "header", "name": "x-robots-tag", "value": "noai"}` for each of `X-Robots-Tag`, `Content-Usage`,
    `Content-Signal`, `tdm-reservation` and `tdm-policy`, in order; null where there is none. At most 20 are
    kept, of each 500 characters.
    Dropped: `warc.http_status` (not 200), `warc.revisit`, `warc.media_type` (no text, or no kind of it that
    is asked for; `media_type` says which), `warc.empty_body`, `warc.no_capture` (a whole file of records
    about records). Errors: records damaged, cut off, of a wrong length, or larger than `max_record_bytes`
    packed or unpacked; reading goes on at the next record. Raises FileNotFoundError.
    """
    wanted = Options(frozenset(map(str.lower, texts)), frozenset(map(str.lower, bodies)), max_record_bytes)
    schema = pl.Schema(PLACED | EXTRA | WORK | name_body({"bodies": bodies}))
    with open_uri(uri, start, stop) as raw:
        yield from frames(_read_rows(raw, wanted, start, stop), schema=schema)


def _read_rows(raw: BinaryIO, wanted: Options, start: int, stop: int | None) -> Iterator[BodyRow]:
    any_record = any_row = False
    for row in read_captures(raw, wanted, start, stop):
        any_record = True
        if row:
            any_row = True
            yield row
    if start or any_row:
        return
    later = () if stop is None else read_captures(raw, wanted, stop, None)
    for row in later:  # what holds for a file as a whole
        any_record = True
        if row:
            return
    if any_record:
        yield {"key": "file", "place": 0, "drop_reason": "warc.no_capture"}
    else:
        yield {"key": "file", "place": 0, "error": "the file is empty"}


def read_captures(raw: BinaryIO, wanted: Options, start: int, stop: int | None) -> Iterator[BodyRow | None]:
    """The row of each record; None for one that is about records."""
    for found in walk(raw, wanted.max_bytes, start, stop):
        if found:
            row, record, about = found
            yield {**row, **read_record(_make_row, record, about, wanted)}
        else:
            yield None


def walk(
    raw: BinaryIO, max_bytes: int, start: int, stop: int | None, keep_bytes: int = 0
) -> Iterator[tuple[PlacedRow, Record, dict[str, str]] | None]:
    """Key and place of each record, the record and its header; None for one that is about records."""
    number = itertools.count()
    for name, source, begun, plain in archives(raw, start, stop):
        for record in records(source, max_bytes, begun, plain=plain, keep_bytes=keep_bytes):
            about = read_head(record)
            if not record.error and about.get("warc-type") in ABOUT_RECORDS:
                yield None
                continue
            # In a WACZ, which is not split, each archive has a byte 0 of its own.
            key, place = (f"{name}, {record.key}", next(number)) if name else (record.key, record.place)
            yield {"key": key, "place": place}, record, about


def read_head(record: Record) -> dict[str, str]:
    """The header of a record, that of an ARC record in WARC's names."""
    if not record.head:
        return {}
    if not record.head.startswith(b"WARC/"):
        return _parse_arc_line(record)
    about = parse_fields(record.head)
    about["warc-type"] = about.get("warc-type", "").lower()
    return about


def _parse_arc_line(record: Record) -> dict[str, str]:
    line = record.head.decode("utf-8", "replace")
    match = next(filter(None, (each.fullmatch(line) for each in _ARC_LINES)), None)
    url, _, stamp, declared = match.groups() if match else (line.split(" ", 1)[0], "", "", "")
    http = record.block.startswith(b"HTTP/")
    kind = "warcinfo" if url.startswith("filedesc:") else "response" if http else "resource"
    found = {
        "warc-type": kind,
        "warc-target-uri": url.strip(),
        "content-type": "application/http" if http else declared,
    }
    with suppress(ValueError):  # as crawlers wrote it: of fewer digits, none, or none of a day
        when = datetime.strptime(stamp[:14].ljust(14, "0"), "%Y%m%d%H%M%S")
        found["warc-date"] = f"{when.isoformat()}Z"
    return found


def _make_row(record: Record, about: dict[str, str], wanted: Options) -> BodyRow:
    row: BodyRow = {}
    if about:
        row["url"] = about.get("warc-target-uri", "").strip("<>") or None
        row["date"] = about.get("warc-date")
    if record.error:
        return {**row, "error": record.error}
    if record.damage:
        row["_work"] = count_damage(record.damage)
    return {**row, **_judge(record, about, wanted)}


def _judge(record: Record, about: dict[str, str], wanted: Options) -> BodyRow:
    """What becomes of a record that has a block."""
    block = record.block
    notes: dict[str, object] = {"record_id": about.get("warc-record-id", "").strip("<>")}
    if record.damage:
        notes["damage"] = record.damage
    if truncated := about.get("warc-truncated") or ("segment" if "warc-segment-number" in about else ""):
        notes["truncated"] = truncated
    kind, said = about["warc-type"], BodyRow()
    if kind == "revisit":
        return {"drop_reason": "warc.revisit", "metadata": _write_json(notes)}
    if kind not in ("response", "resource", "conversion"):
        return {"error": f"unknown record type {kind!r}", "metadata": _write_json(notes)}
    try:
        if media_type(about.get("content-type", "")) == "application/http" or block.startswith(b"HTTP/1"):
            status, http, data, preferences = parse_response(block)
            said["preferences"] = _write_json(preferences) if preferences else None
            notes["status"] = status
            if status is None:
                return {"error": "no HTTP response in the record", "metadata": _write_json(notes)}
            if status != 200:
                return {"drop_reason": "warc.http_status", "metadata": _write_json(notes), **said}
            body = decode_http(http, data, wanted.max_bytes)
        else:
            body = _Body(block, about.get("content-type", ""))
        body, unwritten = _cut_unwritten(body)
        if unwritten and not record.damage:
            notes["damage"] = cut = f"the page is cut off: its last {unwritten} bytes are NUL"
            said["_work"] = count_damage(cut)
    except BodyError as error:
        return {"error": str(error), "metadata": _write_json(notes)}
    return {**_read_body(_find_media_type(body, kind), body, notes, wanted), **said}


def decode_http(http: dict[str, str], data: bytes, max_bytes: int) -> _Body:
    declared = http.get("content-type", "")
    if "chunked" in http.get("transfer-encoding", "").lower():
        data = dechunk(data)
    codings = http.get("content-encoding", "").split(",")
    data = decode(data, codings, max_bytes)
    if data.startswith(GZIP) and media_type(declared).startswith("text/"):
        data = decode(data, ["gzip"], max_bytes)  # packed, and nobody says so
    return _Body(data, declared)


def _cut_unwritten(body: _Body) -> tuple[_Body, int]:
    """A page without the NULs that stand where its end was never written, and how many there are."""
    if not body.data.endswith(_UNWRITTEN) or not _is_textual(media_type(body.content_type)):
        return body, 0
    data = body.data.rstrip(b"\0")
    kept = body if binary_type(data) else body._replace(data=data)
    return kept, len(body.data) - len(kept.data)


def _is_textual(declared: str) -> bool:
    return declared.startswith("text/") or declared in _HTML or declared in _UNSAID


def _read_body(kind: str, body: _Body, notes: dict[str, object], wanted: Options) -> BodyRow:
    """A body as text, as bytes for a later step, or dropped."""
    row: BodyRow = {"media_type": kind}
    if not body.data:
        row["drop_reason"] = "warc.empty_body"
    elif kind in wanted.bodies:
        row["text"], row["body"] = b"", body.data
    elif kind == "text/html" or kind in wanted.texts:
        row["text"], notes["charset"] = utf8(
            body.data, charset(body.content_type), markup=kind == "text/html"
        )
    else:
        row["drop_reason"] = "warc.media_type"
    return {**row, "metadata": _write_json(notes)}


def _find_media_type(body: _Body, kind: str) -> str:
    """The declared type, unless the bytes show it to be another."""
    declared = media_type(body.content_type)
    binary = binary_type(body.data)
    if binary:
        return binary if _is_textual(declared) else declared
    if kind == "conversion":
        return "text/plain"
    if declared in _HTML:
        return "text/html"
    if declared in _UNSAID or declared in ("text/plain", "text/xml", "application/xml"):
        other = declared if declared.endswith("/xml") else "text/plain"
        return "text/html" if _PAGE_START.match(body.data) else other
    return declared


def _write_json(notes: object) -> str:
    return json.dumps(notes, ensure_ascii=False)
