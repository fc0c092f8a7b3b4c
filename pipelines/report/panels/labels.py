"""The names that a stage gave its documents: types of text and page, topics, formats; how many have each."""

from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.histograms import sample
from winnow.pipelines.spec import declarations, schema

MOST = 30  # different values: a column with more is no label
LEAST = 2  # documents a value, in the mean: a column with fewer tells of each document
LONGEST = 60  # characters of a value that is shown
MOST_SOURCES = 8
NONE = "(null)"


def of_stage(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """One entry per column of names that is new in this stage, of the documents that it kept, by an even
    sample: `name`, `documents` (how many were looked at), `sources` (the largest ones), and `rows`: `label`,
    `documents` and `tokens` (shares; None where nobody counted tokens), `by_source` (shares of documents).
    """
    names = _find_new(stage, account)
    if not names:
        return []
    rows = sample(stage.files("kept"), ["source", "token_count", *names])
    return [_count(rows, name) for name in names if name in rows.columns and _is_label(rows[name])]


def _is_label(values: pl.Series) -> bool:
    said = values.drop_nulls()
    return 1 < values.n_unique() <= MOST and len(said) >= LEAST * said.n_unique()


def _find_new(stage: Stage, account: RunSummary) -> list[str]:
    """Columns of strings that no stage upstream had, but for those that every document has: of these only
    the language, where a step here finds it."""
    before = {name for up in stage.upstream for name in _list_strings(account.stages[up])}
    found = ["language"] if any(declarations.does(step["use"], "identify") for step in stage.steps) else []
    return found + [name for name in _list_strings(stage) if name not in before | set(schema.DOCUMENT)]


def _list_strings(stage: Stage) -> list[str]:
    for file in stage.files("kept")[:1]:
        return [name for name, dtype in documents.columns(file).items() if dtype == pl.String]
    return []


def _count(rows: pl.DataFrame, name: str) -> dict[str, Any]:
    rows = rows.with_columns(label=pl.col(name).str.slice(0, LONGEST).fill_null(NONE))
    tokens = rows["token_count"] if "token_count" in rows.columns else pl.Series([None])
    counted = not tokens.null_count() and tokens.sum() > 0
    sources = rows["source"].value_counts(sort=True, name="n").sort(["n", "source"], descending=[True, False])
    shown = sources.head(MOST_SOURCES)
    found = rows.group_by("label").agg(
        documents=pl.len() / rows.height,
        tokens=pl.col("token_count").sum() / tokens.sum() if counted else pl.lit(None, pl.Float64),
        **{
            f"of {source}": (pl.col("source") == source).sum() / number
            for source, number in shown.iter_rows()
        },
    )
    found = found.sort(["documents", "label"], descending=[True, False])
    return {
        "name": name,
        "documents": rows.height,
        "sources": shown["source"].to_list(),
        "others": sources.height - shown.height,
        "rows": [
            {**row, "by_source": [row[f"of {source}"] for source in shown["source"]]}
            for row in found.to_dicts()
        ],
    }
