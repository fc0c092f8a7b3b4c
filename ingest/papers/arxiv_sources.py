"""The files of a paper's source as arXiv keeps it: a packed tar, one packed file, or what is no TeX."""

import io
import posixpath
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from winnow.ingest.archive.members import Accepts, Unpacked, walk_open_tar
from winnow.ingest.io import tars
from winnow.ingest.io.batches import Unreadable
from winnow.ingest.io.byte_range import Piece, Source
from winnow.ingest.io.compression import read_pieces
from winnow.ingest.papers.tex.files import TEXTS

_MAX_MEMBERS = 20_000
_TOO_LARGE = "it unpacks to more than max_paper_bytes; raise it"
_TAR_MAGIC = slice(257, 262)
_KINDS = {
    b"%PDF": "pdf",
    b"%!": "postscript",
    b"PK\x03\x04": "no_tex",
    b"<html": "no_tex",
    b"<!DOC": "no_tex",
}


class UnreadableSource(Unreadable):
    """The source cannot be unpacked; the message says why."""


class BoundedFile(io.RawIOBase):
    """What is unpacked from a source, as a file that ends with Unsound behind `max_bytes`."""

    def __init__(self, pieces: Iterator[Piece], max_bytes: int) -> None:
        self.pieces, self.left, self.rest = pieces, max_bytes, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Some bytes more."""
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            if piece.damage:
                raise UnreadableSource(f"damaged: {piece.damage}")
            self.rest = piece.data
            self.left -= len(piece.data)
            if self.left < 0:
                raise UnreadableSource(_TOO_LARGE)
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def read_source(raw: Source, max_bytes: int) -> tuple[dict[str, bytes], dict[str, list[str]], str | None]:
    """The texts of a source by name, what was left out, and what it is in place of TeX (`pdf`, ...).

    Files that are no text by their names are not held. Raises Unsound for what is damaged or unpacks to more
    than `max_bytes`, Unreadable for what is no tar.
    """
    file = io.BufferedReader(BoundedFile(read_pieces(raw), max_bytes), 1 << 16)
    head = file.peek(1024)[:1024]
    if head[_TAR_MAGIC] == b"ustar" or (len(head) > 156 and tars.parse(head[: tars.BLOCK]) is not None):
        return (*_read_tar(file, max_bytes), None)
    begins = head.lstrip().lower()
    kind = next((kind for magic, kind in _KINDS.items() if begins.startswith(magic.lower())), None)
    if kind:
        return {}, {}, kind
    data = file.read()
    if b"%auto-ignore" in data[:200] and len(data) < 5_000 and b"\\document" not in data:
        return {}, {}, "withdrawn"
    return {"main.tex": data}, {}, None


def _want_texts(left: int) -> Accepts:
    def accepts(path: str, size: int) -> bool:
        nonlocal left
        name = posixpath.normpath(path)
        if name.startswith(("/", "..")) or not is_text(name):
            return False
        left -= size  # a sparse file has more than what is unpacked for it
        if left < 0:
            raise UnreadableSource(_TOO_LARGE)
        return True

    return accepts


def _read_tar(
    file: BinaryIO | io.BufferedReader, max_bytes: int
) -> tuple[dict[str, bytes], dict[str, list[str]]]:
    texts: dict[str, bytes] = {}
    told: dict[str, list[str]] = {}
    pieces = map(Piece, iter(partial(file.read, 1 << 16), b""))
    for count, member in enumerate(walk_open_tar(Unpacked(pieces, max_bytes), _want_texts(max_bytes))):
        name = posixpath.normpath(member.path)
        if count >= _MAX_MEMBERS:
            raise UnreadableSource(f"it has more than {_MAX_MEMBERS:,} files")
        if member.error:
            told.setdefault("damaged", []).append(member.error[:200])
        elif member.kind:
            told.setdefault("links", []).append(name[:200])
        elif name.startswith(("/", "..")):
            told.setdefault("outside", []).append(member.path[:200])
        elif member.data is not None:
            texts[name] = member.data
    if "damaged" in told and not texts:
        raise UnreadableSource(f"damaged tar: {told['damaged'][0]}")
    return texts, {what: names[:20] for what, names in told.items()}


def is_text(name: str) -> bool:
    """Whether a file may be read by TeX, by its name."""
    base = posixpath.basename(name).lower()
    return "." not in base or base.endswith(TEXTS) or base.startswith("00readme")
