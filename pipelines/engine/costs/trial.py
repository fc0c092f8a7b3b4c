"""A recipe run over a sample for real, in a folder that goes again, by one worker.

It runs twice over a few files before: what imports, models and loops take once a process is out of the way
then, and what a part takes that has next to nothing in it is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from winnow.pipelines.engine import manifest, schedule
from winnow.pipelines.engine.costs.sample import Sample
from winnow.pipelines.engine.disk import pieces, storage
from winnow.pipelines.engine.parts import copies, plan
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.tasks import State
from winnow.pipelines.engine.work import addresses, connections, pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec.recipe import Recipe, RecipeError, Step


@dataclass
class Trial:
    """What a trial left: the recipe without what could not be tried; the receipts of the whole sample, of a
    few files, and of these before all was loaded; and why a stage is left out."""

    recipe: Recipe
    whole: State
    tiny: State
    cold: State
    left_out: dict[str, str] = field(default_factory=dict)


class _Watched:
    """A pool that remembers the stage of the task that ended last, and how many are under way."""

    def __init__(self, pool: pools.Pool) -> None:
        self.pool, self.stage, self.under_way = pool, "", 0
        self.capacity = pool.capacity

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        self.under_way += 1
        self.pool.submit(function, task)

    def drop(self, task: Any) -> None:
        self.under_way -= 1
        self.pool.drop(task)

    def wait(self) -> pools.Done | None:
        done = self.pool.wait()
        if done:
            self.stage = done.task.folder.name
            self.under_way -= 1
        return done

    def drain(self) -> None:
        """Wait for what a run that stopped had begun: it is none of the next one's."""
        while self.under_way:
            self.wait()


def run(
    recipe: Recipe, samples: Mapping[str, Sample], folder: Path, pool: pools.Pool, progress: Progress
) -> Trial:
    """Run the recipe over the sample, and over a few files of it before. A stage that asks a served model, or
    stops on the sample, is left out with all that follow it.

    Raises what ends a run but for that: OSError, RecipeError where the sample cannot be read at all.
    """
    recipe, left_out = _leave_out_asking(recipe)
    tiny = {name: [sample.tiny] if sample.tiny else [] for name, sample in samples.items()}
    whole = {name: list(sample.parts) for name, sample in samples.items()}
    cold = _run(recipe, tiny, folder / "cold", pool, progress, {})[1]
    again = _run(recipe, tiny, folder / "tiny", pool, progress, {})[1]
    recipe, state = _run(recipe, whole, folder / "whole", pool, progress, left_out)
    return Trial(recipe, state, again, cold, left_out)


def _run(
    recipe: Recipe,
    parts: Mapping[str, list[tuple[File, ...]]],
    out: Path,
    pool: pools.Pool,
    progress: Progress,
    left_out: dict[str, str],
) -> tuple[Recipe, State]:
    """Run what can be run of a recipe; it, and its state at the end."""
    out.mkdir()
    while True:
        run = schedule.Run(recipe, out, None, progress, listed={name: [] for name in recipe.sources})
        run.state.plan = _make_plan(recipe, parts)
        watched = _Watched(pool)
        try:
            with connections.name(out, addresses.find_hosts(recipe)):
                run.go(watched)
            return recipe, _read_receipts(run.state)
        except (schedule.Stopped, RecipeError) as error:
            failed = _find_failed(run, watched.stage)
            watched.drain()
            recipe = _leave_out(recipe, failed, f"it stopped on the sample: {error}", left_out)


def _read_receipts(state: State) -> State:
    """The state of a run that ended, with all that the receipts of its stages say."""
    for name, known in state.receipts.items():
        about = storage.read_json(state.out / name / "stage.json")
        known.update(pieces.read(state.out / name, about) or {})
    return state


def _find_failed(run: schedule.Run, last: str) -> str:
    """The stage that stopped a run: one that is open and has nothing to do, else that of the last task."""
    idle = [name for name in run.rounds if name not in run.whole and not run.left.get(name)]
    return idle[-1] if idle else last


def _make_plan(recipe: Recipe, parts: Mapping[str, list[tuple[File, ...]]]) -> plan.Plan:
    numbered: dict[str, list[plan.Part]] = {}
    count = 0
    for name, groups in parts.items():
        numbered[name] = [plan.Part(count + at, name, files) for at, files in enumerate(groups)]
        count += len(groups)
    taken = [plan.Place(count, "", "", None, None, 0, None)]  # copies have numbers behind it
    return copies.number(recipe, plan.Plan(numbered, taken, {}))


def _leave_out_asking(recipe: Recipe) -> tuple[Recipe, dict[str, str]]:
    """The recipe without what asks a served model: of readers the setting, of stages all that follow."""
    left_out: dict[str, str] = {}
    sources = {
        name: replace(source, read=source.read and _silence(source.read))
        for name, source in recipe.sources.items()
    }
    stages = {
        name: replace(
            stage, steps=tuple(_silence(step) if stage.kind == "shard" else step for step in stage.steps)
        )
        for name, stage in recipe.stages.items()
    }
    recipe = replace(recipe, sources=sources, stages=stages)
    for stage in list(recipe.stages.values()):
        if stage.name in recipe.stages and any(
            _asks(value) for step in stage.steps for value in step.settings.values()
        ):
            recipe = _leave_out(
                recipe, stage.name, "it asks a served model, within a budget of its own", left_out
            )
    return recipe, left_out


def _silence(step: Step) -> Step:
    """A reader or shard step that does not ask a model: without it pages are recognized on the machine."""
    return replace(
        step, settings={key: None if _asks(value) else value for key, value in step.settings.items()}
    )


def _asks(value: Any) -> bool:
    """Whether a setting names a served model."""
    if isinstance(value, list):
        return any(map(_asks, value))
    return isinstance(value, dict) and {"url", "model"} <= value.keys()


def _leave_out(recipe: Recipe, stage: str, why: str, left_out: dict[str, str]) -> Recipe:
    gone = manifest.downstream(recipe, stage)
    left_out |= {name: why if name == stage else f"it needs {stage}" for name in gone}
    return replace(recipe, stages={name: one for name, one in recipe.stages.items() if name not in gone})
