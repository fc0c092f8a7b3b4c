"""Office files, read in a child process that may die of one: that costs this one.

Processor time and memory are bounded by the kernel (RLIMIT_CPU, RLIMIT_DATA): the child has the file's bytes
and waits for nothing else, so that it cannot hang without spending its time.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_FILES = 500  # of one child
_idle: list["Child"] = []
_lock = threading.Lock()


class Child:
    """A process that reads office files, one after the other."""

    def __init__(self, max_memory_mb: int) -> None:
        modules = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.max_memory_mb, self.files, self.owner = max_memory_mb, 0, os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingest.suite.child", str(max_memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": modules, "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout is not None
        if not self.process.stdout.readline():  # it says so once it has imported what it needs
            self.stop()
            raise ImportError("the reader of office files cannot start: `make setup` installs what it needs")

    def ask(self, data: bytes, asked: dict[str, Any]) -> dict[str, Any] | None:
        """The child's answer; None where it died."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.files += 1
        try:
            self.process.stdin.write(json.dumps({"size": len(data), **asked}).encode() + b"\n" + data)
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def stop(self) -> int:
        """Kill it, if it is not dead; how it ended."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]
        return self.process.wait()


def read_apart(data: bytes, *, max_memory_mb: int, **asked: Any) -> dict[str, Any]:
    """What `ingest.suite.child` answers to a file; an `error` where the file kills it."""
    child = _take(max_memory_mb)
    answer = None
    try:
        answer = child.ask(data, asked)
    finally:
        if answer is None:
            code = child.stop()
    if answer is None:
        return {"error": _name_death(code, asked["max_seconds"])}
    if child.files >= MAX_FILES or len(data) > max_memory_mb << 18:
        child.stop()  # a large file leaves a large process
    else:
        with _lock:
            _idle.append(child)
    return answer


def _take(max_memory_mb: int) -> Child:
    """A child that waits, or a new one; those of a process that this one was forked from are not ours."""
    with _lock:
        for child in list(_idle):
            if child.owner != os.getpid():
                _idle.remove(child)
            elif child.max_memory_mb == max_memory_mb:
                _idle.remove(child)
                if child.process.poll() is None:
                    return child
                child.stop()
    return Child(max_memory_mb)


def _name_death(code: int, max_seconds: int) -> str:
    if code == -signal.SIGXCPU:
        return f"it took more than max_seconds ({max_seconds}) of processor time; raise it, or leave it out"
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return (
        f"reading it killed the reader ({how}), as too much memory does: raise max_memory_mb, or leave it out"
    )


@atexit.register
def stop_all() -> None:
    """Stop the children that wait."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                child.stop()
