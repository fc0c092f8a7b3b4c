"""What failed and why, in few words: rows of `failed/` by the step and the error that they name."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import proof

# What tells one document's error from another's: numbers, what is quoted, paths.
OWN = r"'[^']*'|\"[^\"]*\"|(?:[a-z][a-z0-9+.-]*:/)?(?:/[^\s/:'\"]+){2,}|\d+(?:[.,]\d+)*"


def list_files(folder: Path, receipts: Mapping[str, dict[str, Any]]) -> list[Path]:
    """The files of a stage that have rows of failures, by its receipts."""
    return [folder / "failed" / f"{part}.parquet" for part, made in receipts.items() if made.get("failed")]


def count(files: Iterable[Path]) -> Counter[str]:
    """How many rows there are of each kind, `step: error`, what is of one document alone left out.

    Damaged where a file is not what was written.
    """
    found: Counter[str] = Counter()
    for file in files:
        rows = pl.scan_parquet(proof.prove(file), glob=False).select("step", "error")
        error = pl.col("error").fill_null("").str.split("\n").list.first().str.replace_all(OWN, "…")
        for step, kind, number in rows.group_by("step", error).len().collect().iter_rows():
            found[f"{step}: {kind}"] += number
    return found
