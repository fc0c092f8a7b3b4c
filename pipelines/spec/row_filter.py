"""Which documents a step of a recipe judges: `where = { page_type = ["article", "forum"] }`.

A step with it gets only those documents whose columns have one of the values named; a null is `none`. The
others pass it as they are: what it would add is null, or what a step before it said.
"""

from collections.abc import Callable, Mapping

import polars as pl

Where = Mapping[str, list[str]]
NONE = "none"  # what stands for a null


def check(given: object) -> str | None:
    """What is wrong with a `where` as a recipe has it; else None."""
    if not isinstance(given, dict) or not given:
        return 'it names columns and their values, as { language = ["en"] }'
    for column, values in given.items():
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            return f"{column}: it is a list of strings, those values for which the step judges"
    return None


def select(frame: pl.DataFrame, where: Where) -> pl.Series:
    """True for each document that is judged."""
    fits = [pl.col(name).cast(pl.String).fill_null(NONE).is_in(values) for name, values in where.items()]
    return frame.select(pl.all_horizontal(fits)).to_series()


def holds(document: Mapping[str, object], where: Where | None) -> bool:
    """Whether one document is judged."""
    values = {name: document.get(name) for name in where or ()}
    return all(str(NONE if value is None else value) in (where or {})[name] for name, value in values.items())


def apply(
    frame: pl.DataFrame, where: Where | None, judge: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """What a shard step makes of the documents that it judges, among the others, in their order."""
    docs = choose(frame, where)
    return put_back(frame, where, judge(docs)) if docs.height or not frame.height else frame


def choose(frame: pl.DataFrame, where: Where | None) -> pl.DataFrame:
    """The documents that a step judges."""
    return frame.filter(select(frame, where)) if where and frame.height else frame


def put_back(frame: pl.DataFrame, where: Where | None, judged: pl.DataFrame) -> pl.DataFrame:
    """What a step made of the documents that it judges, among the others, in their order."""
    if not where or judged.height == frame.height:
        return judged
    return merge(frame, select(frame, where), judged)


def merge(frame: pl.DataFrame, chosen: pl.Series, judged: pl.DataFrame) -> pl.DataFrame:
    """What was made of the chosen rows, among the others, in their order."""
    order = pl.concat([chosen.arg_true(), (~chosen).arg_true()]).arg_sort()
    return pl.concat([judged, frame.filter(~chosen)], how="diagonal_relaxed")[order]


def are_apart(one: Where | None, other: Where | None) -> bool:
    """Whether no document can be judged by both."""
    shared = set(one or ()) & set(other or ())
    return any(not set(one[name]) & set(other[name]) for name in shared) if one and other else False
