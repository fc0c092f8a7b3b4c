"""What steps declare of columns, held against what they do."""

import polars as pl

from winnow.pipelines.spec import columns, recipe, schema


def declared_is_done(step: recipe.Step, docs: pl.DataFrame) -> None:
    """A shard step adds what it declares, changes nothing else, and reads what it says that it needs."""
    docs = docs.drop("drop_reason", strict=False)
    needed, declared = columns.needs(step), columns.adds(step)
    assert needed is not None and declared is not None, f"{step.use} declares nothing"
    after = step.function(docs, **step.settings).drop(schema.WORK, strict=False)
    new = set(after.columns) - set(docs.columns) - {"drop_reason"}
    told = {name for name in declared if not name.endswith("?")} - set(docs.columns)
    assert new == told, f"{step.use} adds {new}, and declares {told}"
    changed = {name for name in docs.columns if not after[name].equals(docs[name], null_equal=True)}
    more = changed - {name.removesuffix("?") for name in declared}
    assert not more, f"{step.use} changes {more}, which it does not declare"
    for name in needed:
        column = columns.strip(name)
        assert _reads(step, docs, after, column), f"{step.use} says that it needs {column}, and reads it not"


def _reads(step: recipe.Step, docs: pl.DataFrame, after: pl.DataFrame, column: str) -> bool:
    """Whether the step fails without the column, or comes to another result."""
    try:
        without = step.function(docs.drop(column), **step.settings)
    except Exception:
        return True
    both = [name for name in after.columns if name in without.columns]
    return not after.select(both).equals(without.select(both))


def filled_is_declared(step: recipe.Step, frame: pl.DataFrame) -> None:
    """A reader fills what it declares, in the type that it declares, and nothing else."""
    declared = columns.adds(step)
    assert declared is not None, f"{step.use} declares nothing"
    fate = {"drop_reason", "error", "place", schema.WORK}
    held = {name for name in frame.columns if frame[name].null_count() < frame.height} - fate
    always = columns.ALWAYS - {"text", "metadata"}
    assert held - always == set(declared) - always, f"{step.use} fills {held}, and declares {set(declared)}"
    for name, dtype in declared.items():
        assert frame.schema[name] == dtype, f"{step.use}: {name}"
