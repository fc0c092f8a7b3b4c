"""The unpacked bytes of an archive, as far as anyone has looked."""

from collections import deque
from collections.abc import Callable, Iterator

from winnow.ingest.archive.grammar import (
    BLANK_LINE,
    BOM,
    LOOKAHEAD,
    MAX_HEAD_BYTES,
    NEXT_ANY,
    NEXT_ARC,
    NEXT_WARC,
)
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.splits import make_address


class Window:
    """The unpacked bytes from the current position on, as far as anyone has looked."""

    def __init__(self, source: Iterator[Piece], start: int, plain: bool) -> None:
        self.source, self.start, self.plain = source, start, plain
        self.data = bytearray()
        self.offset = 0  # unpacked offset of data[0]
        self.members: deque[tuple[int, int]] = deque()  # unpacked and packed offset of a member's start
        self.damages: deque[tuple[int, Piece]] = deque()  # with the unpacked offset
        self.cut: Piece | None = None  # where the file ends within what is packed
        # Packed offset of the member located in last, and the number there.
        self.member, self.count = start, -1
        self.shared = False  # by several things, as any member was
        self.looked = self.blank = 0  # no blank line between these unpacked offsets

    def fill(self, size: int) -> bool:
        """Look ahead until `size` bytes are there; False where the file ends before."""
        while len(self.data) < size:
            piece = next(self.source, None)
            if piece is None:
                return False
            here = self.offset + len(self.data)
            if piece.cut_off:
                self.cut = piece
                continue
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

    def skip_mark(self) -> None:
        """Pass over a byte order mark."""
        if self.fill(len(BOM)) and self.data.startswith(BOM):
            self.drop(len(BOM))

    def skip_blank(self) -> bool:
        """Pass over line ends and padding between records; False at the end of the file."""
        while self.fill(1):
            rest = self.data[:LOOKAHEAD].lstrip(b"\r\n\0")
            self.drop(min(len(self.data), LOOKAHEAD) - len(rest))
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
        self.shared |= self.count > 0
        self.member = member
        return make_address(what, member, self.count)

    def damage_within(self, size: int) -> Piece | None:
        """The first damage before or among the next `size` bytes, taken off the list."""
        if self.damages and self.damages[0][0] - self.offset < size:
            return self.damages.popleft()[1]
        return None

    def take_cut(self) -> Piece | None:
        """Where the file ends within what is packed, told once."""
        cut, self.cut = self.cut, None
        return cut

    def find_blank_line(self, start: int) -> int | None:
        """Behind the first blank line from `start` on that ends a header here; no byte is looked at twice."""
        for size in (LOOKAHEAD, MAX_HEAD_BYTES):
            self.fill(size)
            known = self.looked <= self.offset + start <= self.blank
            begin = self.blank - self.offset if known else start
            found = BLANK_LINE.search(self.data, begin, MAX_HEAD_BYTES)
            if not known:
                self.looked = self.offset + start
            self.blank = self.offset + (
                found.start() if found else max(begin, min(len(self.data), MAX_HEAD_BYTES) - 3)
            )
            if found:
                return found.end()
        return None

    def find_member_end(self, start: int, most: int) -> int | None:
        """Where the packed member ends whose one record has its block at `start`; None where it may hold
        others, or goes on behind `most`."""
        if self.plain or self.shared:
            return None
        more = True
        while more and not self.members and len(self.data) <= most:
            more = self.fill(len(self.data) + LOOKAHEAD)
        end = self.members[0][0] - self.offset if self.members else len(self.data)
        return end if start < end <= most else None

    def find_header(self, start: int, arc: bool, most: int) -> int | None:
        """Where the next record header begins, at or behind `start`, or the file ends; None where that is
        behind `most`."""
        pattern, begin = NEXT_ARC if arc else NEXT_WARC, start - 1
        while True:
            more = self.fill(min(len(self.data), most) + LOOKAHEAD)
            if found := pattern.search(self.data, begin):
                return found.end() if found.end() <= most else None
            if not more or len(self.data) > most + LOOKAHEAD:
                return None if more or len(self.data) > most else len(self.data)
            begin = max(start - 1, len(self.data) - LOOKAHEAD)  # a header may lie across the edge

    def seek_header(
        self, start: int, arc: bool | None, find_glued: Callable[[int, int], int | None] | None = None
    ) -> None:
        """Go to the next record header at or behind `start`, or to the end of the file; or to what
        `find_glued` finds between two places before."""
        pattern = NEXT_ANY if arc is None else NEXT_ARC if arc else NEXT_WARC
        start -= 1  # the line end before the header
        while True:
            more = self.fill(start + LOOKAHEAD)
            found = pattern.search(self.data, start)
            until = found.end() if found else len(self.data)
            if find_glued and (at := find_glued(start + 1, until)) is not None:
                return self.drop(at)
            if found:
                return self.drop(found.end())
            if not more:
                return self.drop(len(self.data))
            self.drop(len(self.data) - LOOKAHEAD // 2)  # a header may lie across the edge
            start = 0
