"""A recipe as its TOML file says it.

Everything that can be wrong without reading data is refused here, with the file and the line: unknown
keys, steps, settings and stages, wrong types, cycles, files that are not there.
"""

import inspect
import tomllib
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pydantic

from pipelines import columns, groups, where
from pipelines.address import KINDS, options, resolve
from pipelines.crawl import CRAWL, SEGMENT, Kind, find_problem, make_lists
from pipelines.files import find_damage
from pipelines.lines import Lines, explain, first_problem, of_table, suggest
from pipelines.recipe import MAX_DUPLICATES, STAGE_REFERENCE, Recipe, RecipeError, Source, Stage, Step
from pipelines.screen.redact import has_open_password

DEFAULT_PART_BYTES = 64 * 2**20


class _StepTable(pydantic.BaseModel, extra="allow"):
    use: str
    where: Any = None


class _SourceTable(pydantic.BaseModel, extra="forbid"):
    name: str = pydantic.Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    uris: list[str] = pydantic.Field([], min_length=1)
    lists: list[str] = pydantic.Field([], min_length=1)
    root: str = pydantic.Field("", min_length=1)
    crawl: str = pydantic.Field("", pattern=CRAWL)
    kind: Kind = "warc"
    segments: list[Annotated[str, pydantic.Field(pattern=SEGMENT)]] = pydantic.Field([], min_length=1)
    share: float = pydantic.Field(1.0, gt=0, le=1)
    seed: int = 0
    read: _StepTable | None = None
    part_bytes: int = pydantic.Field(DEFAULT_PART_BYTES, gt=0)
    optional: bool = False
    domain: str | None = None


class _StageTable(pydantic.BaseModel, extra="forbid"):
    name: str = pydantic.Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    after: str | list[str]
    by: str | None = None
    replayable: bool = False
    copy_as: str | None = pydantic.Field(None, min_length=1)
    may_be_empty: bool = False
    steps: list[_StepTable] = pydantic.Field(min_length=1)


class _RecipeTable(pydantic.BaseModel, extra="forbid"):
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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    text, places = groups.expand(path, text)
    lines = Lines(path, text, places)
    try:
        raw = _RecipeTable.model_validate(tomllib.loads(text))
    except pydantic.ValidationError as error:
        raise RecipeError(explain(lines, text, error, KEYS)) from None
    sources: dict[str, Source] = {}
    for number, entry in enumerate(raw.source):
        if entry.name in sources:
            raise RecipeError(
                f"{lines.where(lines.of_name(entry.name))}: two sources are named {entry.name!r}"
            )
        sources[entry.name] = _source(entry, lines, of_table(text, ("source", number)))
    stages: dict[str, Stage] = {}
    for item in raw.stage:
        if item.name in stages or item.name in sources:
            raise RecipeError(
                f"{lines.where(lines.of_name(item.name))}: the name {item.name!r} is taken already"
            )
        stages[item.name] = _stage(item, lines)
    ordered = _order(stages, sources, lines)
    recipe = Recipe(raw.name, text, raw.max_failed, raw.max_duplicates, sources, ordered, tuple(places))
    if wrong := columns.find_problem(recipe):
        raise RecipeError(f"{lines.where(wrong[0])}: {wrong[1]}")
    return recipe


def _source(raw: _SourceTable, lines: Lines, line: int) -> Source:
    read = None if raw.read is None else _step(raw.read, lines, ("source",))
    given = {name: getattr(raw, name) for name in raw.model_fields_set}
    parameters = set() if read is None else set(inspect.signature(read.function).parameters)
    if wrong := find_problem(given, parameters):
        where = lines.where(lines.of_key(line, wrong[0]))
        raise RecipeError(f"{where}: source {raw.name!r}: {wrong[0]}: {wrong[1]}")
    lists = make_lists(given)
    for uri in (*raw.uris, *raw.lists, raw.root):
        if has_open_password(uri):
            raise RecipeError(
                f"{lines.where(lines.of_name(raw.name))}: source {raw.name!r}: uris: a password has a letter"
                " that must be percent-encoded (/ is %2F, @ is %40, # is %23, ? is %3F)"
            )
    domain = raw.domain or raw.name
    return Source(raw.name, domain, tuple(raw.uris), read, raw.part_bytes, raw.optional, lists)


def _step(raw: _StepTable, lines: Lines, kinds: tuple[str, ...]) -> Step:
    line = lines.next_use(raw.use)
    place = lines.where(line)
    try:
        function = resolve(raw.use)
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
        wrong := where.check(raw.where) if kind == "shard" else "it is for shard steps"
    ):
        raise RecipeError(f"{lines.where(lines.of_key(line, 'where'))}: {raw.use}: where: {wrong}")
    settings, paths = _settings(function, raw, lines, line)
    for name in paths:
        value = settings[name]
        if not isinstance(value, str) or STAGE_REFERENCE.fullmatch(value):
            continue
        if wrong := find_damage(Path(value)):
            at = lines.of_key(line, name)
            raise RecipeError(f"{lines.where(at)}: {raw.use}: {name}: {value!r}: {wrong}")
    return Step(raw.use, typing.cast("Any", kind), settings, paths, line, raw.where)


