"""What phases read, in words: for the report and the terminal."""

from pathlib import Path

import polars as pl


def list_phases(table: Path) -> list[dict[str, str]]:
    """Of each phase of a table that `mixing.phases` wrote its `name`, and what it reads, `told`: its
    tokens, and the sources that it reads, the largest first."""
    parts = pl.read_parquet(table, glob=False).partition_by("phase", maintain_order=True)
    return [_tell(part) for part in parts]


def _tell(part: pl.DataFrame) -> dict[str, str]:
    rows = part.filter(pl.col("weight") > 0).sort("weight", "source", descending=[True, False])
    shares = ", ".join(f"{name} {weight:.1%}" for name, weight in rows.select("source", "weight").iter_rows())
    return {"name": part["phase"][0], "told": f"{part['budget_tokens'][0]:,} tokens: {shares}"}
