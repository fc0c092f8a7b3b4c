"""What a stage cut out of documents that it kept: some of them, line by line, before and after."""

from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from pipelines.disk import documents
from pipelines.report.figures import Account, Stage

MOST = 3  # documents
MOST_BYTES = 20_000  # of a document, as it came and as it left: to compare lines takes their square
MOST_LINES = 60
MOST_PARTS = 20  # that are looked into
AROUND = 2  # lines that stayed, on either side of those that went
LINE = 240  # characters
STAYED, GONE, NEW, SKIPPED = "stayed", "gone", "new", "skipped"


def sample_cuts(stage: Stage, account: Account) -> list[dict[str, Any]]:
    """Up to three documents whose text the stage changed: where they are from, `bytes` before and after, and
    `lines` as (what became of it, text); of several `SKIPPED` ones the text says how many.

    Documents are taken by the smallest ids, which is a fair draw, from the first parts that have any. None
    where the stage read from a source: then no text stands upstream.
    """
    found: list[dict[str, Any]] = []
    for part in sorted(stage.parts)[:MOST_PARTS]:
        found += _compare_part(stage, account, part, MOST - len(found))
        if len(found) == MOST:
            break
    return found


def _compare_part(stage: Stage, account: Account, part: str, most: int) -> list[dict[str, Any]]:
    file = next((file for file in stage.files("kept") if file.stem == part), None)
    if file is None or not stage.upstream or "text_here" not in pq.read_schema(file).names:
        return []
    rows = pl.scan_parquet(file, glob=False).filter(
        pl.col("text_here").is_not_null(), pl.col("text_bytes") < MOST_BYTES
    )
    place = [name for name in ("source", "url", "uri", "key") if name in rows.collect_schema()]
    after = rows.select("id", *place, after="text_here").bottom_k(most * 4, by="id").collect()
    before = {id_: text for up in stage.upstream for id_, text in _read_texts(account, up, part, after["id"])}
    compared = []
    for row in after.sort("id").iter_rows(named=True):
        came = before.get(row["id"])
        if came is None or len(came.encode()) >= MOST_BYTES:
            continue
        lines = _compare(came.split("\n"), row["after"].split("\n"))
        if any(what == GONE for what, _ in lines):
            bytes_ = {"before": len(came.encode()), "after": len(row["after"].encode())}
            compared.append({"place": {name: row[name] for name in place}, **bytes_, "lines": lines})
    return compared[:most]


def _read_texts(account: Account, stage: str, part: str, ids: pl.Series) -> list[tuple[str, str]]:
    path: Path = account.stages[stage].folder / f"{part}.parquet"
    if not path.exists() or ids.is_empty():
        return []
    found = documents.find(path, pl.col("id").is_in(ids.to_list()), ["id", "text"])
    return list(found.select("id", "text").drop_nulls().iter_rows())


def _compare(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """The lines that went and that are new, each with its neighbours."""
    lines: list[tuple[str, str]] = []
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(AROUND)
    seen = 0
    for group in groups:
        if skipped := group[0][1] - seen:
            lines.append((SKIPPED, f"{skipped:,}"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [(STAYED, line[:LINE]) for line in before[i1:i2]]
            else:
                lines += [(GONE, line[:LINE]) for line in before[i1:i2]]
                lines += [(NEW, line[:LINE]) for line in after[j1:j2]]
        seen = group[-1][2]
    if skipped := len(before) - seen:
        lines.append((SKIPPED, f"{skipped:,}"))
    return lines[:MOST_LINES]
