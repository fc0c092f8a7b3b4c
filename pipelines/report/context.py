"""What the report says of a run: the figures of all stages, their charts and their examples."""

import json
from typing import Any
from urllib.parse import quote

from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report import alarms, charts, funnel, status
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import count, size, tokens
from winnow.pipelines.report.panels import (
    cuts,
    edges,
    explorer,
    histograms,
    labels,
    of_steps,
    optouts,
    phased,
    repeats,
    rights,
    rulesets,
    samples,
    selections,
    shown,
    trained,
    worths,
)
from winnow.pipelines.report.tokens import Amount, Measure

UNREAD = ("files", "bytes")


def of_run(account: RunSummary) -> dict[str, Any]:
    """All figures, charts and examples of a run, by the names that the template knows them by."""
    measure = measures.measure(account)
    names = {stage.name for stage in run_summary.find_main_line(account)}
    line = _stages(account, measure, names)
    documents = run_summary.count_by_source(account)
    amounts = measures.of_run(account, measure)
    text = measures.total(amounts)
    shards = repeats.of_run(account)
    checks = [check for each in (*line, *shards) for check in each["checks"]]
    standing = status.read(account.out)
    told = optouts.of_run(account)
    found = [alarm for stage in line for alarm in stage.pop("alarms")]
    found += [*alarms.of_making(account), *optouts.list_alarms(account, told)]
    return {
        "account": account,
        "total": run_summary.add_totals(account),
        "copies": run_summary.count_copies(account),
        "text": text,
        "unread": {name: sum(row[f"{name}_unread"] for row in documents.values()) for name in UNREAD},
        "sources": list(documents),
        "by_source": documents,
        "amounts": amounts,
        "flow": _flow(account, measure),
        "units": ["documents", *(["tokens"] if text["in"].tokens is not None else []), "bytes"],
        "stages": line,
        "shards": shards,
        "reasons": _reasons(line),
        "ends": _ends(account, names),
        "holds": all(check["ok"] for check in checks),
        "optouts": told,
        "alarms": sorted(found, key=lambda alarm: alarm["rank"]),
        "funnels": funnel.draw(account, measure),
        "unfinished": None if standing.is_whole() else standing,
        **_parts(account),
    }


def _parts(account: RunSummary) -> dict[str, Any]:
    """What stands for itself on the page, beside the flow of documents."""
    return {
        "kept": _kept(account),
        "links": _links(account),
        "versions": _versions(account),
        "mix": read_mix(account),
        "phased": phased.of_run(account),
        "selections": [about | {"colours": charts.SOURCES} for about in selections.of_run(account)],
        "licenses": rights.of_run(account),
        "trained": trained.of_run(account),
        "corpus": [
            _corpus_stage(stage, account) for stage in account.stages.values() if stage.kind == "corpus"
        ],
        "pages": _pages(account),
        "rulesets": rulesets.of_run(account),
    }


def _stages(account: RunSummary, measure: Measure, main_line: set[str]) -> list[dict[str, Any]]:
    shares = explorer.share_out(account)
    stages = [_stage(stage, account, measure, shares[stage.name]) for stage in account.shard_stages()]
    for stage in stages:
        stage["beside"] = stage["name"] not in main_line
        if stage["beside"]:  # what it drops stays: it chose, for another stage
            stage["alarms"] = [each for each in stage["alarms"] if each["rank"] != alarms.LOST]
    return stages


def _corpus_stage(stage: Stage, account: RunSummary) -> dict[str, Any]:
    panels = of_steps.of_stage(stage, account)
    return {"name": stage.name, "use": stage.steps[-1]["use"], **_cost(stage), "panels": panels}


