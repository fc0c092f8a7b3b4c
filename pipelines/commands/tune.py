"""Thresholds of a finished run's rules, chosen by what models learn: `make tune OUT= [STAGE=]`.

winnow tune OUT

Replays other thresholds of a replayable stage from its recorded facts, runs a recipe in a folder of its own,
OUT/tune/run, that scores them with small proxies (`mixing.tune`), and writes what was chosen as a recipe.
"""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import click
import polars as pl

from winnow.pipelines.commands import worth
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.command import Command, RunFolder, add_steps
from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.ledger import removed, replay, run_summary
from winnow.pipelines.engine.ledger.replay import Option, TunableThreshold
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report import tune_report
from winnow.pipelines.report.panels import worths
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec import declarations, row_filter, schema, toml
from winnow.pipelines.spec.columns import adds
from winnow.pipelines.spec.recipe import RecipeError, Step

MOST_ITEMS = 256  # of each eval and half
HALVES = ("choose", "judge")
ROOM = 0.6  # as `mixing.tune` has it: of the text of a block so much is learned
SECONDS_PER_TOKEN = 3e-7  # of one core, for what a proxy learns
Change = dict[str, Any]


def ask(
    out: Path, name: str | None, *, tokens: int, seeds: int, write: Path | None, workers: int, say: Any
) -> dict[str, Any]:
    """Choose thresholds for the stage `name` of the run in `out`; what OUT/tune/tune.json says then.

    RecipeError where the run has no such stage, no eval items, or too little text.
    """
    begun = time.monotonic()
    account = run_summary.read(out)
    stage = find_stage(account, name)
    folder = out.resolve() / tune_report.FOLDER
    items = split_items(account)
    recipe = load_own(account, folder)
    share, sizes = find_share(account, stage, tokens, seeds)
    rows = replay.read_rows(stage, share)
    thresholds, left = replay.list_thresholds(stage, rows)
    fixed = replay.find_fixed(stage, thresholds, rows)
    kept = replay.replay(thresholds, fixed, rows)
    replay.prove(stage, kept, rows)
    thresholds = [replay.add_options(rule, i, rows, fixed, kept) for i, rule in enumerate(thresholds)]
    changes = list_changes(thresholds)
    if not changes:
        raise RecipeError(f"stage {stage.name}: no other threshold would drop other documents")
    say(forecast(len(thresholds), len(changes), rows.height, tokens, seeds))
    write_inputs(
        account, stage, recipe.stages[stage.name].steps, rows, fixed, thresholds, changes, items, folder
    )
    found = search(account, stage, folder, tokens, seeds, workers)
    told = tune_report.tell(stage, thresholds, left, found, rows, fixed, sizes)
    told["of"] = worths.digest_stage(stage)
    text = tune_report.write(account.recipe_text, stage, thresholds, told)
    path = write or folder / "tuned.toml"
    storage.write(path, text)
    toml.load(path)
    storage.write_json(folder / "tune.json", told)
    storage.write(folder / "tune.md", tune_report.describe(told, path))
    say(f"{time.monotonic() - begun:.0f} s")
    return told


def forecast(rules: int, changes: int, documents: int, tokens: int, seeds: int) -> str:
    """What is asked for, and how long it may take."""
    proxies = changes * seeds  # half of the changes have as many seeds; most are looked at twice
    minutes = round(proxies * tokens * SECONDS_PER_TOKEN / 60)
    duration = f"about {minutes} minutes" if minutes > 1 else "a minute or two"
    return (
        f"{changes:,} changes of {rules} rules, {documents:,} documents: some {proxies:,} proxies of up to"
        f" {tokens:,} tokens, {duration}; {2 * seeds} more judge"
    )


def find_stage(account: RunSummary, name: str | None) -> Stage:
    """The replayable stage of that name, or the only one; RecipeError where there is none."""
    able = {stage.name: stage for stage in account.shard_stages() if stage.replayable and stage.rules}
    if not able:
        raise RecipeError(f"{account.out} has no stage with `replayable = true` whose rules have thresholds")
    if name not in able and (name or len(able) > 1):
        raise RecipeError(
            f"{account.out}: say which stage: STAGE={' or STAGE='.join(able)}"
            + (f"; {name!r} is none with `replayable = true` and thresholds" if name else "")
        )
    stage = able[name] if name else next(iter(able.values()))
    if not stage.done:
        raise RecipeError(f"{account.out}: stage {stage.name} is not whole: finish the run first")
    if not stage.upstream:
        raise RecipeError(
            f"stage {stage.name} reads its documents from a source, so that the texts that it dropped stand"
            " nowhere: put a stage before it"
        )
    if tune_report.FOLDER in account.stages:
        raise RecipeError(
            f"{account.out}: a stage is called {tune_report.FOLDER!r}, as the folder of tune would be"
        )
    return stage


