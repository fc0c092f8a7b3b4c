"""Lengths of documents by source on the report, and what a stage refused of the long ones; counted in all
files."""

from typing import Any

import polars as pl

EDGES = [2_048, 8_192, 32_768, 131_072]
BUCKETS = ("<2K", "2-8K", "8-32K", "32-128K", "128K and more")
JUDGE = "filters.long:keep_band"
MEASURED = "long_gzip_ratio"  # null where a document was not looked at, as it is not long
COLUMNS = ("source", "token_count", MEASURED, "reason")
LONG = {"documents": pl.len(), "tokens": pl.col("tokens").sum()} | {
    f"refused_{name}": (pl.col(name) if name == "tokens" else pl.lit(1)).filter(pl.col("refused")).sum()
    for name in ("documents", "tokens")
}
TOLD = (
    "Tokens and documents of each source by the tokens of a document (K is 1,024), before this stage drops;"
    " darker is more of the source's tokens. Right: the long documents, and what this stage refused of them."
)


def panel(stage: Any) -> dict[str, Any] | None:
    """A row for each source, and one for all where there are several."""
    found = count(stage)
    if not found:
        return None
    rows = [_lay_out(row) for row in found if row["source"] is not None or len(found) > 2]
    head = ["source", *BUCKETS, "long", "refused", "of their tokens"]
    return {
        "name": "lengths",
        "title": "Documents by length",
        "show": [TOLD, {"head": head, "rows": rows}],
        "figures": found,
    }


def _lay_out(row: dict[str, Any]) -> list[Any]:
    whole, long = sum(row["tokens"].values()), row["long"]
    refused = long["refused_tokens"] / long["tokens"] if long["tokens"] else 0.0
    return [
        "all" if row["source"] is None else row["source"],
        *(_lay_out_bucket(row["tokens"][name], row["documents"][name], whole) for name in BUCKETS),
        long["documents"],
        long["refused_documents"],
        {"value": refused, "as": "share"} if long["refused_documents"] else "-",
    ]


def _lay_out_bucket(tokens: int, documents: int, whole: int) -> dict[str, Any] | None:
    if not documents:
        return None
    told = f"{documents:,} {'document' if documents == 1 else 'documents'}"
    return {"value": tokens, "as": "compact", "small": told, "heat": tokens / whole if whole else 0}


def count(stage: Any) -> list[dict[str, Any]]:
    """Of a stage that judges long documents, a row for each source and one for all (`source` None).

    Each has `documents` and `tokens`, both by bucket, and `long`: `documents`, `tokens`, `refused_documents`
    and `refused_tokens` of those that were measured. Failed documents are in no row.
    """
    if all(step["use"] != JUDGE for step in stage.steps):
        return []
    frames = [_select(rows) for fate in ("kept", "dropped") for _, rows in stage.scan(fate)]
    rows = pl.concat([frame for frame in frames if frame.height] or frames, how="diagonal_relaxed")
    if rows.is_empty():
        return []
    tokens = pl.col("token_count").cast(pl.Int64)
    rows = rows.select(
        pl.col("source").fill_null(""),
        tokens.fill_null(0).alias("tokens"),
        pl.sum_horizontal([tokens >= edge for edge in EDGES], ignore_nulls=False).alias("bucket"),
        pl.col(MEASURED).is_not_null().alias("long"),
        pl.col("reason").is_not_null().alias("refused"),
    )
    sources = rows.partition_by("source", as_dict=True)
    return [_count(str(name), sources[name,]) for (name,) in sorted(sources)] + [_count(None, rows)]


def _select(rows: pl.LazyFrame) -> pl.DataFrame:
    there = rows.collect_schema().names()
    null = pl.lit(None, pl.String)
    return rows.select(pl.col(name) if name in there else null.alias(name) for name in COLUMNS).collect()


def _count(source: str | None, rows: pl.DataFrame) -> dict[str, Any]:
    by = rows.drop_nulls("bucket").group_by("bucket").agg(pl.len(), pl.col("tokens").sum())
    found = {BUCKETS[bucket]: (number, tokens) for bucket, number, tokens in by.iter_rows()}
    return {
        "source": source,
        "documents": {bucket: found.get(bucket, (0, 0))[0] for bucket in BUCKETS},
        "tokens": {bucket: found.get(bucket, (0, 0))[1] for bucket in BUCKETS},
        "long": rows.filter("long").select(**LONG).row(0, named=True),
    }
