"""A PDF's pages out of a child process, with a deadline for each and a limit on memory."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_MAX_FAILURES = 5  # pages in a row, after which a document is given up
_START_SECONDS = 60.0
_idle: dict[int, list["_Child"]] = {}  # by memory limit: starting one costs more than reading a short PDF


class _Died(Exception):
    """The child gave no answer; the message says why."""


class _Child:
    def __init__(self, max_memory_mb: int) -> None:
        path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
        # A Popen, not multiprocessing: workers of a pool are daemons and may have no such children.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ocr.pdf_child", str(max_memory_mb << 20)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.owner = os.getpid()
        self.received = b""

    def ask(self, path: str, first: int, max_pages: int) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(
                json.dumps({"path": path, "first": first, "max_pages": max_pages}).encode() + b"\n"
            )
            self.process.stdin.flush()
        except BrokenPipeError:
            raise _Died("the process has ended") from None

    def answer(self, timeout: float) -> dict[str, Any]:
        assert self.process.stdout is not None
        pipe = self.process.stdout.fileno()
        deadline = time.monotonic() + timeout
        parts = [self.received]
        while b"\n" not in parts[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise _Died(f"no result after {timeout:g} seconds; page_timeout sets the limit")
            part = os.read(pipe, 1 << 20)
            if not part:
                code = self.process.wait()
                raise _Died(f"MuPDF crashed ({f'signal {-code}' if code < 0 else f'exit code {code}'})")
            parts.append(part)
        line, _, self.received = b"".join(parts).partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def _taken(max_memory_mb: int) -> "_Child":
    idle = _idle.setdefault(max_memory_mb, [])
    while idle:
        child = idle.pop()
        if child.owner == os.getpid() and child.process.poll() is None:
            return child
    return _Child(max_memory_mb)


def pages(path: str, *, page_timeout: float, max_memory_mb: int, max_pages: int) -> Iterator[dict[str, Any]]:
    """What `ocr.pdf_child` says of the file: first the document, then each page, in order.

    A page that takes longer than `page_timeout` seconds, or kills the child, is {"page", "error"}; the
    pages after it come from a new child. After five such in a row the rest is one {"page", "rest", "error"}.
    """
    about: dict[str, Any] | None = None
    first, failures = 0, 0
    while about is None or first < min(about["pages"], max_pages):
        child, busy = _taken(max_memory_mb), True
        try:
            for answer in _answers(child, path, first, page_timeout, max_pages):
                if "page" in answer:
                    first, failures = first + 1, 0
                    yield answer
                elif about is None or "error" in answer:
                    about = {"pages": 0, **answer}
                    yield answer
            busy = False
            _idle[max_memory_mb].append(child)
            return
        except _Died as death:
            failures += 1
            if about is None:
                yield {"error": f"cannot be opened: {death}"}
                return
            yield {"page": first, "rest": failures >= _MAX_FAILURES, "error": str(death)}
            first += 1
            if failures >= _MAX_FAILURES:
                return
        finally:
            if busy:
                child.stop()


def _answers(
    child: _Child, path: str, first: int, page_timeout: float, max_pages: int
) -> Iterator[dict[str, Any]]:
    child.ask(path, first, max_pages)
    about = child.answer(_START_SECONDS + page_timeout)
    yield about
    for _ in range(first, min(about.get("pages", 0), max_pages)):
        yield child.answer(page_timeout)
