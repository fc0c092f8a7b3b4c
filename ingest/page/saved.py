"""Web pages as browsers save them: one file of HTML, or MHTML with all that belongs to a page."""

import email
import email.policy
import json
import re
from contextlib import suppress
from email.utils import parsedate_to_datetime

from winnow.ingest.io.batches import BodyRow
from winnow.ingest.io.charset import binary_type, utf8

# The mark of the web: browsers write where a page is from, and how long that address is.
_SAVED = re.compile(r"<!--\s*saved from url=\(\d{4}\)(\S{1,2000})\s*-->")
_HEAD_CHARS = 4_096
_MHTML = re.compile(rb"[\w-]+:[^\n]*\n", re.IGNORECASE)
_MAX_PARTS = 10_000


def read_saved(name: str, data: bytes, max_bytes: int) -> BodyRow:
    """The row of one file, or the reason why it is dropped."""
    notes = {"file": name}
    row: BodyRow = {"media_type": "text/html", "metadata": json.dumps(notes, ensure_ascii=False)}
    if len(data) > max_bytes:
        return {**row, "drop_reason": "html.too_large"}
    charset = None
    if _MHTML.match(data.lstrip()[:_HEAD_CHARS]) and b"mime-version:" in data[:_HEAD_CHARS].lower():
        data, charset = _open_mhtml(data, row)
    if not data.strip():
        return {**row, "drop_reason": "html.no_text"}
    if kind := binary_type(data):
        return {**row, "media_type": kind, "drop_reason": "html.media_type"}
    text, found = utf8(data, charset, markup=True)
    row["text"] = text
    row["metadata"] = json.dumps(notes | {"charset": found}, ensure_ascii=False)
    saved = _SAVED.search(text[:_HEAD_CHARS].decode("utf-8", "replace"))
    return {**row, "url": saved[1]} if saved else row


def _open_mhtml(data: bytes, row: BodyRow) -> tuple[bytes, str | None]:
    """Bytes and charset of the first page in a message (RFC 2557); the row gets where and when."""
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    with suppress(TypeError, ValueError):
        row["date"] = parsedate_to_datetime(str(message["date"])).isoformat()
    for count, part in enumerate(message.walk()):
        if count > _MAX_PARTS:
            break
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            place = str(part["content-location"] or message["snapshot-content-location"] or "")
            row["url"] = place if place.startswith("http") else None
            body = part.get_payload(decode=True)
            return body if isinstance(body, bytes) else b"", part.get_content_charset()
    return b"", None
