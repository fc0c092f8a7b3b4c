"""Lists of papers: lines of JSON, packed or not, and where the PDF of each is."""

import gzip
import io
import json
import posixpath
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from fastwarc.stream_io import ZstdReader

from winnow.ocr.process.fetch import is_local

PLACES = ("path", "pdf", "pdf_url", "pdf_path", "openAccessPdf", "openaccesspdf", "url")
STORES = ("http", "https", "s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "hf")
MAX_LINE_BYTES = 20_000_000


class RecordError(ValueError):
    """A line of the list that names no paper to be read; the message says what is wrong and what to do."""


def read_lines(uri: str) -> Iterator[tuple[int, bytes, str | None]]:
    """Number from 1, bytes and error of each line that is not blank; damage ends the list with an error."""
    with fsspec.open(uri, "rb") as raw:
        file, number = _unpack(raw), 0
        while True:
            number += 1
            try:
                line = file.readline(MAX_LINE_BYTES + 1)
                long = len(line) > MAX_LINE_BYTES
                while long and not line.endswith(b"\n") and (more := file.readline(MAX_LINE_BYTES)):
                    line = more
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                yield number, b"", f"the rest of {uri} is lost, its compressed data are damaged: {error}"
                return
            if not line:
                return
            if long:
                yield number, b"", f"the line has more than {MAX_LINE_BYTES:,} bytes"
            elif line.strip():
                yield number, line, None


def _unpack(raw: BinaryIO) -> BinaryIO:
    """The list's lines, whatever packs it, told by its first bytes."""
    head = raw.read(4)
    raw.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(raw)  # type: ignore[return-value]
    if head == b"\x28\xb5\x2f\xfd":
        return io.BufferedReader(_Zstd(raw))
    return raw


class _Zstd(io.RawIOBase):
    """A zstd file as a stream that `io` can cut into lines."""

    def __init__(self, raw: BinaryIO) -> None:
        self._reader = ZstdReader(raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._reader.read(len(buffer))
        except Exception as error:  # fastwarc's own, of several classes
            raise EOFError(error) from None
        buffer[: len(data)] = data
        return len(data)


def parse(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RecordError(f"invalid UTF-8 at byte {error.start} of the line") from None
    except (ValueError, RecursionError) as error:
        raise RecordError(f"invalid JSON: {error}") from None
    if not isinstance(record, dict):
        raise RecordError(f"a JSON {type(record).__name__}, not an object")
    return record


def find_place(record: dict[str, Any], uri: str) -> str:
    """The address of the PDF: others wrote it, so that it names no file of this machine but near the list."""
    for name in PLACES:
        said = record.get(name)
        said = said.get("url") if isinstance(said, dict) else said
        if isinstance(said, str) and said.strip():
            said = said.strip()
            if "://" not in said:
                return _join(uri, said)
            if "::" in said or said.partition("://")[0] not in STORES:
                raise RecordError(f"{said} is no file of the web or of a store")
            return said
    raise RecordError(f"no address of a PDF: give it as one of {', '.join(PLACES)}")


def _join(uri: str, path: str) -> str:
    """A path from the list's folder, which it may not leave."""
    folder, local = posixpath.dirname(uri), is_local(uri)
    here = str(Path(folder.removeprefix("file://")).absolute()) if local else "/here"
    if not posixpath.normpath(posixpath.join(here, path)).startswith(f"{here.rstrip('/')}/"):
        raise RecordError(f"{path} does not lie in the list's folder or below: put the PDFs there")
    if "::" in path and not local:
        raise RecordError(f"{path} is no file of the web or of a store")
    return posixpath.join(folder, path) if folder else path
