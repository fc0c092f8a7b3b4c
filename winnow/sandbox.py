"""Child processes for what may crash, hang or grow: parsers of hostile files, a step that lost its workers.

A child is `python -m MODULE`. Both sides speak in messages, a length and so many bytes, over its standard
input and output. The kernel bounds what it takes (memory, processor time), and not what it may do: bounds are
lowered, never raised, and where one of the shell's (`ulimit`) ends a child, that is what is said. A child
whose parent is gone reads the end of its input; its bound on processor time ends one that works then.
"""

import atexit
import contextlib
import os
import resource
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from subprocess import PIPE, Popen
from typing import IO, Any, BinaryIO, TypeVar, cast

from winnow import IMPORT_PATH

START_SECONDS = 10  # of processor time: a Python start, on top of the seconds for its first message
HANG_SECONDS = 120  # of the clock, without a moment of processor time: not even on a machine that is too busy
END_SECONDS = 5.0  # for a child that has closed its pipe to end by itself
MAX_JOBS = 500  # of one child
_SAID_BYTES = 2_000
_LENGTH = struct.Struct(">Q")
_MEMORY = ((resource.RLIMIT_DATA, "-d"), (resource.RLIMIT_AS, "-v"))


class Death(Exception):
    """A child gives no answer any more; as a text, how it ended and what it said last.

    `kind`: "signal" or "exit" (`code` is its exit code, minus the signal), "shell" (a bound of the shell's on
    processor time, named by `bound`), "time" (the bound that it had set itself); or why its parent gives up:
    "deadline" (processor time), "hang" (none of it for HANG_SECONDS), "flood" (more bytes than it may say).
    """

    def __init__(self, kind: str, code: int = 0, said: str = "", bound: str = "") -> None:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        super().__init__(f"{how}: {said}" if said else how)
        self.kind, self.code, self.said, self.bound = kind, code, said, bound


class Child:
    """A process that does one job after the other.

    `fresh`: it has not said yet that it is ready; `busy`: it is in the middle of a job; `jobs`: how many it
    was given; `bounds`: the shell's on processor time, where not only the hard one of this process holds.
    """

    bounds: Sequence[int] | None = None

    def __init__(
        self, module: str, *arguments: object, stdin: int | BinaryIO = PIPE, listen: bool = True, **env: str
    ) -> None:
        """`listen`: what it says on its standard error is kept for its death, else it is shown."""
        modules = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
        self.owner, self.fresh, self.busy, self.jobs, self._said = os.getpid(), True, False, 0, b""
        self.process = Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=stdin,
            stdout=PIPE,
            stderr=PIPE if listen else None,
            env={**os.environ, **env, "PYTHONPATH": modules},
        )
        self.output = cast("IO[bytes]", self.process.stdout).fileno()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        if listen:
            self._listener.start()

    def send(self, *messages: bytes) -> None:
        """Give it a job. Raises Death."""
        self.jobs, self.busy = self.jobs + 1, True
        pipe = cast("BinaryIO", self.process.stdin)
        try:
            for message in messages:
                write_message(pipe, message)
        except BrokenPipeError:
            raise self.bury() from None

    def receive(self, seconds: float | None = None, max_bytes: int | None = None) -> bytearray:
        """Its next message, for which it may take so many seconds of processor time. Raises Death."""
        if self.fresh:  # an empty message
            self._take(_LENGTH.size, None if seconds is None else seconds + START_SECONDS)
            self.fresh = False
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size, seconds))
        if max_bytes is not None and length > max_bytes:
            raise Death("flood")
        return self._take(length, seconds)

    def bury(self) -> Death:
        """How it ended, where it gives no answer; it is killed only where it does not end by itself."""
        used, code = _wait_for_end(self.process), cast("int", self.process.returncode)
        bounds = self.bounds or (resource.getrlimit(resource.RLIMIT_CPU)[1],)
        # The kernel counts in ticks towards a bound, and more finely what it tells here.
        spent = [each for each in bounds if each != resource.RLIM_INFINITY and used >= 0.7 * each - 1]
        by_shell = spent and -code in (signal.SIGXCPU, signal.SIGKILL)
        bound = f"this shell's bound on processor time (ulimit -t {min(spent)})" if by_shell else ""
        kind = "shell" if bound else "time" if -code == signal.SIGXCPU else "signal" if code < 0 else "exit"
        self.stop()
        return Death(kind, code, self._read_last(), bound)

    def stop(self) -> None:
        """Kill it, if it is not dead."""
        self.process.kill()
        self.process.wait()
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _take(self, count: int, seconds: float | None) -> bytearray:
        """So many bytes of what it says, and none behind them."""
        found, done = bytearray(count), 0
        while done < count:
            if seconds is not None:
                self._wait(seconds)
            with memoryview(found) as view:
                got = os.readv(self.output, [view[done:]])
            if not got:
                raise self.bury()
            done += got
        return found

    def _wait(self, seconds: float) -> None:
        """Until there is something to read; Death where the child has worked longer than that for it."""
        poll = select.poll()
        poll.register(self.output, select.POLLIN | select.POLLHUP)
        if poll.poll(0):
            return
        before = spent = self._count_seconds()
        left, moved = seconds, time.monotonic()
        while not poll.poll(min(max(left, 0.05), HANG_SECONDS) * 1000):
            now = self._count_seconds()
            left = seconds - (now - before)
            if left <= 0:
                raise Death("deadline")
            if now > spent:
                spent, moved = now, time.monotonic()
            elif time.monotonic() - moved >= HANG_SECONDS:
                raise Death("hang")

    def _count_seconds(self) -> float:
        """Processor time so far: what a job takes of it does not depend on what else runs."""
        import psutil  # no child needs it

        with contextlib.suppress(psutil.NoSuchProcess):
            spent = psutil.Process(self.process.pid).cpu_times()
            return float(spent.user + spent.system)
        return 0.0

    def _listen(self) -> None:
        with cast("IO[bytes]", self.process.stderr) as pipe:
            for data in iter(lambda: os.read(pipe.fileno(), _SAID_BYTES), b""):
                self._said = (self._said + data)[-_SAID_BYTES:]

    def _read_last(self) -> str:
        """The last line that it said on its standard error, as text for people."""
        if self.process.stderr:
            self._listener.join(1.0)
        lines = self._said.decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _wait_for_end(process: Popen[bytes]) -> float:
    """The processor time of a child that ends; 0 where it was waited for elsewhere."""
    until = time.monotonic() + END_SECONDS
    while process.returncode is None:
        try:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        except ChildProcessError:
            process.wait()
            break
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() > until:
            process.kill()
            until = float("inf")
        else:
            time.sleep(0.01)
    return 0.0


