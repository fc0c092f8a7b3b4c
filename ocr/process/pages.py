"""Pages of one PDF, read in a child process that may die or hang: each such end costs one page."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60  # a Python start on a busy machine, on top of the seconds for a page
MAX_DEATHS = 20
MAX_FILE_BYTES = 1_000_000_000  # of what the child says; the text of a large book is 10 MB
CHUNK = 1 << 16


class ChildEnd(Exception):
    """The child gives no further line; the message says how it ended."""


def read_pages(
    path: str, *, page_seconds: float, max_memory_mb: int, max_pages: int
) -> Iterator[dict[str, Any]]:
    """What the child says of the file (see `ocr.process.child`): the head, then each page in order.

    A page that crashes the child, or takes longer than `page_seconds`, comes as `{"page", "error"}`, and
    a new child goes on behind it. After `MAX_DEATHS` of them the rest is given up: `{"page", "lost"}`.
    """
    head: dict[str, Any] | None = None
    following, deaths = 0, 0
    while head is None or following < min(head["pages"], max_pages):
        child = _start(path, following, max_pages, max_memory_mb, page_seconds)
        try:
            lines = _read_lines(child, page_seconds)
            opened = next(lines)
            if head is None:
                head = opened
                yield head
            if "error" in opened:
                if following:
                    yield {"page": following, "lost": opened["error"]}
                return
            while following < min(head["pages"], max_pages):
                page = next(lines)
                following += 1
                yield page
        except ChildEnd as end:
            if head is None:
                yield {"error": f"opening it {end}: leave it out, or repair it with `qpdf`"}
                return
            deaths += 1
            yield {"page": following, "error": f"the page {end}; the pages around it are kept"}
            following += 1
            if deaths >= MAX_DEATHS and following < min(head["pages"], max_pages):
                yield {"page": following, "lost": f"{deaths} pages stopped the reader"}
                return
        finally:
            _stop(child)


def _start(path: str, first: int, max_pages: int, memory: int, seconds: float) -> subprocess.Popen[bytes]:
    modules = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ocr.process.child",
            path,
            str(first),
            str(max_pages),
            str(memory),
            str(seconds),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": modules},
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    if child.stdout:
        child.stdout.close()


def _read_lines(child: subprocess.Popen[bytes], seconds: float) -> Iterator[dict[str, Any]]:
    """The child's lines; ChildEnd where the next one does not come in time, or the child is dead."""
    assert child.stdout is not None
    pipe = child.stdout.fileno()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    waiting, total, patience = bytearray(), 0, seconds + START_SECONDS
    deadline = time.monotonic() + patience
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise ChildEnd(f"took longer than {patience:g} s")
        data = os.read(pipe, CHUNK)
        if not data:
            raise ChildEnd(_name_death(child.wait()))
        waiting += data
        total += len(data)
        if total > MAX_FILE_BYTES:
            raise ChildEnd(f"gave more than {MAX_FILE_BYTES:,} bytes of text and places")
        if b"\n" in data:
            *whole, rest = waiting.split(b"\n")
            waiting = bytearray(rest)
            for line in whole:
                yield json.loads(line)
            patience = seconds
            deadline = time.monotonic() + patience


def _name_death(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "took too much processor time"
    return f"crashed the reader (signal {-code})" if code < 0 else f"ended the reader (exit code {code})"
