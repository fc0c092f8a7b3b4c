"""Documents that hold eval items, on the report: by eval and fate, and those with the highest scores."""

from typing import Any

import polars as pl

PLACE = ("source", "url", "uri", "key")
TOLD = ("score", "class", "similarity", "eval", "item", "start", "end", "left")
MAX_PARTS = 200
MOST = 10  # documents that are shown


def panel(stage: Any) -> dict[str, Any] | None:
    """Tables of the hits, and how many there are."""
    return show_hits(stage, "contamination", "Contamination", "eval items")


def show_hits(stage: Any, name: str, title: str, what: str) -> dict[str, Any] | None:
    """The same of the step `dedup.NAME:check`, whose columns begin with its name, and which finds `what`."""
    found = sample_hits(stage, name)
    if found is None:
        return None
    number = found["documents"]
    return {
        "name": name,
        "title": title,
        "note": f"{number:,} documents hold {what}",
        "show": _lay_out_hits(found) if number else [f"No document holds {what}."],
        "figures": {"documents": number, "table": found["table"]},
        "alarms": [f"{number:,} documents hold {what}"] * bool(number),
        "rank": 2,
    }


def _lay_out_hits(found: dict[str, Any]) -> list[Any]:
    best = {"title": "Those with the highest scores", "show": [_lay_out(found["examples"])]}
    return [_lay_out(found["table"]), {"list": [best]}]


def _lay_out(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"head": list(rows[0]), "rows": [list(row.values()) for row in rows]}


def sample_hits(stage: Any, name: str = "contamination") -> dict[str, Any] | None:
    """Documents that hold an eval item, by eval and fate, and some of them; None where nobody looked.

    A hit is a `NAME_score` of at least the step's own threshold.
    """
    score, columns = f"{name}_score", [f"{name}_{each}" for each in TOLD]
    if score not in stage.columns() or score in stage.list_columns_before():
        return None
    limit = min(
        (step["settings"]["min_score"] for step in stage.steps if step["use"] == f"dedup.{name}:check"),
        default=0.0,
    )
    every = max(1, -(-len(stage.receipts) // MAX_PARTS))
    found = [pl.DataFrame()]
    for fate in ("kept", "dropped"):
        for number, (_, rows) in enumerate(stage.scan(fate)):
            names = rows.collect_schema().names() if number % every == 0 else []
            if score in names:
                shown = [each for each in names if each in ("id", *PLACE, *columns)]
                hits = rows.filter(pl.col(score) >= max(limit, 1e-6))
                found.append(hits.select(*shown, fate=pl.lit(fate)).collect())
    hits = pl.concat(found, how="diagonal_relaxed")
    if hits.is_empty():
        return {"documents": 0, "table": [], "examples": []}
    by = [each for each in (f"{name}_eval", "fate") if each in hits.columns]
    table = hits.group_by(by).agg(pl.len().alias("documents"), pl.col(score).max().alias("highest_score"))
    table = table.sort("documents", *by, descending=[True] + [False] * len(by))
    some = hits.sort(score, "id", descending=[True, False]).head(MOST).to_dicts()
    return {"documents": hits.height, "table": table.to_dicts(), "examples": some}
