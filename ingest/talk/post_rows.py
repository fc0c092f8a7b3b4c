"""The rows of Stack Exchange's Posts.xml, cut out of its bytes."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.compression import OUT_BYTES
from winnow.ingest.io.splits import search

_ROW = re.compile(rb"<row\s")
_ROW_BYTES = len(b"<row ")


def find_row(raw: BinaryIO, start: int, stop: int) -> int | None:
    """Where a post begins: `<` stands in no attribute."""
    return next(search(raw, _ROW, start, stop, _ROW_BYTES), None)


def cut_rows(source: Iterator[Piece], max_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    """The row elements in order; what is lost is (b"", error). Holds one post and one piece."""
    too_long = f"a post has more than max_post_bytes ({max_bytes}); raise it"
    data, inside, looked = bytearray(), False, 0
    for piece in source:
        if piece.damage:
            yield b"", piece.damage
            data, inside, looked = bytearray(), False, 0
            continue
        data += piece.data
        begun = 0
        for tag in _ROW.finditer(data, looked):
            if inside:
                is_long = tag.start() - begun > max_bytes
                yield (b"", too_long) if is_long else (bytes(data[begun : tag.start()]), None)
            begun, inside = tag.start(), True
        del data[: begun if inside else max(0, len(data) - _ROW_BYTES)]
        looked = max(1, len(data) - _ROW_BYTES) if inside else 0
        if len(data) > max_bytes + OUT_BYTES:
            yield b"", too_long
            del data[:-_ROW_BYTES]  # a row may have begun
            inside, looked = False, 0
    if inside:
        yield (b"", too_long) if len(data) > max_bytes else (bytes(data), None)
