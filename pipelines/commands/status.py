"""How a run stands, under way, stopped or finished: `winnow status OUT`. Nothing is changed."""

from collections.abc import Iterator
from pathlib import Path

import click

from winnow.pipelines.engine.command import Command, RunFolder, refuse
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import failures, run_summary
from winnow.pipelines.report.status import read
from winnow.pipelines.screen import log
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.screen.work import describe_failures, show
from winnow.pipelines.takedown import outdated

SHOWN = 10  # lines of the log


def describe(out: Path) -> Iterator[str]:
    """Lines for a person: what is done, runs, is left, failed and why, and what the log said last."""
    status = read(out)
    yield f"{out}: {status.describe()}"
    for stage in (*status.done, *status.begun):
        yield f"  {'done' if stage.done else 'begun':8} {_describe_stage(stage)}"
        runs = [] if stage.done or not status.under_way else _list_running(stage.folder)
        yield from (f"           {name} runs" for name in runs)
    yield from (f"  {line}" for line in outdated.describe(out))
    if status.waiting:
        yield f"  waiting  {', '.join(status.waiting)}"
    files = [
        file
        for stage in (*status.done, *status.begun)
        for file in failures.list_files(stage.folder, stage.parts)
    ]
    failed = sum(stage.total("failed") for stage in (*status.done, *status.begun))
    yield f"  failed   {failed:,}"
    yield from (f"    {number:>9,} {kind}" for number, kind in describe_failures(failures.count(files)))
    if lines := log.read_end(out / log.FILE, SHOWN):
        yield f"the last lines of {out / log.FILE}:"
        yield from (f"  {line}" for line in lines)


def _describe_stage(stage: run_summary.Stage) -> str:
    expected = 0 if stage.done else (proof.read_json(stage.folder / "stage.json") or {}).get("expected", 0)
    total = f" of {expected:,}" if expected else ""
    told = [f"{stage.name}: {len(stage.parts):,}{total} parts"]
    if documents := stage.total("rows_in"):
        kept = stage.total("kept")
        told.append(f"{documents:,} documents, {kept:,} kept ({kept / documents:.1%})")
    if failed := stage.total("failed"):
        told.append(f"{failed:,} failed")
    seconds = sum(receipt.get("seconds", 0.0) for receipt in stage.parts.values())
    return ", ".join([*told, f"{show(seconds)} of work"])


def _list_running(folder: Path) -> list[str]:
    """Parts and groups that are being written: `.part-00003.parquet.1f2e3d4c.tmp`, `.all.1f2e3d4c.tmp`."""
    found = {path.name[1:].rsplit(".", 2)[0].removesuffix(".parquet") for path in folder.glob(".*.tmp")}
    return sorted(found)


@click.command(cls=Command)
@click.argument("out", type=RunFolder())
@refuse()
def main(out: Path) -> None:
    """Say how the run in OUT stands: what is done, runs, is left and failed, why, and what it said last."""
    for line in describe(out):
        click.echo(make_safe(redact_text(line)))


if __name__ == "__main__":
    main()