def split_items(account: RunSummary) -> pl.DataFrame:
    """The run's eval items, of each eval half to choose by and half to judge by, by a hash of their ids.
    RecipeError where there are none."""
    items = worth.read_items(account).filter(pl.col("answer").str.len_bytes() > 0)
    if items.is_empty():
        evals = declarations.find_step("items").partition(":")[0]
        raise RecipeError(
            f"{account.out} has no eval items, and thresholds are chosen by them: give the recipe a source of"
            f" them and a stage with a step of {evals} (docs/tune.md)"
        )
    whole = pl.Series([manifest.digest(["half", *row]) for row in items.select("eval", "item").iter_rows()])
    half = whole.str.slice(0, 1).str.to_integer(base=16) % 2
    items = items.with_columns(half=half.replace_strict([0, 1], list(HALVES), return_dtype=pl.String))
    both = items.group_by("eval").agg(pl.col("half").n_unique()).filter(pl.col("half") == 2)["eval"]
    items = items.filter(pl.col("eval").is_in(both.implode()))
    if items.is_empty():
        raise RecipeError(f"{account.out}: no eval has two items, one to choose by and one to judge by")
    return items.select(pl.format("{}:{}", "half", "eval").alias("eval"), "item", "prompt", "answer")


def load_own(account: RunSummary, folder: Path) -> Any:
    """The recipe that the run was of, as `run.json` keeps it."""
    path = folder / "base.toml"
    storage.write(path, account.recipe_text)
    return toml.load(path)


def find_share(account: RunSummary, stage: Stage, tokens: int, seeds: int) -> tuple[float, dict[str, int]]:
    """Which share of the documents is drawn, so that all blocks have enough; and bytes that came and left."""
    sums = removed.measure(account, stage, removed.Question(stage.name))
    if not sums["left"]:
        raise RecipeError(f"stage {stage.name} kept no text: there is nothing to learn from")
    wanted = 2 * seeds * tokens * worth.BYTES_PER_TOKEN / ROOM * 1.5  # copies go, blocks differ
    return min(1.0, wanted / sums["left"]), sums


def list_changes(thresholds: list[TunableThreshold]) -> list[Change]:
    """Each other value of each rule; of each step with several rules that drop something, all of them off."""
    found = [
        {"name": f"{rule.name}: {_show(rule, option)}", "kind": option.kind, "sets": {i: option.column}}
        for i, rule in enumerate(thresholds)
        for option in rule.options
    ]
    for step in dict.fromkeys(threshold.step for threshold in thresholds):
        own = [i for i, threshold in enumerate(thresholds) if threshold.step == step and _has_off(threshold)]
        if len(own) > 1:
            name = f"{thresholds[own[0]].use} (step {step + 1}): all its rules off"
            found.append({"name": name, "kind": "off", "sets": dict.fromkeys(own)})
    return found


def _has_off(threshold: TunableThreshold) -> bool:
    return any(option.kind == "off" for option in threshold.options)


def _show(threshold: TunableThreshold, option: Option) -> str:
    return "off" if option.kind == "off" else f"{threshold.setting} {tune_report.number(option.value)}"


def write_inputs(
    account: RunSummary,
    stage: Stage,
    steps: tuple[Step, ...],
    rows: pl.DataFrame,
    fixed: pl.Series,
    thresholds: list[TunableThreshold],
    changes: list[Change],
    items: pl.DataFrame,
    folder: Path,
) -> None:
    """Write the documents that some setting keeps, which of them break what, the changes, and the items."""
    mine = rows.filter(~fixed)
    texts = pl.concat(_read_texts(account, stage, steps, mine)).sort("id")
    _write_table(texts, folder / "documents.parquet")
    columns = {
        option.column: replay.find_broken(threshold, option, rows)
        for threshold in thresholds
        for option in (threshold.base, *threshold.options)
        if option.column is not None
    }
    _write_table(rows.select(key="id", **columns).filter(~fixed).sort("key"), folder / "drops/drops.parquet")
    plan = {"base": [threshold.base.column for threshold in thresholds], "changes": changes}
    storage.write_json(folder / "drops/changes.json", plan)
    _write_table(items, folder / "items/items.parquet")


