"""What a step needs and what it adds, as its signature says, and whether a recipe's steps fit together.

    def keep(docs: Annotated[pl.DataFrame, "language", "language_score"], ...) -> pl.DataFrame:
    def tokens(docs: Annotated[pl.DataFrame, "text"], ...) -> Annotated[pl.DataFrame, "token_count"]:

What stands on the first parameter is needed; what stands on the return annotation is there afterwards:
added, or given other values. An item is a name, a tuple of names, a dict of names and types, or a function
of the settings that gives names or such a dict; `{key}` in a name stands for a setting. Two marks say that
documents may lack a column: one with a question mark (`url?`) is needed on one way into the stage, since
without it the step does nothing; one in brackets (`[license]`) is taken where it is there, and never
missed. Among what a step adds, `license?` is set where it is there. A source step adds to what every
document has; a corpus step's return annotation names the columns of its tables. A step that says nothing is
open: nothing is refused on its behalf.
"""

import functools
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from winnow.pipelines.spec.address import find_steps
from winnow.pipelines.spec.lines import suggest
from winnow.pipelines.spec.recipe import Recipe, Source, Stage, Step
from winnow.pipelines.spec.schema import COPY, DOCUMENT

# What every document has, whatever its source; the other columns of a document may be there and empty.
ALWAYS = frozenset({"id", "source", "uri", "key", "text", "metadata"})

Names = Mapping[str, pl.DataType | None]
Known = frozenset[str] | None  # None: anything may be there


def needs(step: Step) -> list[str] | None:
    """The columns that a step needs with its settings, with `?` those that one way may lack, in brackets
    those that every way may; None: open."""
    parameter = next(iter(inspect.signature(step.function).parameters))
    found = _resolve(_read_declarations(step.function).get(parameter), step.settings)
    return None if is_open(step.function) else list(found)


def adds(step: Step) -> Names | None:
    """The columns that are there after a step, with their types where declared; None: open.

    One with `?` gets other values where it is there.
    """
    found = _resolve(_read_declarations(step.function).get("return"), step.settings)
    return None if is_open(step.function) else found


def strip(name: str) -> str:
    """The name of a column without its mark."""
    return name.strip("[]").removesuffix("?")


def is_open(function: Callable[..., Any]) -> bool:
    """Whether a step declares neither what it needs nor what it adds."""
    return not _read_declarations(function)


