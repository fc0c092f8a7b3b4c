"""Records of a web archive, cut out of its bytes one by one, past whatever is damaged.

Every reader that takes a record's Content-Length on trust loses records without a word: a length too
long swallows the records behind it, a length too short stops the reading. So a record is good only if
another one, or the end, follows where it claims to end; else the next header is searched. FastWARC then
parses what was cut out. Layouts: WARC (ISO 28500) and ARC (versions 1 and 2).
"""

import os
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.splits import MAX_TRIES, make_address, search

MAX_HEAD_BYTES = 65_536

# A number stands behind what is none, so that digits are not tried from each of them on.
_ARC_LINE = rb"[a-z][a-z0-9.+-]*:[^\s]*[ ]\S+[ ]\d{8,14}[ ](?:[^\r\n]{0,2000}[^\r\n\d])?(\d{1,18})\r?\n"
_WARC_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_ARC_HEAD = re.compile(_ARC_LINE)
_WARC_LINE = rb"WARC/\d\.\d+\r?\n(?=[A-Za-z-]+:)"
_ANY_LINE = _WARC_LINE + b"|" + _ARC_LINE
_BEHIND_LINE_END = re.compile(rb"(?<=\n)(?:%b)" % _ANY_LINE)
# They begin with a character, which is searched for ten times as fast as looked for behind each place.
_NEXT_WARC, _NEXT_ARC, _NEXT_ANY = (
    re.compile(rb"\n(?=%b)" % line) for line in (_WARC_LINE, _ARC_LINE, _ANY_LINE)
)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LENGTH_DIGITS = 19  # of more the first ones say enough: it is too long
_AFTER_WARC = re.compile(rb"\r?\n\r?\n|[\r\n]*(?:WARC/\d|\Z)")
_AFTER_ARC = re.compile(rb"[\r\n]*(?:[a-z][a-z0-9.+-]*:\S* \S+ \d{8}|\Z)")
_LOOKAHEAD = 4_096
OPENS = re.compile(rb"WARC/\d|filedesc:|" + _ARC_LINE)
_FOLLOWS = re.compile(rb"[\r\n]*(?:WARC/\d|[a-z][a-z0-9.+-]*:\S* \S+ \d{8}|\Z)")


class Record(NamedTuple):
    """A record as it stands in the file, or (with `error`) a stretch that is none; its `place` is its own."""

    key: str
    place: int
    head: bytes
    block: bytes
    error: str | None = None


def records(
    source: Iterator[Piece],
    max_record_bytes: int,
    start: int = 0,
    *,
    plain: bool = False,
    keep_bytes: int = 0,
) -> Iterator[Record]:
    """The records in file order; each damaged, cut or oversized one, and each stretch of garbage, is one row.

    `source` begins at the byte `start` of the file, which is `plain` where nothing is packed.
    Holds about `max_record_bytes` at most, however long the file or its lengths are; of an oversized record
    the `block` are its first `keep_bytes`.
    """
    window = _Window(source, start, plain)
    arc: bool | None = None  # until the first header tells
    while window.skip_blank():
        yield from _take_damages(window)
        arc = _is_arc(window) if arc is None else arc
        found = _match_head(window, bool(arc))
        if found is None:
            key, place = window.locate("garbage")
            begun, cut = window.offset, window.data.startswith(b"WARC/")
            window.seek_header(1, arc)
            endless = f"a record header without an end in {MAX_HEAD_BYTES} bytes"
            what = endless if cut else "no record header here"
            skipped = f"{what}; {window.offset - begun} bytes skipped"
            damage = window.damage_within(1)
            yield Record(key, place, b"", b"", damage.damage if damage else skipped)
            continue
        yield _cut_record(window, *found, bool(arc), max_record_bytes, keep_bytes)
    yield from _take_damages(window)


def _take_damages(window: "_Window") -> Iterator[Record]:
    while damage := window.damage_within(1):
        yield Record(*window.locate("damage", damage.start), b"", b"", damage.damage)


def find_header(raw: BinaryIO, start: int, stop: int) -> int | None:
    """The first record header in plain bytes whose record ends where another begins, or the file ends.

    Of the first 64 in a block: where these are none, the block belongs to the section before it.
    """
    places = islice(search(raw, _BEHIND_LINE_END, start, stop, _LOOKAHEAD), MAX_TRIES)
    return next((at for at in places if _is_whole(raw, at)), None)


def _is_whole(raw: BinaryIO, at: int) -> bool:
    raw.seek(at)
    data = raw.read(_LOOKAHEAD)
    if found := _ARC_HEAD.match(data):
        size: int = found.end()
        length: int | None = int(found.group(1))
    else:
        version = _WARC_VERSION.match(data)
        blank = version and _BLANK_LINE.search(data, version.end())
        size, length = (blank.end(), _read_length(data[: blank.end()])) if blank else (0, None)
    if length is None:
        return False
    end = at + size + length
    if end > raw.seek(0, os.SEEK_END):
        return False
    raw.seek(end)
    return _FOLLOWS.match(raw.read(_LOOKAHEAD)) is not None


def _read_length(head: bytes) -> int | None:
    """What the header of a WARC record says of its length."""
    found = _LENGTH.search(head)
    return int(found.group(1)[:_LENGTH_DIGITS]) if found else None


def _is_arc(window: "_Window") -> bool | None:
    """Which layout the file has; None where no header stands here."""
    window.fill(_LOOKAHEAD)
    if window.data.startswith(b"WARC/"):
        return False
    return True if window.data.startswith(b"filedesc") or _ARC_HEAD.match(window.data) else None


