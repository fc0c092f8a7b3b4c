"""The order of work: stages open when what they need is whole, their parts go to the pool.

What stands on disk is the state: a part that exists is done.
"""

import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines import code, columns, contract, corpus, manifest, plan, pools, recipe, schema, shard, storage
from pipelines.progress import Progress

Task = shard.ShardTask | corpus.CorpusTask
MAX_DEATHS = 3


class Stopped(Exception):
    """The run cannot go on; what is done is kept, and the message says what to do."""


class Run:
    """A recipe on its way: stages waiting, tasks queued and under way, receipts so far."""

    def __init__(
        self, checked: recipe.Recipe, out: Path, memory: int | None, progress: Progress, accept: bool = False
    ) -> None:
        self.recipe = checked
        self.out = out
        self.memory = memory
        self.progress = progress
        self.accept = accept
        self.parts = plan.parts(checked)
        self.about = manifest.describe(checked, self.parts)
        self.waiting = dict(checked.stages)
        self.queue: deque[Task] = deque()
        self.left: dict[str, set[str]] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.begun: dict[str, float] = {}
        self.whole: set[str] = set(checked.sources)

    def go(self, pool: pools.Pool) -> None:
        """Run all stages to their end; Stopped, StaleStage or OSError where that cannot be."""
        for name in self.recipe.stages:
            if (self.out / name / "stage.json").exists():
                manifest.claim(self.out, self.about[name])
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
        folder = self.out / stage.name
        manifest.claim(self.out, self.about[stage.name])
        storage.sweep(folder)
        tasks = self._shard_tasks(stage) if stage.kind == "shard" else self._corpus_tasks(stage)
        self.receipts[stage.name], todo = {}, []
        for task in tasks:
            receipt = storage.read_json(folder / "receipts" / f"{task.name}.json")
            suffix = ".parquet" if stage.kind == "shard" else ""
            ours = receipt and receipt.get("identity") == self.about[stage.name]["identity"]
            if ours and (folder / f"{task.name}{suffix}").exists():
                self.receipts[stage.name][task.name] = receipt
            else:
                todo.append(task)
        self._settle(stage.name, left=bool(todo))
        self.left[stage.name] = {task.name for task in todo}
        self.begun[stage.name] = time.monotonic()
        if todo:
            self.progress.begin(stage.name, len(tasks), len(tasks) - len(todo))
        self.queue.extend(todo)
        if not todo:
            self._finish(stage.name, again=bool((storage.read_json(folder / "stage.json") or {}).get("done")))

    def _settle(self, name: str, *, left: bool) -> None:
        """Warn of a stage that other code made; StaleStage where parts are left to make."""
        receipts = self.receipts[name].values()
        for line in manifest.settle(self.out, self.about[name], receipts, left=left, accept=self.accept):
            self.progress.say(f"warning: stage {name} was made by other code: {line}")

    def _finish(self, name: str, *, again: bool = False) -> None:
        """The stage is whole; `again` says that it was so before this run."""
        if not again:
            ordered = {part: self.receipts[name][part] for part in sorted(self.receipts[name])}
            manifest.finish(self.out, self.about[name], ordered, time.monotonic() - self.begun[name])
        self.progress.end(name)
        self.whole.add(name)

    def _shard_tasks(self, stage: recipe.Stage) -> list[shard.ShardTask]:
        like = shard.ShardTask(
            folder=self.out / stage.name,
            name="",
            source="",
            files=(),
            read=None,
            upstream=None,
            steps=tuple(self._ready(step) for step in stage.steps),
            identity=self.about[stage.name]["identity"],
            given=self._given(stage),
            code=code.digests(self.about[stage.name]["code"]),
            replayable=stage.replayable,
            memory=self.memory,
        )
        tasks = []
        for name in stage.after:
            source = self.recipe.sources.get(name)
            if source is not None and source.read is not None:
                read = self._ready(source.read)
                for part in self.parts[name]:
                    label = plan.part_name(part.number)
                    tasks.append(replace(like, name=label, source=source.domain, files=part.files, read=read))
            else:
                for path in sorted((self.out / name).glob("part-*.parquet")):
                    tasks.append(replace(like, name=path.stem, upstream=path))
        return tasks

    def _given(self, stage: recipe.Stage) -> schema.Columns:
        """The columns that documents of a stage come in with: those of all that it follows."""
        given: schema.Columns = {}
        for name in stage.after:
            for column, dtype in self._columns(name).items():
                if given.setdefault(column, dtype) != dtype:
                    known = f"{column!r} is {given[column]} in one and {dtype} in another"
                    raise Stopped(f"stage {stage.name}: of what it follows, the column {known}")
        return given

    def _columns(self, name: str) -> schema.Columns:
        """The columns of the documents that a source or a stage gives."""
        if name in self.recipe.sources:
            return columns.of_source(self.recipe.sources[name])
        part = next((self.out / name).glob("part-*.parquet"), None)
        if part is not None:
            return dict(storage.columns(part))
        # No part, as its sources are absent: what they would have is known all the same.
        stage = self.recipe.stages[name]
        steps = [self._ready(step) for step in stage.steps]
        try:
            return contract.flow(steps, self._given(stage), shard.apply_here)[-1]
        except schema.ContractError as error:
            raise Stopped(f"stage {name}: {error}") from error

    def _corpus_tasks(self, stage: recipe.Stage) -> list[corpus.CorpusTask]:
        files = [file for name in stage.after for file in self._outputs(name)]
        step = self._ready(stage.steps[0])
        grouped = corpus.groups(files, stage.by)
        if not grouped:
            raise Stopped(
                f"stage {stage.name}: no files for by = {stage.by!r} among the {len(files)} of {stage.after}"
            )
        folder, about = self.out / stage.name, self.about[stage.name]
        identity, made_by = about["identity"], code.digests(about["code"])
        return [
            corpus.CorpusTask(folder, name, group, step, identity, made_by) for name, group in grouped.items()
        ]

    def _outputs(self, name: str) -> list[Path]:
        """What a stage, or a source, gives to a corpus step."""
        if name in self.recipe.sources:
            return [Path(file.uri) for part in self.parts[name] for file in part.files]
        if self.recipe.stages[name].kind == "shard":
            return sorted((self.out / name).glob("part-*.parquet"))
        folders = [self.out / name / group for group in sorted(self.receipts[name])]
        return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]

    def _ready(self, step: recipe.Step) -> recipe.Step:
        return replace(step, settings=manifest.settings_for(step, self.recipe, self.out))

    def _take(self, task: Task, outcome: pools.Outcome) -> None:
        """File a receipt, or decide what becomes of a part that went wrong."""
        stage = task.folder.name
        if pools.killed(outcome):
            verdict = self._after_death(task)
            if verdict is None:
                return
            outcome = verdict
        if isinstance(outcome, OSError):
            raise Stopped(
                f"stage {stage}, {task.name}: {outcome}\n"
                "What is done is kept: mend the cause and run again to go on."
            )
        if isinstance(outcome, code.OtherCode):
            lines = code.differences(outcome.found, self.about[stage]["code"])
            raise Stopped("\n  ".join([f"stage {stage}, {task.name}: {outcome}", *lines]))
        if isinstance(outcome, BaseException):
            raise Stopped(f"stage {stage}, {task.name}: {type(outcome).__name__}: {outcome}") from outcome
        self.receipts[stage][task.name] = outcome
        self.left[stage].discard(task.name)
        self.progress.part(stage, outcome)
        if not self.left[stage]:
            self._finish(stage)
            self._open_ready()

    def _after_death(self, task: Task) -> pools.Outcome | None:
        """A part that killed its worker runs again in a child process; after several deaths it is given up.

        Dask names every task that waited at the dead worker, so one death proves nothing.
        """
        where = f"stage {task.folder.name}, {task.name}"
        if task.deaths < MAX_DEATHS:
            self.progress.say(f"{where} lost its worker: once more, looking for the document that kills it")
            self.queue.appendleft(replace(task, deaths=task.deaths + 1))
            return None
        if isinstance(task, corpus.CorpusTask):
            return RuntimeError(f"{where} killed {MAX_DEATHS + 1} workers: out of memory? (--memory)")
        self.progress.say(f"{where} killed {MAX_DEATHS + 1} workers: the whole part goes to failed/")
        return shard.quarantine_part(task, f"the part killed {MAX_DEATHS + 1} workers")


def _function(task: Task) -> Any:
    return shard.run_part if isinstance(task, shard.ShardTask) else corpus.run_group
