"""Eval items in one shape: for finding leaks of them, and for scoring what a mix has learnt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

FILE = "items.parquet"
SCHEMA: dict[str, Any] = {
    "eval": pl.String,  # its name
    "item": pl.String,  # the item's own id, unique within the eval
    "kind": pl.String,  # `choice`, `generate` or `code`
    "question": pl.String,  # alone: no instruction, no examples, no quoted passage
    "choices": pl.List(pl.String),  # empty unless `kind` is `choice`
    "answer": pl.String,  # the gold answer as a model would write it: of a choice its text, not its letter
    "answer_index": pl.Int64,  # which choice is gold; null unless `kind` is `choice`
    "context": pl.String,  # the passage that the question quotes; null where it quotes none
    "solution": pl.String,  # what explains the answer, beside it; null where the eval says no more
    "prompt": pl.String,  # zero-shot, ends with its own separator: a model reads `prompt + answer`
}
OPTIONAL: dict[str, Any] = {"choices": [], "context": None, "solution": None, "answer_index": None}


def read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a table of items, those of `OPTIONAL` filled in; ValueError where another one is missing."""
    rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    there = rows.collect_schema().names()
    if missing := [name for name in columns if name not in {*there, *OPTIONAL}]:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(there)}")
    absent = {name: pl.lit(value, SCHEMA[name]) for name, value in OPTIONAL.items() if name not in there}
    return rows.with_columns(**absent).select(pl.col(name).cast(SCHEMA[name]) for name in columns).collect()
