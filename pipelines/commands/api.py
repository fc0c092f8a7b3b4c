"""What `winnow.read`, `winnow.apply` and `winnow.run` do, without a command line around them."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import polars as pl

import winnow
from winnow.pipelines.commands import check
from winnow.pipelines.commands import run as runs
from winnow.pipelines.engine import contract, exit_codes
from winnow.pipelines.engine.command import open_run
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work import panics
from winnow.pipelines.screen import interrupt
from winnow.pipelines.spec import row_filter, schema, settings
from winnow.pipelines.spec.address import KINDS, find_absent, permit_steps, resolve
from winnow.pipelines.spec.recipe import Recipe, RecipeError, Step


def read(origin: str | Path, use: str | None, given: Mapping[str, Any]) -> Iterator[pl.DataFrame]:
    """See `winnow.read`."""
    if use is not None:
        return _read_source(str(origin), make_step({"use": use, **given}, "source"))
    if given:
        raise ValueError(f"settings without `use`, the step that they are of: {', '.join(given)}")
    files = _find_files(Path(origin))
    return (batch for file in files for batch in documents.read_batches(file))


def _read_source(uri: str, step: Step) -> Iterator[pl.DataFrame]:
    first = 0
    with panics.as_errors():
        for frame in step.function(uri, **step.settings):
            yield schema.from_reader(frame, uri, uri, first)
            first += frame.height


def _find_files(place: Path) -> list[Path]:
    """The Parquet files of a stage, or of any folder, or the one file."""
    if place.is_file():
        return [place]
    stages = ", ".join(sorted(path.parent.name for path in place.glob("*/stage.json")))
    files = sorted(place.glob("part-*.parquet")) or sorted(place.glob("*.parquet"))
    if stages or not files:
        told = f"; its stages are {stages}: name one of these folders" if stages else ""
        raise FileNotFoundError(f"{place}: there are no documents in Parquet files here{told}")
    return files


def make_step(given: str | Mapping[str, Any], kind: str) -> Step:
    """A step of its address, or of a table as a recipe has it. ValueError says what is wrong."""
    table: dict[str, Any] = {"use": given} if isinstance(given, str) else dict(given)
    use, condition = table.pop("use", ""), table.pop("where", None)
    function = resolve(use)
    found = KINDS.get(next(iter(inspect.signature(function).parameters), ""))
    if found != kind:
        raise ValueError(f"{use} is a {found or 'function, no'} step; a {kind} step belongs here")
    if condition is not None and (wrong := row_filter.check(condition)):
        raise ValueError(f"{use}: where: {wrong}")
    try:
        checked, paths = settings.check(function, table)
    except settings.SettingError as error:
        raise ValueError(f"{use}: {error}") from None
    if absent := find_absent(use, checked):
        raise absent
    _refuse_stale([use])
    return Step(use, cast("Any", kind), checked, paths, where=condition)


def _refuse_stale(uses: Sequence[str]) -> None:
    """ValueError where code of steps was edited, of which this process has loaded what was there before."""
    if files := ", ".join(map(str, code.find_changed(uses))):
        raise ValueError(f"{files} was changed after this process loaded it: start a new one (kernel)")


def apply(docs: pl.DataFrame, steps: Sequence[str | Mapping[str, Any]]) -> pl.DataFrame:
    """See `winnow.apply`."""
    frame = _complete(docs)
    is_open = pl.all_horizontal(pl.col(schema.FATE).is_null(), pl.col("text").is_not_null())
    for step in [make_step(each, "shard") for each in steps]:
        still = frame.select(is_open).to_series()
        frame = row_filter.merge(frame, still, _judge(frame.filter(still).drop(schema.FATE), step))
    return frame


def _complete(docs: pl.DataFrame) -> pl.DataFrame:
    """Documents with all their columns, and those that say what became of them."""
    if docs.schema.get("text") != pl.String:
        raise ValueError("documents have the column `text`, of strings")
    if "id" not in docs.columns:
        ids = [schema.document_id("", "", number) for number in range(docs.height)]
        docs = docs.with_columns(pl.Series("id", ids, dtype=pl.String))
    fate = [pl.lit(None, pl.String).alias(name) for name in schema.FATE if name not in docs.columns]
    return schema.complete(docs.with_columns(fate))


def _judge(docs: pl.DataFrame, step: Step) -> pl.DataFrame:
    """What a step makes of documents of which all are still there."""

    def judge(frame: pl.DataFrame) -> pl.DataFrame:
        found: pl.DataFrame = step.function(frame, **step.settings)
        contract.check(step, frame, found)
        return found.drop(schema.WORK, strict=False)

    with panics.as_errors():
        return row_filter.apply(docs, step.where, judge)


def _refuse_stale_run(recipe: Recipe) -> None:
    """The same, of all steps of a recipe, as a RecipeError."""
    uses = [step.use for stage in recipe.stages.values() for step in stage.steps]
    uses += [source.read.use for source in recipe.sources.values() if source.read]
    try:
        _refuse_stale(uses)
    except ValueError as error:
        raise RecipeError(str(error)) from None


def run(
    recipe: Path,
    out: Path,
    workers: int,
    memory: str,
    scheduler: str | None,
    folders: Sequence[Path],
    redo: tuple[str, ...],
    accept_code: bool,
) -> Path:
    """See `winnow.run`."""
    permit_steps(folders)
    try:
        with interrupt.catch(), panics.as_errors():
            out = open_run(str(out))
            _refuse_stale_run(check.load(recipe, redo))
            ended = runs.execute(recipe, out, workers, scheduler, memory, redo, accept_code)
    except Exception as error:
        ended, line = exit_codes.describe(error)
        # Its way through the code tells something of a fault of ours alone.
        raise winnow.RunError(line, ended, out) from (error if ended == exit_codes.INTERNAL else None)
    if ended != exit_codes.DONE:
        raise winnow.RunError(
            f"the run ended with code {ended}: the last lines of {out}/run.log say why", ended, out
        )
    return out
