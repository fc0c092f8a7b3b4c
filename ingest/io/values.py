"""Objects of a JSON array, one by one, in memory that one of them bounds.

A streaming parser (ijson) gives up at the first damaged byte, holds a string however long it is, and does not
say where an item stands. Here brackets and strings alone are followed, each item is parsed by itself, and
behind a damaged one reading goes on at the next that opens as the first one did.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from winnow.ingest.io.byte_range import Piece

# A bracket, or a string with its closing quote if that has come.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("?)|[\[\]{}]', re.DOTALL)
_OPENS = re.compile(rb'\{\s*"(?:[^"\\]|\\.){0,200}?"\s*:', re.DOTALL)
_OPENS_BYTES = 1_000
_BLANK = b" \t\r\n,"


class Value(NamedTuple):
    """An object of the file, or what stands in its place: where it begins, and what is wrong."""

    place: int
    record: dict[str, Any] | None = None
    error: str | None = None


def read_values(source: Iterator[Piece], max_bytes: int) -> Iterator[Value]:
    """The objects in an array, or one behind the other, each with its byte in what is unpacked.

    Errors: an item that is no object, no JSON or no UTF-8, of more than `max_bytes`, or damaged. Holds one
    item and one piece.
    """
    cutter = _Cutter(max_bytes)
    for piece in source:
        if piece.damage:
            yield from cutter.close(piece.damage)
        else:
            yield from cutter.feed(piece.data)
    yield from cutter.close(None)


class _Cutter:
    """What was read and is not yet given: `data`, whose first byte is byte `place` of the file."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.data, self.place = bytearray(), 0
        self.looked, self.waits = 0, 0  # bytes that were followed, and how many must be there to go on
        self.depth, self.array = 0, False
        self.begin: int | None = None  # where the item that is open begins
        self.opens = _OPENS
        self.lost = False  # whether what comes next is the rest of something damaged
        self.spent = 0  # bytes that were followed in vain, and may be followed again

    def feed(self, data: bytes) -> Iterator[Value]:
        if not self.place and not self.data and not self.array:
            data = data.removeprefix(b"\xef\xbb\xbf")
        self.data += data
        if self.lost and not self._find_next():
            return
        while len(self.data) >= self.waits:
            yield from self._follow(last=False)
            self._forget()
            if self.lost or len(self.data) <= self.max_bytes:
                return
            begin = self.begin or 0
            yield Value(self.place + begin, error=self._format_long())
            self._resume(begin + 1)
            if self.lost:
                return

    def close(self, damage: str | None) -> Iterator[Value]:
        """The end of the file, or of what can be read in one piece."""
        yield from self._follow(last=True)
        while self.begin is not None:
            if damage is None:
                yield Value(
                    self.place + self.begin,
                    error="cut off inside an item, or a bracket or a quote is missing",
                )
            self._resume(self.begin + 1)
            yield from self._follow(last=True)
        yield from self._name_stray(len(self.data))
        self.lost = damage is not None
        if damage is not None:
            yield Value(self.place + len(self.data), error=damage)
        self.place += len(self.data) + 1
        self.data, self.looked, self.waits = bytearray(), 0, 0

    def _follow(self, *, last: bool) -> Iterator[Value]:
        self.waits = 0
        while not self.lost and (token := _TOKEN.search(self.data, self.looked)):
            sign = token[0][:1]
            if sign == b'"' and not token[1]:
                if not last:
                    self.looked, self.waits = token.start(), 2 * len(self.data) - token.start()
                return
            self.looked = token.end()
            if sign != b'"':
                yield from self._turn(sign, token.start(), token.end())
        self.looked = len(self.data)

    def _turn(self, sign: bytes, start: int, end: int) -> Iterator[Value]:
        if sign in b"{[":
            if self.begin is None and not self.array and sign == b"[":
                self.array = True
                self._skip(end)
                return
            if self.begin is None:
                yield from self._name_stray(start)
                self.begin = start
            self.depth += 1
        elif self.begin is not None:
            self.depth -= 1
            if not self.depth:
                yield self._parse(self.begin, end)
        else:
            yield from self._name_stray(start)
            self._skip(end)

    def _parse(self, begin: int, end: int) -> Value:
        place, item = self.place + begin, bytes(self.data[begin:end])
        self.begin = None
        if len(item) > self.max_bytes:
            self._skip(end)
            return Value(place, error=self._format_long())
        try:
            record = json.loads(item)
        except UnicodeDecodeError as error:
            wrong = f"invalid UTF-8 at byte {error.start} of the item"
        except (ValueError, RecursionError) as error:
            wrong = f"invalid JSON: {error}"
        else:
            self._skip(end)
            if not isinstance(record, dict):
                return Value(place, error=f"a JSON {type(record).__name__}, not an object")
            if self.opens is _OPENS and (first := _OPENS.match(item)):
                key = re.escape(re.sub(rb"[\s{:]", b"", first[0]))
                self.opens = re.compile(rb"\{\s*" + key + rb"\s*:")
            return Value(place, record)
        self._resume(begin + 1)
        return Value(place, error=wrong)

    def _find_next(self) -> bool:
        """Skip the rest of an item that was damaged; False where no other opens in what is held."""
        found = self.opens.search(self.data)
        self.lost = found is None
        if found or len(self.data) > _OPENS_BYTES:
            self._skip(found.start() if found else len(self.data) - _OPENS_BYTES)
        return not self.lost

    def _format_long(self) -> str:
        return f"the item has more than max_record_bytes ({self.max_bytes}); raise it"

    def _resume(self, start: int) -> None:
        """Go on at the next item that opens as the first one did; what is held may end within its opening."""
        self.spent += max(self.looked, self.waits) - start
        again = self.spent <= 8 * self.max_bytes + 2 * self.place  # time stays linear in the file's bytes
        found = self.opens.search(self.data, start) if again else None
        self.lost = found is None  # what comes next may be the rest of this one
        self.depth, self.begin, self.waits = 0, None, 0
        self._skip(found.start() if found else max(start, len(self.data) - _OPENS_BYTES))

    def _skip(self, end: int) -> None:
        del self.data[:end]
        self.place += end
        self.looked = 0

    def _name_stray(self, end: int) -> Iterator[Value]:
        stray = bytes(self.data[:end]).strip(_BLANK)
        if stray and not self.lost:
            yield Value(self.place, error=f"no object but {stray[:40].decode('utf-8', 'replace')!r}")
        if stray:
            self.data[:end] = b" " * end
        self.lost = False

    def _forget(self) -> None:
        """Between items nothing but white space need be held."""
        if self.begin is None and not self.waits and not self.data.strip(_BLANK):
            self._skip(len(self.data))
