"""The order of work: stages open when what they need is whole, their parts go to the pool.

What stands on disk is the state: a part is done whose output is there and whose receipt fits.
"""

import time
import uuid
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars

from pipelines import corpus, manifest, pools, recipe, shard, storage
from pipelines.address import is_ours
from pipelines.identity import code
from pipelines.parts import plan, receipts, survey, tasks
from pipelines.parts.listing import list_sources
from pipelines.parts.receipts import Task
from pipelines.progress import Progress
from pipelines.schema import ContractError

MAX_DEATHS = 3
# What a step raises where its input or its machine is to blame, or where it breaks its word about columns.
FORESEEN = (ValueError, MemoryError, ContractError, polars.exceptions.ComputeError)


class Stopped(Exception):
    """The run cannot go on; what is done is kept, and the message says what to do."""


class Unforeseen(Exception):
    """What only a fault of ours explains; its cause is what was raised."""


class Run:
    """A recipe on its way: stages waiting, tasks queued and under way, receipts so far."""

    def __init__(
        self, checked: recipe.Recipe, out: Path, memory: int | None, progress: Progress, accept: bool = False
    ) -> None:
        self.recipe = checked
        self.out = out
        self.progress = progress
        self.accept = accept
        self.state = tasks.read_state(checked, out, list_sources(checked))
        self.state.run, self.state.memory = uuid.uuid4().hex[:8], memory
        self.waiting = dict(checked.stages)
        self.queue: deque[Task] = deque()
        self.left: dict[str, set[str]] = {}
        self.begun: dict[str, float] = {}
        self.whole: set[str] = set(checked.sources)

    def go(self, pool: pools.Pool) -> None:
        """Run all stages to their end; Stopped, StaleStage or OSError where that cannot be."""
        for about in self.state.about.values():
            manifest.check(self.out, about)
        for line in survey.describe_changes(self.state):
            self.progress.say(line)
        plan.write_places(self.out, self.state.plan.places)
        self._open_ready()
        under_way = 0
        while self.queue or under_way:
            while self.queue and under_way < pool.capacity():
                task = self.queue.popleft()
                pool.submit(_function(task), task)
                under_way += 1
            task, outcome = pool.wait()
            under_way -= 1
            self._take(task, outcome)

    def _open_ready(self) -> None:
        """Open all stages that have what they need; those that have nothing left to do end at once."""
        opened = True
        while opened:
            opened = False
            for stage in list(self.waiting.values()):
                if {*stage.after, *stage.references} <= self.whole:
                    del self.waiting[stage.name]
                    self._open(stage)
                    opened = True

    def _open(self, stage: recipe.Stage) -> None:
        """Queue what is to run of a stage. What is on disk of that, or of parts that are no more, goes first,
        and before it goes the stage is no longer done."""
        folder = self.out / stage.name
        old = manifest.check(self.out, self.state.about[stage.name]) or {}
        storage.sweep(folder)
        made = tasks.of_stage(self.state, stage)
        if not made and stage.kind == "corpus":
            raise Stopped(f"stage {stage.name}: no files for by = {stage.by!r} among those of {stage.after}")
        standing = receipts.look(folder, stage.kind, made)
        self.state.receipts[stage.name] = standing.done | standing.pruned
        self._settle(stage.name, left=bool(standing.todo))
        whole = bool(old.get("done")) and not (standing.todo or standing.gone or standing.pruned)
        if not whole:
            if reason := survey.describe_behind(old, self.state, stage, len(standing.todo), len(made)):
                self.progress.say(reason)
            manifest.begin(self.out, self.state.about[stage.name], self.state.run)
            receipts.clear(folder, stage.kind, standing)
        self.left[stage.name] = {task.name for task in standing.todo}
        self.begun[stage.name] = time.monotonic()
        if standing.todo:
            self.progress.begin(stage.name, len(made), len(made) - len(standing.todo))
        self.queue.extend(standing.todo)
        if not standing.todo:
            self._finish(stage.name, again=whole)

    def _settle(self, name: str, *, left: bool) -> None:
        """Warn of a stage that other code made; StaleStage where parts are left to make."""
        about, done = self.state.about[name], self.state.receipts[name].values()
        for line in manifest.settle(self.out, about, done, left=left, accept=self.accept):
            self.progress.say(f"warning: stage {name} was made by other code: {line}")

    def _finish(self, name: str, *, again: bool = False) -> None:
        """The stage is whole; `again` says that it was so before this run."""
        if not again:
            done, seconds = self.state.receipts[name], time.monotonic() - self.begun[name]
            inputs = tasks.inputs_of(self.state, self.recipe.stages[name])
            manifest.finish(self.out, self.state.about[name], done, inputs, seconds)
        self.progress.end(name)
        self.whole.add(name)

    def _take(self, task: Task, outcome: pools.Outcome) -> None:
        """File a receipt, or decide what becomes of a part that went wrong."""
        stage = task.folder.name
        if pools.was_killed(outcome):
            verdict = self._handle_death(task)
            if verdict is None:
                return
            outcome = verdict
        if isinstance(outcome, OSError):
            raise Stopped(
                f"stage {stage}, {task.name}: {outcome}\n"
                "What is done is kept: mend the cause and run again to go on."
            )
        if isinstance(outcome, code.OtherCode):
            lines = code.differences(outcome.found, self.state.about[stage]["code"])
            raise Stopped("\n  ".join([f"stage {stage}, {task.name}: {outcome}", *lines]))
        if isinstance(outcome, ImportError):
            raise Stopped(
                f"stage {stage}, {task.name}: {outcome}; `make extras` installs what single steps need"
            )
        if isinstance(outcome, BaseException):
            kind = Stopped if isinstance(outcome, FORESEEN) or not is_ours(_step(task)) else Unforeseen
            raise kind(f"stage {stage}, {task.name}: {type(outcome).__name__}: {outcome}") from outcome
        self.state.receipts[stage][task.name] = outcome
        self.left[stage].discard(task.name)
        self.progress.part(stage, outcome)
        if not self.left[stage]:
            self._finish(stage)
            self._open_ready()

    def _handle_death(self, task: Task) -> pools.Outcome | None:
        """A part that killed its worker runs again in a child process; after several deaths it is given up.

        Dask names every task that waited at the dead worker, so one death proves nothing.
        """
        where = f"stage {task.folder.name}, {task.name}"
        if task.deaths < MAX_DEATHS:
            self.progress.say(f"{where} lost its worker: once more, looking for the document that kills it")
            self.queue.appendleft(replace(task, deaths=task.deaths + 1))
            return None
        if isinstance(task, corpus.CorpusTask):
            raise Stopped(f"{where} killed {MAX_DEATHS + 1} workers: out of memory? (--memory)")
        self.progress.say(f"{where} killed {MAX_DEATHS + 1} workers: the whole part goes to failed/")
        return shard.quarantine_part(task, f"the part killed {MAX_DEATHS + 1} workers")


def _step(task: Task) -> str:
    """Whose error it is that a task raises: of a shard task the engine's, which catches those of steps."""
    return task.step.use if isinstance(task, corpus.CorpusTask) else "pipelines.shard:run_part"


def _function(task: Task) -> Any:
    return shard.run_part if isinstance(task, shard.ShardTask) else corpus.run_group
