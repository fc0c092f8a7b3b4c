"""A step in a child process, for a part that killed its worker.

The parent sees a crash as an exception, so the batch is halved as for any other error until the
document that kills stands alone. The child runs `python -m pipelines.child` and speaks pickles over
pipes: (address, settings, frame or uri) in, frames out.
"""

import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

ROOT = Path(__file__).resolve().parent.parent


class ChildDied(Exception):
    """The step killed its process; the message says how."""


class Child:
    """One child, started when first needed and again after each death."""

    def __init__(self, memory: int | None, code: dict[str, str]) -> None:
        self.memory = memory
        self.code = code
        self.process: subprocess.Popen[bytes] | None = None

    def apply(self, use: str, settings: dict[str, Any], frame: pl.DataFrame) -> pl.DataFrame:
        """A shard step on a batch; raises what the step raises, or ChildDied."""
        (result,) = self._ask(use, settings, frame)
        return result

    def read(self, use: str, settings: dict[str, Any], uri: str) -> Iterator[pl.DataFrame]:
        """A source step on a file, batch by batch; raises what it raises, or ChildDied."""
        return self._ask(use, settings, uri)

    def stop(self) -> None:
        """End the child, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _ask(self, use: str, settings: dict[str, Any], what: pl.DataFrame | str) -> Iterator[pl.DataFrame]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            _send(process.stdin, (use, self.code[use], settings, what))
            while True:
                verdict, value = pickle.load(process.stdout)
                if verdict == "error":
                    raise value
                if verdict == "end":
                    return
                yield value
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            code = process.wait()
            self.process = None
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise ChildDied(f"the step killed its process ({how})") from None

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.child", str(self.memory or 0)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
        return self.process


def _send(pipe: BinaryIO | Any, value: object) -> None:
    pickle.dump(value, pipe)
    pipe.flush()


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe. What a step raises goes back as it is, or as its text."""
    from pipelines.address import resolve
    from pipelines.identity import code

    while True:
        try:
            use, digest, settings, what = pickle.load(requests)
        except EOFError:
            return
        try:
            code.check({use: digest})
            results = resolve(use)(what, **settings)
            for frame in [results] if isinstance(what, pl.DataFrame) else results:
                _send(answers, ("frame", frame))
            _send(answers, ("end", None))
        except code.OtherCode as error:
            _send(answers, ("error", error))
        except Exception as error:  # whatever it is, it is the parent's to judge
            _send(answers, ("error", RuntimeError(f"{type(error).__name__}: {error}")))


def main() -> None:
    """The child's side. Its standard output is kept for answers: what libraries print goes to stderr."""
    memory = int(sys.argv[1])
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
