"""What models were asked and said, on disk: one file of JSON lines, which only grows.

Before a request is sent a line says what it may cost at most, and when it has ended another one says what
it did cost and what came of it. A first line without the second is a request that was under way when the
process died: it stays charged at the most. Lines are written in groups, and each group is on the disk
(fsync) before what waits for it goes on, so that a thousand requests a second need a few writes.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

from winnow.classifiers.raters.store import CHANGED, open_plain, proves, seal

NAME = "requests.jsonl"
CURE = "mend the line, or remove it, and what it says may be asked and paid for again"


class Past(NamedTuple):
    """What is known of a request: the place of its answer in the file (-1: none), attempts, the last
    fault, and what all attempts did cost."""

    place: int = -1
    attempts: int = 0
    fault: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    fault_place: int = -1


class Log:
    """The store of one folder, held by this process alone.

    Memory: some 300 bytes a request; answers stay on the disk.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.past: dict[bytes, Past] = {}
        self._open: dict[bytes, Past] = {}
        self._pending: list[bytes] = []
        self._written: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self.end = self._read()

    def _read(self) -> int:
        """Take in what stands in the file, and leave it with a whole line at its end. ValueError, with the
        line, where a whole one is no request."""
        place = 0
        self.file.seek(0)
        for number, line in enumerate(self.file, 1):
            try:
                record = json.loads(line)
            except ValueError:  # the end of a write that was cut off
                record = None
            if record is not None:
                self._prove(record, number)
                _check(record, f"{self.file.name}:{number}")
                self._enter(record, place)
            place += len(line)
        for key in list(self._open):
            self._close(key, "lost", self._open[key], -1)
        if place:
            self.file.seek(place - 1)
            if self.file.read(1) != b"\n":
                self.file.write(b"\n")
                place += 1
        return place

    def _prove(self, record: Any, number: int = 0) -> Any:
        if not proves(record):
            where = f"{self.file.name}:{number}" if number else f"a line of {self.file.name}"
            raise ValueError(f"{where} {CHANGED}: {CURE}")
        return record

    def _enter(self, record: dict[str, Any], place: int) -> None:
        key = bytes.fromhex(record["key"])
        paid = Past(-1, 1, None, record["in"], record["out"], Decimal(record["cost"]))
        if record["sent"]:
            if key in self._open:
                self._close(key, "lost", self._open[key], -1)
            self._open[key] = paid
        else:
            self._close(key, record["fault"], paid, place)

    def _close(self, key: bytes, fault: str | None, paid: Past, place: int) -> None:
        self._open.pop(key, None)
        before = self.past.get(key, Past())
        self.past[key] = Past(
            before.place if fault else place,
            before.attempts + 1,
            fault,
            before.tokens_in + paid.tokens_in,
            before.tokens_out + paid.tokens_out,
            before.cost + paid.cost,
            place if fault else -1,
        )

    def read_fault(self, key: bytes) -> str | None:
        """What a server said in place of an answer at the last attempt."""
        past = self.past.get(key)
        if past is None or past.fault_place < 0:
            return None
        self.file.seek(past.fault_place)
        return str(self._prove(json.loads(self.file.readline()))["text"]) or None

    def read_answer(self, key: bytes) -> dict[str, Any] | None:
        """What a model said: `text`, `finish`, `tokens_in`, `tokens_out`; None where it never answered."""
        past = self.past.get(key)
        if past is None or past.place < 0:
            return None
        self.file.seek(past.place)
        record = self._prove(json.loads(self.file.readline()))
        return {"text": record["text"], "finish": record["finish"]}

    async def announce(self, key: bytes, tokens_in: int, tokens_out: int, cost: Decimal) -> None:
        """Say that a request is sent, and what it may cost; on return it is on the disk."""
        paid = {"in": tokens_in, "out": tokens_out, "cost": str(cost)}
        await self._write({"key": key.hex(), "sent": True, **paid})

    async def conclude(
        self, key: bytes, paid: tuple[int, int, Decimal], fault: str | None, text: str, finish: str | None
    ) -> None:
        """Say what came of a request; on return it is on the disk, and only then it counts."""
        record = {"key": key.hex(), "sent": False, "in": paid[0], "out": paid[1], "cost": str(paid[2])}
        said = {"fault": fault, "text": text, "finish": finish}
        place = await self._write(record | said)
        self._close(key, fault, Past(-1, 1, None, *paid), place)

    async def _write(self, record: dict[str, Any]) -> int:
        line = seal(record)
        place, self.end = self.end, self.end + len(line)
        self._pending.append(line)
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        done = self._written
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())
        await asyncio.shield(done)
        return place

    async def _flush(self) -> None:
        """Write what waits, group by group, until nothing waits."""
        while self._pending and self._written:
            lines, done = self._pending, self._written
            self._pending, self._written = [], None
            try:
                await asyncio.to_thread(_append, self.file, b"".join(lines))  # a disk may take its time
            except OSError as error:
                done.set_exception(error)
                return
            done.set_result(None)


def _check(record: Any, place: str) -> None:
    try:
        bytes.fromhex(record["key"])
        is_told = isinstance(record["sent"], bool) and (
            record["sent"] or (isinstance(record["text"], str) and {"fault", "finish"} <= record.keys())
        )
        tokens, cost = (record["in"], record["out"]), Decimal(record["cost"])
        if (
            is_told
            and all(type(one) is int and one >= 0 for one in tokens)
            and cost.is_finite()
            and cost >= 0
        ):
            return
    except (ValueError, TypeError, KeyError, ArithmeticError):
        pass
    raise ValueError(f"{place} is no request with its tokens, its cost and its answer: {CURE}")


def _append(file: IO[bytes], lines: bytes) -> None:
    file.seek(0, os.SEEK_END)
    file.write(lines)
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def hold(folder: Path) -> Iterator[Log]:
    """The store in a folder, which no other process asks with meanwhile: one that does is waited for, or
    both would pay for the same."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        fcntl.flock(opened.enter_context(open_plain(folder / "lock", "ab")), fcntl.LOCK_EX)
        # Only now: who held it may have put another file in its place, as a take-down does.
        file = opened.enter_context(open_plain(folder / NAME, "a+b"))
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        yield Log(file)
