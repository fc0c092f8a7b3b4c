"""`winnow simulate OUT`: how a run like one that ended would go with many more parts and workers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from winnow.pipelines.engine import simulation
from winnow.pipelines.engine.command import Command, RunFolder, add_steps, refuse
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.screen import interrupt
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.screen.work import show
from winnow.pipelines.spec import toml


def describe(told: simulation.Simulated, workers: int) -> Iterator[str]:
    """Lines for a person: what the scheduler took, stage by stage, and where it would hold workers up."""
    yield f"{'parts':>9}  {'ms a part':>9}  {'memory':>8}  stage"
    for one in told.stages:
        each = 1000 * one.seconds / max(one.parts, 1)
        yield f"{one.parts:>9,}  {each:>9.2f}  {one.memory / 1e6:>5,.0f} MB  {one.stage}"
    each = 1000 * told.driver / max(told.tasks, 1)
    yield f"{told.tasks:>9,}  {each:>9.2f}  {max(told.memory, default=0) / 1e6:>5,.0f} MB  all"
    tenths = " ".join(f"{each / 1e6:,.0f}" for each in told.memory)
    yield f"memory after each tenth of a stage's parts, MB: {tenths}"
    yield f"{told.lost:,} tasks lost their worker, {told.twice:,} ran twice"
    mean = told.busy / max(told.tasks, 1)
    yield f"the run would take {show(told.seconds)}; a task takes a worker {mean:.2f} s"
    share = told.driver / max(told.seconds, 1e-9)
    yield f"the scheduler would be busy {share:.1%} of that (Dask comes beside it, 2 to 4 ms a task)"
    yield f"tasks of less than {workers * each / 1000:.2f} s would have {workers:,} workers wait for it"


@click.command(cls=Command)
@click.argument("out", type=RunFolder())
@click.option(
    "--parts", type=click.IntRange(1), default=100_000, show_default=True, help="Parts of all sources."
)
@click.option("--workers", type=click.IntRange(1), default=1000, show_default=True, help="Made-up workers.")
@add_steps
@refuse(ValueError)
def main(out: Path, parts: int, workers: int) -> None:
    """Run the scheduler as for a run like the one in OUT, which has ended, with so many parts and workers.

    The scheduler, its receipts and its files are real; the workers are not: each task takes as long as one
    of that run did, one in a thousand twenty times as long, and one in a thousand loses its worker. What it
    writes stands beside OUT and goes again.
    """
    out = out.resolve()
    run = storage.read_json(out / "run.json")
    if run is None:
        raise FileNotFoundError(f"{out} holds no run: there is no run.json in it")
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.simulated.", suffix=".tmp", dir=out.parent))
    with interrupt.undo(lambda: shutil.rmtree(folder, ignore_errors=True)):
        try:
            path = folder / "recipe.toml"
            path.write_text(run["recipe_text"], encoding="utf-8")
            (folder / "out").mkdir()
            told = simulation.simulate(toml.load(path), out, folder / "out", parts, workers)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    for line in describe(told, workers):
        click.echo(make_safe(line))


if __name__ == "__main__":
    main()
