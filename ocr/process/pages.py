"""Pages of one PDF, read in a child process that may die or hang: each such end costs one page.

A child stays for the next file (`ocr.process.child`), until it has read so many or grown so large.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from winnow import IMPORT_PATH
from winnow.ocr.process import limits

START_SECONDS = 10  # of processor time: a Python start, on top of the seconds for a page
HANG_SECONDS = 120  # of the clock, without a moment of processor time: not even on a machine that is too busy
MAX_DEATHS = 20
MAX_FILE_BYTES = 1_000_000_000  # of what the child says; the text of a large book is 10 MB
MAX_FILES = 500  # of one child
CHUNK = 1 << 16


class ChildEnd(Exception):
    """The child gives no further line; the message says how it ended, `bound` whether the shell ended it."""

    def __init__(self, told: str, bound: str = "") -> None:
        super().__init__(told)
        self.bound = bound


class Child:
    """A process that reads PDFs, one after the other."""

    def __init__(self, max_memory_mb: int, reader: str) -> None:
        modules = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
        one = {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
        self.max_memory_mb, self.reader, self.files, self.owner = max_memory_mb, reader, 0, os.getpid()
        self.fresh, self.waiting = True, bytearray()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "winnow.ocr.process.child", str(max_memory_mb), reader],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **one, "PYTHONPATH": modules},
        )
        assert self.process.stderr is not None
        self.words = limits.Words(self.process.stderr)

    def ask(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What the child says to a request, up to its end; ChildEnd where a line does not come in time, or
        the child is dead. ImportError where it cannot even start."""
        assert self.process.stdin is not None
        self.files += 1
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._end() from None
        for line in self._read_lines(request["page_seconds"]):
            if "ready" in line:
                self.fresh = False
                continue
            if "end" in line:
                self.files = MAX_FILES if line["end"] > self.max_memory_mb / 2 else self.files
                return
            yield line

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _read_lines(self, seconds: float) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        pipe = self.process.stdout.fileno()
        total, allowed = 0, seconds + (START_SECONDS if self.fresh else 0)
        while True:
            self._wait(pipe, allowed)
            data = os.read(pipe, CHUNK)
            if not data:
                raise self._end()
            self.waiting += data
            total += len(data)
            if total > MAX_FILE_BYTES:
                raise ChildEnd(f"gave more than {MAX_FILE_BYTES:,} bytes of text and places")
            if b"\n" in data:
                *whole, rest = self.waiting.split(b"\n")
                self.waiting = bytearray(rest)
                for line in whole:
                    yield json.loads(line)
                allowed = seconds

    def _end(self) -> Exception:
        death = limits.bury(self.process, self.words)
        if self.fresh and death.code != -signal.SIGXCPU:
            return ImportError(f"the reader of PDFs cannot start ({death})")
        if death.bound:
            return ChildEnd(f"was ended by {death.bound}", death.bound)
        if death.code == -signal.SIGXCPU:
            return ChildEnd("took too much processor time")
        return ChildEnd(f"{'crashed' if death.code < 0 else 'ended'} the reader ({death})")

    def _wait(self, pipe: int, seconds: float) -> None:
        """Until there is something to read; ChildEnd where the child has worked longer than that for it."""
        poll = select.poll()
        poll.register(pipe, select.POLLIN | select.POLLHUP)
        before = spent = self._count_seconds()
        left, moved = seconds, time.monotonic()
        while not poll.poll(min(max(left, 0.05), HANG_SECONDS) * 1000):
            now = self._count_seconds()
            left = seconds - (now - before)
            if left <= 0:
                raise ChildEnd(f"took longer than {seconds:g} s of processor time")
            if now > spent:
                spent, moved = now, time.monotonic()
            elif time.monotonic() - moved >= HANG_SECONDS:
                raise ChildEnd(f"did nothing for {HANG_SECONDS:g} s")

    def _count_seconds(self) -> float:
        """Processor time of the child so far: what a page takes of it does not depend on what else runs."""
        try:
            spent = psutil.Process(self.process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(spent.user + spent.system)


_idle: list[Child] = []
_lock = threading.Lock()


def read_pages(
    path: str,
    *,
    page_seconds: float,
    max_memory_mb: int,
    max_pages: int,
    languages: Sequence[str] = ("eng",),
    ocr: bool = True,
    pictures: str = "",
    engine: str = "tesseract",
    reader: str = "mupdf",
) -> Iterator[dict[str, Any]]:
    """What the child says of the file (see `ocr.process.child`): the head, then each page in order.

    A page that crashes the child, or takes longer than `page_seconds`, comes as `{"page", "error"}`, and
    a new child goes on behind it. After `MAX_DEATHS` of them the rest is given up: `{"page", "lost"}`.
    """
    asked = {"path": path, "max_pages": max_pages, "page_seconds": page_seconds}
    asked |= {"languages": list(languages), "ocr": ocr, "pictures": pictures, "engine": engine}
    head: dict[str, Any] | None = None
    following, deaths = 0, 0
    while head is None or following < min(head["pages"], max_pages):
        child, whole, first = _take(max_memory_mb, reader), False, following
        try:
            lines = child.ask(asked | {"first": following})
            opened = next(lines)
            if "error" in opened:
                whole = not list(lines)  # before it is told: who hears of an error asks for nothing more
                yield opened if head is None else {"page": following, "lost": opened["error"]}
                return
            if head is None:
                head = opened
                yield head
            for page in lines:
                following += 1
                yield page
            whole = True
        except ChildEnd as end:
            if end.bound and (child.files > 1 or following > first):
                continue  # it spent the shell's time on other files and pages
            if head is None:
                hint = "raise that" if end.bound else "leave it out, or repair it with `qpdf`"
                yield {"error": f"opening it {end}: {hint}"}
                return
            deaths += 1
            yield {"page": following, "error": f"the page {end}; the pages around it are kept"}
            following += 1
            if deaths >= MAX_DEATHS and following < min(head["pages"], max_pages):
                yield {"page": following, "lost": f"{deaths} pages stopped the reader"}
                return
        finally:
            _give_back(child, whole)


def _take(max_memory_mb: int, reader: str) -> Child:
    """A child that waits, or a new one; those of a process that this one was forked from are not ours."""
    with _lock:
        for child in list(_idle):
            if child.owner != os.getpid():
                _idle.remove(child)
            elif (child.max_memory_mb, child.reader) == (max_memory_mb, reader):
                _idle.remove(child)
                if child.process.poll() is None:
                    return child
                child.stop()
    return Child(max_memory_mb, reader)


def _give_back(child: Child, whole: bool) -> None:
    """One that is in the middle of a file, worn or too large is not kept."""
    if not whole or child.files >= MAX_FILES:
        child.stop()
        return
    with _lock:
        _idle.append(child)


@contextlib.contextmanager
def borrow(max_memory_mb: int, reader: str) -> Iterator[Child]:
    """A child for one request; it is stopped where that ends in an exception."""
    child, whole = _take(max_memory_mb, reader), False
    try:
        yield child
        whole = True
    finally:
        _give_back(child, whole)


def stop_all() -> None:
    """Stop the children that wait."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                child.stop()


atexit.register(stop_all)
