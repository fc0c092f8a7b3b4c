"""The figures of a report as one JSON object: those that the page shows, and no text of a document.

Its fields are described in docs/running.md.
"""

from typing import Any

from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report.tokens import Amount

FATES = ("in", "kept", "cut", "dropped", "failed", "markup")
COST = ("seconds", "cpu_seconds", "peak_bytes")
OPTOUTS = ("stage", "judged", "policies", "signals", "agents", "sources", "states")


def of_context(told: dict[str, Any]) -> dict[str, Any]:
    """All figures of `pipelines.report.context:of_run`."""
    account: RunSummary = told["account"]
    return {
        "recipe": account.recipe,
        "run": {**account.origin, "seconds": account.seconds, "versions": told["versions"]},
        "links": told["links"],
        "pages": told["pages"],
        "sums_hold": told["holds"],
        "alarms": [{"stage": each["stage"], "text": each["text"]} for each in told["alarms"]],
        "documents": told["total"],
        "text": _texts(told["text"]),
        "unread": told["unread"],
        "sources": {
            source: _source(row, told["amounts"][source]) for source, row in told["by_source"].items()
        },
        "left": [_left(row) for row in told["flow"]],
        "stages": {stage["name"]: _stage(stage) for stage in told["stages"]},
        "corpus_stages": {
            stage["name"]: {"step": stage["use"], **{name: stage[name] for name in COST}, **_panels(stage)}
            for stage in told["corpus"]
        },
        "rulesets": told["rulesets"],
        "shards": {
            each["stage"]: {"sources": each["sources"], "total": each["total"], "exact": each["exact"]}
            for each in told["shards"]
        },
        "licenses": told["licenses"] and _licenses(told["licenses"]),
        "optouts": [{key: each[key] for key in OPTOUTS} for each in told["optouts"]],
        "token_files": told["trained"],
        "selections": {
            about["stage"]: {group["name"]: _selected(group) for group in about["groups"]}
            for about in told["selections"]
        },
    }


def _source(row: dict[str, float], amounts: dict[str, Amount]) -> dict[str, Any]:
    return {
        "documents": {fate: int(row.get(fate, 0)) for fate in ("in", "kept", "dropped", "failed")},
        "text": _texts(amounts),
        "unread": {"files": int(row["files_unread"]), "bytes": int(row["bytes_unread"])},
    }


def _left(row: dict[str, Any]) -> dict[str, Any]:
    """What is left of each source after a stage, without how it is shown."""
    sources = {
        source: {unit: number for unit, (number, _) in cells.items()}
        for source, cells in row["cells"].items()
    }
    return {"after": row["name"], "sources": sources}


def _licenses(rights: dict[str, Any]) -> dict[str, Any]:
    rows = [{key: value for key, value in row.items() if key != "example"} for row in rights["rows"]]
    return {**rights, "rows": rows}


def _texts(amounts: dict[str, Amount]) -> dict[str, dict[str, Any]]:
    """Bytes and tokens of each fate; of markup there are bytes alone."""
    found: dict[str, dict[str, Any]] = {fate: amounts[fate]._asdict() for fate in FATES}
    return {**found, "markup": {"bytes": found["markup"]["bytes"]}}


def _stage(stage: dict[str, Any]) -> dict[str, Any]:
    came, *fates = (stage["rows"][name] for name in ("rows_in", "kept", "dropped", "failed"))
    return {
        "after": stage["after"],
        "done": stage["done"],
        "main_line": not stage["beside"],
        **{name: stage[name] for name in COST},
        "parts": stage["parts"],
        "documents": {"in": came, **dict(zip(("kept", "dropped", "failed"), fates, strict=True))},
        "text": _texts(stage["text"]),
        "checks": stage["checks"],
        "reasons": {
            reason: {"documents": int(row["documents"]), **stage["lost"][reason]._asdict()}
            for reason, row in stage["reasons"]
        },
        "steps": [step | stage["times"].get(step["use"], {}) for step in stage["steps"]],
        "signals": {
            one["name"]: {key: one[key] for key in ("unit", "edges", "groups", "thresholds", "outside")}
            for one in stage["signals"]
        },
        "labels": stage["labels"],
        "failures": [
            {key: each[key] for key in ("step", "documents", "error")} for each in stage["failures"]
        ],
        "clusters": [
            {"id": each["id"], "copies": each["duplicates"], "removed": each["removed"]}
            for each in stage["clusters"]
        ],
        "cut_by": dict(stage["cutters"]),
        "worth": [
            {key: one[key] for key in ("what", "documents", "taken", "proxies")} for one in stage["worth"]
        ],
        **_panels(stage),
    }


def _panels(stage: dict[str, Any]) -> dict[str, Any]:
    """What steps' panels give as figures, by the names of the panels."""
    return {panel["name"]: panel["figures"] for panel in stage["panels"] if panel["figures"] is not None}


def _selected(group: dict[str, Any]) -> dict[str, Any]:
    return {key: group[key] for key in ("given", "documents", "tokens", "cut", "top", "expected")}
