"""Signs of life that a worker gives of its task: that it began, and that it compiles a loop."""

from collections.abc import Callable
from typing import Any

from pipelines.address import resolve

WATCH = "filters.words.compiler:watch"
Sign = dict[str, Any]
Tell = Callable[[Sign], None]


def work(function: Callable[[Any], dict[str, Any]], task: Any, tell: Tell) -> dict[str, Any]:
    """Run a task; `tell` gets its signs: `stage` and `part`, and what `WATCH` says of loops."""
    about = {"stage": task.folder.name, "part": task.name}
    tell(about)
    with resolve(WATCH)(lambda sign: tell(about | sign)):
        return function(task)
