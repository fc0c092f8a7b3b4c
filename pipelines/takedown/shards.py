"""Exported shards without the documents that go: their files, what the manifest sums up, and the card."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.address import resolve
from winnow.pipelines.takedown import rows
from winnow.pipelines.takedown.rewrite_plan import Staging

TOKENS = ("unique_tokens", "tokens")


def withdraw(staging: Staging, stage: Stage) -> None:
    """Lay out the shards that have any of the documents, the manifest and the card."""
    path = stage.find_told("shards")
    assert path is not None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    written, gone = [], []
    for entry in manifest["files"]:
        file = path.parent / entry["path"]
        lost = _take(file, staging.ids)
        if lost is None:
            continue
        beside = staging.add(file)
        rows.rewrite(file, beside, lambda table, _: table.filter(pa.array(~rows.find(table, staging.ids))))
        written.append(file)
        gone.append(lost)
        entry["rows"] -= lost.height
        entry["bytes"] -= int(lost["size"].sum())
        if entry["tokens"] is not None:
            entry["tokens"] -= int(lost["token_count"].sum())
        entry["file_bytes"] = beside.stat().st_size
        with beside.open("rb") as handle:
            entry["sha256"] = hashlib.file_digest(handle, "sha256").hexdigest()
    if not written:
        return
    told = subtract(manifest, pl.concat(gone))
    if None in (told["totals"][name] for name in TOKENS):
        recount(told, [staging.find(path.parent / entry["path"]) for entry in told["files"]])
    _write(staging, path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    title = next((step["settings"].get("title") for step in stage.own_steps), None) or "Curated corpus"
    for use in (step["use"] for step in stage.own_steps):
        if function := declarations.find_function(use, "card"):
            written.append(path.parent / "README.md")
            _write(staging, written[-1], resolve(function)(title, told))
    staging.enter(stage.name, "all", stage.parts["all"], [*written, path])


def _write(staging: Staging, path: Path, text: str) -> None:
    staging.add(path).write_text(text, encoding="utf-8")


def _take(file: Path, ids: pa.Array) -> pl.DataFrame | None:
    """What the manifest counts of the rows that go; None where there is none."""
    if not rows.find(pq.read_table(file, columns=["id"]), ids).any():
        return None
    lazy = pl.scan_parquet(proof.prove(file), glob=False)
    domain = "domain" if "domain" in lazy.collect_schema() else "source"
    gone = pl.col("id").is_in(ids.to_pylist())
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    columns = {"source": pl.col(domain), "license": pl.col("license").fill_null(""), "size": size}
    return lazy.filter(gone).select("token_count", "epoch", **columns).collect()


def subtract(manifest: dict[str, Any], gone: pl.DataFrame) -> dict[str, Any]:
    """The manifest without these rows; sources of which nothing is left are left out."""
    manifest = copy.deepcopy(manifest)
    once = pl.col("epoch") == 0
    sums = gone.group_by("source").agg(
        documents=once.sum(),
        rows=pl.len(),
        unique_tokens=pl.col("token_count").filter(once).sum(),
        tokens=pl.col("token_count").sum(),
        unique_bytes=pl.col("size").filter(once).sum(),
        bytes=pl.col("size").sum(),
    )
    for row in sums.iter_rows(named=True):
        source = manifest["sources"][row.pop("source")]
        before = source["tokens"]
        for name, number in row.items():
            for entry in (source, manifest["totals"]):
                entry[name] = None if entry[name] is None else entry[name] - number
        if source["epochs"] is not None and before:
            source["epochs"] *= source["tokens"] / before
    for source, license, documents in gone.filter(once).group_by("source", "license").len().iter_rows():
        manifest["sources"][source]["licenses"][license] -= documents
    left = {name: entry for name, entry in manifest["sources"].items() if entry["rows"]}
    total = manifest["totals"]["tokens"]
    for entry in left.values():
        entry["licenses"] = {name: number for name, number in entry["licenses"].items() if number}
        if entry["share"] is not None and total:
            entry["share"] = entry["tokens"] / total
    return {**manifest, "sources": left}


def recount(manifest: dict[str, Any], files: list[Path]) -> None:
    """Tokens of all sources, which are known where the documents without a count are those that went."""
    known = pl.col("token_count")
    once = known.filter(pl.col("epoch") == 0)
    domain = "domain" if "domain" in pq.read_schema(files[0]).names else "source"
    rows = pl.concat(
        pl.scan_parquet(file, glob=False).select(domain, "token_count", "epoch") for file in files
    )
    sums = rows.group_by(domain).agg(
        unique_tokens=once.sum(), tokens=known.sum(), lacks=known.is_null().any()
    )
    counts = {row[domain]: row for row in sums.collect().to_dicts()}
    for name in TOKENS:
        for source, entry in manifest["sources"].items():
            entry[name] = None if counts[source]["lacks"] else counts[source][name]
        every = [entry[name] for entry in manifest["sources"].values()]
        manifest["totals"][name] = None if None in every else sum(every)
    for entry, file in zip(manifest["files"], files, strict=True):
        counted = pl.read_parquet(file, columns=["token_count"], glob=False)["token_count"]
        entry["tokens"] = None if counted.null_count() else int(counted.sum())
    for entry in manifest["sources"].values():
        total = manifest["totals"]["tokens"]
        entry["share"] = entry["tokens"] / max(total, 1) if total is not None else None
