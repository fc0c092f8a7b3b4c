"""Bounds on child processes, which are lowered and never raised, and what is told of a child that died.

A shell may have set bounds before us (`ulimit`): where one of these ends a child, that is what is said.
"""

import os
import resource
import signal
import subprocess
import threading
import time
from typing import IO, NamedTuple

END_SECONDS = 5.0  # for a child that has closed its pipe to end by itself
_SAID_BYTES = 2_000
_MEMORY = ((resource.RLIMIT_DATA, "-d"), (resource.RLIMIT_AS, "-v"))


class Death(NamedTuple):
    """How a child ended: its exit code, what it said last, and the shell's bound that ended it, if any."""

    code: int
    said: str
    bound: str

    def __str__(self) -> str:
        how = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        return f"{how}: {self.said}" if self.said else how


class Words:
    """The last bytes of what a child says on its standard error."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.pipe, self.said = pipe, b""
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with self.pipe:
            for data in iter(lambda: os.read(self.pipe.fileno(), _SAID_BYTES), b""):
                self.said = (self.said + data)[-_SAID_BYTES:]

    def read_last(self) -> str:
        """The last line, as text for people."""
        self.thread.join(1.0)
        lines = self.said.decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def lower(which: int, value: int) -> None:
    """Set a bound of this process, where it has no lower one already."""
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def allow_seconds(seconds: float) -> None:
    """Let this process have so much more processor time; then, or before the shell's bound, it is ended by a
    signal of its own (SIGXCPU)."""
    soft, hard = int(time.process_time() + seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, max(hard - 1, 1))
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def name_memory(memory: int) -> str:
    """What bounds a child's memory: `max_memory_mb`, which says `memory`, or the shell."""
    found = ((resource.getrlimit(which)[1], flag) for which, flag in _MEMORY)
    tighter = [(limit, flag) for limit, flag in found if limit != resource.RLIM_INFINITY and limit < memory]
    if not tighter:
        return "max_memory_mb allows: raise it"
    limit, flag = min(tighter)
    return f"this shell allows (ulimit {flag} {limit // 1024}): raise that"


def bury(process: subprocess.Popen[bytes], words: Words | None = None) -> Death:
    """How a child that gives no answer ended; it is killed only where it does not end by itself."""
    used, until = 0.0, time.monotonic() + END_SECONDS
    while process.returncode is None:
        try:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        except ChildProcessError:  # it was waited for elsewhere
            process.wait()
            break
        if pid:
            process.returncode, used = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        elif time.monotonic() > until:
            process.kill()
            until = float("inf")
        else:
            time.sleep(0.01)
    assert process.returncode is not None
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    # The kernel counts in ticks towards the bound, and more finely what it tells here.
    of_shell = hard != resource.RLIM_INFINITY and used >= 0.7 * hard - 1
    ended = of_shell and process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    bound = f"this shell's bound on processor time (ulimit -t {hard})" if ended else ""
    return Death(process.returncode, words.read_last() if words else "", bound)
