"""Records of a web archive, cut out of its bytes one by one, past whatever is damaged.

Every reader that takes a record's Content-Length on trust loses records without a word: a length too
long swallows the records behind it, a length too short stops the reading. So a record is good only if
another one, or the end, follows where it claims to end; else the next header is searched. FastWARC then
parses what was cut out. Layouts: WARC (ISO 28500) and ARC (versions 1 and 2).
"""

import os
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from winnow.ingest.archive.grammar import (
    AFTER_ARC,
    AFTER_WARC,
    ARC_HEAD,
    BEHIND_LINE_END,
    FOLLOWS,
    LOOKAHEAD,
    MAX_HEAD_BYTES,
    NEXT_ARC,
    NEXT_WARC,
    WARC_VERSION,
    measure,
    read_length,
)
from winnow.ingest.archive.window import Window
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.splits import MAX_TRIES, search


class Record(NamedTuple):
    """A record as it stands in the file, or (with `error`) a stretch that is none; its `place` is its own.
    `damage` says what is wrong with the length of one whose block is what stands up to the next record."""

    key: str
    place: int
    head: bytes
    block: bytes
    error: str | None = None
    damage: str | None = None


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
    window = Window(source, start, plain)
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


def _take_damages(window: Window) -> Iterator[Record]:
    while damage := window.damage_within(1):
        yield Record(*window.locate("damage", damage.start), b"", b"", damage.damage)


def find_header(raw: BinaryIO, start: int, stop: int) -> int | None:
    """The first record header in plain bytes whose record ends where another begins, or the file ends.

    Of the first 64 in a block: where these are none, the block belongs to the section before it.
    """
    places = islice(search(raw, BEHIND_LINE_END, start, stop, LOOKAHEAD), MAX_TRIES)
    return next((at for at in places if _is_whole(raw, at)), None)


def _is_whole(raw: BinaryIO, at: int) -> bool:
    raw.seek(at)
    data = raw.read(LOOKAHEAD)
    if (found := measure(data, 0)) is None:
        return False
    end = at + sum(found)
    if end > raw.seek(0, os.SEEK_END):
        return False
    raw.seek(end)
    return FOLLOWS.match(raw.read(LOOKAHEAD)) is not None


def _is_arc(window: Window) -> bool | None:
    """Which layout the file has; None where no header stands here."""
    window.fill(LOOKAHEAD)
    if window.data.startswith(b"WARC/"):
        return False
    return True if window.data.startswith(b"filedesc") or ARC_HEAD.match(window.data) else None


def _match_head(window: Window, arc: bool) -> tuple[bytes, int | None] | None:
    window.fill(LOOKAHEAD)
    if arc:
        found = ARC_HEAD.match(window.data)
        return (found.group(), int(found.group(1))) if found else None
    version = WARC_VERSION.match(window.data)
    end = window.find_blank_line(version.end()) if version else None
    if end is None:
        return None
    head = window.take(0, end)
    return head, read_length(head)


def _cut_record(
    window: Window, head: bytes, length: int | None, arc: bool, max_record_bytes: int, keep_bytes: int
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
    window.fill(end + LOOKAHEAD)
    after = (AFTER_ARC if arc else AFTER_WARC).match(window.data, end, end + LOOKAHEAD)
    lost = window.damage_within(end)
    if whole and after and not lost:
        block = window.take(start, end)
        window.drop(end)
        return Record(key, place, head, block)
    if lost:
        window.seek_header(start, arc)
        return Record(key, place, head, b"", f"{lost.damage}; this record is lost")
    next_at = (
        window.find_header(start, arc, start + max_record_bytes) if whole else _find_whole(window, start, arc)
    )
    return _cut_damaged(window, Record(key, place, head, b""), start, length, next_at, arc)


def _find_whole(window: Window, start: int, arc: bool) -> int:
    """Of a file that ends within a record, which the window holds to its end: where a whole record begins in
    it, or the file ends. What only looks like a header is text of a page that is cut off."""
    data, pattern = window.data, NEXT_ARC if arc else NEXT_WARC
    for found in islice(pattern.finditer(data, start - 1), MAX_TRIES):
        at = found.end()
        if (held := measure(data, at)) and sum(held) <= len(data) and FOLLOWS.match(data, sum(held)):
            return at
    return len(data)


def _cut_damaged(
    window: Window, record: Record, start: int, length: int, until: int | None, arc: bool
) -> Record:
    """A record behind whose length none begins: all of it where that stands before the next one, and what is
    behind it is a stretch of its own; else what there is up to the next one, or the end."""
    if until is None:
        window.seek_header(start, arc)
        wrong = f"wrong length: {length} bytes declared, but no record follows there; skipped"
        return record._replace(error=wrong)
    if start + length <= until:
        until, damage = start + length, f"wrong length: {length} bytes declared, but no record follows there"
    elif window.fill(until + 1):
        damage = f"wrong length: {length} bytes declared, and {until - start} up to the next record"
    else:
        damage = f"the record is cut off: {until - start} of its {length} bytes are there"
    block = window.take(start, until)
    window.drop(until)
    return record._replace(block=block, damage=damage)
