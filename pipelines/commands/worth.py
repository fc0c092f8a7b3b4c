"""What a stage of a finished run, or a rule of it, is worth: `make worth STAGE= [RULE=] [SOURCE=]`.

winnow worth OUT STAGE

Draws documents of the stage as they came and as they left, and runs a recipe on them in a folder of its own,
OUT/worth/NAME/run: small proxy models that learn from the one and from the other (`mixing.worth`).
"""

import json
import math
import shutil
import tomllib
from pathlib import Path
from typing import Any

import click
import jinja2
import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from winnow import eval_items
from winnow.pipelines.commands import run
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.command import Command, RunFolder, add_steps
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import removed, run_summary
from winnow.pipelines.engine.ledger.removed import Question, Sample
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import worths
from winnow.pipelines.screen.terminal import make_safe, open_console
from winnow.pipelines.spec.recipe import RecipeError

TEMPLATES = Path(__file__).resolve().parent.parent / "recipes"
BYTES_PER_TOKEN = 2.8  # about what a vocabulary of 1,024 gives; tokens are counted later
MOST_ITEMS = 256  # of each eval
ITEM = ("eval", "item", "prompt", "answer")


def ask(
    out: Path, question: Question, *, tokens: int, seeds: int, proxies: list[str], workers: int
) -> dict[str, Any]:
    """Answer a question about the run in `out`; what `worth.json` says then.

    `seeds` pairs of proxies of each kind in `proxies` learn `tokens` tokens each or, where the stage kept
    less, as many as there are, so that no two of them learn the same document, and none twice.
    RecipeError where the question cannot be asked of this run.
    """
    account = run_summary.read(out)
    wished = {"tokens": tokens, "seeds": seeds, "proxies": proxies}
    stage = _find_stage(account, question)
    sums = removed.measure(account, stage, question)
    if sums["left"] in (0, sums["came"]) and not sums["cut"]:
        what = "kept no text" if not sums["left"] else "took no text away"
        raise RecipeError(f"{out}: {_describe(question)} {what}: there is nothing to compare")
    tokens = min(tokens, int(sums["left"] / (seeds + 1) / BYTES_PER_TOKEN))
    share = min(1.0, tokens * BYTES_PER_TOKEN * (seeds + 1) / sums["left"])
    folder = out / worths.FOLDER / question.name
    sample = Sample(share, seeds)
    items = _write_documents(account, stage, question, sample, folder)
    judged = run_apart(
        folder,
        "judged",
        f"worth of {_describe(question)}",
        workers,
        "worth.toml.jinja",
        what=" ".join(_describe(question).split()),
        name=question.name,
        documents=str((folder / "documents.parquet").resolve()),
        items=str(items.resolve()),
        most_items=MOST_ITEMS,
        tokens=tokens,
        proxies=proxies,
        weighing=find_weighing(account),
    )
    asked = {"stage": question.stage, "rule": question.rule, "source": question.source}
    told = {**asked, "wished": wished, "of": worths.digest_stage(stage), "documents": sums, **judged}
    storage.write_json(folder / "worth.json", told)
    return told


