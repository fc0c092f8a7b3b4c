"""The columns of a stage, from step to step, and what every batch is held to.

All parts of a stage have one schema. It follows from the columns that its documents come in with, which the
driver names, and from what the steps make of no documents: by their law that is what they make of some.
"""

from collections.abc import Sequence

import polars as pl

from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work.child import Child
from winnow.pipelines.spec import columns, schema
from winnow.pipelines.spec.recipe import Step
from winnow.pipelines.spec.schema import Columns, ContractError

MAX_KNOWN = 100

_known: dict[str, list[Columns]] = {}


def infer_schema(steps: Sequence[Step], given: Columns, worker: Child | None) -> list[Columns]:
    """The columns before the first step and after each: found once per process, by a run on an empty batch.

    Raises ContractError where a step cannot take that, or gives other columns than it declares.
    """
    key = repr([given, *((step.use, step.settings, step.where) for step in steps)])
    if key not in _known:
        found, frame = [given], pl.DataFrame(schema=given)
        for step in steps:
            frame = _run_empty(step, frame, worker)
            found.append(dict(frame.schema))
        if len(_known) >= MAX_KNOWN:  # a worker may live for many runs
            _known.clear()
        _known[key] = found
    return _known[key]


def _run_empty(step: Step, frame: pl.DataFrame, worker: Child | None) -> pl.DataFrame:
    """No documents after a step, with the columns that it gives."""
    try:
        result = (
            worker.apply(step.use, step.settings, frame) if worker else step.function(frame, **step.settings)
        )
    except (OSError, ImportError, code.OtherCode):  # of the machine or the worker, not of the step
        raise
    except Exception as error:
        told = f"raises on an empty batch (0 rows), which a part may have: {type(error).__name__}"
        raise ContractError(f"{step.use} {told}: {error}") from error
    check(step, frame, result)
    result = schema.complete(result.drop("drop_reason", schema.WORK, strict=False))
    for name, dtype in frame.schema.items():
        if result.schema[name] != dtype:
            raise ContractError(
                f"{step.use} makes the column {name!r} {result.schema[name]}, and it was {dtype} before"
            )
    declared = columns.adds(step)
    if declared is not None:
        _compare(step, set(result.columns) - set(frame.columns), set(declared), set(result.columns))
    return result


def _compare(step: Step, new: set[str], declared: set[str], there: set[str]) -> None:
    if undeclared := sorted(new - {name.removesuffix("?") for name in declared}):
        raise ContractError(f"{step.use} adds the column {undeclared[0]!r}, which it does not declare")
    if missing := sorted(name for name in declared if not name.endswith("?") and name not in there):
        raise ContractError(f"{step.use} declares the column {missing[0]!r} and does not add it")


def check(step: Step, before: pl.DataFrame, after: pl.DataFrame) -> None:
    """ContractError where a step removed columns, or removed, added or reordered rows."""
    missing = [name for name in before.columns if name not in after.columns]
    if missing:
        raise ContractError(f"{step.use} removed the columns {missing}")
    if not before["id"].equals(after["id"]):
        raise ContractError(f"{step.use} removed, added or reordered rows")


def cast_to_schema(frame: pl.DataFrame, wanted: Columns, who: str) -> pl.DataFrame:
    """A batch with these columns, in their order, those that it lacks as nulls, and what it has of its fate.

    Raises ContractError, which names `who` gave it, where it has another column or another type.
    """
    found = dict(frame.schema)
    fate = {name: found.pop(name) for name in schema.FATE if name in found}
    if list(found.items()) == list(wanted.items()) and all(dtype == pl.String for dtype in fate.values()):
        return frame
    for name, dtype in found.items():
        if name not in wanted:
            raise ContractError(
                f"{who} gives the column {name!r} ({dtype}), which the stage does not have: a reader declares"
                " it with its type, and a step adds it to no documents too"
            )
        if dtype not in (wanted[name], pl.Null) and name not in schema.DOCUMENT:
            raise ContractError(
                f"{who} gives the column {name!r} as {dtype}; in this stage it is {wanted[name]}"
            )
    return frame.select(
        *(
            (pl.col(name) if name in found else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in wanted.items()
        ),
        *(pl.col(name).cast(pl.String) for name in fate),
    )
