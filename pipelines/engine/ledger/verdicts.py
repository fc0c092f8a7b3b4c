"""What a run said of each document: kept, dropped or failed, in which stage, by which step, and why.

Documents are taken in buckets by a hash of their names, so that memory is bounded however large the run is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary

BY_ID = pl.coalesce("id", pl.lit("uri:") + pl.col("uri"))  # a file that could not be opened has no id
SCHEMA: dict[str, pl.DataType] = {
    "name": pl.String(),
    "id": pl.String(),
    "source": pl.String(),
    "url": pl.String(),
    "uri": pl.String(),
    "key": pl.String(),
    "digest": pl.String(),
    "fate": pl.String(),
    "stage": pl.String(),
    "part": pl.String(),
    "step": pl.String(),
    "reason": pl.String(),
    "text_bytes": pl.Int64(),
}
_RANKS = {"kept": 0, "dropped": 1, "failed": 2}


class _File(NamedTuple):
    path: Path
    fate: str
    stage: str
    sources: list[str] | None  # of whose documents it holds the verdicts; None: of all


def read(account: RunSummary, name: pl.Expr = BY_ID, bucket: int = 0, buckets: int = 1) -> pl.DataFrame:
    """The verdicts of a bucket, a row a document, in order of their names; columns: `SCHEMA`.

    `name` is what documents are told apart by; those without one are left out. Of several of one name a kept
    one stands for all, else the first that was dropped. `reason` is the error of a failed document, whose
    `text_bytes` is null.
    """
    return _collect(account, name, name.hash(0) % buckets == bucket)


def find(account: RunSummary, identity: str) -> pl.DataFrame:
    """The verdicts of documents whose id begins so, or whose URL, own key, file or digest is called so."""
    whole = [pl.col(column) == identity for column in ("url", "key", "uri", "digest")]
    return select(account, pl.any_horizontal(pl.col("id").str.starts_with(identity), *whole))


def select(account: RunSummary, wanted: pl.Expr) -> pl.DataFrame:
    """The verdicts of documents for which `wanted`, an expression of columns of `SCHEMA`, is true."""
    return _collect(account, BY_ID, wanted)


def _collect(account: RunSummary, name: pl.Expr, wanted: pl.Expr) -> pl.DataFrame:
    frames = [pl.DataFrame(schema={**SCHEMA, "rank": pl.Int8})]
    for file in _list_files(account):
        rows = pl.scan_parquet(file.path, glob=False)
        stored = rows.collect_schema().names()
        if file.sources is not None:
            rows = rows.filter(pl.col("source").is_in(file.sources))
        rows = rows.with_columns(
            pl.lit(None, dtype).alias(column) for column, dtype in SCHEMA.items() if column not in stored
        ).filter(wanted)
        rows = rows.with_columns(
            name=name,
            fate=pl.lit(file.fate),
            stage=pl.lit(file.stage),
            part=pl.lit(file.path.stem),
            rank=pl.lit(_RANKS[file.fate]),
        )
        if file.fate == "failed":
            rows = rows.with_columns(reason="error")
        frames.append(rows.select(pl.col(n).cast(dtype) for n, dtype in frames[0].schema.items()).collect())
    found = pl.concat(frames).drop_nulls("name").sort("name", "rank", maintain_order=True).drop("rank")
    return found.unique("name", keep="first", maintain_order=True)


def _list_files(account: RunSummary) -> Iterator[_File]:
    """Files that hold verdicts which stand to the end of the run."""
    ends: dict[str, list[str]] = {}
    for source, stage in run_summary.find_finals(account).items():
        ends.setdefault(stage, []).append(source)
    for each in run_summary.find_main_line(account):
        for fate in ("kept", "dropped", "failed") if each.name in ends else ("dropped", "failed"):
            sources = ends[each.name] if fate == "kept" else None
            yield from (_File(path, fate, each.name, sources) for path in each.files(fate))
