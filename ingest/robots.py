"""What a crawl was answered when it asked for robots.txt: every answer is a document, whatever its status.

For the `robotstxt` files of a crawl (`kind = "robotstxt"`), and for archives in which somebody fetched
robots.txt, ai.txt or tdmrep.json. `filters.optouts:gather` makes a table of them.
"""

import codecs
import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, BinaryIO

import polars as pl
from pydantic import PositiveInt

from winnow.ingest import warc
from winnow.ingest.archive.bodies import BodyError
from winnow.ingest.archive.headers import parse_response
from winnow.ingest.archive.records import Record
from winnow.ingest.io.batches import PLACED, PlacedRow, frames, read_record
from winnow.ingest.io.presence import report_empty
from winnow.ingest.io.uris import open_uri

MAX_BYTES = 512_000  # of a file: 500 KiB, which RFC 9309 asks to be read
_HEAD_BYTES = 100_000  # of a response's header
EXTRA = {"robots_status": pl.Int64(), "robots_location": pl.String()}
can_split = warc.can_split
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class AnswerRow(PlacedRow, total=False):
    """An answer, with its status and where it sends the crawler."""

    robots_status: int | None
    robots_location: str | None


def read(
    uri: str, *, max_record_bytes: PositiveInt = 50_000_000, start: int = 0, stop: int | None = None
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata", EXTRA]:
    """The responses in a WARC, ARC or WACZ file, of any status; those about other records give no rows.

    `text` is the first 500 KiB of the body of an answer with status 2xx, "" else. It is UTF-8, or UTF-16
    behind a byte order mark; a byte that is neither stands as robots.txt writes it in a path (`%E9`). `url`,
    `date` (of the answer), `metadata` (`truncated`: the bytes of a body that is longer; of a record of more
    than `max_record_bytes`, of which the rest is not read, the record's), `robots_status` and
    `robots_location`, where a 3xx sends the crawler. Resources are taken for answers with status 200.
    Dropped: `robots.no_answer` (a record of another type; a whole file without an answer). Errors: as
    `ingest.warc:read` has them. Raises FileNotFoundError.
    """
    with open_uri(uri, start, stop) as raw:
        empty: AnswerRow = {"key": "file", "place": 0, "drop_reason": "robots.no_answer"}
        rows = report_empty(partial(_read_answers, raw, max_record_bytes), empty, start, stop)
        yield from frames(rows, schema=pl.Schema(PLACED | EXTRA))


def _read_answers(raw: BinaryIO, max_bytes: int, start: int, stop: int | None) -> Iterator[AnswerRow]:
    for found in warc.walk(raw, max_bytes, start, stop, MAX_BYTES + _HEAD_BYTES):
        if found:
            row, record, about = found
            yield {**row, **read_record(_make_row, record, about, max_bytes)}


def _make_row(record: Record, about: dict[str, str], max_bytes: int) -> AnswerRow:
    row: AnswerRow = {}
    if about:
        row["url"] = about.get("warc-target-uri", "").strip("<>") or None
        row["date"] = about.get("warc-date")
    if record.error and not (record.block and about):  # of one that is too large the beginning is there
        return {**row, "error": record.error}
    if record.damage:  # what is lost of it may forbid what stands before
        return {**row, "error": record.damage}
    if about["warc-type"] not in ("response", "resource"):
        return {**row, "drop_reason": "robots.no_answer"}
    status, body, fields = 200, record.block, {"content-type": about.get("content-type", "")}
    if about["warc-type"] == "response":
        response = parse_response(record.block)
        if response.status is None:
            return {**row, "error": "no HTTP response in the record"}
        status, fields, body = response.status, response.fields, response.body
    row["robots_status"], row["robots_location"] = status, fields.get("location") or None
    try:
        data = warc.decode_http(fields, body, max_bytes).data if 200 <= status < 300 else b""
    except BodyError as error:
        return {**row, "error": record.error or str(error)}
    size = int(about["content-length"]) if record.error else len(data)
    note = {"truncated": size} if size > MAX_BYTES else {}
    return {**row, "text": _decode(data[:MAX_BYTES]), "metadata": json.dumps(note)}


def _decode(data: bytes) -> str:
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    part = 0  # of a byte order mark, which Google's parser passes over even where it is not whole
    while part < len(codecs.BOM_UTF8) and data[part : part + 1] == codecs.BOM_UTF8[part : part + 1]:
        part += 1
    return data[part:].decode("utf-8", "robots")


def _escape(error: UnicodeError) -> tuple[str, int]:
    """What stands for bytes that are no UTF-8: their escapes, as they would be sent in a URL."""
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"%{byte:02X}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("robots", _escape)
