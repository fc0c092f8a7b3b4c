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
from typing import Any

from winnow import IMPORT_PATH
from winnow.ingest.io import limits

MAX_FILES = 500  # of one child
_idle: list["Child"] = []
_lock = threading.Lock()


class Child:
    """A process that reads office files, one after the other."""

    def __init__(self, max_memory_mb: int) -> None:
        modules = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
        self.max_memory_mb, self.files, self.owner = max_memory_mb, 0, os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "winnow.ingest.suite.child", str(max_memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": modules, "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout is not None and self.process.stderr is not None
        self.words = limits.Words(self.process.stderr)
        if not self.process.stdout.readline():  # it says so once it has imported what it needs
            raise ImportError(f"the reader of office files cannot start ({self.bury()})")

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

    def bury(self) -> limits.Death:
        """How it ended, where it gives no answer."""
        death = limits.bury(self.process, self.words)
        self.stop()
        return death

    def stop(self) -> None:
        """Kill it, if it is not dead."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]
        self.process.wait()


def read_apart(data: bytes, *, max_memory_mb: int, **asked: Any) -> dict[str, Any]:
    """What `ingest.suite.child` answers to a file; an `error` where the file kills it.

    One that the shell's bound on processor time ends may have spent it on other files: a new one is asked.
    """
    child = _take(max_memory_mb)
    answer, death = _ask(child, data, asked)
    if death is not None and death.bound and child.files > 1:
        child = Child(max_memory_mb)
        answer, death = _ask(child, data, asked)
    if answer is None:
        assert death is not None
        return {"error": _name_death(death, asked["max_seconds"], max_memory_mb)}
    if child.files >= MAX_FILES or len(data) > max_memory_mb << 18:
        child.stop()  # a large file leaves a large process
    else:
        with _lock:
            _idle.append(child)
    return answer


def _ask(
    child: Child, data: bytes, asked: dict[str, Any]
) -> tuple[dict[str, Any] | None, limits.Death | None]:
    """The answer, or how the child died of it."""
    try:
        answer = child.ask(data, asked)
    except BaseException:
        child.stop()
        raise
    return answer, child.bury() if answer is None else None


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


def _name_death(death: limits.Death, max_seconds: int, max_memory_mb: int) -> str:
    if death.bound:
        return f"{death.bound} ended it: raise that, or leave the file out"
    if death.code == -signal.SIGXCPU:
        return f"it took more than max_seconds ({max_seconds}) of processor time; raise it, or leave it out"
    if death.code >= 0:
        return f"the reader ended ({death}): leave the file out"
    memory = limits.name_memory(max_memory_mb << 20)
    told = f"reading it killed the reader ({death}), as what needs more memory than {memory}"
    return f"{told}, or leave the file out"


@atexit.register
def stop_all() -> None:
    """Stop the children that wait."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                child.stop()
