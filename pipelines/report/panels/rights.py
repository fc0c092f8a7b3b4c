"""Licences of what a run kept and dropped: documents and tokens by licence and source, with their evidence.

Read from columns alone: `license` and `license_evidence` of what the last stages kept; reasons of the modules
that tell the measure `licensing`.
"""

import json
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary, add_up, find_finals, find_main_line
from winnow.pipelines.engine.ledger.texts import measure_text
from winnow.pipelines.spec import declarations

EVIDENCE = "license_evidence"
MOST, LONGEST = 30, 200  # licences that are shown; characters of a piece of evidence
NONE = "(none)"
SUMS = ("documents", "tokens", "exact", "bytes")


def of_run(account: RunSummary) -> dict[str, Any] | None:
    """None where no document has a licence and none went for one.

    Else `sources`; `rows`: `license`, `documents`, `tokens` (None where nobody counted them; estimated where
    not `exact`), `bytes`, how many have `evidence`, an `example` of it, documents `by_source`; `others`:
    licences that are not shown; `dropped`: sums by `reason` and `source`.
    """
    kept, dropped = _read_kept(account), _read_dropped(account)
    if dropped.is_empty() and (kept.is_empty() or not kept["license"].count()):
        return None
    sources = kept["source"].value_counts(sort=True)["source"].to_list()
    found = (
        kept.with_columns(pl.col("license").fill_null(NONE))
        .group_by("license")
        .agg(
            *_sums(),
            evidence=pl.col(EVIDENCE).count(),
            example=pl.col(EVIDENCE).drop_nulls().min(),
            **{f"of {source}": (pl.col("source") == source).sum() for source in sources},
        )
        .sort(["tokens", "documents", "license"], descending=[True, True, False], nulls_last=True)
    )
    return {
        "sources": sources,
        "rows": [
            {
                **{name: row[name] for name in ("license", *SUMS, "evidence")},
                "example": _quote(row["example"]),
                "by_source": [row[f"of {source}"] for source in sources],
            }
            for row in found.head(MOST).to_dicts()
        ],
        "others": max(0, found.height - MOST),
        "dropped": dropped.group_by("reason", "source").agg(*_sums()).sort("reason", "source").to_dicts(),
    }


def _quote(evidence: str | None) -> str:
    """The words of the statement that decided, and where they stand: `footer, text: ...`."""
    try:
        first = json.loads(evidence or "[]")[0]
        places = ", ".join(str(first[name]) for name in ("region", "in") if first.get(name))
        return f"{places}: {first['text']}"[:LONGEST]
    except (ValueError, LookupError, TypeError, AttributeError):  # somebody else's form
        return (evidence or "")[:LONGEST]


def _sums() -> list[pl.Expr]:
    """Sums of a group; where tokens were counted of some documents only, by the bytes a token of these."""
    size, tokens = pl.col("text_bytes"), pl.col("token_count")
    counted = size.filter(tokens.is_not_null()).sum()
    return [
        pl.len().alias("documents"),
        pl.when(counted > 0).then(tokens.sum() * size.sum() / counted).round().alias("tokens"),
        (tokens.null_count() == 0).alias("exact"),
        size.sum().alias("bytes"),
    ]


SCHEMA = {
    "source": pl.String,
    "license": pl.String,
    "token_count": pl.Int64,
    "text_bytes": pl.Int64,
    EVIDENCE: pl.String,
}


def _read_kept(account: RunSummary) -> pl.DataFrame:
    """What the last stages of each source kept, without texts."""
    finals = find_finals(account)
    frames = [pl.DataFrame(schema=SCHEMA)]
    for name in dict.fromkeys(finals.values()):
        mine = [source for source, stage in finals.items() if stage == name]
        for file in account.stages[name].files("kept"):
            there = documents.columns(file)
            rows = pl.scan_parquet(file, glob=False).filter(pl.col("source").is_in(mine))
            rows = rows.with_columns(text_bytes=measure_text(rows.collect_schema()))
            some = [each for each in SCHEMA if each in there or each == "text_bytes"]
            frames.append(rows.select(pl.col(each).cast(SCHEMA[each]) for each in some).collect())
    return pl.concat(frames, how="diagonal")


def _read_dropped(account: RunSummary) -> pl.DataFrame:
    """What went for its licence, along the main line."""
    schema = {"reason": pl.String, **{name: SCHEMA[name] for name in ("source", "token_count", "text_bytes")}}
    frames = [pl.DataFrame(schema=schema)]
    names = [module.rpartition(".")[2] for module in declarations.list_modules("measure", "licensing")]
    for stage in find_main_line(account):
        if any(reason.partition(".")[0] in names for reason in add_up(stage, "reasons")):
            for file in stage.files("dropped"):
                rows = pl.scan_parquet(file, glob=False).filter(
                    pl.col("reason").str.split(".").list.first().is_in(names)
                )
                frames.append(rows.select(pl.col(name).cast(schema[name]) for name in schema).collect())
    return pl.concat(frames)
