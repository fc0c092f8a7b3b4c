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
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import Row, describe, frames, read_record
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.unwrap import unwrap
from winnow.ingest.io.uris import name_file

TELLS = {"kind": "public"}

_HEADING = re.compile(
    r"\s*(chapter|volume|book|part|letter)\s+(the\s+)?([ivxlc]+|\d+|first|second|third|last)\b\W*(.{0,60})$",
    re.I,
)
_UNPACKERS: dict[bytes, Callable[[], Any]] = {b"2": bz2.BZ2Decompressor, b"Z": lzma.LZMADecompressor}


_DATA_FILES = (".rda", ".rdata", ".rds")
NEEDS = (("rdata", "read", {"uri": (".rdb", *_DATA_FILES)}),)


class BookError(Exception):
    """The object cannot be read; the message says what was met."""


def read(
    uri: str, *, max_bytes: PositiveInt = 500_000_000
) -> Annotated[Iterator[pl.DataFrame], "text", "metadata"]:
    """Chapters of the books in one file, hard-wrapped lines joined into paragraphs.

    `.rdb` is the database of an R package (its index `.rdx` lies beside it) and `.rda`, `.RData` or
    `.rds` an R data file: each variable that is a vector of lines is a book. Anything else is one book
    in UTF-8. `metadata` holds `book` and `chapter` (the heading). What is no text is dropped as
    `books.not_text`; an object or a file that cannot be read is an error row, and so is one of more than
    `max_bytes`, unpacked where R has packed it.
    """
    yield from frames(row for title, load in _find_books(uri, max_bytes) for row in _make_rows(title, load))


def _find_books(uri: str, max_bytes: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Title of each book and how to load it: an object that cannot be loaded costs no other."""
    file = PurePosixPath(name_file(uri))
    suffix, title = file.suffix.lower(), file.stem
    stored = read_bytes(uri, max_bytes, unpack=suffix in _DATA_FILES)
    try:
        if suffix == ".rdb":
            index = read_bytes(uri[:-1] + "x", max_bytes, unpack=True)
            with _guard("its index .rdx is damaged"):
                variables = _parse(index, ".rds")["variables"]
                places = sorted((str(name), int(at), int(size)) for name, (at, size) in variables.items())
            for name, start, length in places:
                yield name, partial(_load_object, stored[start : start + length], max_bytes)
        elif suffix in _DATA_FILES:
            with _guard("not a readable R data file"):
                value = _parse(stored, ".rds" if suffix == ".rds" else ".rda")
            for name, vector in value.items() if isinstance(value, dict) else [(title, value)]:
                yield str(name), partial(_hand_back, vector)
        else:
            yield title, partial(_decode_lines, stored)
    except BookError as error:
        yield title, partial(_fail, error)


@contextmanager
def _guard(what: str) -> Iterator[None]:
    """Damaged bytes as BookError: rdata has no error of its own, and they take it into any of Python's."""
    try:
        yield
    except (BookError, ImportError, MemoryError):
        raise
    except Exception as error:  # also OSError: of damaged bz2 and xz, for nothing is open here
        raise BookError(f"{what}: {describe(error)}") from error


def _parse(stored: bytes, extension: Literal[".rda", ".rds"]) -> Any:
    import rdata  # an extra, and asked for by few

    return rdata.conversion.convert(rdata.parser.parse_data(stored, extension=extension))


def _load_object(chunk: bytes, max_bytes: int) -> Any:
    """An object as R's lazyLoadDBinsertValue stores it: 4 bytes of length, maybe a type, packed data."""
    with _guard("the object is damaged"):
        size = int.from_bytes(chunk[:4], "big")
        if size > max_bytes:
            raise BookError(f"the object has {size} bytes, more than max_bytes ({max_bytes}); raise it")
        unpacker_of = _UNPACKERS.get(chunk[4:5])
        unpacker = unpacker_of() if unpacker_of else zlib.decompressobj()
        plain = unpacker.decompress(chunk[5:] if unpacker_of else chunk[4:], size + 1)
        if len(plain) != size or not unpacker.eof:
            raise BookError("the object is not as long as it says")
        return _parse(plain, ".rds")


def _make_rows(title: str, load: Callable[[], Any]) -> Iterator[Row]:
    try:
        value = load()
    except BookError as error:
        yield Row(key=title, error=f"{title} cannot be read: {error}")
        return
    if not isinstance(value, np.ndarray | list) or not all(isinstance(line, str) for line in value):
        yield Row(key=title, drop_reason="books.not_text")
        return
    chapters = list(_cut_chapters(value))
    if not chapters:
        yield Row(key=title, drop_reason="books.not_text")
    for number, (heading, body) in enumerate(chapters):
        key = f"{title}, chapter {number}" if heading else f"{title}, front"
        yield {"key": key, **read_record(_make_chapter, title, heading, body)}


def _make_chapter(title: str, heading: list[str], body: Sequence[str]) -> Row:
    about = json.dumps({"book": title, "chapter": " ".join(heading) or None})
    text = "\n\n".join(part for part in ("\n".join(heading), unwrap(body)) if part)
    return Row(text=text, metadata=about)


def _cut_chapters(lines: Iterable[str]) -> Iterator[tuple[list[str], Sequence[str]]]:
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


def _fail(error: BookError) -> Any:
    raise error


def _hand_back(value: Any) -> Any:
    return value


def _decode_lines(stored: bytes) -> list[str]:
    with _guard("not UTF-8"):
        return stored.decode("utf-8").splitlines()
