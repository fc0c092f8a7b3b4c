"""What stands on either side of each threshold: the documents nearest to it that stay, and that go."""

from typing import Any

import polars as pl

from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.shown import DRAW, choose_parts, read_rows, read_shown
from winnow.pipelines.spec import rules
from winnow.pipelines.spec.row_filter import select

EACH = 2  # documents on either side
CHARS = 360


def sample_edges(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """For each threshold by which a stage judges: `rule`, `threshold` as people write it, and, nearest first,
    documents kept just `inside` it and dropped by it just `outside`; each with its `value` of the signal."""
    judging = [rule for rule in stage.rules if rule["value"] not in (None, False)]
    if not judging:
        return []
    wheres = [step.get("where", {}) for step in stage.own_steps]
    columns = [*(rule["signal"] for rule in judging), *(name for where in wheres for name in where)]
    parts = sorted({part for some in choose_parts(stage).values() for part in some})
    kept = read_rows(stage, "kept", parts, columns)
    dropped = read_rows(stage, "dropped", parts, [*columns, "reason"])
    picked = []
    for rule in judging:
        where = wheres[rule["step"]]
        inside = _nearest(kept, rule, where, broken=False)
        mine = dropped.filter(pl.col("reason") == rule["reason"]) if dropped.height else dropped
        picked.append((rule, inside, _nearest(mine, rule, where, broken=True)))
    chosen = [frame.select("id", "part", "fate") for _, *sides in picked for frame in sides]
    shown = read_shown(pl.concat(chosen).unique(maintain_order=True), stage, account, CHARS)
    return [
        {"rule": rule, "threshold": rules.threshold(rule)}
        | {
            side: [{**shown[row["id"]], "value": row["value"]} for row in frame.iter_rows(named=True)]
            for side, frame in (("inside", inside), ("outside", outside))
        }
        for rule, inside, outside in picked
        if inside.height or outside.height
    ]


def _nearest(rows: pl.DataFrame, rule: dict[str, Any], where: Any, *, broken: bool) -> pl.DataFrame:
    """Those of a step's documents that break its rule, or do not, nearest to where it draws the line."""
    none = rows[:0].select("id", "part", "fate").with_columns(value=pl.lit(0.0))
    never = rule["setting"].startswith("drop_") and not broken
    if rows.is_empty() or rule["signal"] not in rows.columns or never:
        return none
    if where:
        if not set(where) <= set(rows.columns):
            return none
        rows = rows.filter(select(rows, where))
    fits = rules.find_broken(rows[rule["signal"]], rule["setting"], rule["value"]) == broken
    value = pl.col(rule["signal"])
    near = rows.filter(fits & rows[rule["signal"]].is_not_null()).with_columns(
        value.cast(pl.Float64).alias("value")
    )
    near = near.filter(pl.col("value").is_finite())
    distance = (pl.col("value") - float(rule["value"])).abs()
    return near.sort(distance, DRAW, "id").head(EACH).select("id", "part", "fate", "value")
