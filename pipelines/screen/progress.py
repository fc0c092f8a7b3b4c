"""What a person sees of a run: a line per stage on a terminal, a line now and then in a log."""

import time
from dataclasses import dataclass
from typing import Any

import rich.console
import rich.progress

from pipelines.screen.redact import redact_text
from pipelines.screen.terminal import make_safe

LOG_EVERY_SECONDS = 30.0


@dataclass
class _State:
    total: int
    begun: float
    done: int = 0
    documents: int = 0
    kept: int = 0
    size: int = 0
    logged: float = 0.0
    bar: rich.progress.TaskID | None = None


class Progress:
    """Documents, MB/s, share kept and time left, by stage."""

    def __init__(self) -> None:
        self.console = rich.console.Console(highlight=False, soft_wrap=True)
        self.states: dict[str, _State] = {}
        self.bars: rich.progress.Progress | None = None
        if self.console.is_terminal:
            self.bars = rich.progress.Progress(
                rich.progress.TextColumn("{task.description:<24}"),
                rich.progress.BarColumn(),
                rich.progress.MofNCompleteColumn(),
                rich.progress.TextColumn("{task.fields[figures]}"),
                rich.progress.TimeRemainingColumn(),
                console=self.console,
            )
            self.bars.start()

    def say(self, line: str) -> None:
        """A line of its own."""
        self.console.print(make_safe(redact_text(line)), markup=False, emoji=False)

    def begin(self, stage: str, total: int, done: int) -> None:
        """A stage is opened; `done` of its parts were there already."""
        state = self.states[stage] = _State(total, time.monotonic(), done)
        state.logged = state.begun
        if self.bars:
            state.bar = self.bars.add_task(stage, total=total, completed=done, figures="")

    def part(self, stage: str, receipt: dict[str, Any]) -> None:
        """A part is done."""
        state = self.states[stage]
        state.done += 1
        state.documents += receipt.get("rows_in", 0)
        state.kept += receipt.get("kept", 0)
        sources = receipt.get("by_source", {}).values()
        state.size += sum(entry.get("bytes_in", 0) for entry in sources) or receipt.get("bytes_in", 0)
        if self.bars and state.bar is not None:
            self.bars.update(state.bar, completed=state.done, figures=_figures(state))
        elif not self.bars and time.monotonic() - state.logged > LOG_EVERY_SECONDS:
            state.logged = time.monotonic()
            elapsed = state.logged - state.begun
            left = elapsed / state.done * (state.total - state.done)
            self.say(
                f"  {stage}: {state.done}/{state.total} parts, {_figures(state)}, about {left:.0f} s left"
            )

    def end(self, stage: str) -> None:
        """A stage is whole."""
        if stage not in self.states:
            return
        state = self.states[stage]
        if not self.bars:
            seconds = time.monotonic() - state.begun
            self.say(f"{stage}: {state.total} parts, {_figures(state)}, {seconds:.1f} s")

    def close(self) -> None:
        """Give the terminal back."""
        if self.bars:
            self.bars.stop()


def _figures(state: _State) -> str:
    speed = state.size / 1e6 / max(time.monotonic() - state.begun, 1e-3)
    if not state.documents:
        return f"{speed:.1f} MB/s"
    return f"{state.documents:,} documents, {speed:.1f} MB/s, {state.kept / state.documents:.1%} kept"