def run_apart(
    folder: Path, judge: str, command: str, workers: int, template: str, **fields: Any
) -> dict[str, Any]:
    """What the stage `judge` found in a run of its own, by what a template makes of `fields`.

    Where its folder holds a run of another recipe, that goes. RecipeError where the run does not end well.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.get_template(template).render(**fields)
    path, out = folder / "recipe.toml", folder / "run"
    if path.exists() and path.read_text(encoding="utf-8") != text:  # asked otherwise: begun anew
        shutil.rmtree(out, ignore_errors=True)
    storage.write(path, text)
    if code := run.execute_within(command, path, out, workers):
        raise RecipeError(f"{out}: it ended with {code}")
    verdict = run_summary.read(out).stages[judge].find_told("verdict")
    assert verdict is not None
    return dict(json.loads(verdict.read_text(encoding="utf-8")))


def _describe(question: Question) -> str:
    of = f", of {question.source}" if question.source else ""
    return f"stage {question.stage}{f', rule {question.rule}' if question.rule else ''}{of}"


def _find_stage(account: RunSummary, question: Question) -> Stage:
    shards = {stage.name: stage for stage in account.shard_stages() if stage.upstream}
    if question.stage not in shards:
        raise RecipeError(
            f"{account.out} has no stage {question.stage!r} that reads what another one kept; there are:"
            f" {', '.join(shards)}"
        )
    if worths.FOLDER in account.stages:
        raise RecipeError(
            f"{account.out}: a stage is called {worths.FOLDER!r}, as the folder of worth would be"
        )
    stage = shards[question.stage]
    reasons = set(run_summary.add_up(stage, "reasons"))
    steps = {step["use"] for step in stage.own_steps}
    modules = {reason.partition(".")[0] for reason in reasons}
    if question.rule and question.rule not in reasons | steps | modules:
        known = ", ".join(sorted(reasons)) or "none"
        raise RecipeError(f"stage {stage.name} dropped nothing for {question.rule!r}; its reasons: {known}")
    sources = run_summary.add_up(stage, "by_source")
    if question.source and question.source not in sources:
        raise RecipeError(
            f"stage {stage.name} has no source {question.source!r}; there are: {', '.join(sources)}"
        )
    return stage


def _write_documents(
    account: RunSummary, stage: Stage, question: Question, sample: Sample, folder: Path
) -> Path:
    """Write the texts to learn from, and eval items beside: those of the run, and pieces of held-out text."""
    learned, held = [], []
    for texts in removed.draw(account, stage, question, sample):
        mine = pl.col("block") == sample.blocks
        names = pl.format("{}.{}", "kind", "block")
        # A document that was cut stands twice, and ids of documents to learn from must differ.
        ids = pl.format("{}-{}", "id", "kind")
        learned.append(texts.filter(~mine).select("text", id=ids, source=names))
        held.append(removed.cut_items(texts.filter(mine), MOST_ITEMS))
    finals = run_summary.find_finals(account)
    came = set(run_summary.add_up(stage, "by_source")) if question.source is None else {question.source}
    others = removed.draw_others(account, finals, sorted(set(finals) - came), MOST_ITEMS)
    held.append(removed.cut_items(others, MOST_ITEMS))
    pieces = (
        pl.concat(held).sort("eval", "order", "item").group_by("eval", maintain_order=True).head(MOST_ITEMS)
    )
    if "text:in" not in pieces["eval"]:
        raise RecipeError(f"{_describe(question)}: too little text to hold any out")
    texts = pl.concat(learned).sort("source", "id")
    _refuse_thin(texts["source"], sample.blocks, _describe(question))
    folder.mkdir(parents=True, exist_ok=True)
    with storage.replace(folder / "documents.parquet") as beside:
        texts.write_parquet(beside)
    with storage.replace(folder / "items" / eval_items.FILE) as beside:
        pl.concat([read_items(account), pieces.select(ITEM)]).write_parquet(beside)
    return folder / "items"


def _refuse_thin(sources: pl.Series, blocks: int, what: str) -> None:
    """RecipeError where a pair of proxies would have nothing to learn on one of its sides."""
    there = set(sources)
    for side, kinds in (("with", ("kept", "more", "after")), ("without", ("kept", "before", "dropped"))):
        bare = [n for n in range(blocks) if not there & {f"{kind}.{n}" for kind in kinds}]
        if bare:
            raise RecipeError(
                f"{what}: too few documents, or too long ones, for {blocks} pairs of proxies: {len(bare)} of"
                f" them would learn no text {side} it; ask for fewer SEEDS, at least 5, or of a larger run"
            )


def read_items(account: RunSummary) -> pl.DataFrame:
    """The eval items of the run, of all stages that have some, each once; none where it has none: held-out
    text is always there."""
    tables = [pl.DataFrame(schema={name: eval_items.SCHEMA[name] for name in ITEM})]
    for stage in account.stages.values():
        path = stage.find(eval_items.FILE)
        if path and set(ITEM) <= set(pl.scan_parquet(path, glob=False).collect_schema()):  # no index of items
            tables.append(eval_items.read(path, ITEM))
    return pl.concat(tables).unique(["eval", "item"], keep="first", maintain_order=True)


def find_weighing(account: RunSummary) -> dict[str, dict[str, Any]]:
    """How the run's mix weighs evals and families, where it has one."""
    for stage in account.stages.values():
        for step in stage.own_steps:
            found = {key: step["settings"].get(key) for key in ("evals", "families")}
            if isinstance(found["evals"], dict) and found["evals"]:
                return {key: table for key, table in found.items() if table}
    return {}


