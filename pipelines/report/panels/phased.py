"""Phases that a mix was solved for: what each reads of each source, and why the last has its mix."""

import json
from typing import Any

import polars as pl

from winnow.pipelines.engine.ledger.figures import Account

TABLE = "phases.parquet"


def of_run(account: Account) -> list[dict[str, Any]]:
    """For each stage that decided on phases: `stage`, `why`, and of each of the `phases` its `name`, and what
    it reads, `told`: its tokens, and the sources that it reads, the largest first."""
    found = []
    for stage in account.stages.values():
        table, proof = stage.find(TABLE), stage.find("confirmed.json")
        if table and proof:
            parts = pl.read_parquet(table, glob=False).partition_by("phase", maintain_order=True)
            why = json.loads(proof.read_text(encoding="utf-8"))["why"]
            found.append({"stage": stage.name, "why": why, "phases": [_of_phase(part) for part in parts]})
    return found


def _of_phase(part: pl.DataFrame) -> dict[str, str]:
    rows = part.filter(pl.col("weight") > 0).sort("weight", "source", descending=[True, False])
    shares = ", ".join(f"{name} {weight:.1%}" for name, weight in rows.select("source", "weight").iter_rows())
    return {"name": part["phase"][0], "told": f"{part['budget_tokens'][0]:,} tokens: {shares}"}
