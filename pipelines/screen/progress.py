"""What a person sees of a run: lines that stay and, on a terminal, a board of what is under way below them.

Where there is no terminal, and in `OUT/run.log`, the board is lines now and then: nobody waits for half a
minute without a word.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import rich.console
import rich.live
import rich.progress_bar
import rich.table
import rich.text

from winnow.pipelines.screen import interrupt, log
from winnow.pipelines.screen.events import Events, describe_part
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.screen.work import Stage, Work, describe_failures, show

TELL_SECONDS = 20.0
FIRST_SECONDS = 5.0  # a run has been silent already while Python loaded it


class Progress:
    """The screen of one run, and its log once that has a place.

    Of a run `within` a command, which that names, lines go to the log alone, but how far it is, and why it
    failed: what the command says is its own.
    """

    def __init__(self, within: str | None = None) -> None:
        self.within = within
        self.console = rich.console.Console(highlight=False)
        self.work = Work()
        self.lock = threading.RLock()  # signs of workers come in another thread than receipts
        self.log: Path | None = None
        self.early: list[str] = []
        self.events: Events | None = None  # once they have a place
        self.told_failed = 0
        self.announced: set[str] = set()
        self.live = rich.live.Live(
            get_renderable=self._draw, console=self.console, refresh_per_second=2, transient=True
        )
        self.closed = threading.Event()

    def __enter__(self) -> Self:
        """Show the board, and tell of it now and then, till the end."""
        if self.console.is_terminal:
            self.live.start()
        threading.Thread(target=self._keep_telling, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back."""
        self.closed.set()
        if self.live.is_started:
            self.live.stop()

    def leave(self) -> None:
        """The process ends amid all this: give the terminal back, and write so in the log."""
        self.__exit__()
        self.note(interrupt.TOLD)
        self.console.quiet, self.log = True, None

    def say(self, line: str) -> None:
        """A line of its own, on the screen and in the log."""
        if self.within is None:
            self._print(line)
        self.note(line)

    def fail(self, line: str) -> None:
        """Why the run failed, on the screen and in the log."""
        self._print(line)
        self.note(line)

    def note(self, line: str) -> None:
        """A line for the log alone; before that has a place it waits."""
        line = make_safe(redact_text(line))
        if self.log:
            log.write(self.log, line)
        else:
            self.early.append(line)

    @contextmanager
    def open_log(self, out: Path, describe: Callable[[BaseException], tuple[int, str]]) -> Iterator[None]:
        """While it is open the log stands in a folder; what ends that is its last line."""
        self.log = log.begin(out)
        for line in self.early:
            log.write(self.log, line)
        self.events = Events(out)
        self.tell("run_begun")
        told = None
        try:
            yield
        except BaseException as error:
            told = describe(error)[1]
            self.note(told)
            raise
        finally:
            self.tell("run_ended", stopped=told and make_safe(redact_text(told)))
            self.events.close()
            self.events = None

    def tell(self, event: str, **told: Any) -> None:
        """An event, for `OUT/events.jsonl`."""
        if self.events:
            self.events.tell(event, **told)

    def do(self, phase: str) -> None:
        """What is done from now on, till stages are under way."""
        with self.lock:
            self.work.phase = phase, time.monotonic()

    def expect(self, parts: dict[str, int]) -> None:
        """How many parts each stage will have, as far as is known."""
        with self.lock:
            self.work.stages = {name: Stage(name, total) for name, total in parts.items()}
            self.work.reasons.clear()
            self.work.phase = None

    def begin(
        self, stage: str, total: int, done: Mapping[str, dict[str, Any]], reasons: Counter[str]
    ) -> None:
        """A stage is opened; parts with the receipts `done` were there already, maybe all, and rows of them
        failed for these `reasons`."""
        with self.lock:
            state = self.work.stages[stage] = Stage(stage, total)
            for receipt in done.values():
                state.add(receipt)
            state.size = 0  # of what this run does there is a speed
            state.started = time.monotonic() if len(done) < total else None
            self.work.reasons += reasons
        self.tell("stage_begun", stage=stage, parts=total, done=len(done))

    def sign(self, sign: dict[str, Any]) -> None:
        """A worker is at a part, or compiles a loop for it."""
        with self.lock:
            self.work.stages[sign["stage"]].hear(sign)
        if sign.get("compiles") and sign["stage"] not in self.announced:
            self.announced.add(sign["stage"])
            about = show(sign["seconds"])
            self.say(f"stage {sign['stage']}: compiling loops, once, about {about} for those loaded so far")

    def part(self, stage: str, name: str, receipt: dict[str, Any], reasons: Counter[str]) -> None:
        """A part of a stage is done; rows of it failed for these `reasons`."""
        with self.lock:
            state = self.work.stages[stage]
            state.forget(name)
            state.add(receipt)
            self.work.fresh += receipt.get("seconds", 0.0)
            self.work.reasons += reasons
        self.tell("part_done", stage=stage, part=name, **describe_part(receipt))

    def lose(self, stage: str, name: str) -> None:
        """A part runs no more, and is not done."""
        with self.lock:
            self.work.stages[stage].forget(name)
        self.tell("worker_lost", stage=stage, part=name)

    def end(self, stage: str) -> None:
        """A stage is whole: a line is left of it, where this run did anything in it."""
        with self.lock:
            state = self.work.stages[stage]
            state.whole = True
            if state.started is not None:
                seconds = show(time.monotonic() - state.started)
                told = ", ".join(filter(None, [f"{state.total:,} parts", state.describe(), f"in {seconds}"]))
        self.tell("stage_ended", stage=stage, parts=state.done)
        if state.started is not None:
            self.say(f"{stage}: {told}")

    def list_failures(self) -> list[str]:
        """Reasons of what failed, the most frequent first, with how many rows."""
        heads = itertools.chain(["failed most"], itertools.repeat(""))
        found = describe_failures(self.work.reasons)
        return [f"{head:<14} {number:,} {kind}" for head, (number, kind) in zip(heads, found, strict=False)]

    def _print(self, line: str) -> None:
        line = make_safe(redact_text(line))
        if self.console.is_terminal:
            self.console.print(line, markup=False, emoji=False, overflow="fold")
        else:  # a log is not wrapped
            self.console.print(line, markup=False, emoji=False, soft_wrap=True)

    def _keep_telling(self) -> None:
        seconds = FIRST_SECONDS
        while not self.closed.wait(seconds):
            seconds = TELL_SECONDS
            news = self._list_news()
            for line in news:
                self.note(line)
            if not self.console.is_terminal:
                for line in news if self.within is None else [f"{self.within}: {news[0]}"]:
                    self._print(line)

    def _list_news(self) -> list[str]:
        with self.lock:
            lines = [self.work.describe()]
            lines += [
                f"  stage {one.name}: {one.done:,}/{one.total:,} parts, {one.describe()}"
                for one in self.work.list_open()
            ]
            if (failed := self.work.count_failed()) != self.told_failed:
                self.told_failed = failed
                lines += self.list_failures()
        return lines

    def _draw(self) -> rich.console.RenderableType:
        """The board: counts before names, and nothing of it is cut off."""
        with self.lock:
            bar, under_way, failed = rich.table.Table.grid(expand=True), _make_table(), _make_table()
            bar.add_row(rich.text.Text(self.work.describe()))
            if measured := self.work.measure():
                bar.add_row(rich.progress_bar.ProgressBar(completed=100 * measured[0]))
            for one in self.work.list_open():
                cells = (f"{one.done:,}/{one.total:,}", f"{one.name}: {one.describe()}")
                under_way.add_row(*(rich.text.Text(make_safe(cell)) for cell in cells))
            if self.work.reasons:
                failed.add_row(rich.text.Text(f"{self.work.count_failed():,}"), rich.text.Text("failed"))
            for number, kind in describe_failures(self.work.reasons):
                failed.add_row(rich.text.Text(f"{number:,}"), rich.text.Text(make_safe(redact_text(kind))))
        return rich.console.Group(bar, failed, under_way)


def _make_table() -> rich.table.Table:
    table = rich.table.Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    return table
