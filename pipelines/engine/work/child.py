"""A step in a child process, for a part that lost its workers.

A worker may be lost for many reasons; a child that dies was killed by what it worked on. The parent sees
that as an exception, so the batch is halved as for any other error until the document that kills stands
alone: it is condemned where a second child dies of it, too. The child (`winnow.sandbox`) speaks pickles over
its pipes, which end by themselves: in a message a batch would be copied once more on either side.
(address, digest of its code, settings, frame or uri, seconds) go in, frames come out.
"""

import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import polars as pl

from winnow import sandbox
from winnow.pipelines.engine.work import connections, cpu_limit, panics, retryable_errors
from winnow.sandbox import confine


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
        self.running: sandbox.Child | None = None

    def apply(self, use: str, settings: dict[str, Any], frame: pl.DataFrame) -> pl.DataFrame:
        """A shard step on a batch; raises what the step raises, or ChildDied."""
        seconds = cpu_limit.of_batch(frame)
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
        given, died_at, seconds = 0, -1, cpu_limit.of_file(length)
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
        if self.running is not None:
            self.running.stop()
            self.running = None

    def _ask(
        self, use: str, settings: dict[str, Any], what: pl.DataFrame | str, seconds: int
    ) -> Iterator[pl.DataFrame]:
        process = self._start().process
        try:
            _send(process.stdin, (use, self.code[use], settings, what, seconds))
        except BrokenPipeError:
            raise self._bury(seconds) from None
        while True:
            try:
                verdict, value = pickle.load(process.stdout)  # type: ignore[arg-type]
            except (EOFError, pickle.UnpicklingError):
                raise self._bury(seconds) from None
            if verdict == "raise":
                raise value
            if verdict == "failed":
                raise StepFailed(*value)
            if verdict == "end":
                return
            yield value

    def _start(self) -> sandbox.Child:
        if self.running is None or self.running.process.poll() is not None:
            self.running = sandbox.Child("winnow.pipelines.engine.work.child", self.memory or 0, listen=False)
            self.running.bounds = cpu_limit.OWN
        return self.running

    def _bury(self, seconds: int) -> ChildDied:
        """How the child died."""
        assert self.running is not None
        death, self.running = self.running.bury(), None
        if death.kind == "shell":
            return ChildDied(f"the step's process was ended by {death.bound}")
        if death.kind == "time":
            return OverBudget(f"over its CPU budget ({seconds} s)")
        return ChildDied(f"the step killed its process ({death})")


def _send(pipe: Any, value: object) -> None:
    pickle.dump(value, pipe)
    pipe.flush()


def _serve(answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe."""
    from winnow.pipelines.engine.identity import code
    from winnow.pipelines.spec.address import resolve

    connections.inherit()
    while True:
        try:
            use, digest, settings, what, seconds = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            code.check({use: digest})
            with panics.as_errors():
                for frame in cpu_limit.each(_run(resolve(use), settings, what), seconds):
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
        return "raise", retryable_errors.Refused(str(error), setting)
    if retryable_errors.is_of_store(error):
        error = ConnectionError(f"{type(error).__name__}: {error}")
    if isinstance(error, OSError | ImportError) and type(error).__module__ == "builtins":
        return "raise", error
    about = (getattr(error, name, None) for name in ("errno", "bytes_read"))
    return "failed", (f"{type(error).__name__}: {error}", *about)


if __name__ == "__main__":
    _serve(confine(int(sys.argv[1])))  # it may well die, and its parent says how