# ---- children that wait for the next job: to start Python takes longer than to read a short file ----

C = TypeVar("C", bound=Child)
_idle: list[tuple[tuple[Any, ...], Child]] = []
_lock = threading.Lock()


@contextlib.contextmanager
def borrow(kind: Callable[..., C], *arguments: object) -> Iterator[C]:
    """A child that waits, or a new one, `kind(*arguments)`; one that is busy or worn behind the block is
    stopped, else it waits for the next."""
    key = (kind, *arguments)
    child = _find_idle(key) or kind(*arguments)
    try:
        yield cast("C", child)
    finally:
        if child.busy or child.jobs >= MAX_JOBS:
            child.stop()
        else:
            with _lock:
                _idle.append((key, child))


def _find_idle(wanted: tuple[Any, ...]) -> Child | None:
    """One that waits and lives; those of a process that this one was forked from are not ours."""
    with _lock:
        for each in list(_idle):
            key, child = each
            if child.owner != os.getpid():
                _idle.remove(each)
            elif key == wanted:
                _idle.remove(each)
                if child.process.poll() is None:
                    return child
                child.stop()
    return None


@atexit.register
def stop_all() -> None:
    """Stop the children that wait."""
    with _lock:
        for _, child in _idle:
            if child.owner == os.getpid():
                child.stop()
        _idle.clear()


# ---- the child's side ----------------------------------------------------------------------------


def confine(memory: int, which: int = resource.RLIMIT_DATA) -> BinaryIO:
    """Bound this process to so many bytes of memory (0: as it is), and to no core file. Returns the pipe for
    its messages: what a library prints goes to the standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if memory:
        lower(which, memory)
    lower(resource.RLIMIT_CORE, 0)
    return answers


def read_jobs(answers: BinaryIO) -> Iterator[bytes]:
    """Say that this process is ready, then what it is asked, until its parent is gone."""
    write_message(answers, b"")
    with contextlib.suppress(EOFError):
        while True:
            yield read_message()


def read_message() -> bytes:
    """What the parent sends next. Raises EOFError where it is gone."""
    return _read(_LENGTH.unpack(_read(_LENGTH.size))[0])


def _read(count: int) -> bytes:
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        raise EOFError
    return data


def write_message(pipe: BinaryIO, message: bytes) -> None:
    """Send it at once."""
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


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
