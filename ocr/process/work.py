"""What was done for a PDF, counted and timed: by route, engine and step; for the receipt, not for documents.

Seconds differ from run to run, so they go beside a document's columns, and into none of its bytes.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from winnow.ocr.layout.documents import FailedPages, list_fallbacks
from winnow.ocr.layout.lines import Page

COLUMN = "_work"  # the engine takes it off and adds it up (docs/architecture.md)
ERRORS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
Work = dict[str, dict[str, list[float]]]


def count_work(
    head: Mapping[str, Any], pages: Sequence[Page], failed: Sequence[FailedPages], seconds: float
) -> Work:
    """{what: {name: [count, seconds]}} of one file; `seconds` are those of its layout.

    `route` ("ocr: no_text", "failed: page") and `engine` ("layer", "tesseract eng") count pages, with all
    that a page took and with what its engine took; `step` counts files and pages: "open", "unlock" (files
    that a password opened), "judge", "check" (fonts held beside their pictures, a part of "judge"),
    "layout". `request` counts what a model was asked,
    with the seconds waited for it; `fallback` pages by why; `expected_error` pages that were recognized, by
    the error they are expected to have ("0.001-0.002"; the upper edge belongs to it). Seconds are of one
    CPU, but those of `request`.
    """
    work: Work = {}
    _add(work, "step", "open", 1, head.get("seconds", 0.0))
    if head.get("unlocked"):
        _add(work, "step", "unlock", 1, 0.0)
    for page in pages:
        _add_page(work, page.about)
    for one in failed:
        _add(work, "route", "failed: given up" if one.rest else "failed: page", one.last - one.first + 1, 0.0)
    _add(work, "step", "layout", len(pages), seconds)
    return work


def write_work(work: Work) -> str:
    """As the engine reads it."""
    rounded = {
        what: {name: [count, round(seconds, 4)] for name, (count, seconds) in names.items()}
        for what, names in work.items()
    }
    return json.dumps(rounded, separators=(",", ":"))


def _add_page(work: Work, about: Mapping[str, Any]) -> None:
    if "route" not in about:
        return
    spent, judged = about.get("seconds", 0.0), about.get("judge_seconds", 0.0)
    answered = "attempts" in about and "fallback" not in about
    first = "tesseract" if "attempts" in about else str(about.get("engine"))
    _add(work, "route", f"{about['route']}: {about['reason']}", 1, spent)
    _add(
        work,
        "engine",
        " ".join([first, *([about["languages"]] if "languages" in about else [])]),
        1,
        spent - judged,
    )
    _add(work, "step", "judge", 1, judged)
    if about.get("check_seconds"):
        _add(work, "step", "check", 1, about["check_seconds"])
    if "attempts" in about:
        _add(
            work, "request", "answered" if answered else "given up", about["attempts"], about["asked_seconds"]
        )
    for why in list_fallbacks(about):
        _add(work, "fallback", why, 1, 0.0)
    if "languages" in about and not answered:
        error = round(1 - about["quality"], 4)
        lower, upper = next(edges for edges in pairwise(ERRORS) if error <= edges[1])
        _add(work, "expected_error", f"{lower:g}-{upper:g}", 1, 0.0)


def _add(work: Work, what: str, name: str, count: float, seconds: float) -> None:
    entry = work.setdefault(what, {}).setdefault(name, [0, 0.0])
    entry[0] += count
    entry[1] += seconds
