"""What a person reads to judge a stage: dropped texts, failures, large clusters.

Samples are bounded and always the same for the same run: ids are hashes, so the smallest are a fair draw.
"""

from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger.failures import OWN
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.histograms import bin_values, module_of
from winnow.pipelines.report.panels.shown import PLACE, Shown, read_shown
from winnow.pipelines.spec import rules

PER_REASON = 3
MAX_CHARS = 600
MAX_PARTS = 200
LEDGER = {"id", "step", "reason", "text_bytes", "token_count", *PLACE}


def sample_dropped(stage: Stage, account: RunSummary) -> dict[str, list[dict[str, Any]]]:
    """For each reason up to three documents: where they are from, their signals, the text as it came in.

    The text is null where the stage reads from a source: nothing upstream holds it.
    """
    wanted: dict[str, set[str]] = {}
    for part, receipt in stage.parts.items():
        for reason in receipt.get("reasons", {}):
            holding = wanted.setdefault(reason, set())
            if len(holding) < PER_REASON:
                holding.add(part)
    rows: dict[str, list[dict[str, Any]]] = {reason: [] for reason in wanted}
    for part in sorted({part for holding in wanted.values() for part in holding}):
        path = stage.place("dropped", part)
        reasons = [reason for reason, holding in wanted.items() if part in holding]
        for row in _first_of_each(path, reasons).iter_rows(named=True):
            rows[row["reason"]].append({**row, "part": part})
    chosen = {reason: sorted(found, key=lambda row: row["id"])[:PER_REASON] for reason, found in rows.items()}
    flat = [{"id": row["id"], "part": row["part"]} for found in chosen.values() for row in found]
    rows_shown = pl.DataFrame(flat, schema={"id": pl.String, "part": pl.String})
    shown = read_shown(rows_shown.with_columns(fate=pl.lit("dropped")), stage, account, MAX_CHARS)
    return {reason: [_example(row, shown, stage) for row in found] for reason, found in chosen.items()}


def show_dropped(stage: Stage, account: RunSummary, part: str, identity: str) -> dict[str, Any]:
    """One document that the stage dropped, as `sample_dropped` shows it."""
    rows = pl.scan_parquet(prove(stage.place("dropped", part)), glob=False)
    found = rows.filter(pl.col("id") == identity).first().collect().with_columns(part=pl.lit(part))
    shown = read_shown(found.with_columns(fate=pl.lit("dropped")), stage, account, MAX_CHARS)
    return _example(found.row(0, named=True), shown, stage)


def _first_of_each(path: Path, reasons: list[str]) -> pl.DataFrame:
    rows = pl.scan_parquet(prove(path), glob=False).filter(pl.col("reason").is_in(reasons))
    return rows.filter(pl.col("id").rank("ordinal").over("reason") <= PER_REASON).collect()


def _example(row: dict[str, Any], shown: dict[str, Shown], stage: Stage) -> dict[str, Any]:
    module = row["reason"].partition(".")[0]
    signals = {
        name: value for name, value in row.items() if name not in LEDGER | {"part"} and value is not None
    }
    own = {
        name: value for name, value in signals.items() if module_of(name, stage.steps) == module
    } or signals
    return {
        **shown[row["id"]],
        "step": row["step"],
        "signals": [
            {"name": name, "value": value, "broke": _name_broken(name, value, stage)}
            for name, value in own.items()
        ],
    }


def _name_broken(name: str, value: Any, stage: Stage) -> str | None:
    """The threshold that a signal went past, as `min_words 50`."""
    for rule in rules.of_signal(name, stage.rules) if isinstance(value, int | float) else ():
        if rules.breaks(value, rule):
            return rules.threshold(rule)
    return None


def sample_failed(stage: Stage) -> list[dict[str, Any]]:
    """Failures by step and kind of error, as `ledger.failures` has them, the most frequent first, with five
    places."""
    holding = [part for part, receipt in stage.parts.items() if receipt.get("failed")]
    paths = [stage.folder / "failed" / f"{part}.parquet" for part in holding]
    files = [prove(path) for path in bin_values(paths, MAX_PARTS)]
    if not files:
        return []
    rows = pl.concat([pl.read_parquet(file, glob=False) for file in files], how="diagonal_relaxed")
    place = pl.struct([name for name in ("source", "uri", "key") if name in rows.columns])
    groups = (
        rows.with_columns(kind=pl.col("error").str.replace_all(OWN, "…"))
        .group_by("step", "kind")
        .agg(pl.len().alias("documents"), pl.col("error").first(), places=place.head(5))
        .sort("documents", "step", "kind", descending=[True, False, False])
    )
    return groups.head(50).to_dicts()


def sample_clusters(stage: Stage, most: int = 10) -> list[dict[str, Any]]:
    """The survivors that stand for most documents, with the sources of those removed for them."""
    best = [pl.DataFrame(schema={"id": pl.String, "duplicates": pl.Int64})]
    for file in stage.files("kept"):
        columns = documents.columns(file)
        if "duplicates" in columns:
            wanted = [name for name in ("id", "duplicates", *PLACE) if name in columns]
            rows = pl.scan_parquet(file, glob=False).with_row_index("row").filter(pl.col("duplicates") > 1)
            largest = rows.select("row", "duplicates").top_k(most, by="duplicates").collect()
            found = pl.concat(documents.read_batches(file, [*wanted, "text"], largest["row"].sort()))
            best.append(found.select(*wanted, pl.col("text").str.slice(0, 200)))
    top = pl.concat(best, how="diagonal_relaxed").sort(["duplicates", "id"], descending=[True, False])[:most]
    removed = _find_removed_for(stage, top["id"].to_list())
    return [{**row, "removed": removed.get(row["id"], {})} for row in top.to_dicts()]


def find_largest(stage: Stage, source: str, most: int = 3) -> list[tuple[str, int]]:
    """The survivors for which a deduplication removed most documents of a source, and how many."""
    counts: dict[str, int] = {}
    for file in stage.files("dropped"):
        if "dedup_survivor" in documents.columns(file):
            rows = pl.scan_parquet(file, glob=False).filter(pl.col("source") == source)
            rows = rows.drop_nulls("dedup_survivor").group_by("dedup_survivor").len()
            for survivor, number in rows.collect().iter_rows():
                counts[survivor] = counts.get(survivor, 0) + number
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]


def _find_removed_for(stage: Stage, survivors: list[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for file in stage.files("dropped") if survivors else []:
        if "dedup_survivor" not in documents.columns(file):
            continue
        rows = pl.scan_parquet(file, glob=False).filter(pl.col("dedup_survivor").is_in(survivors))
        for survivor, source, number in rows.group_by("dedup_survivor", "source").len().collect().iter_rows():
            of = counts.setdefault(survivor, {})
            of[source] = of.get(source, 0) + number
    return counts
