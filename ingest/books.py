"""Books: R data packages and plain text, a document for each chapter.

A whole novel is longer than the 100,000 words that quality rules allow a document (Gopher, Rae et al.
2021), and a chapter is what its writer meant to be read in one go.
"""

import bz2
import json
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
import polars as pl
import rdata

from ingest.batches import Row, frames
from ingest.compression import opened
from ingest.lines import unwrap

_HEADING = re.compile(
    r"\s*(chapter|volume|book|part|letter)\s+(the\s+)?([ivxlc]+|\d+|first|second|third|last)\b\W*(.{0,60})$",
    re.I,
)
# What rdata's parser and converter ran into on damaged objects; it has no error of its own.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    RuntimeError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
)
_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {b"2": bz2.decompress, b"Z": lzma.decompress}


def read(uri: str) -> Iterator[pl.DataFrame]:
    """Chapters of the books in one file, hard-wrapped lines joined into paragraphs.

    `.rdb` is the database of an R package (its index `.rdx` lies beside it) and `.rda`, `.RData` or
    `.rds` an R data file: each variable that is a vector of lines is a book. Anything else is one book
    in UTF-8. `metadata` holds `book` and `chapter` (the heading). What is no text is dropped as
    `books.not_text`; an object or a file that cannot be read is an error row.
    """
    yield from frames(row for title, load in _books(uri) for row in _rows(title, load))


def _books(uri: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Title of each book and how to load it: an object that cannot be loaded costs no other."""
    suffix = PurePosixPath(uri).suffix.lower()
    title = PurePosixPath(uri).stem
    stored = _bytes(uri)
    if suffix == ".rdb":
        index = _bytes(uri[:-1] + "x")
        try:
            places = _parsed(index, ".rds")["variables"]
        except UNREADABLE as error:
            yield title, partial(_fail, f"its index .rdx is damaged: {error!r}")
            return
        for name, (start, length) in sorted(places.items()):
            yield str(name), partial(_object, stored[start : start + length])
    elif suffix in (".rda", ".rdata", ".rds"):
        try:
            value = _parsed(stored, ".rds" if suffix == ".rds" else ".rda")
        except UNREADABLE as error:
            yield title, partial(_fail, f"not a readable R data file: {error!r}")
            return
        for name, vector in value.items() if isinstance(value, dict) else [(title, value)]:
            yield str(name), partial(_same, vector)
    else:
        yield title, partial(_lines, stored)


def _parsed(stored: bytes, extension: Literal[".rda", ".rds"]) -> Any:
    return rdata.conversion.convert(rdata.parser.parse_data(stored, extension=extension))


def _object(chunk: bytes) -> Any:
    """An object as R's lazyLoadDBinsertValue stores it: 4 bytes of length, maybe a type, packed data."""
    unpack = _UNPACK.get(chunk[4:5])
    plain = unpack(chunk[5:]) if unpack else zlib.decompress(chunk[4:])
    if len(plain) != int.from_bytes(chunk[:4], "big"):
        raise ValueError("the object is not as long as it says")
    return _parsed(plain, ".rds")


def _rows(title: str, load: Callable[[], Any]) -> Iterator[Row]:
    try:
        value = load()
    except UNREADABLE as error:
        yield Row(key=title, error=f"{title} cannot be read: {error}")
        return
    if not isinstance(value, np.ndarray | list) or not all(isinstance(line, str) for line in value):
        yield Row(key=title, drop_reason="books.not_text")
        return
    chapters = list(_chapters(value))
    if not chapters:
        yield Row(key=title, drop_reason="books.not_text")
    for number, (heading, body) in enumerate(chapters):
        about = json.dumps({"book": title, "chapter": " ".join(heading) or None})
        text = "\n\n".join(part for part in ("\n".join(heading), unwrap(body)) if part)
        yield Row(
            key=f"{title}, chapter {number}" if heading else f"{title}, front", text=text, metadata=about
        )


def _chapters(lines: Iterable[str]) -> Iterator[tuple[list[str], Sequence[str]]]:
    """Headings and lines of each chapter; headings in a row (VOLUME II, CHAPTER I) belong together."""
    heading: list[str] = []
    body: list[str] = []
    for line in map(str, lines):
        if _HEADING.fullmatch(line):
            if any(map(str.strip, body)):
                yield heading, body
                heading = []
            heading.append(line.strip())
            body = []
        else:
            body.append(line)
    if any(map(str.strip, body)):
        yield heading, body


def _fail(message: str) -> Any:
    raise ValueError(message)


def _same(value: Any) -> Any:
    return value


def _lines(stored: bytes) -> list[str]:
    return stored.decode("utf-8").splitlines()


def _bytes(uri: str) -> bytes:
    with opened(uri) as stream:
        return stream.read()
