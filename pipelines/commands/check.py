"""What a run would do, told beforehand: `winnow check RECIPE [OUT]`. Nothing is written."""

import gc
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from winnow.pipelines.engine.command import Command, RunFolder, add_steps
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec import recipe
from winnow.pipelines.spec.lines import suggest

MOVED = ("--check", "--dry-run", "--print", "--vlm-pages-per-hour")


def refuse_other(checked: recipe.Recipe, out: Path) -> None:
    """RecipeError where the folder is another recipe's: each would take the other's stages for old output."""
    old = storage.read_json(out / "run.json")
    if old and old["recipe"] != checked.name:
        raise recipe.RecipeError(
            f"{out} is the folder of the recipe {old['recipe']!r}; {checked.name!r} needs a folder of its own"
            " (make: OUT=)"
        )


def load(recipe_path: Path, redo: tuple[str, ...]) -> recipe.Recipe:
    """The recipe; RecipeError also where it has no stage of a name in `redo`."""
    from winnow.pipelines.spec import toml

    checked = toml.load(recipe_path)
    for name in redo:
        if name not in checked.stages:
            there = ", ".join(checked.stages) + suggest(name, checked.stages)
            raise recipe.RecipeError(f"--redo {name}: no such stage; there are: {there}")
    return checked


def describe_run(recipe_path: Path, out: Path, redo: tuple[str, ...]) -> Iterator[str]:
    """What a run would do, in lines; nothing is written."""
    checked = load(recipe_path, redo)
    from winnow.pipelines.engine import files, manifest
    from winnow.pipelines.engine.parts import run_plan, tasks
    from winnow.pipelines.engine.parts.listing import list_sources

    refuse_other(checked, out)
    said: list[str] = []
    listed = list_sources(checked, said.append)
    begun = [name for name in checked.stages if (out / name / "stage.json").exists()]
    state = tasks.read_state(checked, out, listed, begun)
    yield from said
    files.check(recipe_path, checked, state.memory)
    anew = {later for name in redo for later in manifest.downstream(checked, name)}
    for name, about in state.about.items():
        if name not in anew:
            manifest.check(out, about)
    yield from run_plan.describe(state, anew)
    if others := run_plan.describe_others(state):
        yield others


def describe_costs(recipe_path: Path, share: float | None, memory: str, rate: float | None) -> Iterator[str]:
    """What a run into a new folder would take, in lines: what reading PDFs would, from some pages, and each
    stage, from a run over a `share` of the input in a temporary folder. Nothing else is written.

    `memory` is that of a worker; `rate`: pages that the user's own server of a model reads in an hour.
    """
    from winnow.pipelines.engine.costs.forecast import describe, try_recipe
    from winnow.pipelines.engine.parts import forecast
    from winnow.pipelines.engine.parts.listing import list_sources

    checked = load(recipe_path, ())
    listed = list_sources(checked)
    for source in checked.sources.values():
        if forecast.can_try(source):
            yield from forecast.describe(source, listed[source.name], rate)
    yield from describe(try_recipe(checked, listed, share, memory))


def _refuse_moved(_: click.Context, __: click.Parameter, given: bool) -> None:
    if given:
        raise click.UsageError(f"{', '.join(MOVED)} are options of a command now: winnow check RECIPE OUT")


refuse_moved = click.option(
    *MOVED, "moved", is_flag=True, hidden=True, expose_value=False, callback=_refuse_moved
)
"""The options that `winnow run` had before there was `winnow check`."""


@click.command(cls=Command)
@click.argument("recipe_path", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("out", required=False, type=RunFolder(exists=False))
@add_steps
@click.option(
    "--redo", multiple=True, metavar="STAGE", help="As if this stage and all after it were made anew."
)
@click.option(
    "--print", "whole", is_flag=True, help="Print the whole recipe instead, its groups written out."
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Also run the recipe over a sample, in a temporary folder, to say what all would take.",
)
@click.option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="With --dry-run: the share of each source that is tried; by default a hundredth, 4 to 256 MiB.",
)
@click.option(
    "--memory", default="auto", show_default=True, help="With --dry-run: memory limit of the worker."
)
@click.option(
    "--vlm-pages-per-hour",
    type=click.FloatRange(min=0, min_open=True),
    help="With --dry-run: pages that your server of a model reads in an hour, for GPU hours.",
)
def main(
    recipe_path: Path,
    out: Path | None,
    redo: tuple[str, ...],
    whole: bool,
    dry_run: bool,
    sample: float | None,
    memory: str,
    vlm_pages_per_hour: float | None,
) -> None:
    """Check RECIPE, and say what a run into the folder OUT would do, or into a new one. Nothing is written
    there.

    Ends with 0 where a run could start, else with 2.
    """
    gc.disable()  # while all is loaded that stays: to look through it for garbage takes a tenth of the time

    if whole:
        click.echo(make_safe(redact_text(load(recipe_path, ()).text)))
    else:
        with tempfile.TemporaryDirectory(prefix="winnow-check-") as none:
            folder = out or Path(none)
            lines = describe_run(recipe_path, folder.resolve(), redo)
            costs = describe_costs(recipe_path, sample, memory, vlm_pages_per_hour) if dry_run else ()
            for line in chain(lines, costs):
                click.echo(make_safe(redact_text(line)))
    gc.enable()


if __name__ == "__main__":
    main()