def _settings(
    function: Callable[..., Any], raw: _StepTable, lines: Lines, line: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings checked against the signature, defaults filled in; and the names of those that are paths."""
    given = dict(raw.model_extra or {})
    hints = typing.get_type_hints(function)
    known = options(function)
    fields: dict[str, Any] = {
        p.name: (_plain(hints[p.name]), ... if p.default is p.empty else p.default) for p in known
    }
    config = pydantic.ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    try:
        checked = pydantic.create_model("settings", __config__=config, **fields).model_validate(given)
    except pydantic.ValidationError as error:
        problem = first_problem(error)
        key = str(problem["loc"][0]) if problem["loc"] else ""
        names = [p.name for p in known]
        hint = f"; its settings: {', '.join(names) or 'none'}{suggest(key, names)}"
        hint = hint if problem["type"] == "extra_forbidden" and key not in names else ""
        said = {"extra_forbidden": "no such setting", "missing": "this setting must be given"}
        message = said.get(problem["type"], problem["msg"])
        at = lines.of_key(line, key) if key in given else line
        if problem["type"] in said and len(problem["loc"]) > 1:  # of a table inside a setting
            key = ".".join(map(str, problem["loc"]))
        raise RecipeError(f"{lines.where(at)}: {raw.use}: {key}: {message}{hint}") from None
    paths = tuple(p.name for p in known if _is_path(hints[p.name]))
    settings = {p.name: getattr(checked, p.name) for p in known}
    return {name: str(v) if name in paths and v is not None else v for name, v in settings.items()}, paths


def _is_path(hint: Any) -> bool:
    return hint is Path or Path in typing.get_args(hint)


def _plain(hint: Any) -> Any:
    """A path is written as a string in a recipe."""
    if hint is Path:
        return str
    return str | None if _is_path(hint) else hint


def _stage(raw: _StageTable, lines: Lines) -> Stage:
    steps = tuple(_step(entry, lines, ("shard", "corpus")) for entry in raw.steps)
    kinds = {step.kind for step in steps}
    where = f"{lines.where(lines.of_name(raw.name))}: stage {raw.name!r}"
    if (kinds == {"corpus"} and len(steps) > 1) or len(kinds) > 1:
        raise RecipeError(f"{where}: a corpus step ({steps[-1].use}) needs a stage of its own")
    kind: Any = kinds.pop()
    if raw.by and kind == "shard":
        raise RecipeError(f"{where}: `by` is for corpus steps; shard steps run by part as they are")
    if raw.replayable and kind == "corpus":
        raise RecipeError(f"{where}: `replayable` is for shard steps: a corpus step drops no document")
    if raw.copy_as and kind == "corpus":
        raise RecipeError(f"{where}: `copy_as` is for shard steps: a corpus step has no documents")
    if set("{}") & set((raw.copy_as or "").replace("{source}", "")):
        raise RecipeError(f"{where}: copy_as is {raw.copy_as!r}: the only name in braces is {{source}}")
    references = tuple(
        match[1]
        for step in steps
        for name in step.paths
        if (match := STAGE_REFERENCE.fullmatch(step.settings[name] or ""))
    )
    after = (raw.after,) if isinstance(raw.after, str) else tuple(raw.after)
    flags = (raw.replayable, raw.copy_as, raw.may_be_empty)
    return Stage(raw.name, kind, after, raw.by, steps, references, *flags)


def _order(stages: dict[str, Stage], sources: dict[str, Source], lines: Lines) -> dict[str, Stage]:
    """Stages so that each comes after what it needs; refuses unknown names, cycles and parts met twice."""
    for stage in stages.values():
        where = f"{lines.where(lines.of_name(stage.name))}: stage {stage.name!r}"
        for name in (*stage.after, *stage.references):
            if name not in stages and not (name in sources and name in stage.after):
                known = [*sources, *stages]
                raise RecipeError(
                    f"{where} needs {name!r}, which is neither a source nor a stage;"
                    f" there are: {', '.join(known)}{suggest(name, known)}"
                )
        for name in stage.after if stage.kind == "shard" else ():
            if wrong := _find_no_documents(stage, name, stages, sources):
                raise RecipeError(f"{where}: {wrong}")
    ordered: dict[str, Stage] = {}
    while len(ordered) < len(stages):
        ready = [
            s
            for s in stages.values()
            if s.name not in ordered and all(n in ordered or n in sources for n in (*s.after, *s.references))
        ]
        if not ready:
            left = ", ".join(name for name in stages if name not in ordered)
            raise RecipeError(f"{lines.path}: these stages wait for each other: {left}")
        ordered[ready[0].name] = ready[0]
    _refuse_parts_met_twice(ordered, sources, lines)
    return ordered


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


def _refuse_parts_met_twice(stages: dict[str, Stage], sources: dict[str, Source], lines: Lines) -> None:
    roots: dict[str, list[str]] = {name: [name] for name in sources}
    for stage in stages.values():
        met = [root for name in stage.after for root in roots.get(name, [])] if stage.kind == "shard" else []
        twice = sorted({root for root in met if met.count(root) > 1})
        if twice:
            at = lines.of_name(stage.name)
            raise RecipeError(
                f"{lines.where(at)}: stage {stage.name!r} would meet the documents of"
                f" {', '.join(twice)} twice; copies of them (`copy_as`) are documents of their own"
            )
        roots[stage.name] = [f"{stage.name} of {root}" for root in met] if stage.copy_as else met
