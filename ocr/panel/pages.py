"""A few pages of PDFs as small pictures beside what the layer says, what is recognized and what was chosen.

They are rendered when the report is written, by the reader's own module, in the child process that opens
hostile files; what it gives is taken for a picture or a text, and for nothing else.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

import polars as pl

PER_ROUTE = 2
LOOKED = 8  # parts in which pages of a route are looked for
MAX_CHARS = 1500
UNSURE = "text: unsure"
PICTURE = re.compile(r"[A-Za-z0-9+/]{1,400000}={0,2}")


def sample_pages(stage: Any, routes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """For each route of pages that were recognized, or not surely good, up to two pages of kept documents.

    A page: `place`, `page` (from 1), `engine`, `quality`, `picture` (an address of data) or None and `why`,
    and the texts `layer`, `ocr` and `chosen`. The same run gives the same pages.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for route in sorted(routes):
        if route.startswith("ocr: ") or route == UNSURE:
            shown = [_show(row, route, stage) for row in _choose(stage, route)]
            found[route] = [page for page in shown if page]
    return {route: pages for route, pages in found.items() if pages}


def _choose(stage: Any, route: str) -> list[dict[str, Any]]:
    """The documents with the smallest ids that have a page of this route, of the first parts with one."""
    holding = {part for part, receipt in sorted(stage.receipts.items()) if _has(receipt, route)}
    rows: list[dict[str, Any]] = []
    for part, scanned in stage.scan("kept", sorted(holding)[:LOOKED]):
        told = pl.col("metadata").str.contains(f'"{route}":', literal=True)
        ids = scanned.filter(told).select("id").collect()["id"].sort()[:PER_ROUTE]
        if len(ids):
            columns = ["id", "source", "uri", "key", "text", "metadata"]
            rows += stage.read_kept(part, ids.to_list(), columns).to_dicts()
    return sorted(rows, key=lambda row: str(row["id"]))[:PER_ROUTE]


def _has(receipt: dict[str, Any], route: str) -> bool:
    return any(route in work.get("route", {}) for work in receipt.get("work", {}).values())


def _show(row: dict[str, Any], route: str, stage: Any) -> dict[str, Any] | None:
    """One page of the document, drawn by its id; None where the metadata names none (another step's may)."""
    text = row["text"] or ""
    spans, last = _list_spans(row["metadata"])
    of_route = [span for span in spans if span[3] == route]
    if not of_route:
        return None
    number, start, end, _, engine, quality = of_route[int(row["id"][:8], 16) % len(of_route)]
    shown = stage.show_page(row["source"], row["uri"], number)
    picture = shown.get("picture") or ""
    return {
        "place": {name: row[name] for name in ("source", "uri", "key") if row[name]},
        "page": number,
        "engine": engine,
        "quality": quality,
        "picture": f"data:image/jpeg;base64,{picture}" if PICTURE.fullmatch(picture) else None,
        "why": shown.get("error", "what its reader gave is no picture"),
        "layer": shown.get("layer"),
        "ocr": shown.get("ocr"),
        # Places in a text that a later step of the stage changed are those of another.
        "chosen": text[start:end].strip()[:MAX_CHARS] if last == len(text) else None,
    }


def _list_spans(metadata: str | None) -> tuple[list[tuple[int, int, int, str, str, Any]], int]:
    """Page, first and last character, route, engine and quality of each page, and where the text ended."""
    try:
        spans = [
            (int(page), int(start), int(end), f"{way}: {reason}", str(engine), quality)
            for page, start, end, engine, way, reason, quality in json.loads(metadata or "{}")["page_spans"]
        ]
    except (KeyError, TypeError, ValueError):
        spans = []
    return spans, spans[-1][2] if spans else -1
