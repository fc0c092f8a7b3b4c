"""The door: `python -m pipelines.run RECIPE OUT`.

Stages whose inputs are whole are opened together; their parts go to the pool; a stage is whole when
all its parts are. What stands on disk is the state: a part that exists is done.
"""

import fcntl
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from pipelines import corpus, manifest, plan, pools, recipe, report, shard, storage
from pipelines.progress import Progress

Task = shard.ShardTask | corpus.CorpusTask


class Stopped(Exception):
    """The run cannot go on; what is done is kept, and the message says what to do."""


class Run:
    """A recipe on its way: stages waiting, tasks queued and under way, receipts so far."""

    def __init__(self, checked: recipe.Recipe, out: Path, memory: int | None, progress: Progress) -> None:
        self.recipe = checked
        self.out = out
        self.memory = memory
        self.progress = progress
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
            if receipt is not None and (folder / f"{task.name}{suffix}").exists():
                self.receipts[stage.name][task.name] = receipt
            else:
                todo.append(task)
        self.left[stage.name] = {task.name for task in todo}
        self.begun[stage.name] = time.monotonic()
        if todo:
            self.progress.begin(stage.name, len(tasks), len(tasks) - len(todo))
        self.queue.extend(todo)
        if not todo:
            self._finish(stage.name, again=bool((storage.read_json(folder / "stage.json") or {}).get("done")))

    def _finish(self, name: str, *, again: bool = False) -> None:
        """The stage is whole; `again` says that it was so before this run."""
        if not again:
            ordered = {part: self.receipts[name][part] for part in sorted(self.receipts[name])}
            manifest.finish(self.out, self.about[name], ordered, time.monotonic() - self.begun[name])
        self.progress.end(name)
        self.whole.add(name)

    def _shard_tasks(self, stage: recipe.Stage) -> list[shard.ShardTask]:
        steps = tuple(self._ready(step) for step in stage.steps)
        folder = self.out / stage.name
        tasks = []
        for name in stage.after:
            if name in self.recipe.sources:
                source = self.recipe.sources[name]
                assert source.read is not None
                for part in self.parts[name]:
                    label = plan.part_name(part.number)
                    tasks.append(
                        shard.ShardTask(
                            folder,
                            label,
                            source.domain,
                            part.files,
                            self._ready(source.read),
                            None,
                            steps,
                            memory=self.memory,
                        )
                    )
            else:
                for path in sorted((self.out / name).glob("part-*.parquet")):
                    tasks.append(
                        shard.ShardTask(folder, path.stem, name, (), None, path, steps, memory=self.memory)
                    )
        return tasks

    def _corpus_tasks(self, stage: recipe.Stage) -> list[corpus.CorpusTask]:
        files = [file for name in stage.after for file in self._outputs(name)]
        step = self._ready(stage.steps[0])
        grouped = corpus.groups(files, stage.by)
        if not grouped:
            raise Stopped(
                f"stage {stage.name}: no files for by = {stage.by!r} among the {len(files)} of {stage.after}"
            )
        return [
            corpus.CorpusTask(self.out / stage.name, name, group, step) for name, group in grouped.items()
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
        if isinstance(outcome, BaseException):
            raise Stopped(f"stage {stage}, {task.name}: {type(outcome).__name__}: {outcome}") from outcome
        self.receipts[stage][task.name] = outcome
        self.left[stage].discard(task.name)
        self.progress.part(stage, outcome)
        if not self.left[stage]:
            self._finish(stage)
            self._open_ready()

    def _after_death(self, task: Task) -> pools.Outcome | None:
        """A part that killed its worker runs once more in a child process, then is given up by name."""
        where = f"stage {task.folder.name}, {task.name}"
        if isinstance(task, corpus.CorpusTask):
            return RuntimeError(f"{where} killed its worker: out of memory? (--memory)")
        if task.isolate:
            self.progress.say(f"{where} killed its worker again: the whole part goes to failed/")
            return shard.quarantine_part(task, "the part killed its worker twice")
        self.progress.say(f"{where} killed its worker: looking for the document that does")
        self.queue.appendleft(replace(task, isolate=True))
        return None


def _function(task: Task) -> Any:
    return shard.run_part if isinstance(task, shard.ShardTask) else corpus.run_group


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """One run at a time in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stopped(f"another run is under way in {out}") from None
        yield


def outputs(out: Path, page: Path) -> list[tuple[str, Path]]:
    """What a person looks at first: the reports, and the folders of shards."""
    shards = [("shards", path.parent / "data") for path in sorted(out.glob("*/all/manifest.json"))]
    pages = [(path.stem, path) for path in sorted(out.glob("*/all/*.html"))]
    return [*shards, ("report", page), *pages]


def failed_share(checked: recipe.Recipe, out: Path) -> tuple[int, int]:
    """Rows that failed in any stage, and rows that came in from sources."""
    failed = incoming = 0
    for stage in checked.stages.values():
        if stage.kind == "shard":
            receipts = storage.read_json(out / stage.name / "stage.json")["parts"].values()
            failed += sum(receipt["failed"] for receipt in receipts)
            if set(stage.after) & set(checked.sources):
                incoming += sum(receipt["rows_in"] for receipt in receipts)
    return failed, incoming


def execute(
    recipe_path: Path, out: Path, workers: int, scheduler: str | None, memory: str, redo: tuple[str, ...]
) -> int:
    """Run a recipe; 0 when all is well, 1 when more failed than the recipe allows."""
    progress = Progress()
    begun = time.monotonic()
    try:
        checked = recipe.load(recipe_path)
        for name in redo:
            if name not in checked.stages:
                raise recipe.RecipeError(
                    f"--redo {name}: no such stage; there are: {', '.join(checked.stages)}"
                )
        out = out.resolve()
        with locked(out):
            for name in redo:
                for gone in manifest.remove(out, checked, name):
                    progress.say(f"removed {gone}, to be made anew")
            run = Run(checked, out, memory_bytes(memory), progress)
            with pools.opened(workers, scheduler, memory, progress.say) as pool:
                run.go(pool)
            seconds = round(time.monotonic() - begun, 1)
            facts = {
                "recipe": checked.name,
                "stages": list(checked.stages),
                "recipe_text": checked.text,
                "seconds": seconds,
            }
            storage.write_json(out / "run.json", facts)
            page = report.write(out)
            progress.say(report.summary(out))
            progress.say("\n".join(f"{what:<14} {path}" for what, path in outputs(out, page)))
        failed, incoming = failed_share(checked, out)
        if failed > checked.max_failed * incoming:
            progress.say(
                f"{failed:,} of {incoming:,} inputs failed, more than max_failed = {checked.max_failed:.2%};"
                f" see {out}/*/failed/"
            )
            return 1
        return 0
    finally:
        progress.close()


def memory_bytes(memory: str) -> int | None:
    """`4GB` to bytes; `auto` leaves it to Dask, and children unlimited."""
    from dask.utils import parse_bytes

    return None if memory == "auto" else int(parse_bytes(memory))


@click.command()
@click.argument("recipe_path", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--workers", default=2, show_default=True, help="Local worker processes; 0 runs in this process."
)
@click.option("--scheduler", help="Address of a Dask scheduler that runs already, such as tcp://host:8786.")
@click.option(
    "--memory", default="auto", show_default=True, help="Memory limit of each local worker, such as 4GB."
)
@click.option("--redo", multiple=True, metavar="STAGE", help="Make this stage and all that follow anew.")
@click.option("--check", is_flag=True, help="Check the recipe, print its stages and parts, and stop.")
def main(
    recipe_path: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    memory: str,
    redo: tuple[str, ...],
    check: bool,
) -> None:
    """Run RECIPE into the folder OUT; run the same command again to go on after a stop.

    Ends with 0 when all is well, 1 when more inputs failed than the recipe allows, 2 when the recipe is
    refused or does not fit what is in OUT, 3 when the run could not go on.
    """
    try:
        if check:
            checked = recipe.load(recipe_path)
            for name, parts in plan.parts(checked).items():
                click.echo(f"source {name}: {len(parts)} parts, {sum(len(p.files) for p in parts)} files")
            for stage in checked.stages.values():
                click.echo(f"stage {stage.name} ({stage.kind}) after {', '.join(stage.after)}")
            sys.exit(0)
        sys.exit(execute(recipe_path, out, workers, scheduler, memory, redo))
    except (recipe.RecipeError, manifest.StaleStage) as error:
        click.echo(f"{error}", err=True)
        sys.exit(2)
    except (Stopped, OSError) as error:
        click.echo(f"stopped: {error}", err=True)
        sys.exit(3)
    except KeyboardInterrupt:
        click.echo("interrupted; the same command goes on from here", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
