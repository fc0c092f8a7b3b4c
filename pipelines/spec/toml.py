"""A recipe as its TOML file says it.

Everything that can be wrong without reading data is refused here, with the file and the line: unknown
keys, steps, settings and stages, wrong types, cycles, files that are not there.
"""

import inspect
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pydantic

from winnow.pipelines.screen.redact import has_open_password
from winnow.pipelines.spec import columns, declarations, groups, row_filter, settings, stores
from winnow.pipelines.spec.address import KINDS, LEAVES, ROOT, find_absent, resolve
from winnow.pipelines.spec.crawl import CRAWL, SEGMENT, Kind, find_problem, make_lists
from winnow.pipelines.spec.damage import find_damage
from winnow.pipelines.spec.lines import Lines, explain, suggest
from winnow.pipelines.spec.recipe import (
    BUCKET,
    MAX_DUPLICATES,
    RESERVED,
    STAGE_REFERENCE,
    Recipe,
    RecipeError,
    Resources,
    Source,
    Stage,
    Step,
)

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
MOST_OF_A_NAME = 200  # a file system has up to 255 for a folder, and a run adds to it
At = tuple[str | int, ...]  # where a table stands in its recipe


class _StepTable(pydantic.BaseModel, extra="allow", strict=True):
    use: str
    where: Any = None


class _SourceTable(pydantic.BaseModel, extra="forbid", strict=True):
    name: str = pydantic.Field(pattern=NAME, max_length=MOST_OF_A_NAME)
    uris: list[str] = pydantic.Field([], min_length=1)
    lists: list[str] = pydantic.Field([], min_length=1)
    root: str = pydantic.Field("", min_length=1)
    crawl: str = pydantic.Field("", pattern=CRAWL)
    kind: Kind = "warc"
    segments: list[Annotated[str, pydantic.Field(pattern=SEGMENT)]] = pydantic.Field([], min_length=1)
    share: float = pydantic.Field(1.0, gt=0, le=1)
    seed: int = 0
    read: _StepTable | None = None
    part_bytes: int = pydantic.Field(64 * 2**20, gt=0)
    optional: bool = False
    domain: str | None = None


class _StageTable(pydantic.BaseModel, extra="forbid", strict=True):
    name: str = pydantic.Field(pattern=NAME, max_length=MOST_OF_A_NAME)
    after: str | Annotated[list[str], pydantic.Field(min_length=1)]
    by: str | None = None
    replayable: bool = False
    copy_as: str | None = pydantic.Field(None, min_length=1)
    may_be_empty: bool = False
    buckets: int = pydantic.Field(0, ge=0, le=2**20)
    until_stable: bool = False
    resources: Resources = {}
    steps: list[_StepTable] = pydantic.Field(min_length=1)


class _RecipeTable(pydantic.BaseModel, extra="forbid", strict=True):
    name: str
    max_failed: float = pydantic.Field(0.01, ge=0, le=1)
    max_duplicates: float = pydantic.Field(MAX_DUPLICATES, ge=0, le=1)
    source: list[_SourceTable] = pydantic.Field(min_length=1)
    stage: list[_StageTable] = pydantic.Field(min_length=1)


KEYS = {
    "": list(_RecipeTable.model_fields),
    "source": list(_SourceTable.model_fields),
    "stage": [*_StageTable.model_fields, "use"],
}


def load(path: Path) -> Recipe:
    """Read and check a recipe; RecipeError for all that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    text, places = groups.expand(path, text)
    lines = Lines(path, text, places)
    table = groups.parse(lines)
    try:
        raw = _RecipeTable.model_validate(table)
    except pydantic.ValidationError as error:
        raise RecipeError(explain(lines, table, error, KEYS)) from None
    _refuse_names(raw, lines)
    sources = {entry.name: _source(entry, lines, ("source", i)) for i, entry in enumerate(raw.source)}
    stages = {entry.name: _stage(entry, lines, ("stage", i)) for i, entry in enumerate(raw.stage)}
    ordered = _order(stages, sources, lines)
    recipe = Recipe(raw.name, text, raw.max_failed, raw.max_duplicates, sources, ordered, tuple(places))
    if wrong := columns.find_problem(recipe):
        raise RecipeError(f"{lines.where(wrong[0])}: {wrong[1]}")
    return recipe


def _refuse_names(raw: _RecipeTable, lines: Lines) -> None:
    """RecipeError where a name is met twice, or is the engine's own."""
    seen: dict[str, str] = {}
    named = [("source", number, entry.name) for number, entry in enumerate(raw.source)]
    named += [("stage", number, entry.name) for number, entry in enumerate(raw.stage)]
    for kind, number, name in named:
        place = lines.of(kind, number, "name")
        if name in seen:
            raise RecipeError(f"{place}: the name {name!r} is taken already, by {seen[name]}")
        if kind == "stage" and name.lower() in RESERVED:
            raise RecipeError(f"{place}: stage {name!r}: Winnow itself calls so a file or folder of a run")
        seen[name] = f"a {kind} ({place})"


