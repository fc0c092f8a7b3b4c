"""A step in a child process, for a part that lost its workers.

A worker may be lost for many reasons; a child that dies was killed by what it worked on. The parent sees
that as an exception, so the batch is halved as for any other error until the document that kills stands
alone: it is condemned where a second child dies of it, too. The child runs `python -m
pipelines.work.child` and speaks pickles over pipes: (address, settings, frame or uri) in, frames out.
"""

import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import polars as pl

from winnow import IMPORT_PATH
from winnow.pipelines.work import clock, connections, faults, panics


class ChildDied(Exception):
    """The step killed its process; the message says how."""


class OverBudget(ChildDied):
    """The kernel ended the step's process, whose batch took too long."""


class StepFailed(Exception):
    """What a step raised in a child: the message is its type and its own message, and so are `errno` and
    `bytes_read`, if it has them."""

    def __init__(self, told: str, errno: int | None, bytes_read: int | None) -> None:
        super().__init__(told)
        self.errno = errno
        self.bytes_read = bytes_read


class Child:
    """One child, started when first needed and again after each death."""

    def __init__(self, memory: int | None, code: dict[str, str]) -> None:
        self.memory = memory
        self.code = code
        self.process: subprocess.Popen[bytes] | None = None

    def apply(self, use: str, settings: dict[str, Any], frame: pl.DataFrame) -> pl.DataFrame:
        """A shard step on a batch; raises what the step raises, or ChildDied."""
        seconds = clock.of_batch(frame)
        try:
            (result,) = self._ask(use, settings, frame, seconds)
        except ChildDied as death:
            if frame.height > 1 or isinstance(death, OverBudget):
                raise
            (result,) = self._ask(use, settings, frame, seconds)
        return result

    def read(self, use: str, settings: dict[str, Any], uri: str, length: int) -> Iterator[pl.DataFrame]:
        """A source step on a file, or a range of it, of `length` bytes, batch by batch.

        Raises what it raises, or ChildDied where two children die one after the other at one place.
        """
        given, died_at, seconds = 0, -1, clock.of_file(length)
        while True:
            try:
                for number, frame in enumerate(self._ask(use, settings, uri, seconds)):
                    if number >= given:
                        given += 1
                        yield frame
                return
            except ChildDied as death:
                if given == died_at or isinstance(death, OverBudget):
                    raise
                died_at = given

    def stop(self) -> None:
        """End the child, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _ask(
        self, use: str, settings: dict[str, Any], what: pl.DataFrame | str, seconds: int
    ) -> Iterator[pl.DataFrame]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            _send(process.stdin, (use, self.code[use], settings, what, seconds))
        except BrokenPipeError:
            raise self._bury(process, seconds) from None
        while True:
            try:
                verdict, value = pickle.load(process.stdout)
            except (EOFError, pickle.UnpicklingError):
                raise self._bury(process, seconds) from None
            if verdict == "raise":
                raise value
            if verdict == "failed":
                raise StepFailed(*value)
            if verdict == "end":
                return
            yield value

    def _bury(self, process: subprocess.Popen[bytes], seconds: int) -> ChildDied:
        """How the child died."""
        code, spent = clock.bury(process)
        self.process = None
        if spent and code in (-signal.SIGXCPU, -signal.SIGKILL):
            return ChildDied(f"the step's process was ended by {spent}")
        if code == -signal.SIGXCPU:
            return OverBudget(f"over its CPU budget ({seconds} s)")
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return ChildDied(f"the step killed its process ({how})")

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            path = os.pathsep.join([IMPORT_PATH, os.environ.get("PYTHONPATH", "")])
            self.process = subprocess.Popen(
                [sys.executable, "-m", "winnow.pipelines.work.child", str(self.memory or 0)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
        return self.process


def _send(pipe: BinaryIO | Any, value: object) -> None:
    pickle.dump(value, pipe)
    pipe.flush()


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe."""
    from winnow.pipelines.address import resolve
    from winnow.pipelines.identity import code

    connections.inherit()
    while True:
        try:
            use, digest, settings, what, seconds = pickle.load(requests)
        except EOFError:
            return
        try:
            code.check({use: digest})
            with panics.as_errors():
                for frame in clock.each(_run(resolve(use), settings, what), seconds):
                    _send(answers, ("frame", frame))
            _send(answers, ("end", None))
        except code.OtherCode as error:
            _send(answers, ("raise", error))
        except Exception as error:  # whatever it is, it is the parent's to judge
            _send(answers, _carry(error))


def _run(
    function: Callable[..., Any], settings: dict[str, Any], what: pl.DataFrame | str
) -> Iterator[pl.DataFrame]:
    if isinstance(what, pl.DataFrame):
        yield function(what, **settings)
    else:
        yield from function(what, **settings)


def _carry(error: Exception) -> tuple[str, Any]:
    """What may be the machine's fault as it is, the rest as a text: not all that a step may raise can be
    pickled."""
    if setting := getattr(error, "of_setting", None):
        return "raise", faults.Refused(str(error), setting)
    if faults.is_of_store(error):
        error = ConnectionError(f"{type(error).__name__}: {error}")
    if isinstance(error, OSError | ImportError) and type(error).__module__ == "builtins":
        return "raise", error
    about = (getattr(error, name, None) for name in ("errno", "bytes_read"))
    return "failed", (f"{type(error).__name__}: {error}", *about)


def main() -> None:
    """The child's side. Its standard output is kept for answers: what libraries print goes to stderr."""
    memory = int(sys.argv[1])
    clock.lower(resource.RLIMIT_CORE, 0)  # it may well die, and its parent says how
    if memory:
        clock.lower(resource.RLIMIT_DATA, memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