def _write_table(table: pl.DataFrame, path: Path) -> None:
    with storage.replace(path) as beside:
        table.write_parquet(beside, row_group_size=500)


def _read_texts(
    account: RunSummary, stage: Stage, steps: tuple[Step, ...], rows: pl.DataFrame
) -> list[pl.DataFrame]:
    """`id`, `kept` (1 or 0) and `text`, as it would leave the stage."""
    frames = []
    recipe = toml.load(account.out / tune_report.FOLDER / "base.toml")
    cutting = [i for i, step in enumerate(steps) if "text" in (adds(step) or {"text": None})]
    steps = steps[: cutting[-1] + 1] if cutting else ()
    for (part,), own in rows.group_by("part", maintain_order=True):
        before = removed.find_before(account, stage, str(part))
        assert before is not None
        kept, gone = own.filter("kept")["id"], own.filter(~pl.col("kept"))["id"]
        texts = documents.find(
            stage.folder / f"{part}.parquet", pl.col("id").is_in(kept.implode()), ["id", "text"]
        )
        frames.append(texts.unique("id", keep="first").select("id", pl.lit(1.0).alias("kept"), "text"))
        wanted = pl.col("id").is_in(gone.implode())
        texts = documents.find(before, wanted, None if steps else ["id", "text"]).unique("id", keep="first")
        for step in steps:
            texts = _pass(step, manifest.settings_for(step, recipe, account.out.resolve()), texts)
        frames.append(texts.select("id", pl.lit(0.0).alias("kept"), "text"))
    return [frame.filter(pl.col("text").is_not_null()) for frame in frames]


def _pass(step: Step, settings: dict[str, Any], docs: pl.DataFrame) -> pl.DataFrame:
    """What a step makes of documents, whether it would drop them or not."""

    def judge(some: pl.DataFrame) -> pl.DataFrame:
        done: pl.DataFrame = step.function(some, **settings)
        return done.drop("drop_reason", schema.WORK, strict=False)

    return row_filter.apply(docs, step.where, judge)


def search(
    account: RunSummary, stage: Stage, folder: Path, tokens: int, seeds: int, workers: int
) -> dict[str, Any]:
    """What the search in OUT/tune/run found, which goes where its recipe was another one; what was scored
    stays."""
    return worth.run_apart(
        folder,
        "tuned",
        f"tune {stage.name}",
        workers,
        "tune.toml.jinja",
        inputs=_digest_inputs(folder),
        stage=stage.name,
        documents=os.path.relpath(folder / "documents.parquet"),  # part of ids, which order what is learned
        items=str(folder / "items"),
        drops=str(folder / "drops"),
        store=str(folder / "scored"),
        most_items=MOST_ITEMS,
        tokens=tokens,
        seeds=seeds,
        weighing=worth.find_weighing(account),
    )


def _digest_inputs(folder: Path) -> str:
    files = ("documents.parquet", "drops/drops.parquet", "drops/changes.json", "items/items.parquet")
    return manifest.digest([hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files])


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.option("--stage", help="The replayable stage whose rules are tuned, where there are several.")
@click.option("--tokens", type=click.IntRange(min=1000), default=300_000, show_default=True)
@click.option("--seeds", type=click.IntRange(min=4), default=8, show_default=True)
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Where the recipe goes.")
@click.option("--workers", type=click.IntRange(min=0), default=2, show_default=True)
@add_steps
def main(out: Path, stage: str | None, tokens: int, seeds: int, write: Path | None, workers: int) -> None:
    """Choose the thresholds of a stage of the finished run in OUT by what small models learn."""

    def say(line: str) -> None:
        click.echo("\n".join(map(make_safe, line.split("\n"))))

    told = ask(out, stage, tokens=tokens, seeds=seeds, write=write, workers=workers, say=say)
    folder = out / tune_report.FOLDER
    changed = tune_report.list_changed(told)
    say("\n".join([tune_report.say_verdict(told), *changed, tune_report.say_unseen(told)]))
    say(f"recipe  {write or folder / 'tuned.toml'}\nreport  {folder / 'tune.md'}")


if __name__ == "__main__":
    main()
