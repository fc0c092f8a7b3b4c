"""Where a record of a web archive ends, which its own length does not always say.

A length is believed where another record, or the end of the file, follows there. Else other witnesses are
asked: a second length in the header, the length that the response in the record gives itself, and where the
next header stands.
"""

from itertools import islice
from typing import NamedTuple

from winnow.ingest.archive.grammar import (
    AFTER_ARC,
    AFTER_WARC,
    ARC_HEAD,
    BLANK_LINE,
    FOLLOWS,
    GLUED_WARC,
    LOOKAHEAD,
    MAX_HEAD_BYTES,
    NEXT_ARC,
    NEXT_WARC,
    measure,
    read_lengths,
)
from winnow.ingest.archive.window import Window
from winnow.ingest.io.splits import MAX_TRIES

_SCHEME_BYTES = 12


class Extent(NamedTuple):
    """The place behind a record's block in a window; `damage` says what is wrong with its length. None where
    the record cannot be had: `damage` says why."""

    end: int | None
    damage: str | None = None


def find_extent(window: Window, start: int, lengths: list[int], arc: bool, max_bytes: int) -> Extent:
    """The extent of the record whose block begins at `start`, in a header that says `lengths`.

    Looks ahead by `max_bytes` about at most, and searches no byte that the next record searches again.
    """
    for said in lengths:
        if _follows(window, start + said, start + max_bytes, arc):
            damage = None if said == lengths[0] else f"{_tell(lengths[0])}, and {said} as well"
            return Extent(start + said, damage)
    length = lengths[0] if lengths else None
    if length is not None and length > max_bytes:
        return _find_oversized(window, start, length, arc, max_bytes)
    return _find_damaged(window, start, length, arc, max_bytes)


def _follows(window: Window, end: int, most: int, arc: bool) -> bool:
    """Whether a record, or the end of the file, follows at `end`, which is not behind `most`."""
    if end > most:
        return False
    window.fill(end + LOOKAHEAD)
    if end > len(window.data) or (arc and _cuts_scheme(window, end)):
        return False
    return (AFTER_ARC if arc else AFTER_WARC).match(window.data, end, end + LOOKAHEAD) is not None


def _cuts_scheme(window: Window, end: int) -> bool:
    """Whether the line of an ARC record begins just before `end`: what is left of its scheme does, too."""
    begun = window.data.rfind(b"\n", max(0, end - _SCHEME_BYTES), end) + 1
    return 0 < begun < end and ARC_HEAD.match(window.data, begun) is not None


def _find_oversized(window: Window, start: int, length: int, arc: bool, max_bytes: int) -> Extent:
    """A length beyond all that is read is wrong where the response in the record says so."""
    head_ends = window.find_header(start, arc, start + MAX_HEAD_BYTES)
    said = _measure_response(window, start, head_ends)
    if said is not None and _follows(window, said, start + max_bytes, arc):
        return Extent(said, _tell_response(length, said - start))
    wrong = f"the record has {length} bytes, more than max_record_bytes ({max_bytes}); raise it"
    return Extent(None, wrong)


def _find_damaged(window: Window, start: int, length: int | None, arc: bool, max_bytes: int) -> Extent:
    """Behind whose length no record begins: what the response in it says, if one begins there; all of it,
    where it stands before the next record; else what there is up to that, or to the end."""
    most, here = start + max_bytes, len(window.data)
    end = here + 1 if length is None else start + length
    stands = end <= here
    cut = length is not None and not stands
    until = _find_whole(window, start, here, arc) if cut else _find_next(window, start, most, arc)
    said = _measure_response(window, start, until)
    if said is not None and said != end and _follows(window, said, most, arc):
        return Extent(said, _tell_response(length, said - start))
    if stands and (until is None or end <= until):
        good = said == end or (not arc and BLANK_LINE.match(window.data, end))
        return Extent(end, None if good else f"{_tell(length)}, but no record follows there")
    if until is None:
        return Extent(None, f"{_tell(length)}, and no record follows in {max_bytes} bytes; skipped")
    if stands and said == end and not _is_whole(window, until, most):
        return Extent(end)
    if window.fill(until + 1):
        return Extent(until, f"{_tell(length)}, and {until - start} up to the next record")
    return Extent(until, _tell_cut(window, until - start, length))


def _find_next(window: Window, start: int, most: int, arc: bool) -> int | None:
    """Where the next record begins, not behind `most`; in a member of one record only a whole one does."""
    until = window.find_header(start, arc, most)
    member = None if until is None else window.find_member_end(start, most)
    if until is None or member is None or until >= member:
        return until
    return _find_whole(window, start, member, arc)


def _tell_cut(window: Window, size: int, length: int | None) -> str:
    packed = window.take_cut()
    why = f": {packed.damage}" if packed else ""
    of = "bytes" if length is None else f"of its {length} bytes"
    return f"the record is cut off: {size} {of} are there{why}"


def _tell(length: int | None) -> str:
    return "wrong length: " + ("none" if length is None else f"{length} bytes") + " declared"


def _tell_response(length: int | None, said: int) -> str:
    return f"{_tell(length)}, and {said} by the response in it"


def _measure_response(window: Window, start: int, until: int | None) -> int | None:
    """Where the response in a record ends by its own header, which ends before `until`."""
    if not window.data.startswith(b"HTTP/", start):
        return None
    most = start + MAX_HEAD_BYTES
    blank = BLANK_LINE.search(window.data, start, most if until is None else min(until, most))
    lengths = read_lengths(window.take(start, blank.end())) if blank else []
    return blank.end() + lengths[0] if blank and lengths else None


def _is_whole(window: Window, at: int, most: int) -> bool:
    """Whether the record whose header stands at `at` ends where another follows, before `most`."""
    if (found := measure(window.data, at)) is None or (end := sum(found)) > most:
        return False
    window.fill(end + LOOKAHEAD)
    return end <= len(window.data) and FOLLOWS.match(window.data, end, end + LOOKAHEAD) is not None


def _find_whole(window: Window, start: int, end: int, arc: bool) -> int:
    """Of a file, or a member of one record, that ends at `end`, which the window holds: where a whole record
    begins in it, or else `end`. What only looks like a header is text of a page."""
    pattern = NEXT_ARC if arc else NEXT_WARC
    places = (found.end() for found in pattern.finditer(window.data, start - 1, end))
    return next((at for at in islice(places, MAX_TRIES) if _is_whole(window, at, end)), end)


def find_glued(window: Window, start: int, until: int, most: int) -> int | None:
    """The header of a whole WARC record that begins no line, between two places in garbage.

    Of those before one blank line the last is tried.
    """
    while (at := window.data.find(b"WARC/", start, until)) >= 0:
        window.fill(at + LOOKAHEAD)
        blank = window.data.find(b"\r\n\r\n", at, at + LOOKAHEAD)
        if blank < 0:  # no header that begins in the first half of these has its end there
            start = at + LOOKAHEAD // 2
            continue
        glued = window.data.rfind(b"WARC/", at, min(blank, until))
        if GLUED_WARC.match(window.data, glued):
            block = blank + 4
            lengths = read_lengths(window.take(glued, block))
            if lengths and _follows(window, block + lengths[0], most, arc=False):
                return glued
        start = blank
    return None
