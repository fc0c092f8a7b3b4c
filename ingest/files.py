"""Single files: code, TeX, plain text; one file is one document."""

import json
import re
import tokenize
from collections.abc import Iterator
from io import BytesIO
from typing import Annotated

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import Row, frames, name_license, read_record
from winnow.ingest.io.charset import decode
from winnow.ingest.io.uris import name_file, open_uri

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Controls that no text uses: tab, line breaks, form feed and escape are missing.
_CONTROLS = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_MAX_CONTROL_RATIO = 0.1
_PYTHON = re.compile(r"\.pyw?i?$", re.IGNORECASE)


def read(
    uri: str, *, license: str | None = None, max_bytes: PositiveInt = 10_000_000
) -> Annotated[Iterator[pl.DataFrame], "text", name_license, "metadata"]:
    """The file as one document, its text as it stands: TeX macros, indentation and line ends are kept.

    UTF-8 wherever the bytes are valid, else the coding line of Python source (PEP 263), else what
    detection of the charset finds; `metadata` holds `file`, the file's name, and `charset` where it is
    not UTF-8. `license` is entered as given. Dropped: `files.empty` (nothing but white space) and
    `files.too_large` (more than `max_bytes`). A binary file is an error row. Raises FileNotFoundError.
    """
    with open_uri(uri) as stream:
        data = stream.read(max_bytes + 1)
    name = name_file(uri)
    row: Row = {"key": "file", **read_record(_make_row, name, data, max_bytes)}
    for frame in frames([row]):
        yield frame.with_columns(license=pl.lit(license, dtype=pl.String))


def _make_row(name: str, data: bytes, max_bytes: int) -> Row:
    about = {"file": name}
    row = Row(metadata=json.dumps(about, ensure_ascii=False))
    if len(data) > max_bytes:
        return row | Row(drop_reason="files.too_large")
    if why := find_binary(data):
        return row | Row(error=f"{name} is no text: {why}; leave it out of the recipe's uris or convert it")
    text, charset = decode_file(name, data)
    if not text.strip():
        return row | Row(drop_reason="files.empty")
    if charset != "utf-8":
        row["metadata"] = json.dumps(about | {"charset": charset}, ensure_ascii=False)
    return row | Row(text=text)


def find_binary(data: bytes) -> str | None:
    """Why the bytes are no text, or None."""
    if data.startswith(_BOMS):
        return None
    if (at := data.find(b"\0")) >= 0:
        return f"a NUL byte at byte {at}"
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return (
        f"{controls} of {len(data)} bytes are controls" if controls > _MAX_CONTROL_RATIO * len(data) else None
    )


def decode_file(name: str, data: bytes) -> tuple[str, str]:
    """Text and charset. Python's own rule would put the coding line first; but valid UTF-8 is no accident."""
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _PYTHON.search(name):
        try:
            charset, _ = tokenize.detect_encoding(BytesIO(data).readline)
            text = data.decode(charset)
            text.encode()  # some codecs let half a surrogate pair through, which is no text
            return text, charset
        except (SyntaxError, UnicodeError, LookupError):
            pass
    return decode(data)
