"""A clock on every call of a step: the kernel ends a process whose batch is over its budget of CPU time.

The kernel, and no thread of ours: a regular expression that runs in circles never lets go of the interpreter.
"""

import math
import resource
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import polars as pl

# Both far beyond what an honest batch takes, on a slow machine too: what is ended in vain costs a new start,
# and the halves of the batch once more. The first call of a process also loads models and compiles loops.
CALL_SECONDS = 60
MB_SECONDS = 20
# Without documents none is at fault: what takes long there is a loop that is compiled.
EMPTY_SECONDS = 1_800
# A reader may go through this much of its file for one batch, where little in it is a document.
READ_BYTES = 64 * 2**20

T = TypeVar("T")

OWN = resource.getrlimit(resource.RLIMIT_CPU)
"""The shell's bounds, which hold before and after each block."""
_lock = threading.Lock()
_running = 0


def of_batch(frame: pl.DataFrame) -> int:
    """The CPU-seconds that a step has for a batch: by the bytes of its texts."""
    return _budget(int(frame["text"].str.len_bytes().sum())) if len(frame) else EMPTY_SECONDS


def of_file(length: int) -> int:
    """The CPU-seconds that a reader has for a batch of a file, or of a range of it, of `length` bytes."""
    return _budget(min(length, READ_BYTES))


def _budget(size: int) -> int:
    return math.ceil(CALL_SECONDS + MB_SECONDS * size / 1e6)


@contextmanager
def allow(seconds: int) -> Iterator[None]:
    """End the process (SIGXCPU) where the block takes more CPU-seconds, in all threads of the process.

    Where several threads are in such blocks at once there is no clock: their times cannot be told apart.
    """
    global _running
    with _lock:
        _running += 1
        _set(seconds if _running == 1 else None)
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            _set(None)


def each(items: Iterable[T], seconds: int) -> Iterator[T]:
    """The items, none of them None, each made under a clock of its own."""
    made = iter(items)
    while True:
        with allow(seconds):
            item = next(made, None)
        if item is None:
            return
        yield item


def _set(seconds: int | None) -> None:
    """Let the process run for so long from now, or for as long as it might before."""
    soft, hard = OWN
    if hard != resource.RLIM_INFINITY:  # where that is reached the kernel kills without a word
        soft = max(hard - 1, 1) if soft == resource.RLIM_INFINITY else min(soft, max(hard - 1, 1))
    if seconds is not None:
        until = math.ceil(time.process_time()) + seconds
        soft = until if soft == resource.RLIM_INFINITY else min(soft, until)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
