"""What every stage and rule of a finished run is worth to a model, in one table: `make prices OUT=`.

winnow prices OUT

Asks `worth` of each stage that drops or cuts, and of each reason for which a stage of several
drops; what was answered before, of the same output and as precisely, is not asked again. Transformers,
where they are wished, are asked of what takes more than 2% of the text: less they would not see. Writes
OUT/worth/prices.json and OUT/worth/prices.md.
"""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from winnow.markdown import escape
from winnow.pipelines.commands import worth
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.command import Command, RunFolder, add_steps
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.disk.proof import read_json
from winnow.pipelines.engine.ledger import removed, run_summary
from winnow.pipelines.engine.ledger.removed import Question
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report import page
from winnow.pipelines.report.amounts import count, share
from winnow.pipelines.report.panels import worths
from winnow.pipelines.screen.terminal import make_safe, open_console
from winnow.pipelines.spec.recipe import RecipeError

LARGE = 0.02  # of the text: of what takes less, no transformers are asked
MARKS = {"helps": "**", "harms": "**", "not seen": ""}


def list_questions(account: RunSummary) -> list[Question]:
    """Each stage that reads what another one kept and drops or cuts, in the order of the recipe, and behind
    it its reasons, where there are several."""
    found = []
    for stage in account.shard_stages():
        reasons = sorted(run_summary.add_up(stage, "reasons"))
        cuts = any(row.get("bytes_cut", 0) for row in run_summary.add_up(stage, "steps").values())
        if stage.upstream and (reasons or cuts):
            found.append(Question(stage.name))
            found += [Question(stage.name, rule) for rule in reasons if len(reasons) > 1 or cuts]
    return found


def ask(
    out: Path, *, tokens: int, seeds: int, proxies: list[str], workers: int, console: Console
) -> list[dict[str, Any]]:
    """What `worth` says of each question, or `why` it can say nothing; says how far it is."""
    account = run_summary.read(out)
    questions = list_questions(account)
    told = []
    for number, question in enumerate(questions, 1):
        known = read_json(out / worths.FOLDER / question.name / "worth.json") or {}
        whole = worths.digest_stage(account.stages[question.stage])
        kinds = _choose_proxies(account, question, proxies)
        wished: dict[str, Any] = {"tokens": tokens, "seeds": seeds, "proxies": kinds}
        if (known.get("wished"), known.get("of")) != (wished, whole):
            what = f"{question.stage} {question.rule or ''}"
            console.print(make_safe(f"{number} of {len(questions)}: {what}"), markup=False)
            try:
                known = worth.ask(out, question, **wished, workers=workers)
            except RecipeError as error:
                known = {"stage": question.stage, "rule": question.rule, "why": str(error)}
        told.append(known)
    return told


def _choose_proxies(account: RunSummary, question: Question, proxies: list[str]) -> list[str]:
    """The kinds of proxies to ask: of a rule that takes little text, n-grams alone where those are wished."""
    sums = removed.measure(account, account.stages[question.stage], question)
    large = sums["came"] - sums["left"] > LARGE * sums["came"]
    return proxies if large or "ngram" not in proxies else ["ngram"]


def tabulate(told: list[dict[str, Any]], proxy: str) -> str:
    """A table in Markdown: a row for each question, a column for each eval and each kind of held-out text.

    In percent of the bits per byte without it, above 0 it helps, with half of the 95% interval; bold: beyond.
    """
    rows = [
        {row[:2]: row[2] for row in worths.list_rows(each["proxies"][proxy])}
        if proxy in each.get("proxies", {})
        else {}
        for each in told
    ]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    heads = ["stage", "rule", "documents", "text", *(escape(f"{kind} {name}") for kind, name in columns)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for each, row in zip(told, rows, strict=True):
        cells = [escape(cell) for cell in (each["stage"], each["rule"] or "all", *_describe_sums(each))]
        cells += [_describe_worth(row.get(name)) for name in columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _describe_sums(told: dict[str, Any]) -> list[str]:
    if "documents" not in told:
        return ["-", "not asked: " + told["why"].partition(": ")[2]]
    sums = told["documents"]
    return [count(sums["dropped"]), share(sums["came"] - sums["left"], sums["came"])]


def _describe_worth(row: dict[str, Any] | None) -> str:
    if row is None or not row["off"]:
        return ""
    mark = MARKS.get(row["said"], "")
    return f"{mark}{100 * row['worth'] / row['off']:+.1f}{mark} ± {100 * row['least'] / row['off']:.1f}"


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.option(
    "--proxy", "proxies", multiple=True, type=click.Choice(["ngram", "transformer"]), default=["ngram"]
)
@click.option("--tokens", type=click.IntRange(min=1000), default=300_000, show_default=True)
@click.option("--seeds", type=click.IntRange(min=5), default=8, show_default=True)
@click.option("--workers", type=click.IntRange(min=0), default=2, show_default=True)
@add_steps
def main(out: Path, proxies: tuple[str, ...], tokens: int, seeds: int, workers: int) -> None:
    """Tell what every stage and rule of the finished run in OUT is worth to a model."""

    kinds = list(dict.fromkeys(proxies))
    console = open_console()
    told = ask(out, tokens=tokens, seeds=seeds, proxies=kinds, workers=workers, console=console)
    storage.write_json(out / worths.FOLDER / worths.PRICES, {"rows": told})
    tables = "\n".join(
        f"{kind}, {seeds} pairs of {tokens:,} tokens\n\n{tabulate(told, kind)}" for kind in kinds
    )
    storage.write(out / worths.FOLDER / worths.TABLE, tables)
    manifest.renew_report(out, page.write(out))
    click.echo(make_safe(tables))


if __name__ == "__main__":
    main()
