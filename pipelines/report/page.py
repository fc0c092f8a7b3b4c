"""The report of a run: one HTML page that needs nothing but itself, and the summary for the terminal.
By hand: python -m pipelines.report.page OUT
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from pipelines import manifest, status
from pipelines.disk import storage
from pipelines.report import alarms, charts
from pipelines.report import figures as accounts
from pipelines.report import tokens as measures
from pipelines.report.amounts import FILTERS, count, rows, size, tokens
from pipelines.report.figures import Account, Stage
from pipelines.report.panels import (
    cuts,
    explorer,
    histograms,
    labels,
    pdfs,
    repeats,
    samples,
    selections,
    worths,
)
from pipelines.report.tokens import Amount, Measure
from pipelines.screen.door import Door
from pipelines.screen.terminal import make_safe

TEMPLATES = Path(__file__).parent / "templates"


def write(out: Path) -> Path:
    """Write `report.html` into the folder of a run, and return its path.

    FileNotFoundError where `out` is no run. Works on unfinished runs too: it says what is there.
    """
    page = out / "report.html"
    html = _render(_context(accounts.read(out)))
    with storage.replace(page) as beside:
        beside.write_text(html, encoding="utf-8")
    return page


def summary(out: Path) -> str:
    """Five lines: documents and their sums, tokens by source before and after, what went, weights.

    And one for each set of shards, for each source that loses more than `max_duplicates` of itself as
    duplicates, and for each stage whose code changed.
    """
    account = accounts.read(out)
    total = accounts.add_totals(account)
    amounts = measures.of_run(account, measures.measure(account))
    sources = {name: amounts[name] for name in accounts.count_by_source(account)}
    measured = measures.total(amounts)["in"].tokens is not None
    unit, show = ("tokens", tokens) if measured else ("bytes", lambda text: size(text.bytes))
    shards = repeats.of_run(account)
    verdict = "STAGES DO NOT ADD UP, see report.html" if find_broken(account) else "every stage adds up"
    fates = ", ".join(f"{count(total[name])} {name}" for name in ("in", "kept", "dropped", "failed"))
    before = ", ".join(f"{name} {show(row['in'])}" for name, row in sources.items())
    after = ", ".join(f"{name} {show(row['kept'])}" for name, row in sources.items())
    reasons = sorted(_all_reasons(account).items(), key=lambda item: (-item[1], item[0]))[:4]
    solved = _read_mix(account)
    weights = sorted(solved.get("weights", {}).items(), key=lambda item: -item[1])
    found = [
        f"duplicates     {stage.name}: {text}"
        for stage in account.shard_stages()
        for text in alarms.list_duplicates(stage, account.max_duplicates).values()
    ]
    found += [f"code           {alarm['stage']}: {alarm['text']}" for alarm in alarms.of_code(account)]
    return "\n".join(
        [
            f"documents      {fates}; {verdict}",
            f"{f'{unit} before':<14} {before}",
            f"{f'{unit} after':<14} {after}",
            *(f"{each['stage']:<14} {rows(each)}" for each in shards),
            f"dropped most   {', '.join(f'{name} {count(number)}' for name, number in reasons) or 'nothing'}",
            "weights        "
            + (", ".join(f"{name} {weight:.3f}" for name, weight in weights) or "no mix was chosen"),
            *([f"mix            {solved['why']}"] if "why" in solved else []),
            *found,
        ]
    )


def find_broken(account: Account) -> list[str]:
    """The sums that do not hold, a line each, with both numbers."""
    checks = [(stage.name, one) for stage in account.shard_stages() for one in accounts.check(stage, account)]
    checks += [(each["stage"], one) for each in repeats.of_run(account) for one in each["checks"]]
    return [
        f"stage {stage}: {one['what']}: {count(one['said'])} and {count(one['counted'])}"
        for stage, one in checks
        if not one["ok"]
    ]


def _all_reasons(account: Account) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for stage in accounts.find_main_line(account):
        for name, figures in accounts.add_up(stage, "reasons").items():
            reasons[name] = reasons.get(name, 0) + int(figures["documents"])
    return reasons


def _read_mix(account: Account) -> dict[str, Any]:
    """The mix that was exported or, where none was confirmed, chosen; empty where no stage chose one."""
    paths = [account.stages[name].find("weights.json") for name in sorted(account.stages)]
    found: list[dict[str, Any]] = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path]
    return next((mix for mix in found if "exported" in mix), found[0] if found else {})


def _context(account: Account) -> dict[str, Any]:
    measure = measures.measure(account)
    line = [_stage(stage, account, measure) for stage in account.shard_stages()]
    names = {stage.name for stage in accounts.find_main_line(account)}
    for stage in line:
        stage["beside"] = stage["name"] not in names
    figures = [figure for stage in line for figure in stage.pop("figures")]
    documents = accounts.count_by_source(account)
    text = measures.total(measures.of_run(account, measure))
    shards = repeats.of_run(account)
    checks = [check for each in (*line, *shards) for check in each["checks"]]
    standing = status.read(account.out)
    return {
        "account": account,
        "unfinished": None if standing.is_whole() else standing,
        "total": accounts.add_totals(account),
        "text": text,
        "unread": {
            name: sum(row[f"{name}_unread"] for row in documents.values()) for name in ("files", "bytes")
        },
        "sources": list(documents),
        "flow": _flow(account, measure),
        "units": ["documents", *(["tokens"] if text["in"].tokens is not None else []), "bytes"],
        "stages": line,
        "shards": shards,
        "holds": all(check["ok"] for check in checks),
        "selections": [_selection(about) for about in selections.of_run(account)],
        "corpus": [stage for stage in account.stages.values() if stage.kind == "corpus"],
        "pages": _pages(account),
        "alarms": sorted(
            [*(a for stage in line for a in stage.pop("alarms")), *alarms.of_code(account)],
            key=lambda alarm: alarm["rank"],
        ),
        "charts": [charts.draw_sankey(account, measure), *figures],
    }


def _pages(account: Account) -> list[dict[str, str]]:
    """The pages that corpus stages wrote: stage, and address beside the report."""
    stages = [stage for stage in account.stages.values() if stage.kind == "corpus"]
    found = [(stage.name, path) for stage in stages for path in sorted(stage.folder.glob("all/*.html"))]
    return [{"stage": name, "href": quote(path.relative_to(account.out).as_posix())} for name, path in found]


def _flow(account: Account, measure: Measure) -> list[dict[str, Any]]:
    """What is left of each source after each stage of the main line, after a row of what it began with.

    `cells` is {source: {unit: (number, as it is shown)}}.
    """
    documents, amounts = accounts.count_by_source(account), measures.of_run(account, measure)
    begun = {source: _cell(row["in"], amounts[source]["in"]) for source, row in documents.items()}
    rows: list[dict[str, Any]] = [{"name": None, "cells": begun}]
    for stage in accounts.find_main_line(account):
        texts, kept = measures.of_stage(stage, measure), accounts.add_up(stage, "by_source")
        cells = {
            source: _cell(kept[source].get("documents_kept", 0), texts[source]["kept"])
            for source in documents
            if source in kept
        }
        if stage.name in measure.markup:  # pages: their bytes are not those of texts
            cells = {source: {"documents": cell["documents"]} for source, cell in cells.items()}
        rows.append({"name": stage.name, "cells": cells})
    return rows


def _selection(about: dict[str, Any]) -> dict[str, Any]:
    return {**about, "layout": charts.lay_out_curve(), "colours": charts.SOURCES}


def _cell(documents: float, text: Amount) -> dict[str, tuple[float, str]]:
    return {
        "documents": (documents, count(documents)),
        "tokens": (text.tokens or 0.0, tokens(text)),
        "bytes": (text.bytes, size(text.bytes)),
    }


def _stage(stage: Stage, account: Account, measure: Measure) -> dict[str, Any]:
    shown = histograms.of_stage(stage, account)
    figures = [charts.draw_histogram(f"signal-{stage.name}-{entry['name']}", entry) for entry in shown]
    hits = samples.sample_contamination(stage, account)
    shown_pdfs = pdfs.of_stage(stage)
    drawn = charts.draw_expected_errors(stage.name, shown_pdfs) if shown_pdfs else []
    reasons = accounts.add_up(stage, "reasons")
    checks = accounts.check(stage, account)
    text = measures.total(measures.of_stage(stage, measure))
    return {
        "name": stage.name,
        "after": stage.after,
        "done": stage.done,
        "steps": stage.steps,
        "seconds": stage.seconds,
        "parts": len(stage.parts),
        "rows": {name: stage.total(name) for name in ("rows_in", "kept", "dropped", "failed")},
        "text": text,
        "checks": checks,
        "lost": measures.by_reason(reasons, text["dropped"]),
        "reasons": sorted(reasons.items(), key=lambda item: (-item[1]["documents"], item[0])),
        "worth": worths.of_stage(stage, account),
        "explorer": explorer.of_stage(stage),
        "signals": [{"id": figure["id"], **entry} for figure, entry in zip(figures, shown, strict=True)],
        "figures": [*figures, *drawn],
        "examples": samples.sample_dropped(stage, account),
        "failures": samples.sample_failed(stage),
        "labels": labels.of_stage(stage, account),
        "cuts": [] if stage.name in measure.markup else cuts.sample_cuts(stage, account),
        "clusters": samples.sample_clusters(stage) if accounts.removes_duplicates(stage) else [],
        "contamination": hits,
        "pdfs": shown_pdfs,
        "times": accounts.add_up(stage, "steps"),
        "alarms": alarms.of_stage(stage, account.max_duplicates, checks, hits, shown_pdfs),
    }


def _render(context: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= FILTERS
    own = [
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("draw.js", "explorer.js", "selection.js")
    ]
    scripts = [get_plotlyjs(), *own]
    # Only these scripts may run, and nothing may be loaded, whatever a text smuggles in.
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return environment.get_template("report.html.jinja").render(
        **context,
        policy=f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:",
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        plotly=Markup(scripts[0]),
        draw=Markup(scripts[1]),
        explore=Markup(scripts[2]),
        select=Markup(scripts[3]),
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@click.command(cls=Door)
@click.argument("out", type=click.Path(path_type=Path))
def main(out: Path) -> None:
    """Write OUT/report.html anew, from what stands in the folder of a run."""
    try:
        page = write(out)
        manifest.renew_report(out, page)
        click.echo(make_safe(page))
    except storage.Damaged as error:
        click.echo(make_safe(error), err=True)
        sys.exit(4)
    except OSError as error:  # it is no run, or the page cannot be written
        click.echo(make_safe(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