def _source(raw: _SourceTable, lines: Lines, at: At) -> Source:
    read = None if raw.read is None else _step(raw.read, lines, (*at, "read"), ("source",), raw.uris)
    given = {name: getattr(raw, name) for name in raw.model_fields_set}
    parameters = set() if read is None else set(inspect.signature(read.function).parameters)
    if wrong := find_problem(given, parameters):
        raise RecipeError(f"{lines.of(*at, wrong[0])}: source {raw.name!r}: {wrong[0]}: {wrong[1]}")
    for key, uris in (("uris", raw.uris), ("lists", raw.lists), ("root", [raw.root])):
        for number, uri in enumerate(uris):
            if has_open_password(uri):
                raise RecipeError(
                    f"{lines.of(*at, key, number)}: source {raw.name!r}: {key}: a password has a letter"
                    " that must be percent-encoded (/ is %2F, @ is %40, # is %23, ? is %3F)"
                )
            if absent := stores.find_absent(uri):
                raise RecipeError(f"{lines.of(*at, key, number)}: source {raw.name!r}: {key}: {absent}")
    domain = raw.domain or raw.name
    lists = make_lists(given)
    return Source(raw.name, domain, tuple(raw.uris), read, raw.part_bytes, raw.optional, lists)


def _step(raw: _StepTable, lines: Lines, at: At, kinds: tuple[str, ...], uris: Sequence[str] = ()) -> Step:
    place = lines.of(*at, "use")
    if raw.use.endswith(".toml"):
        raise RecipeError(
            f"{place}: {raw.use} is a group, which stands for stages, not for a step; write [[stage]] with"
            f' name, after and use = "{raw.use}"'
        )
    try:
        function = resolve(raw.use)
        declarations.prove(raw.use)
    except ValueError as error:
        raise RecipeError(f"{place}: {error}") from None
    parameters = list(inspect.signature(function).parameters)
    kind = KINDS.get(parameters[0] if parameters else "")
    if kind not in kinds:
        allowed = " or ".join(kinds)
        raise RecipeError(
            f"{place}: {raw.use} is a {kind or 'function, no'} step; a {allowed} step belongs here"
        )
    if raw.where is not None and (
        wrong := row_filter.check(raw.where) if kind == "shard" else "it is for shard steps"
    ):
        raise RecipeError(f"{lines.of(*at, 'where')}: {raw.use}: where: {wrong}")
    try:
        checked, paths = settings.check(function, raw.model_extra or {})
        if absent := find_absent(raw.use, checked, uris):
            raise RecipeError(f"{place}: {absent}")
    except settings.SettingError as error:
        raise RecipeError(f"{lines.of(*at, *(error.path or ['use']))}: {raw.use}: {error}") from None
    for name in paths:
        value = checked[name] = _name_shipped(checked[name])
        if not isinstance(value, str) or STAGE_REFERENCE.fullmatch(value):
            continue
        if wrong := find_damage(Path(value)):
            raise RecipeError(f"{lines.of(*at, name)}: {raw.use}: {name}: {value!r}: {wrong}")
    return Step(raw.use, typing.cast("Any", kind), checked, paths, lines.number(*at, "use"), raw.where)


def _name_shipped(value: str | None) -> str | None:
    """The file that is meant: what is not in the folder of the run may be one that comes with Winnow."""
    shipped = value and not Path(value).exists() and value.split("/")[0] in LEAVES and ROOT / value
    return str(shipped) if shipped and shipped.exists() else value


def _stage(raw: _StageTable, lines: Lines, at: At) -> Stage:
    steps = tuple(
        _step(entry, lines, (*at, "steps", i), ("shard", "corpus")) for i, entry in enumerate(raw.steps)
    )
    kinds = {step.kind for step in steps}
    where = f"{lines.of(*at, 'name')}: stage {raw.name!r}"
    if (kinds == {"corpus"} and len(steps) > 1) or len(kinds) > 1:
        raise RecipeError(f"{where}: a corpus step ({steps[-1].use}) needs a stage of its own")
    kind: Any = kinds.pop()
    if raw.by and kind == "shard":
        raise RecipeError(f"{where}: `by` is for corpus steps; shard steps run by part as they are")
    for key, why in (("replayable", "drops no document"), ("copy_as", "has no documents")):
        if getattr(raw, key) and kind == "corpus":
            raise RecipeError(f"{where}: `{key}` is for shard steps: a corpus step {why}")
    if set("{}") & set((raw.copy_as or "").replace("{source}", "")):
        raise RecipeError(f"{where}: copy_as is {raw.copy_as!r}: the only name in braces is {{source}}")
    references = tuple(
        match[1]
        for step in steps
        for name in step.paths
        if (match := STAGE_REFERENCE.fullmatch(step.settings[name] or ""))
    )
    after = (raw.after,) if isinstance(raw.after, str) else tuple(raw.after)
    if wrong := _check_buckets(raw, steps[0]):
        raise RecipeError(f"{where}: {wrong}")
    flags = (raw.replayable, raw.copy_as, raw.may_be_empty, raw.buckets, raw.until_stable)
    return Stage(raw.name, kind, after, raw.by, steps, references, *flags, tuple(raw.resources.items()))


