"""Documents and the rows that are made of them: a document that a mix repeats has a row for each time.

Counted in the files that an export read, and held against what the shards' own manifest says.
"""

import json
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage

HERE = ":shards"  # as no stage is called
COUNTED = ("documents", "rows", "unique_tokens", "tokens")


def of_run(account: RunSummary) -> list[dict[str, Any]]:
    """For each stage that wrote shards: `stage`, `total` and `sources` (by name), `checks`, `exact` (by a
    tokenizer), and `mix`: by source the share of tokens that its weights asked for, and the one that came.

    Figures are documents, rows, unique_tokens (each document once) and tokens (with repeats; both None where
    a document was not counted). Of one account the files are read once.
    """
    if HERE not in account.checked:
        account.checked[HERE] = _list_shards(account)
    return account.checked[HERE]


def _list_shards(account: RunSummary) -> list[dict[str, Any]]:
    found = []
    for stage in account.stages.values():
        if path := stage.find_told("shards"):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            sources = _count([account.stages[name] for name in stage.upstream])
            totals = {name: _add(row[name] for row in sources.values()) for name in COUNTED}
            checks = [
                _check(stage.name, path.name, name, totals[name], manifest["totals"].get(name))
                for name in COUNTED
            ]
            found.append(
                {
                    "stage": stage.name,
                    "total": totals,
                    "sources": sources,
                    "checks": checks,
                    "exact": manifest.get("token_count") == "counted",
                    "mix": _compare_shares(manifest),
                }
            )
    return found


def _compare_shares(manifest: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Nothing where no mix was asked for, or tokens were not counted."""
    asked, came = manifest.get("weights") or {}, manifest["sources"]
    if any(row["share"] is None for row in came.values()):
        return {}
    ordered = sorted(asked.items(), key=lambda item: (-item[1], item[0]))
    return {name: (weight, came[name]["share"] if name in came else 0.0) for name, weight in ordered}


def tell_mix(shards: dict[str, Any]) -> str:
    """`wiki 0.310 (asked 0.310), books 0.110 (asked 0.129)`."""
    return ", ".join(
        f"{name} {came:.3f} (asked {asked:.3f})" for name, (asked, came) in shards["mix"].items()
    )


def _count(stages: list[Stage]) -> dict[str, dict[str, int | None]]:
    frames = [_of_file(file) for stage in stages for file in stage.files("kept")]
    if not frames:
        return {}
    sums = pl.concat(frames).group_by("source").agg(pl.all().sum()).sort("source")
    rows = {row.pop("source"): row for row in sums.iter_rows(named=True)}
    for row in rows.values():
        if row.pop("uncounted"):
            row["unique_tokens"] = row["tokens"] = None
    return rows


def _of_file(file: Any) -> pl.DataFrame:
    times = pl.col("repeats").cast(pl.Int64) if "repeats" in documents.columns(file) else pl.lit(1, pl.Int64)
    rows = (
        pl.scan_parquet(file, glob=False)
        .select("source", "token_count", times=times)
        .filter(pl.col("times") > 0)
    )
    return (
        rows.group_by("source")
        .agg(
            documents=pl.len().cast(pl.Int64),
            rows=pl.col("times").sum(),
            unique_tokens=pl.col("token_count").sum(),
            tokens=(pl.col("token_count") * pl.col("times")).sum(),
            uncounted=pl.col("token_count").null_count().cast(pl.Int64),
        )
        .collect()
    )


def _add(numbers: Any) -> int | None:
    listed = list(numbers)
    return None if None in listed else sum(listed)


def _check(stage: str, file: str, name: str, here: int | None, there: int | None) -> dict[str, Any]:
    what = f"{stage}: {name.replace('_', ' ')} counted upstream, and in {file}"
    return {"what": what, "said": here, "counted": there, "ok": here == there}