def _match_head(window: "_Window", arc: bool) -> tuple[bytes, int | None] | None:
    window.fill(_LOOKAHEAD)
    if arc:
        found = _ARC_HEAD.match(window.data)
        return (found.group(), int(found.group(1))) if found else None
    version = _WARC_VERSION.match(window.data)
    end = window.find_blank_line(version.end()) if version else None
    if end is None:
        return None
    head = window.take(0, end)
    return head, _read_length(head)


def _cut_record(
    window: "_Window", head: bytes, length: int | None, arc: bool, max_record_bytes: int, keep_bytes: int
) -> Record:
    key, place = window.locate("record")
    start = len(head)
    if length is None or length > max_record_bytes:
        kept = start + min(keep_bytes, length or 0)
        window.fill(kept)
        block = window.take(start, max(start, min(kept, len(window.data))))
        window.seek_header(start, arc)
        message = f"the record has {length} bytes, more than max_record_bytes ({max_record_bytes}); raise it"
        if length is None:
            message = "the record has no Content-Length; skipped to the next record"
        return Record(key, place, head, block, message)
    end = start + length
    whole = window.fill(end)
    window.fill(end + _LOOKAHEAD)
    after = (_AFTER_ARC if arc else _AFTER_WARC).match(window.data, end, end + _LOOKAHEAD)
    lost = window.damage_within(end)
    if whole and after and not lost:
        block = window.take(start, end)
        window.drop(end)
        return Record(key, place, head, block)
    have = len(window.data) - start
    window.seek_header(start, arc)
    if lost:
        message = f"{lost.damage}; this record is lost"
    elif not whole and not window.data:
        message = f"the record is cut off: {have} of its {length} bytes are there"
    else:
        message = f"wrong length: {length} bytes declared, but no record follows there; skipped"
    return Record(key, place, head, b"", message)


class _Window:
    """The unpacked bytes from the current position on, as far as anyone has looked."""

    def __init__(self, source: Iterator[Piece], start: int, plain: bool) -> None:
        self.source, self.start, self.plain = source, start, plain
        self.data = bytearray()
        self.offset = 0  # unpacked offset of data[0]
        self.members: deque[tuple[int, int]] = deque()  # unpacked and packed offset of a member's start
        self.damages: deque[tuple[int, Piece]] = deque()  # with the unpacked offset
        # Packed offset of the member located in last, and the number there.
        self.member, self.count = start, -1
        self.looked = self.blank = 0  # no blank line between these unpacked offsets

    def fill(self, size: int) -> bool:
        """Look ahead until `size` bytes are there; False where the file ends before."""
        while len(self.data) < size:
            piece = next(self.source, None)
            if piece is None:
                return False
            here = self.offset + len(self.data)
            if piece.damage is not None:
                self.damages.append((here, piece))
                self.data += b"\r\n"  # what comes next begins a line
                continue
            if piece.start is not None:
                self.members.append((here, piece.start))
            self.data += piece.data
        return True

    def take(self, start: int, end: int) -> bytes:
        with memoryview(self.data) as view:
            return bytes(view[start:end])

    def drop(self, size: int) -> None:
        del self.data[:size]
        self.offset += size

    def skip_blank(self) -> bool:
        """Pass over line ends and padding between records; False at the end of the file."""
        while self.fill(1):
            rest = self.data[:_LOOKAHEAD].lstrip(b"\r\n\0")
            self.drop(min(len(self.data), _LOOKAHEAD) - len(rest))
            if rest:
                return True
        return False

    def locate(self, what: str, damaged: int | None = None) -> tuple[str, int]:
        """Key and place of what begins here, or of damage at a packed offset before; once for each."""
        if self.plain:
            at = self.start + self.offset
            return f"{what} at byte {at}", at
        member = self.member if damaged is None else max(self.member, damaged)
        while damaged is None and self.members and self.members[0][0] <= self.offset:
            member = max(member, self.members.popleft()[1])
        self.count = self.count + 1 if member == self.member else 0
        self.member = member
        return make_address(what, member, self.count)

    def damage_within(self, size: int) -> Piece | None:
        """The first damage before or among the next `size` bytes, taken off the list."""
        if self.damages and self.damages[0][0] - self.offset < size:
            return self.damages.popleft()[1]
        return None

    def find_blank_line(self, start: int) -> int | None:
        """Behind the first blank line from `start` on that ends a header here; no byte is looked at twice."""
        for size in (_LOOKAHEAD, MAX_HEAD_BYTES):
            self.fill(size)
            known = self.looked <= self.offset + start <= self.blank
            begin = self.blank - self.offset if known else start
            found = _BLANK_LINE.search(self.data, begin, MAX_HEAD_BYTES)
            if not known:
                self.looked = self.offset + start
            self.blank = self.offset + (
                found.start() if found else max(begin, min(len(self.data), MAX_HEAD_BYTES) - 3)
            )
            if found:
                return found.end()
        return None

    def seek_header(self, start: int, arc: bool | None) -> None:
        """Go to the next record header at or behind `start`, or to the end of the file."""
        pattern = _NEXT_ANY if arc is None else _NEXT_ARC if arc else _NEXT_WARC
        start -= 1  # the line end before the header
        while True:
            more = self.fill(start + _LOOKAHEAD)
            if found := pattern.search(self.data, start):
                return self.drop(found.end())
            if not more:
                return self.drop(len(self.data))
            self.drop(len(self.data) - _LOOKAHEAD // 2)  # a header may lie across the edge
            start = 0
