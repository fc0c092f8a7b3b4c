"""A panic, by which a library in Rust says that it came upon a fault of its own.

PyO3 makes it a BaseException: handlers of errors let it pass, and a worker's thread ends without an answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class Panic(Exception):
    """What a library panicked with, as an error like any other."""


@contextmanager
def as_errors() -> Iterator[None]:
    """Raise panics within as Panic, which every process can load."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Panic(str(error)).with_traceback(error.__traceback__) from None
