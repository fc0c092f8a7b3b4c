"""From a stage of the recipe to its tasks: a part each, or a group of files each.

A task carries its `input`: what of its files and of the stages that its settings name makes it another one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.corpus import CorpusTask, Input, group_by, keep_last_round
from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.parts import copies, plan, receipts
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.packed import Packed
from winnow.pipelines.engine.parts.receipts import Task
from winnow.pipelines.engine.shard import ShardTask
from winnow.pipelines.spec import columns
from winnow.pipelines.spec.recipe import Recipe, Stage, Step
from winnow.pipelines.spec.schema import COPY, DOCUMENT, Columns, ContractError


@dataclass
class State:
    """A recipe, the folder it runs into, the plan of its parts, what `stage.json` is to say of each stage.

    And the receipts of stages (of those that are whole what others follow), the name of the run, and the
    memory of a part in bytes.
    """

    recipe: Recipe
    out: Path
    plan: plan.Plan
    about: dict[str, dict[str, Any]]
    receipts: dict[str, Packed] = field(default_factory=dict)
    run: str = ""
    memory: int | None = None


def read_state(recipe: Recipe, out: Path, listed: dict[str, list[File]], coded: Collection[str]) -> State:
    """The state of a run before its first stage, with the code of those in `coded`; nothing is written."""
    known = plan.read_places(out)

    def lost(source: str, part: int) -> set[str]:
        found = []
        for stage in recipe.stages.values():
            if source in stage.after and stage.kind == "shard":
                path = out / stage.name / "receipts" / f"{plan.label(part)}.json"
                try:
                    receipt = storage.read_json(path)
                except storage.Damaged:
                    return set()  # its part is made again
                found += [set(receipt.get("lost", {}))] if receipt else []
        return set.intersection(*found) if found else set()

    laid_out = copies.number(recipe, plan.lay_out(recipe, listed, known, lost))
    return State(recipe, out, laid_out, manifest.describe(recipe, coded))


def of_stage(state: State, stage: Stage) -> list[Task]:
    """The tasks of a stage whose inputs are whole, and that has no rounds (`parts.rounds`)."""
    return list(_shard_tasks(state, stage) if stage.kind == "shard" else _corpus_tasks(state, stage))


def put_largest_first(state: State, made: list[Task]) -> list[Task]:
    """Tasks of one stage in the order in which they are to begin: by the bytes that sources have for their
    parts, so that at the end no worker is long at one part while others have none. Files of which the size is
    not known may be large; groups of several parts keep their order."""
    sizes = {part.label: part.size for parts in state.plan.parts.values() for part in parts}
    for copied in state.plan.copies.values():
        sizes |= {copy: sizes.get(part, 0) for part, copy in copied.items()}
    return sorted(made, key=lambda task: -sizes.get(task.name, 0))


def inputs_of(state: State, stage: Stage) -> dict[str, str]:
    """What a stage is made from, by name, with its content: the stages that its settings name and, for a
    corpus stage, the parts, groups and files of what it comes after."""
    found: dict[str, str] = {}
    for name in stage.after if stage.kind == "corpus" else ():
        if name in state.recipe.sources:
            found |= {file.name: file.content for file in _outputs(state, name)}
        else:
            last = keep_last_round(state.receipts[name])
            found |= {f"{name}/{part}": receipt["content"] for part, receipt in last.items()}
    return found | _settings(state, stage)


def _shard_tasks(state: State, stage: Stage) -> list[ShardTask]:
    given = _find_given(state, stage)
    settings = _settings(state, stage) | {"columns": receipts.digest_columns(given)}
    like = ShardTask(
        folder=state.out / stage.name,
        name="",
        source="",
        files=(),
        read=None,
        upstream=None,
        steps=tuple(_ready(state, step) for step in stage.steps),
        identity=state.about[stage.name]["identity"],
        input={},
        code=code.digests(state.about[stage.name]["code"]),
        given=given,
        run=state.run,
        replayable=stage.replayable,
        thin=not stage.copy_as and any(name not in state.recipe.sources for name in stage.after),
        copy_as=stage.copy_as,
        memory=state.memory,
    )
    labels = state.plan.copies.get(stage.name, {})
    tasks = []
    for name in stage.after:
        source = state.recipe.sources.get(name)
        if source is not None and source.read is not None:
            like_source = replace(like, source=source.domain, read=_ready(state, source.read))
            for part in state.plan.parts[name]:
                made = receipts.digest_input((file.describe() for file in part.files), settings)
                tasks.append(replace(like_source, name=part.label, files=part.files, input=made))
        else:
            for part_name, receipt in sorted(state.receipts[name].items()):
                upstream = state.out / name / f"{part_name}.parquet"
                made = receipts.digest_input([(name, part_name, receipt["content"])], settings)
                name_here = labels.get(part_name, part_name)
                tasks.append(replace(like, name=name_here, upstream=upstream, input=made))
    return tasks


def _find_given(state: State, stage: Stage) -> Columns:
    """The columns that documents of a stage come in with: those of all that it follows.

    Raises ContractError where a column is of two types.
    """
    given: Columns = {}
    for name in stage.after:
        for column, dtype in _find_columns(state, name).items():
            if given.setdefault(column, dtype) != dtype:
                types = f"{column!r} is {given[column]} before and {dtype} in {name!r}"
                raise ContractError(f"stage {stage.name}: of what it comes after, the column {types}")
    return given | COPY if stage.copy_as else given


def _find_columns(state: State, name: str) -> Columns:
    """The columns that documents of a source or stage have; of a stage without a part those of every one."""
    if name in state.recipe.sources:
        return columns.of_source(state.recipe.sources[name])
    part = next((state.out / name).glob("part-*.parquet"), None)
    return DOCUMENT if part is None else DOCUMENT | documents.columns(part)


def _corpus_tasks(state: State, stage: Stage) -> list[CorpusTask]:
    groups = group_by(list_inputs(state, stage), stage.by)
    return [make_task(state, stage, name, group) for name, group in groups.items()]


def make_task(state: State, stage: Stage, name: str, files: Sequence[Input], **other: Any) -> CorpusTask:
    """The task of one group of a corpus stage; `other` are fields of it beyond those of every one."""
    about = state.about[stage.name]
    return CorpusTask(
        folder=state.out / stage.name,
        name=name,
        files=tuple(file.path for file in files),
        input=receipts.digest_input([(file.name, file.content) for file in files], _settings(state, stage)),
        identity=about["identity"],
        code=code.digests(about["code"]),
        run=state.run,
        **{"step": _ready(state, stage.steps[0]), **other},
    )


def list_inputs(state: State, stage: Stage) -> list[Input]:
    """The files that a corpus stage may read, of all that it comes after."""
    return [file for name in stage.after for file in _outputs(state, name)]


def may_be_none(state: State, stage: Stage) -> bool:
    """Whether a stage `by` a key has nothing to do without one: where optional sources have no files nothing
    was made before it; or what it comes after says that it makes such files, and made none. Else the key is
    misspelt, or the stage stands at the wrong place."""
    if not list_inputs(state, stage):
        return True
    stages = [state.recipe.stages[name] for name in stage.after if name in state.recipe.stages]
    return any(stage.by in (columns.adds(before.steps[-1]) or {}) for before in stages)


def _settings(state: State, stage: Stage) -> dict[str, str]:
    return {
        f"stage:{name}": receipts.digest_content(state.receipts[name])
        for name in dict.fromkeys(stage.references)
    }


def _outputs(state: State, name: str) -> list[Input]:
    """What a stage, or a source, gives to a corpus step."""
    if name in state.recipe.sources:
        files = {file.name: file for part in state.plan.parts[name] for file in part.files}
        return [
            Input(Path(files[key].uri), f"{name}/{key}", f"{files[key].size} {files[key].state}")
            for key in sorted(files)
        ]
    done = sorted(state.receipts[name].items())
    folder = state.out / name
    if state.recipe.stages[name].kind == "shard":
        return [
            Input(folder / f"{part}.parquet", f"{name}/{part}.parquet", receipt["content"])
            for part, receipt in done
        ]
    return list_files(folder, keep_last_round(dict(done)))


def list_files(folder: Path, done: dict[str, dict[str, Any]]) -> list[Input]:
    """The files of groups of a corpus stage, by their receipts."""
    return [
        Input(folder / path, f"{folder.name}/{path}", receipt.get("was", {}).get(path, content), size)
        for receipt in done.values()
        for path, (size, content) in receipt["files"].items()
    ]


def _ready(state: State, step: Step) -> Step:
    return replace(step, settings=manifest.settings_for(step, state.recipe, state.out))
