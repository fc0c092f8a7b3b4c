"""A take-down, whole or not at all.

Everything is laid out beside first. The journal is the point of no return: from there on files are put in
their places, pages and the report made anew and the ledger written, and whoever finds a journal goes on with
it. All of that may be done twice.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import mirror, proof, storage
from winnow.pipelines.engine.ledger import takedowns
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report import page as report
from winnow.pipelines.report import tune_report
from winnow.pipelines.report.panels import worths
from winnow.pipelines.screen import log
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.address import resolve
from winnow.pipelines.takedown import answers, find, matches, outdated, pages, parts, shards, tables
from winnow.pipelines.takedown.rewrite_plan import Staging

Say = Callable[[str], None]
APART = (
    *("run", "items", "drops", "scored", "documents.parquet", "worth.json", "tune.json", "tune.md"),
    *("tuned.toml", "recipe.toml", "base.toml"),
)
"""What `make worth` and `make tune` write in a folder of their own; last is that by which it is known."""


def prepare(account: RunSummary, found: find.Found, about: dict[str, Any], say: Say) -> None:
    """Lay out every file as it will be, and write the journal."""
    out = account.out
    folder = out / takedowns.FOLDER
    folder.mkdir(exist_ok=True)
    storage.sweep(folder)
    ids = sorted(found.documents)
    classes = {one: told["class"] for one, told in found.documents.items()}
    staging = Staging(account, pa.array(ids, pa.string()), classes)
    gone = set(ids)
    texts = [rows.filter(pl.col("id").is_in(ids)) for rows in find.read_texts(account)]
    given = pl.concat([pl.DataFrame(schema={"id": pl.String, "text": pl.String}), *texts]).unique()
    tell = matches.make(gone, find.read_values(account, gone, "url", "canonical_url"), given)
    made: list[list[str]] = []
    say("writing what is left beside it")
    for stage in account.stages.values():
        if stage.kind == "shard":
            parts.withdraw(staging, stage)
        elif stage.find_told("shards"):
            shards.withdraw(staging, stage)
        else:
            made += tables.withdraw(staging, stage, tell)
            _blank(staging, stage, given["text"])
    stale = outdated.mark(staging, about["date"][:10])
    staging.close()
    _keep_marks(staging, found.marks)
    _clean_log(staging, out / log.FILE, tell)
    rewritten = [name for name in staging.files if not name.startswith(f"{takedowns.FOLDER}/")]
    entry = {
        **about,
        "documents": [{"id": one, **found.documents[one]} for one in ids],
        "lines": {str(line): count for line, count in found.lines.items()},
        "files": {name: [_digest(out / name), _digest(staging.folder / name)] for name in rewritten},
        "pages": made,
        "outdated": stale,
    }
    _secure(staging)
    kept = answers.find(account, tell, say)
    entry["answers"] = sum(map(len, kept.values()))
    journal = {"files": staging.files, "pages": made, "answers": kept, "entry": entry}
    storage.write_json(folder / takedowns.JOURNAL, journal)


def _clean_log(staging: Staging, path: Path, tell: tables.Hits) -> None:
    """Lines of the run's log that hold what goes are laid out without it."""
    if path.exists():
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        if (left := tables.clean_lines(text, tell)) != text:
            staging.add(path).write_text(left, encoding="utf-8", errors="surrogateescape")


def finish(out: Path, say: Say) -> dict[str, Any] | None:
    """Do what a journal says, from wherever it was left; its entry, or None where there is no journal."""
    folder = out / takedowns.FOLDER
    journal: dict[str, Any] | None = storage.read_json(folder / takedowns.JOURNAL)
    if journal is None:
        return None
    for left in [*folder.glob(".page.*.tmp"), *folder.glob(".recipe.*.tmp")]:
        shutil.rmtree(left, ignore_errors=True)
    say("putting files in their places")
    for name in journal["files"]:
        beside = folder / ".staged.tmp" / name
        if beside.exists():
            beside.replace(out / name)
            storage.sync((out / name).parent)
    answers.remove(journal["answers"], say)
    remove_apart(out, say)
    pages.remake(out, journal["pages"], say)
    if (out / "report.html").exists():
        say("writing the report anew")
        manifest.renew_report(out, report.write(out))
    entry = {**journal["entry"], "journal": manifest.digest(journal)}
    takedowns.append(out, entry)
    shutil.rmtree(folder / ".staged.tmp", ignore_errors=True)
    (folder / takedowns.JOURNAL).unlink()
    storage.sync(folder)
    mirror.push(out)
    return entry


def remove_apart(out: Path, say: Say) -> None:
    """Remove what `make worth` and `make tune` made of the texts of a run, and nothing else."""
    worth, tune = out / worths.FOLDER, out / tune_report.FOLDER
    if (worth / "stage.json").exists():  # a stage of a time when its name was free
        return
    folders = worths.list_folders(out) + [tune] * (tune / "base.toml").exists()
    for folder in folders:
        say(f"removing {folder}: a run of its own, with texts of this one")
        for path in (folder / name for name in APART):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    for name in (worths.PRICES, worths.TABLE):
        (worth / name).unlink(missing_ok=True)
    for folder in (*folders, worth):
        if left := sorted(path.name for path in folder.glob("*")):
            say(f"left in {folder}, since no command writes it: {', '.join(left)}")
        elif folder.exists():
            folder.rmdir()


def _secure(staging: Staging) -> None:
    """What is laid out is on the disk, and in the store of a run that stands in one."""
    for name in staging.files:
        storage.sync(staging.folder / name)
    mirror.put_staged(staging.account.out)


def _digest(path: Path) -> str | None:
    return proof.digest_file(path) if path.exists() else None


def _keep_marks(staging: Staging, fresh: pl.DataFrame) -> None:
    """Marks of all take-downs in this folder."""
    path = staging.account.out / takedowns.FOLDER / takedowns.MARKS
    old = [pl.read_parquet(path, glob=False)] if path.exists() else []
    rows = pl.concat([*old, fresh]).unique(["kind", "digest"], keep="first").sort("kind", "digest")
    rows.write_parquet(staging.add(path))


def _blank(staging: Staging, stage: Any, texts: pl.Series) -> None:
    """What proxies were trained on, without the texts that go."""
    function = declarations.find_function(stage.own_steps[-1]["use"], "blank")
    if stage.find_told("prepared") is None or function is None:
        return
    folder = stage.folder / "all"
    written = []
    for name, array in resolve(function)(folder, texts.to_list()).items():
        with staging.add(folder / name).open("wb") as file:
            np.save(file, array)
        written.append(folder / name)
    if written:
        receipt = staging.receipts.get(stage.name, {}).get("all", stage.parts["all"])
        staging.enter(stage.name, "all", receipt, written)
