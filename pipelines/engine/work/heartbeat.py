"""Signs of life that a worker gives of its task: that it began, how far it is, that it compiles a loop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from winnow.pipelines.engine.work import panics

Sign = dict[str, Any]
Tell = Callable[[Sign], None]
EVERY_SECONDS = 2.0

_far: ContextVar[Callable[[dict[str, int]], None]] = ContextVar("far", default=lambda _: None)


@contextmanager
def beat(task: Any, tell: Tell) -> Iterator[None]:
    """While a task runs, `tell` gets its signs: `stage` and `part`, what `compiler.watch` says of loops, and
    how far it is, as `Pace` has it."""
    from winnow import compiler  # here: it imports numba, which who only waits for a task does not need
    from winnow.pipelines.engine.work import sharing

    sharing.share()
    about = {"stage": task.folder.name, "part": task.name}
    tell(about)
    token = _far.set(lambda done: tell(about | {"far": done}))
    try:
        with compiler.watch(lambda sign: tell(about | sign)), panics.as_errors():
            yield
    finally:
        _far.reset(token)


class Pace:
    """Tells now and then how far a task is."""

    def __init__(self) -> None:
        self.told = time.monotonic()

    def tell(self, count: Callable[[], dict[str, int]]) -> None:
        """Tell the counts of what is done (`files`, `of_files`, `documents`, `pages`), if it is time to."""
        if (now := time.monotonic()) - self.told >= EVERY_SECONDS:
            self.told = now
            _far.get()(count())
