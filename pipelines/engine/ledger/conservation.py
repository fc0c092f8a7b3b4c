"""Nothing vanishes: receipts of a stage against the rows and bytes on disk, and what came in against what
left."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage


def check(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """What must be equal, each with both numbers: receipts against the rows on disk, and in against out.

    What came in is counted in the kept files upstream; for documents read from sources there is only
    the receipt. Of one account each stage is looked at once.
    """
    if stage.name not in account.checked:
        account.checked[stage.name] = _compare(stage, account)
    return account.checked[stage.name]


def _compare(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    found = {fate: _rows(stage.files(fate)) for fate in ("kept", "dropped", "failed")}
    tests = [(f"{fate}: receipt and rows on disk", stage.total(fate), found[fate]) for fate in found]
    came_in = stage.total("rows_in")
    upstream = [account.stages[name] for name in (*stage.upstream, *stage.copied)]
    of = [receipt.get("copy_of", part) for part, receipt in stage.parts.items()]
    parts_upstream = [before.folder / f"{part}.parquet" for before in upstream for part in of]
    present = [path for path in parts_upstream if path.exists()]
    if len(present) == len(stage.parts):
        tests.append(("in: receipt and rows kept upstream", came_in, _rows(present)))
    tests.append(("in, and kept + dropped + failed on disk", came_in, sum(found.values())))
    tests += _text_checks(stage, upstream)
    if (stood := _text_bytes(stage.files("kept"))) is not None:
        kept = _over_sources([stage.sums])["bytes_kept"]
        tests.append(("text kept: receipt and files on disk, in bytes", kept, stood))
    return [{"what": what, "said": a, "counted": b, "ok": a == b} for what, a, b in tests]


def _text_checks(stage: Stage, upstream: list[Stage]) -> list[tuple[str, int, int]]:
    """Bytes of text that came in against what became of them, and both they and counted tokens against what
    the stages before handed on; all by the receipts."""
    if not all("texts" in receipt for receipt in stage.parts.values()):
        return []  # of an earlier version
    sums = _over_sources([stage.sums])
    fates = ("kept", "cut", "markup", "dropped", "failed")
    became = sum(sums[f"bytes_{fate}"] for fate in fates)
    tests = [("text in, and kept + cut + markup + dropped + failed, in bytes", sums["bytes_in"], became)]
    of = [receipt.get("copy_of", part) for part, receipt in stage.parts.items()]
    handed = [(before, part) for before in upstream for part in of if part in before.parts]
    if len(handed) == len(stage.parts):
        given = _over_sources(before.parts[part] for before, part in handed)
        for unit, name in (
            ("bytes", "text in, and kept upstream, in bytes"),
            ("tokens", "counted tokens in, and kept upstream"),
        ):
            tests.append((name, sums[f"{unit}_in"], given[f"{unit}_kept"]))
    return tests


def _text_bytes(files: list[Path]) -> int | None:
    """Bytes of the texts of kept documents; None where that is not told without reading them."""
    if not files or any("text_bytes" not in pq.read_schema(file).names for file in files):
        return None
    size = pl.col("text_bytes").sum()
    return sum(pl.scan_parquet(file, glob=False).select(size).collect().item() or 0 for file in files)


def _over_sources(receipts: Iterable[dict[str, Any]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for receipt in receipts:
        for figures in receipt.get("by_source", {}).values():
            for name, number in figures.items():
                sums[name] += number
    return sums


def _rows(files: Iterable[Path]) -> int:
    return sum(pq.read_metadata(proof.prove(file)).num_rows for file in files)
