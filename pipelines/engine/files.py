"""Files that settings of steps name (a model, a list, a table, an index), tried once before data are read.

A file that cannot be read, or is not what its ending says, is refused whatever the step. A shard step loads
what its settings name on no documents too; so it is run on none, in a process of its own: a library that a
damaged file kills takes nothing with it.
"""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work.child import Child
from winnow.pipelines.spec import columns
from winnow.pipelines.spec.lines import Lines
from winnow.pipelines.spec.recipe import STAGE_REFERENCE, Recipe, RecipeError, Step
from winnow.pipelines.spec.schema import DOCUMENT

# Of these the first part tells: a column that only the stage has, a package that is not there.
OTHER = ("ColumnNotFoundError", "ModuleNotFoundError", "ImportError")


def check(recipe_path: Path, recipe: Recipe, memory: int | None) -> None:
    """RecipeError, with file, line and what to do, where a shard step cannot load what its settings name."""
    lines = Lines(recipe_path, recipe.text, recipe.places)
    given = pl.DataFrame(schema=_list_typed(recipe))
    child = Child(memory, {})
    try:
        for step in _list_steps(recipe):
            named = name_files(step)
            alone = _leave_out_stages(step, named)
            if step.kind == "shard" and named and alone and (wrong := _try(alone, given, child)):
                key = next((name for name, path in named.items() if str(path) in wrong), next(iter(named)))
                where = f"{lines.of_step(step.line, key)}: {step.use}: {key}"
                value = step.settings[key]
                raise RecipeError(f"{where}: {value!r} is of no use: {wrong}; mend it, or name another")
    finally:
        child.stop()


def name_files(step: Step) -> dict[str, Path]:
    """The settings of a step that name a file or folder which is there before the run."""
    given = {name: step.settings[name] for name in step.paths if step.settings[name] is not None}
    return {n: Path(value).resolve() for n, value in given.items() if not STAGE_REFERENCE.fullmatch(value)}


def _list_steps(recipe: Recipe) -> Iterator[Step]:
    yield from (source.read for source in recipe.sources.values() if source.read is not None)
    yield from (step for stage in recipe.stages.values() for step in stage.steps)


def _list_typed(recipe: Recipe) -> dict[str, pl.DataType]:
    """The columns of documents, and all that a step of the recipe declares with its type."""
    added: dict[str, Any] = {}
    for step in _list_steps(recipe):
        added |= {
            name.removesuffix("?"): dtype for name, dtype in (columns.adds(step) or {}).items() if dtype
        }
    return DOCUMENT | added | DOCUMENT


def _try(step: Step, given: pl.DataFrame, child: Child) -> str | None:
    """What a step raises on no documents, or that it kills its process; else None."""
    child.code[step.use] = code.of_step(step.use)["digest"]
    try:
        child.apply(step.use, step.settings, given)
    except Exception as error:  # whatever it is: the step cannot work with these files
        wrong = str(error).removeprefix("ValueError: ")
        return None if wrong.startswith(OTHER) else wrong
    return None


def _leave_out_stages(step: Step, named: dict[str, Path]) -> Step | None:
    """The step without what it takes from stages that are yet to run; None where it cannot do without."""
    parameters = inspect.signature(step.function).parameters
    awaited = [name for name in step.paths if name not in named]
    if any(parameters[name].default is not None for name in awaited):
        return None
    return replace(step, settings={**step.settings, **named, **dict.fromkeys(awaited)})
