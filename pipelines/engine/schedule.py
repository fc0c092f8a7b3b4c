"""The order of work: stages open when what they need is whole, their parts go to the pool.

What stands on disk is the state: a part is done whose output is there and whose receipt fits.
"""

import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from winnow.pipelines.engine import corpus, manifest, outcomes, shard
from winnow.pipelines.engine.attempts import Attempts, Clock
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import failures
from winnow.pipelines.engine.outcomes import GO_ON as GO_ON
from winnow.pipelines.engine.outcomes import Stalled as Stalled
from winnow.pipelines.engine.outcomes import Stopped as Stopped
from winnow.pipelines.engine.parts import plan, receipts, rounds, run_plan, tasks
from winnow.pipelines.engine.parts.listing import File, list_sources
from winnow.pipelines.engine.parts.packed import FOLLOWED, Packed, Receipt
from winnow.pipelines.engine.parts.receipts import Task
from winnow.pipelines.engine.work import pools
from winnow.pipelines.engine.work.cluster_file import Cluster
from winnow.pipelines.screen.messages import list_messages
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import recipe

MAX_LOSSES = 10
"""Workers that one part may lose while no part is done: then there is nothing to wait for."""
MAX_CORPUS_LOSSES = 4
"""Workers that a task of a corpus stage may lose, which no child can look into."""
PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0