def _reasons(line: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Why the stages of the main line dropped documents, the most frequent reason first."""
    found = [
        {"reason": reason, "stage": stage["name"], "documents": int(row["documents"])}
        | {"text": stage["lost"][reason]}
        for stage in line
        if not stage["beside"]
        for reason, row in stage["reasons"]
    ]
    return sorted(found, key=lambda row: -row["documents"])


def read_mix(account: RunSummary) -> dict[str, Any]:
    """The mix that was exported or, where none was confirmed, chosen: `weights`, the largest first, and
    `why`; empty where no stage chose one. That of a last phase, which was solved from the one before, is none
    of the run."""
    paths = [account.stages[name].find_told("mix") for name in sorted(account.stages)]
    found: list[dict[str, Any]] = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path]
    found = [mix for mix in found if "before" not in mix.get("settings", {})]
    mix = next((mix for mix in found if "exported" in mix), found[0] if found else {})
    weights = sorted(mix.get("weights", {}).items(), key=lambda item: -item[1])
    return {"weights": weights, "why": mix.get("why")} if mix else {}


def _cost(stage: Stage) -> dict[str, Any]:
    """On the clock, in CPU seconds of all parts, and the most memory that a part took; 0 where receipts of an
    earlier version do not say."""
    parts = stage.parts.values()
    return {
        "seconds": stage.seconds,
        "cpu_seconds": round(sum(receipt.get("cpu_seconds", 0) for receipt in parts), 3),
        "peak_bytes": max((receipt.get("peak_bytes", 0) for receipt in parts), default=0),
    }


def _ends(account: RunSummary, line: set[str]) -> list[tuple[str, int]]:
    """Stages beside the main line of which shards were written, too, and how many documents these kept."""
    read = {name for each in repeats.of_run(account) for name in account.stages[each["stage"]].upstream}
    return [
        (stage.name, stage.total("kept")) for stage in account.shard_stages() if stage.name in read - line
    ]


def _pages(account: RunSummary) -> list[dict[str, str]]:
    """The pages that corpus stages wrote: stage, and address beside the report."""
    stages = [stage for stage in account.stages.values() if stage.kind == "corpus"]
    found = [(stage.name, path) for stage in stages for path in sorted(stage.folder.glob("all/*.html"))]
    return [{"stage": name, "href": quote(path.relative_to(account.out).as_posix())} for name, path in found]


def _kept(account: RunSummary) -> dict[str, dict[str, Any]]:
    """By source the last stage that it reached, and documents that this kept; the largest source first."""
    finals = run_summary.find_finals(account)
    found = {name: shown.sample_kept(account.stages[name], account, 3) for name in set(finals.values())}
    return {
        source: {"stage": finals[source], "documents": found[finals[source]][source]}
        for source in run_summary.count_by_source(account)
        if found[finals[source]].get(source)
    }


def _links(account: RunSummary) -> list[dict[str, str]]:
    """Where the shards are, their dataset card and manifest, as addresses beside the report."""
    found = []
    for stage in account.stages.values():
        if manifest := stage.find_told("shards"):
            whole = manifest.parent
            names = {
                "shards": whole / "data",
                "dataset card": whole / "README.md",
                "manifest": manifest,
                "public summary": whole / "summary.html",
                "datasheet": whole / "datasheet.md",
            }
            found += [
                {"stage": stage.name, "what": what, "href": quote(path.relative_to(account.out).as_posix())}
                for what, path in names.items()
                if path.exists()
            ]
    return found


def _versions(account: RunSummary) -> dict[str, str]:
    """Of our code and the main packages, as the stages had them: several where they differ."""
    found: dict[str, dict[str, None]] = {}
    for stage in account.stages.values():
        for name, version in stage.versions.items():
            found.setdefault(name, {})[version] = None
    return {name: ", ".join(versions) for name, versions in found.items()}


def _flow(account: RunSummary, measure: Measure) -> list[dict[str, Any]]:
    """What is left of each source after each stage of the main line, after a row of what it began with.

    `cells` is {source: {unit: (number, as it is shown)}}.
    """
    documents, amounts = run_summary.count_by_source(account), measures.of_run(account, measure)
    begun = {source: _cell(row["in"], amounts[source]["in"]) for source, row in documents.items()}
    rows: list[dict[str, Any]] = [{"name": None, "cells": begun}]
    for stage in run_summary.find_main_line(account):
        texts, kept = measures.of_stage(stage, measure), run_summary.add_up(stage, "by_source")
        cells = {
            source: _cell(kept[source].get("documents_kept", 0), texts[source]["kept"])
            for source in documents
            if source in kept
        }
        if stage.name in measure.markup:  # pages: their bytes are not those of texts
            cells = {source: {"documents": cell["documents"]} for source, cell in cells.items()}
        rows.append({"name": stage.name, "cells": cells})
    return rows


def _cell(documents: float, text: Amount) -> dict[str, tuple[float, str]]:
    return {
        "documents": (documents, count(documents)),
        "tokens": (text.tokens or 0.0, tokens(text)),
        "bytes": (text.bytes, size(text.bytes)),
    }


def _stage(stage: Stage, account: RunSummary, measure: Measure, share: float) -> dict[str, Any]:
    signals = histograms.of_stage(stage, account)
    panels = of_steps.of_stage(stage, account)
    reasons = run_summary.add_up(stage, "reasons")
    checks = conservation.check(stage, account)
    text = measures.total(measures.of_stage(stage, measure))
    return {
        "name": stage.name,
        "after": stage.after,
        "done": stage.done,
        "steps": stage.steps,
        **_cost(stage),
        "parts": len(stage.parts),
        "rows": {name: stage.total(name) for name in ("rows_in", "kept", "dropped", "failed")},
        "text": text,
        "checks": checks,
        "lost": measures.by_reason(reasons, text["dropped"]),
        "reasons": sorted(reasons.items(), key=lambda item: (-item[1]["documents"], item[0])),
        "worth": worths.of_stage(stage, account),
        "explorer": explorer.of_stage(stage, account, share),
        "edges": edges.sample_edges(stage, account),
        "signals": [{**entry, "svg": charts.draw_histogram(entry)} for entry in signals],
        "examples": samples.sample_dropped(stage, account),
        "kept": shown.sample_kept(stage, account) if reasons else {},
        "failures": samples.sample_failed(stage),
        "labels": labels.of_stage(stage, account),
        "panels": panels,
        "cuts": []
        if stage.name in measure.markup or shown.hides_texts(stage)
        else cuts.sample_cuts(stage, account),
        "cutters": cuts.list_cutters(stage),
        "clusters": samples.sample_clusters(stage) if run_summary.removes_duplicates(stage) else [],
        "times": run_summary.add_up(stage, "steps"),
        "alarms": alarms.of_stage(stage, account.max_duplicates, checks, panels),
    }
