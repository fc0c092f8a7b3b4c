"""What a stage did to read PDFs: pages by route and reason, time, holes, and how right what it recognized is.

Counts are those of the receipts, which know the pages of dropped documents, too.
"""

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from winnow.ocr.panel.pages import sample_pages

MAX_HOLES = 20
FAILED = "pdf_failed_pages"
# Made by the gate `ocr`, which says how: of each page what wore it, the error expected and the real one.
MEASURED = Path(__file__).parent / "ocr_quality.csv"
STEPS = {
    "open": "files are opened",
    "judge": "the layer is judged",
    "check": "of that: fonts are held beside their pictures",
    "layout": "pages become documents",
}


def count(stage: Any) -> dict[str, Any] | None:
    """What the panel of PDFs shows; None where the stage read none."""
    work = stage.add_up_work()
    if "route" not in work:
        return None
    routes = _list_rows(work["route"])
    expected = _list_expected(work.get("expected_error", {}))
    return {
        "pages": sum(row["count"] for row in routes),
        "seconds": sum(row["seconds"] for row in routes),
        "routes": routes,
        "engines": _list_rows(work.get("engine", {})),
        "steps": _list_steps(work.get("step", {})),
        "requests": _list_rows(work.get("request", {})),
        "fallbacks": _list_rows(work.get("fallback", {})),
        "holes": find_holes(stage),
        "expected": expected,
        "measured": read_measured() if expected else [],
        "examples": sample_pages(stage, work["route"]),
    }


def list_alarms(shown: dict[str, Any]) -> list[str]:
    """What a reader must not miss: pages that are missing, and those that the next engine had to read."""
    found = []
    if missing := sum(row["count"] for row in shown["routes"] if row["name"].startswith("failed: ")):
        found.append(f"{missing:,} pages of PDFs could not be read, of {shown['pages']:,}")
    if fell := sum(row["count"] for row in shown["fallbacks"]):
        reasons = ", ".join(f"{row['name']} {row['count']:,}" for row in shown["fallbacks"])
        found.append(f"{fell:,} pages stayed as the engine before read them: {reasons}")
    return found


def find_holes(stage: Any) -> dict[str, Any]:
    """Documents with pages that are missing, by fate, and of those kept the ones that miss most, with why."""
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for fate in ("kept", "dropped"):
        for part, scanned in stage.scan(fate) if FAILED in stage.columns(fate) else ():
            held = scanned.filter(pl.col(FAILED) > 0).select("id", FAILED).collect()
            if not held.height:
                continue
            counts[f"{fate} documents"] += held.height
            counts[f"{fate} pages"] += int(held[FAILED].sum())
            if fate == "kept":
                rows += [{**row, "part": part} for row in held.top_k(MAX_HOLES, by=FAILED).to_dicts()]
    rows = sorted(rows, key=lambda row: (-row[FAILED], row["id"]))[:MAX_HOLES]
    return {"counts": dict(counts), "shown": [_describe_holes(stage, row) for row in rows]}


def _describe_holes(stage: Any, row: dict[str, Any]) -> dict[str, Any]:
    held = stage.read_kept(row["part"], [row["id"]], ["source", "uri", "key", "metadata"])
    found = held.row(0, named=True)
    try:
        holes = json.loads(found["metadata"] or "{}").get("holes", [])
        told = [{"first": first, "last": last, "why": why} for first, last, _, why in holes[:MAX_HOLES]]
    except (AttributeError, TypeError, ValueError):  # another step's metadata
        told = []
    place = {name: found[name] for name in ("source", "uri", "key")}
    return {"place": place, "pages": row[FAILED], "holes": told}


def _list_rows(names: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Those with most first."""
    rows = [
        {"name": name, "count": int(count), "seconds": seconds} for name, (count, seconds) in names.items()
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["name"]))


def _list_steps(names: dict[str, list[float]]) -> list[dict[str, Any]]:
    """In the order in which they are done."""
    rows = sorted(_list_rows(names), key=lambda row: [*STEPS, row["name"]].index(row["name"]))
    return [{**row, "name": STEPS.get(row["name"], row["name"])} for row in rows]


def _list_expected(names: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Pages by the error that they are expected to have, beside the error measured where as much was."""
    found = []
    for name, (count, _) in names.items():
        lower, upper = map(float, name.split("-"))
        here = [
            one["error"]
            for one in read_measured()
            if lower < one["expected"] <= upper or one["expected"] == lower == 0
        ]
        mean = sum(here) / len(here) if here else None
        found.append({"lower": lower, "upper": upper, "pages": int(count), "measured": mean, "of": len(here)})
    return sorted(found, key=lambda row: float(row["lower"] or 0))


@cache
def read_measured() -> list[dict[str, Any]]:
    """The committed measurement: `worn`, `page`, and the errors `expected` and real (`error`), as shares."""
    with MEASURED.open(encoding="utf-8", newline="") as file:
        return [
            {**row, "expected": float(row["expected"]), "error": float(row["error"])}
            for row in csv.DictReader(file)
        ]
