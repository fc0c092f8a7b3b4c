"""Lengths of documents by source, and what a stage refused of the long ones; counted in all files."""

from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.figures import Stage

EDGES = [2_048, 8_192, 32_768, 131_072]
BUCKETS = ("<2K", "2-8K", "8-32K", "32-128K", "128K and more")
JUDGE = "filters.long:keep_band"
MEASURED = "long_gzip_ratio"  # null where a document was not looked at, as it is not long
COLUMNS = ("source", "token_count", MEASURED, "reason")
LONG = {"documents": pl.len(), "tokens": pl.col("tokens").sum()} | {
    f"refused_{name}": (pl.col(name) if name == "tokens" else pl.lit(1)).filter(pl.col("refused")).sum()
    for name in ("documents", "tokens")
}


def of_stage(stage: Stage) -> list[dict[str, Any]]:
    """Of a stage that judges long documents, a row for each source and one for all (`source` None).

    Each has `documents` and `tokens`, both by bucket, and `long`: `documents`, `tokens`, `refused_documents`
    and `refused_tokens` of those that were measured. Failed documents are in no row.
    """
    if all(step["use"] != JUDGE for step in stage.own_steps):
        return []
    files = [*stage.files("kept"), *stage.files("dropped")]
    frames = [pl.scan_parquet(file, glob=False).select(_choose(file)).collect() for file in files]
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


def _choose(file: Any) -> list[pl.Expr]:
    there = documents.columns(file)
    return [pl.col(name) if name in there else pl.lit(None, pl.String).alias(name) for name in COLUMNS]


def _count(source: str | None, rows: pl.DataFrame) -> dict[str, Any]:
    by = rows.drop_nulls("bucket").group_by("bucket").agg(pl.len(), pl.col("tokens").sum())
    found = {BUCKETS[bucket]: (number, tokens) for bucket, number, tokens in by.iter_rows()}
    return {
        "source": source,
        "documents": {bucket: found.get(bucket, (0, 0))[0] for bucket in BUCKETS},
        "tokens": {bucket: found.get(bucket, (0, 0))[1] for bucket in BUCKETS},
        "long": rows.filter("long").select(**LONG).row(0, named=True),
    }
