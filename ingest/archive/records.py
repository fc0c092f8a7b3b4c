"""Records of a web archive, cut out of its bytes one by one, past whatever is damaged.

Every reader that takes a record's Content-Length on trust loses records without a word: a length too
long swallows the records behind it, a length too short stops the reading. So a record is good only if
another one, or the end, follows where it claims to end; else the next header is searched. FastWARC then
parses what was cut out. Layouts: WARC (ISO 28500) and ARC (versions 1 and 2).
"""

import os
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple

from winnow.ingest.archive.extent import find_extent, find_glued
from winnow.ingest.archive.grammar import (
    ARC_HEAD,
    BEHIND_LINE_END,
    FOLLOWS,
    LOOKAHEAD,
    MAX_HEAD_BYTES,
    MAX_LENGTH,
    WARC_VERSION,
    measure,
    read_lengths,
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
    window.skip_mark()
    while window.skip_blank():
        yield from _take_damages(window)
        arc = _is_arc(window) if arc is None else arc
        found = _match_head(window, bool(arc))
        if found is None:
            yield _skip_garbage(window, arc, max_record_bytes)
        else:
            yield _cut_record(window, *found, bool(arc), max_record_bytes, keep_bytes)
    yield from _take_damages(window)
    if cut := window.take_cut():
        yield Record(*window.locate("damage", cut.start), b"", b"", cut.damage)


def _take_damages(window: Window) -> Iterator[Record]:
    while damage := window.damage_within(1):
        yield Record(*window.locate("damage", damage.start), b"", b"", damage.damage)


def _skip_garbage(window: Window, arc: bool | None, max_record_bytes: int) -> Record:
    key, place = window.locate("garbage")
    begun, cut = window.offset, window.data.startswith(b"WARC/")
    window.seek_header(1, arc, None if arc else partial(find_glued, window, most=max_record_bytes))
    endless = f"a record header without an end in {MAX_HEAD_BYTES} bytes"
    what = endless if cut else "no record header here"
    damage = window.damage_within(1) or (None if window.data else window.take_cut())
    skipped = f"{what}; {window.offset - begun} bytes skipped"
    return Record(key, place, b"", b"", damage.damage if damage else skipped)


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


def _match_head(window: Window, arc: bool) -> tuple[bytes, list[int]] | None:
    window.fill(LOOKAHEAD)
    if arc:
        found = ARC_HEAD.match(window.data)
        if found is None:
            return None
        return found.group(), [length] if (length := int(found[1])) <= MAX_LENGTH else []
    version = WARC_VERSION.match(window.data)
    end = window.find_blank_line(version.end()) if version else None
    if end is None:
        return None
    head = window.take(0, end)
    return head, read_lengths(head)


def _cut_record(
    window: Window, head: bytes, lengths: list[int], arc: bool, max_record_bytes: int, keep_bytes: int
) -> Record:
    record, start = Record(*window.locate("record"), head, b""), len(head)
    end, damage = find_extent(window, start, lengths, arc, max_record_bytes)
    lost = None if end is None else window.damage_within(end)
    if lost:
        window.seek_header(start, arc)
        return record._replace(error=f"{lost.damage}; this record is lost")
    if end is None:
        kept = start + min(keep_bytes, max(lengths, default=0))
        window.fill(kept)
        block = window.take(start, max(start, min(kept, len(window.data))))
        window.seek_header(start, arc)
        return record._replace(block=block, error=damage)
    block = window.take(start, end)
    window.drop(end)
    return record._replace(block=block, damage=damage)
