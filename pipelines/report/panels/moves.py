"""Some documents that a moved threshold brings back, or loses: where they are from, and how they begin."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl

from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.shown import choose_parts, read_shown

MOST = 160  # of a stage
CHARS = 280
SPREAD = (0.0, 0.02, 0.5, 0.1, 0.25, 1.0)  # of those on one side of a threshold, nearest first


def sample_moves(
    stage: Stage,
    account: RunSummary,
    rows: pl.DataFrame,
    rules: list[dict[str, Any]],
    values: Callable[[int], np.ndarray],
) -> list[dict[str, Any]]:
    """At most MOST documents with their `row`: for each threshold and source some that it alone drops, and
    some that are kept, from near it to far from it. `values` are those of a rule's column."""
    broken = [find_broken(rule, values(rule["column"])) for rule in rules]
    hits = np.sum(broken, axis=0, dtype=np.int32) if broken else np.zeros(rows.height, np.int32)
    parts = {part for some in choose_parts(stage).values() for part in some}
    there = rows["part"].is_in(list(parts)).to_numpy()
    picked: list[tuple[int, int]] = []
    for rule, mine in zip(rules, broken, strict=True):
        if rule.get("setting"):
            column = values(rule["column"]).astype(np.float64)
            distance = np.abs(column - float(rule["value"]))
            for side in (mine & (hits == 1), hits == 0):
                own = np.flatnonzero(side & there & np.isfinite(column))
                picked += _spread(own[np.argsort(distance[own], kind="stable")], rows["source"])
    chosen = list(dict.fromkeys(row for _, row in sorted(picked, key=lambda pick: pick[0])))[:MOST]
    about = rows[chosen].select("id", "part", "fate")
    shown = read_shown(about.unique(maintain_order=True), stage, account, CHARS)
    return [{"row": row, **shown[id_]} for row, id_ in zip(chosen, about["id"], strict=True)]


def find_broken(rule: dict[str, Any], values: np.ndarray) -> np.ndarray:
    """Which documents break a rule, as the page itself finds it; of a fixed verdict those that have it."""
    kind, limit = rule.get("setting", "drop_")[:4], rule.get("value", True)
    if kind not in ("min_", "max_"):
        return np.asarray((values > 0) & (limit is not False))
    limit = values.dtype.type(limit) if values.dtype.kind == "f" else limit
    return np.asarray(values < limit if kind == "min_" else values > limit)


def _spread(ordered: np.ndarray, sources: pl.Series) -> Iterator[tuple[int, int]]:
    """Of each source a few rows, from the first to the last, each with how soon it is wanted."""
    names = sources[ordered]
    for name in names.unique().sort():
        own = ordered[(names == name).to_numpy()]
        yield from ((place, int(own[int(share * (len(own) - 1))])) for place, share in enumerate(SPREAD))
