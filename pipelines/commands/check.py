"""What a run would do, told beforehand: `winnow check RECIPE [OUT]`. Nothing is written."""

import gc
import tempfile
from collections.abc import Iterator
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


def describe_run(
    recipe_path: Path, out: Path, redo: tuple[str, ...], dry_run: bool = False, rate: float | None = None
) -> Iterator[str]:
    """What a run would do, in lines; nothing is written.

    With `dry_run` also what reading PDFs would take, from a sample of them; `rate`: pages that the user's own
    server of a model reads in an hour.
    """
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
    if not dry_run:
        return
    from winnow.pipelines.engine.parts import forecast

    for source in checked.sources.values():
        yield from forecast.describe(source, listed[source.name], rate)


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
    help="Also read a few pages of a few PDFs of each source, to say what all would take.",
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
    vlm_pages_per_hour: float | None,
) -> None:
    """Check RECIPE, and say what a run into the folder OUT would do, or into a new one. Nothing is written.

    Ends with 0 where a run could start, else with 2.
    """
    gc.disable()  # while all is loaded that stays: to look through it for garbage takes a tenth of the time

    if whole:
        click.echo(make_safe(redact_text(load(recipe_path, ()).text)))
    else:
        with tempfile.TemporaryDirectory(prefix="winnow-check-") as none:
            folder = out or Path(none)
            for line in describe_run(recipe_path, folder.resolve(), redo, dry_run, vlm_pages_per_hour):
                click.echo(make_safe(redact_text(line)))
    gc.enable()


if __name__ == "__main__":
    main()