class Run:
    """A recipe on its way: stages waiting, tasks queued and under way, receipts so far."""

    def __init__(
        self,
        checked: recipe.Recipe,
        out: Path,
        memory: int | None,
        progress: Progress,
        accept: bool = False,
        max_core_hours: float = inf,
        listed: dict[str, list[File]] | None = None,
        clock: Clock = time,
    ) -> None:
        self.recipe = checked
        self.clock = clock
        self.attempts = Attempts(clock)
        self.out = out
        self.progress = progress
        self.accept = accept
        self.max_cpu_seconds, self.cpu_seconds = 3600 * max_core_hours, 0.0
        listed = list_sources(checked, progress.say) if listed is None else listed
        self.state = tasks.read_state(checked, out, listed, checked.stages)
        self.state.run, self.state.memory = uuid.uuid4().hex[:8], memory
        self.waiting = dict(checked.stages)
        self.queues: dict[recipe.Needs, deque[Task]] = defaultdict(deque)  # by what tasks need of a worker
        self.left: dict[str, set[str]] = {}
        self.fresh: dict[str, list[str]] = {}  # parts that this run makes
        self.started: dict[str, float] = {}
        self.losses: Counter[str] = Counter()  # of workers, by task, since a task was done
        self.whole: set[str] = set(checked.sources)
        self.rounds: dict[str, Iterator[list[Task]]] = {}  # of the stages that are open
        self.before: dict[str, dict[str, Any]] = {}  # what was on disk of them
        self.interrupted: dict[str, set[str]] = {}  # parts in which the process of an earlier run died

    def go(self, pool: pools.Pool) -> None:
        """Run all stages to their end; Stopped, StaleStage or OSError where that cannot be."""
        for about in self.state.about.values():
            manifest.check(self.out, about)
        for line in run_plan.describe_changes(self.state):
            self.progress.say(line)
        manifest.open_run(self.out)
        plan.write_places(self.out, self.state.plan.places)
        self.progress.expect(run_plan.count_parts(self.state))
        self._open_ready()
        while any(self.queues.values()) or self.attempts.tasks:
            affordable = self.cpu_seconds <= self.max_cpu_seconds
            if not affordable and not self.attempts.tasks:
                raise Stopped(_describe_spent(self.cpu_seconds, self.max_cpu_seconds))
            if affordable:
                self._submit(pool)
            if not any(self.queues.values()):
                took = {name: stage.seconds for name, stage in self.progress.work.stages.items()}
                for task, line in self.attempts.try_twice(pool, took):
                    self.progress.tell("run_twice", stage=task.folder.name, part=task.name)
                    self.progress.say(line)
            if ended := pool.wait():
                self._end(pool, *ended)

    def _submit(self, pool: pools.Pool) -> None:
        """Give the pool as many tasks as workers have room for that offer what these need."""
        for needs, queue in self.queues.items():
            alike = (name for name, stage in self.recipe.stages.items() if stage.resources == needs)
            room = pool.capacity(needs) - sum(self.attempts.counts[name] for name in alike)
            for _ in range(min(room, len(queue))):
                self.attempts.begin(pool, queue.popleft())

    def open_pool(self, asked: Cluster, dashboard: int | None = None) -> AbstractContextManager[pools.Pool]:
        """Where its tasks are to work, as `work.pools` opens it."""
        needs = {stage.name: stage.resources for stage in self.recipe.stages.values()}
        at_once = run_plan.count_workers(self.state)
        return pools.open_pool(asked, self.progress.say, self.hear, dashboard, needs, at_once)

    def hear(self, sign: dict[str, Any]) -> None:
        """A sign of the worker that is at a part; called in another thread than all else."""
        self.attempts.hear(sign)
        self.progress.sign(sign)

    def _end(self, pool: pools.Pool, task: Task, outcome: pools.Outcome) -> None:
        """File what a task gave, if nothing else is at it that may give it yet."""
        if self.attempts.end(pool, task, outcome):
            self._take(task, outcome)
        else:
            self.progress.tell("attempt_failed", stage=task.folder.name, part=task.name)
            told = f"stage {task.folder.name}, {task.name}: of two attempts one failed, the other goes on"
            self.progress.say(f"{told}: {type(outcome).__name__}: {outcome}")

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
        name, folder = stage.name, self.out / stage.name
        self.before[name] = manifest.check(self.out, self.state.about[name]) or {}
        self.interrupted[name] = pools.find_interrupted(folder)
        storage.sweep(folder)
        self.state.receipts[name], self.fresh[name] = Packed(), []
        self.started[name] = self.clock.monotonic()
        self.rounds[name] = rounds.of_stage(self.state, stage)
        self._go_on(stage)

    def _go_on(self, stage: recipe.Stage) -> None:
        """Begin the next round of a stage of which anything is to run; without one the stage is whole."""
        for made in self.rounds[stage.name]:
            if not made and stage.kind == "corpus" and not tasks.may_be_none(self.state, stage):
                raise Stopped(
                    f"stage {stage.name}: no files for by = {stage.by!r} among those of {stage.after}"
                )
            if self._begin_round(stage, made):
                return
        again = bool(self.before[stage.name].get("done")) and not self.fresh[stage.name]
        if gone := receipts.list_others(self.out / stage.name, stage.kind, self.state.receipts[stage.name]):
            self._clear(stage, receipts.StageProgress(Packed(), [], gone, {}, []))
            again = False
        self._finish(stage.name, again=again)

    def _begin_round(self, stage: recipe.Stage, made: list[Task]) -> bool:
        """Queue what is to run of a round; whether that is anything."""
        name, folder = stage.name, self.out / stage.name
        found = receipts.look(folder, stage.kind, made, others=rounds.goes_on(made))
        self.state.receipts[name] |= found.done | found.pruned
        self.cpu_seconds += sum(one.get("cpu_seconds", 0) for one in (found.done | found.pruned).values())
        for line in found.broken:
            self.progress.say(line)
        self._settle(name, left=bool(found.todo))
        if not self.before[name].get("done") or found.todo or found.gone or found.pruned:
            if reason := run_plan.describe_behind(
                self.before[name], self.state, stage, len(found.todo), len(made)
            ):
                self.progress.say(reason)
            self._clear(stage, found)
        self.fresh[name] += [task.name for task in found.todo]
        self.left[name] = {task.name for task in found.todo}
        done = self.state.receipts[name]
        total = len(done) + len(found.todo)
        self.progress.begin(name, total, done, _count_failed(folder, done))
        interrupted = self.interrupted[name]
        queue, todo = self.queues[stage.resources], tasks.put_largest_first(self.state, found.todo)
        queue.extend(self._isolate(task) if task.name in interrupted else task for task in todo)
        return bool(found.todo)

    def _clear(self, stage: recipe.Stage, found: receipts.StageProgress) -> None:
        """The stage is no longer done; what is on disk of parts that are to run, or are no more, goes."""
        self.before[stage.name] = {}
        known = len(self.state.receipts[stage.name]) + len(found.todo)
        manifest.begin(self.out, self.state.about[stage.name], self.state.run, known)
        receipts.clear(self.out / stage.name, stage.kind, found)
        self.state.receipts[stage.name].update(found.pruned)  # which name other files now

    def _settle(self, name: str, *, left: bool) -> None:
        """Warn of a stage that other code made; StaleStage where parts are left to make."""
        about, done = self.state.about[name], self.state.receipts[name].values()
        for line in manifest.check_code_changed(self.out, about, done, left=left, accept=self.accept):
            self.progress.say(f"warning: stage {name} was made by other code: {line}")

    def _finish(self, name: str, *, again: bool = False) -> None:
        """The stage is whole; `again` says that it was so before this run."""
        if not again:
            done, seconds = self.state.receipts[name], self.clock.monotonic() - self.started[name]
            inputs = tasks.inputs_of(self.state, self.recipe.stages[name])
            manifest.finish(self.out, self.state.about[name], done, inputs, seconds)
        self.progress.end(name)
        kept, made = self.state.receipts[name], self.state.receipts[name].pick(self.fresh[name])
        for line in list_messages(self.out / name, made):
            self.progress.say(f"  {line}")
        if made and not self.recipe.stages[name].may_be_empty:
            for source, came in receipts.count_emptied(kept.values()).items():
                self.progress.say(f"  nothing is kept of source {source}, of which {came:,} documents came")
        kept.reduce(FOLLOWED[self.recipe.stages[name].kind])
        self.whole.add(name)

    def _take(self, task: Task, outcome: pools.Outcome) -> None:
        """File a receipt, or decide what becomes of a part that went wrong."""
        stage = task.folder.name
        if isinstance(outcome, pools.WorkersLost):
            self.progress.lose(stage, task.name)
            self._retry(task, outcome.count)
            return
        outcomes.refuse(task, outcome, self.recipe, self.state.about[stage]["code"])
        assert isinstance(outcome, dict)
        outcomes.reconcile(task, outcome, self.state.receipts)
        self.state.receipts[stage][task.name] = outcome
        self.cpu_seconds += outcome["cpu_seconds"]
        self.left[stage].discard(task.name)
        self.losses.clear()
        reasons = _count_failed(task.folder, {task.name: outcome})
        self.progress.part(task.folder.name, task.name, outcome, reasons)
        if not self.left[stage]:
            self._go_on(self.recipe.stages[stage])
            self._open_ready()

    def _isolate(self, task: Task) -> Task:
        """A part in which the process of an earlier run died, all in one process: a child runs it."""
        if isinstance(task, corpus.CorpusTask):
            return task
        self.progress.say(
            f"stage {task.folder.name}, {task.name}: a run ended in it; it runs in a child process"
        )
        return replace(task, deaths=shard.IN_CARE)

    def _retry(self, task: Task, lost: int) -> None:
        """A worker that is lost condemns nothing, whatever took it: what it had runs again, after a pause.

        Dask names every task that waited at the lost worker. A part that meets with it again runs in a child
        process, and what kills that, in whichever worker, is at fault.
        """
        where = f"stage {task.folder.name}, {task.name}"
        before, task = task.deaths, replace(task, deaths=task.deaths + lost)
        pauses = max(self.losses.values(), default=0)
        self.losses[where] += lost
        if isinstance(task, corpus.CorpusTask) and task.deaths >= MAX_CORPUS_LOSSES:
            raise Stopped(f"{where} lost {task.deaths} workers: out of memory? (--memory)\n{GO_ON}")
        if self.losses[where] >= MAX_LOSSES:
            raise Stalled(
                f"{where} lost {task.deaths} workers, {self.losses[where]} of them since a part was done:"
                f" workers are taken away, or are too small (--memory)\n{GO_ON}"
            )
        care = task.deaths >= shard.IN_CARE > before and isinstance(task, shard.ShardTask)
        self.progress.say(f"{where} lost its worker: once more{', in a child process' if care else ''}")
        self.queues[self.recipe.stages[task.folder.name].resources].appendleft(task)
        if self.losses[where] > pauses:  # not for each of the parts that were lost with one worker
            self.clock.sleep(min(PAUSE_SECONDS * 2 ** (self.losses[where] - 1), MAX_PAUSE_SECONDS))


def _describe_spent(seconds: float, most: float) -> str:
    told = f"the parts that are done took {seconds / 3600:,.4g} core-hours, more than --max-core-hours"
    return f"{told} {most / 3600:,.4g}\nWhat is done is kept: run again with a larger one to go on."


def _count_failed(folder: Path, receipts: Mapping[str, Receipt]) -> Counter[str]:
    """How many rows of a stage's parts failed for each reason."""
    return failures.count(failures.list_files(folder, receipts))
