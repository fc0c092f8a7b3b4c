"""The report of a run: one HTML page that needs nothing but itself, and the summary for the terminal.
By hand: winnow report OUT
"""

import base64
import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import click
import jinja2
from markupsafe import Markup

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.command import Command, RunFolder, add_steps, refuse
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report import alarms, context, numbers
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import FILTERS, count, rows, size, tokens
from winnow.pipelines.report.panels import optouts, phased, repeats
from winnow.pipelines.screen.terminal import make_safe

TEMPLATES = Path(__file__).parent / "templates"


def write(out: Path, account: RunSummary | None = None) -> Path:
    """Write `report.html` into the folder of a run, beside it its figures as `report.json`; the page's path.

    FileNotFoundError where `out` is no run. Works on unfinished runs too: it says what is there. `account` is
    that of the run, where it was read just now.
    """
    page = out / "report.html"
    told = context.of_run(account or run_summary.read(out))
    html = _render(told)
    storage.write(page, html)
    storage.write_json(page.with_suffix(".json"), numbers.of_context(told))
    return page


def summary(out: Path, account: RunSummary | None = None) -> str:
    """Five lines: documents and their sums, tokens by source before and after, what went, weights.

    And one for each set of shards, for each phase of a mix and why the last has its own, for each source that
    loses more than `max_duplicates` of itself as duplicates, for each table of opt-outs, and for each stage
    whose code changed.
    """
    account = account or run_summary.read(out)
    total = run_summary.add_totals(account)
    amounts = measures.of_run(account, measures.measure(account))
    sources = {name: amounts[name] for name in run_summary.count_by_source(account)}
    measured = measures.total(amounts)["in"].tokens is not None
    unit, show = ("tokens", tokens) if measured else ("bytes", lambda text: size(text.bytes))
    shards = repeats.of_run(account)
    verdict = "STAGES DO NOT ADD UP, see report.html" if find_broken(account) else "every stage adds up"
    fates = ", ".join(f"{count(total[name])} {name}" for name in ("in", "kept", "dropped", "failed"))
    copies = run_summary.count_copies(account)
    fates = fates.replace(" in,", f" in ({count(copies)} of them copies of others),") if copies else fates
    before = ", ".join(f"{name} {show(row['in'])}" for name, row in sources.items())
    after = ", ".join(f"{name} {show(row['kept'])}" for name, row in sources.items())
    gone = {name: figures["documents"] for name, figures in run_summary.add_reasons(account).items()}
    reasons = sorted(gone.items(), key=lambda item: (-item[1], item[0]))[:4]
    found = [
        f"duplicates     {stage.name}: {text}"
        for stage in account.shard_stages()
        for text in alarms.list_duplicates(stage, account.max_duplicates).values()
    ]
    found += [f"opt-outs       {each['stage']}: {optouts.tell(each)}" for each in optouts.of_run(account)]
    found += [f"code           {alarm['stage']}: {alarm['text']}" for alarm in alarms.of_making(account)]
    return "\n".join(
        [
            f"documents      {fates}; {verdict}",
            f"{f'{unit} before':<14} {before}",
            f"{f'{unit} after':<14} {after}",
            *(f"{each['stage']:<14} {rows(each)}" for each in shards),
            f"dropped most   {', '.join(f'{name} {count(number)}' for name, number in reasons) or 'nothing'}",
            *_tell_mix(account),
            *(f"{'in ' + each['stage']:<14} {repeats.tell_mix(each)}" for each in shards if each["mix"]),
            *found,
        ]
    )


def find_broken(account: RunSummary) -> list[str]:
    """The sums that do not hold, a line each, with both numbers."""
    checks = [
        (stage.name, one) for stage in account.shard_stages() for one in conservation.check(stage, account)
    ]
    checks += [(each["stage"], one) for each in repeats.of_run(account) for one in each["checks"]]
    return [
        f"stage {stage}: {one['what']}: {count(one['said'])} and {count(one['counted'])}"
        for stage, one in checks
        if not one["ok"]
    ]


def _tell_mix(account: RunSummary) -> list[str]:
    """The weights of the mix and why they are these; of phases a line each."""
    found = phased.of_run(account)
    solved = context.read_mix(account)
    weights = solved.get("weights", [])
    told = ", ".join(f"{name} {weight:.3f}" for name, weight in weights) or "no mix was chosen"
    lines = [f"weights        {told}"] if weights or not found else []
    lines += [f"mix            {solved['why']}"] if solved.get("why") else []
    for one in found:
        lines += [f"{'phase ' + phase['name']:<14} {phase['told']}" for phase in one["phases"]]
        lines.append(f"{one['stage']:<14} {one['why']}")
    return lines


def make_environment(*more: Path) -> jinja2.Environment:
    """What renders the templates, with their filters. Compiled ones are kept where Python keeps its
    own, if they may be: compiling costs as much as the rest of a small page."""
    compiled = TEMPLATES / "__pycache__"
    with contextlib.suppress(OSError):
        compiled.mkdir(exist_ok=True)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*more, TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=jinja2.FileSystemBytecodeCache(str(compiled))
        if os.access(compiled, os.W_OK)
        else None,
    )
    environment.filters |= FILTERS
    environment.globals["style"] = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return environment


def _render(told: dict[str, Any]) -> str:
    scripts = [
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("draw.js", "explorer.js", "selection.js")
    ]
    # Only these scripts may run, and nothing may be loaded, whatever a text smuggles in.
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"
    own = dict(zip(("draw", "explore", "select"), map(Markup, scripts), strict=True))
    return make_environment().get_template("report.html.jinja").render(**told, **own, policy=policy)


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@click.command(cls=Command)
@click.argument("out", type=RunFolder(exists=False))
@add_steps
@refuse()
def main(out: Path) -> None:
    """Write OUT/report.html anew, from what stands in the folder of a run."""
    page = write(out)
    manifest.renew_report(out, page)
    click.echo(make_safe(page))


if __name__ == "__main__":
    main()