def describe(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """What a step needs and adds, whatever its settings: names in backticks, and in words what depends."""
    first = next(iter(inspect.signature(function).parameters))
    declared = _read_declarations(function)
    return _describe_items(declared.get(first, ())), _describe_items(declared.get("return", ()))


@functools.cache
def _read_declarations(function: Callable[..., Any]) -> dict[str, tuple[Any, ...]]:
    """The items that stand on a step's first parameter and on its return annotation."""
    hints = typing.get_type_hints(function, include_extras=True)
    first = next(iter(inspect.signature(function).parameters))
    found = {}
    for name in (first, "return"):
        items = getattr(hints.get(name), "__metadata__", ())
        items = tuple(item for item in items if isinstance(item, (str, tuple, Mapping)) or callable(item))
        if items:
            found[name] = items
    return found


def _resolve(items: Iterable[Any] | None, settings: Mapping[str, Any]) -> dict[str, pl.DataType | None]:
    found: dict[str, pl.DataType | None] = {}
    for item in items or ():
        if callable(item):
            item = item(settings)
            item = item if isinstance(item, Mapping) else tuple(item)
        if isinstance(item, Mapping):
            found |= {name.format_map(settings): _instantiate(dtype) for name, dtype in item.items()}
        else:
            names = (item,) if isinstance(item, str) else item
            found |= {name.format_map(settings): DOCUMENT.get(name) for name in names}
    return found


def _instantiate(dtype: Any) -> pl.DataType | None:
    """`pl.String` and `pl.String()` are the same type."""
    return dtype if dtype is None or isinstance(dtype, pl.DataType) else dtype()


def _describe_items(items: Iterable[Any]) -> list[str]:
    found = []
    for item in items:
        if callable(item):
            words = " ".join((inspect.getdoc(item) or "").split()).removesuffix(".")
            found.append(words[:1].lower() + words[1:])
        else:
            names = (item,) if isinstance(item, str) else item
            where = " where it is there"
            found += [f"`{strip(name)}`{where * (name != strip(name))}" for name in names]
    return found


def find_problem(recipe: Recipe) -> tuple[int, str] | None:
    """The first thing in a recipe that does not fit together: its line, and what is wrong; else None."""
    if unclear := _find_unclear(recipe):
        return unclear
    every: dict[str, Known] = {source.name: _list_columns(source) for source in recipe.sources.values()}
    some = dict(every)
    for stage in recipe.stages.values():
        here, anywhere = _meet(recipe, stage, every), _join(recipe, stage, some)
        if stage.copy_as:
            here, anywhere = (None if known is None else known | {*COPY} for known in (here, anywhere))
        for step in stage.steps:
            needed = [name for name in needs(step) or () if not name.startswith("[")]
            for name in (*needed, *(step.where or ())):
                column, known = strip(name), anywhere if name.endswith("?") else here
                if known is not None and column not in known:
                    way = _trace_way(recipe, stage, column, some if name.endswith("?") else every)
                    wrong = f"{step.use} needs the column {column!r}, which nothing makes on the way {way}"
                    return step.line, f"stage {stage.name!r}: {wrong}{_suggest(recipe, column, known)}"
            here, anywhere = _pass(step, here), _pass(step, anywhere)
        every[stage.name], some[stage.name] = here, anywhere
    return None


def _find_unclear(recipe: Recipe) -> tuple[int, str] | None:
    """The first declaration that the settings make no sense of, or a reader's column without a type."""
    readers = [source.read for source in recipe.sources.values() if source.read is not None]
    for step in [*readers, *(step for stage in recipe.stages.values() for step in stage.steps)]:
        try:
            needs(step)
            added = adds(step) or {}
        except ValueError as error:
            return step.line, f"{step.use}: {error}"
        untyped = [name for name, dtype in added.items() if dtype is None]
        if step.kind == "source" and untyped:
            return step.line, f"{step.use} declares the column {untyped[0]!r} without its type"
    return None


def of_source(source: Source) -> dict[str, pl.DataType]:
    """The columns of a source's documents: those that every document has, and what its reader declares."""
    declared = (None if source.read is None else adds(source.read)) or {}
    typed = {name: dtype for name, dtype in declared.items() if dtype is not None}
    return DOCUMENT | typed | DOCUMENT


def _list_columns(source: Source) -> Known:
    declared = None if source.read is None else adds(source.read)
    return None if declared is None else ALWAYS | frozenset(declared)


def _list_known(recipe: Recipe, stage: Stage, known: Mapping[str, Known]) -> list[Known]:
    """What comes from each that a stage follows; a corpus step takes the files of a source as they are."""
    raw = recipe.sources if stage.kind == "corpus" else ()
    return [None if name in raw else known[name] for name in stage.after]


def _meet(recipe: Recipe, stage: Stage, known: Mapping[str, Known]) -> Known:
    """What documents have that come into a stage on whatever way."""
    closed = [columns for columns in _list_known(recipe, stage, known) if columns is not None]
    return frozenset.intersection(*closed) if closed else None


def _join(recipe: Recipe, stage: Stage, known: Mapping[str, Known]) -> Known:
    """What documents have that come into a stage on one way or another."""
    closed = [columns for columns in _list_known(recipe, stage, known) if columns is not None]
    return frozenset.union(*closed) if len(closed) == len(stage.after) else None


def _pass(step: Step, known: Known) -> Known:
    added = adds(step)
    if step.kind == "corpus":  # tables of its own
        return frozenset(added) if added else None
    return None if added is None or known is None else known | {name.removesuffix("?") for name in added}


def _trace_way(recipe: Recipe, stage: Stage, column: str, known: Mapping[str, Known]) -> str:
    """A way to a stage on which nothing makes a column: `web -> web.extracted -> web.filtered`."""
    way, above = [stage.name], stage
    while True:
        without = [n for n in above.after if (columns := known[n]) is not None and column not in columns]
        if not without:
            return " -> ".join(way)
        way.insert(0, without[0])
        if without[0] not in recipe.stages or recipe.stages[without[0]].kind == "corpus":
            return " -> ".join(way)
        above = recipe.stages[without[0]]


def _suggest(recipe: Recipe, column: str, known: frozenset[str]) -> str:
    """Who makes the column, in this recipe or at all, or a name that is like it."""
    names = set(known)
    for stage in recipe.stages.values():
        for step in stage.steps:
            added = adds(step) or {}
            if column in added:
                return f"; {step.use} makes it in stage {stage.name!r}"
            names |= set(added)
    made = (
        (use, describe(function)[1]) for use, kind, function in find_steps(f'"{column}"') if kind != "corpus"
    )
    makers = [use for use, added in made if any(words.startswith(f"`{column}`") for words in added)]
    if makers:
        return f"; {' or '.join(makers[-3:])} makes it"
    return suggest(column, [*names, *DOCUMENT])