def _check_buckets(raw: _StageTable, step: Step) -> str | None:
    """What is wrong with what a stage says of buckets, if anything is."""
    reads = "read_bucket" in inspect.signature(step.function).parameters
    if reads and raw.by != BUCKET:
        return f"{step.use} runs by bucket: by = {BUCKET!r}"
    if not reads and (raw.buckets or raw.until_stable):
        return f"`buckets` and `until_stable` are for steps that read the shuffle, which {step.use} does not"
    two = not raw.buckets & (raw.buckets - 1)
    return None if two else f"buckets is {raw.buckets}: it must be a power of two, or 0: by size"


def _order(stages: dict[str, Stage], sources: dict[str, Source], lines: Lines) -> dict[str, Stage]:
    """Stages so that each comes after what it needs; refuses unknown names, cycles and parts met twice."""
    numbers = {name: number for number, name in enumerate(stages)}
    for stage in stages.values():
        for name in (*stage.after, *stage.references):
            if name not in stages and not (name in sources and name in stage.after):
                known = [*sources, *stages]
                place = _find_line(stage, numbers[stage.name], name, lines)
                raise RecipeError(
                    f"{place}: stage {stage.name!r} needs {name!r}, which is neither a source nor a stage;"
                    f" there are: {', '.join(known)}{suggest(name, known)}"
                )
        for name in stage.after if stage.kind == "shard" else ():
            if wrong := _find_no_documents(stage, name, stages, sources):
                place = _find_line(stage, numbers[stage.name], name, lines)
                raise RecipeError(f"{place}: stage {stage.name!r}: {wrong}")
    ordered: dict[str, Stage] = {}
    while len(ordered) < len(stages):
        ready = [
            s
            for s in stages.values()
            if s.name not in ordered and all(n in ordered or n in sources for n in (*s.after, *s.references))
        ]
        if not ready:
            left = [name for name in stages if name not in ordered]
            place = lines.of("stage", numbers[left[0]], "after")
            raise RecipeError(f"{place}: these stages wait for each other: {', '.join(left)}")
        ordered[ready[0].name] = ready[0]
    if twice := _find_parts_met_twice(ordered, sources):
        raise RecipeError(f"{lines.of('stage', numbers[twice[0]], 'after')}: {twice[1]}")
    return ordered


def _find_line(stage: Stage, number: int, name: str, lines: Lines) -> str:
    """`file:line` where a stage names another, in its `after` or in a setting of a step."""
    if name in stage.after:
        at = stage.after.index(name)
        return lines.of("stage", number, "after", at)
    named = f"stage:{name}"
    found = [
        (step.line, key)
        for step in stage.steps
        for key in step.paths
        if (step.settings[key] or "").split("/")[0] == named
    ]
    return lines.of_step(*found[0])


def _find_no_documents(
    stage: Stage, name: str, stages: dict[str, Stage], sources: dict[str, Source]
) -> str | None:
    """Why a stage of shard steps can not follow a stage or source; None where it can."""
    if name in stages:
        is_corpus = stages[name].kind == "corpus"
        return f"{name!r} is a corpus stage and holds no documents by part" if is_corpus else None
    if sources[name].read is None:
        return f"the source {name!r} has no `read` step"
    return f"`copy_as` is for documents of a stage, and {name!r} is a source" if stage.copy_as else None


def _find_parts_met_twice(stages: dict[str, Stage], sources: dict[str, Source]) -> tuple[str, str] | None:
    """A stage that would meet the documents of a source twice, and what to say of it."""
    roots: dict[str, list[str]] = {name: [name] for name in sources}
    for stage in stages.values():
        met = [root for name in stage.after for root in roots.get(name, [])] if stage.kind == "shard" else []
        if twice := sorted({root for root in met if met.count(root) > 1}):
            return stage.name, (
                f"stage {stage.name!r} would meet the documents of {', '.join(twice)} twice; copies of them"
                " (`copy_as`) are documents of their own"
            )
        roots[stage.name] = [f"{stage.name} of {root}" for root in met] if stage.copy_as else met
    return None
