"""How a run stands: under way, stopped or finished."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import lock, proof
from winnow.pipelines.engine.ledger import run_summary


@dataclass(frozen=True)
class Status:
    """A run: whether a process holds its folder, whether it came to its end, and its stages.

    `begun` are stages of which a part may be done; `waiting` are those that nobody opened yet.
    """

    under_way: bool
    ended: bool
    done: list[run_summary.Stage]
    begun: list[run_summary.Stage]
    waiting: list[str]

    def is_whole(self) -> bool:
        """Whether every stage is done."""
        return not (self.begun or self.waiting)

    def describe(self) -> str:
        """All of it in a sentence."""
        told = "is under way" if self.under_way else "has ended" if self.ended else "stopped before its end"
        total = len(self.done) + len(self.begun) + len(self.waiting)
        return f"the run {told}: {len(self.done)} of {total} stages are done"


def read(out: Path) -> Status:
    """FileNotFoundError where there is no run, Damaged where a file is not what was written."""
    run: dict[str, Any] = proof.read_json(out / "run.json") or {}
    account = run_summary.read(out)
    stages = account.stages.values()
    return Status(
        lock.is_held(out),
        "files" in run,
        [stage for stage in stages if stage.done],
        [stage for stage in stages if not stage.done],
        [name for name in run["stages"] if name not in account.stages],
    )