def show(told: dict[str, Any], console: Console) -> None:
    """Print a table for each kind of proxy."""
    for proxy, found in told["proxies"].items():
        head = (
            f"{worths.describe(told)}: {proxy}, {len(found['seeds'])} pairs of {found['tokens']:,} tokens,"
            f" {told['taken']:.1%} of them taken away"
        )
        table = Table(title=Text(make_safe(head)), title_justify="left", box=box.SIMPLE)
        for name in ("", "without", "with", "worth", "± least", "of it", ""):
            table.add_column(Text(name), justify="right" if name else "left")
        for kind, name, row in worths.list_rows(found):
            table.add_row(*(Text(make_safe(cell)) for cell in (f"{kind} {name}".strip(), *_format(row))))
        console.print(table)
    console.print(
        "worth: bits per byte without less those with, above 0 it helps; ±: half of the"
        f" {told['confidence']:.0%} interval, the least effect that could be seen:"
        " `not seen` is not `no worth`"
    )


def _format(row: dict[str, Any]) -> list[str]:
    numbers = [f"{row['off']:.3f}", f"{row['on']:.3f}", f"{row['worth']:+.4f}", f"{row['least']:.4f}"]
    share = row["worth"] / row["off"] if row["off"] else math.nan
    return [*numbers, f"{share:+.1%}", row["said"]]


def refuse_other(recipe: Path, out: Path) -> None:
    """RecipeError where the run in `out` is not of this recipe."""
    try:
        name = tomllib.loads(recipe.read_text(encoding="utf-8")).get("name")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{recipe}: {error}") from None
    ran = run_summary.read(out).recipe
    if ran != name:
        raise RecipeError(
            f"{out} holds a run of the recipe {ran!r}, and not of {name!r}  (make: RECIPE= OUT=)"
        )


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.argument("stage")
@click.option("--rule", help="Only what this rule dropped: a reason, what is before its dot, or a step.")
@click.option("--source", help="Only documents of this source.")
@click.option("--recipe", type=click.Path(path_type=Path), help="Refuse a run of another recipe.")
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    type=click.Choice(["ngram", "transformer"]),
    default=["ngram"],
    show_default=True,
)
@click.option("--tokens", type=click.IntRange(min=1000), default=300_000, show_default=True)
@click.option("--seeds", type=click.IntRange(min=5), default=8, show_default=True)
@click.option("--workers", type=click.IntRange(min=0), default=2, show_default=True)
@add_steps
def main(
    out: Path,
    stage: str,
    rule: str | None,
    source: str | None,
    recipe: Path | None,
    proxies: tuple[str, ...],
    tokens: int,
    seeds: int,
    workers: int,
) -> None:
    """Tell what STAGE of the finished run in OUT is worth to a model, in bits per byte, with intervals."""

    if recipe:
        refuse_other(recipe, out)
    question = Question(stage, rule, source)
    told = ask(
        out, question, tokens=tokens, seeds=seeds, proxies=list(dict.fromkeys(proxies)), workers=workers
    )
    manifest.renew_report(out, page.write(out))
    show(told, open_console())
    folder = out / worths.FOLDER / question.name
    click.echo(make_safe(f"answer  {folder / 'worth.json'}\nreport  {out / 'report.html'}"))


if __name__ == "__main__":
    main()
