"""The door: `winnow run RECIPE OUT`.

Checks the recipe, takes the folder, runs the stages (`engine.schedule`), writes the report, and says
with its exit code how it went.
"""

import gc
import shutil
import sys
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from winnow.extras import format_install
from winnow.pipelines.commands.check import load, refuse_moved, refuse_other
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.command import Command, RunFolder, add_steps
from winnow.pipelines.engine.disk import lock, storage
from winnow.pipelines.engine.work import addresses, cluster_file, connections, handles
from winnow.pipelines.engine.work.remote import reach
from winnow.pipelines.screen import interrupt
from winnow.pipelines.screen.redact import redact_recipe
from winnow.pipelines.spec import address, recipe

if TYPE_CHECKING:  # what is refused need not wait for what runs
    from winnow.pipelines.engine.schedule import Run
    from winnow.pipelines.screen.progress import Progress


WRITTEN = ("shards", "tokens")


def list_outputs(out: Path, page: Path) -> list[tuple[str, Path]]:
    """What a person looks at first: the reports, and the folders of shards and token files."""
    from winnow.pipelines.engine.ledger import run_summary

    stages = [stage for _, stage in sorted(run_summary.read(out).stages.items())]
    written = {what: [each for stage in stages if (each := stage.find_told(what))] for what in WRITTEN}
    shards = [("shards", path.parent / "data") for path in written["shards"]]
    shards += [("token files", path.parent) for path in written["tokens"]]
    pages = [(path.stem, path) for path in sorted(out.glob("*/all/*.html"))]
    return [*shards, ("report", page), *pages]


def describe_run(checked: recipe.Recipe, seconds: float = 0.0) -> dict[str, Any]:
    """What `run.json` says of a run from its first moment, `seconds` ago."""
    from winnow.pipelines.engine.identity import origin

    return {
        "recipe": checked.name,
        "stages": list(checked.stages),
        "recipe_text": redact_recipe(checked.text),
        "max_duplicates": checked.max_duplicates,
        "may_be_empty": [stage.name for stage in checked.stages.values() if stage.may_be_empty],
        **origin.describe(seconds),
    }


def enter(checked: recipe.Recipe, out: Path) -> str | None:
    """Write `run.json` where there is none yet; a line where there should have been one."""
    if (out / "run.json").exists():
        return None
    missing = any(out.glob("*/stage.json"))
    storage.write_json(out / "run.json", describe_run(checked))
    return f"{out / 'run.json'} is missing: it is written anew" if missing else None


def claim(checked: recipe.Recipe, out: Path, progress: "Progress") -> None:
    """Take the folder of a run, which may be there already; RecipeError where it is not this recipe's."""
    from winnow.pipelines.engine.ledger import takedowns

    storage.sweep(out, deep=False)
    (out / exit_codes.FILE).unlink(missing_ok=True)
    refuse_other(checked, out)
    for path, wrong in takedowns.find_wrong(out).items():
        raise recipe.RecipeError(f"{path} {wrong}")
    if told := enter(checked, out):
        progress.say(told)


def execute(
    recipe_path: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    memory: str,
    redo: tuple[str, ...],
    accept_code: bool = False,
    dashboard: int | None = None,
    within: str | None = None,
    max_core_hours: float = inf,
    cluster: Path | None = None,
) -> int:
    """Run a recipe; the exit code where it came to its end, else what it raises says why it did not.

    A part of which a file turns out to be damaged is made again, with what was not done yet. `within` names
    the command of which the run is a part, and which says itself what came of it.
    """
    begun = time.monotonic()
    asked = cluster_file.choose(cluster, scheduler, workers, memory, dashboard)
    handles.take()
    handles.watch_time()
    checked = load(recipe_path, redo)
    cluster_file.refuse_needs(asked, recipe_path, checked)
    from winnow.pipelines.engine import files
    from winnow.pipelines.engine.schedule import Run
    from winnow.pipelines.screen.progress import Progress

    gc.enable()
    with Progress(within) as progress, interrupt.undo(progress.leave):
        out = out.resolve()
        met: set[Path] = set()
        with lock.hold(out), progress.open_log(out, exit_codes.describe):
            progress.note(f"the recipe {checked.name}, {recipe_path}, {len(checked.stages)} stages")
            claim(checked, out, progress)
            each = asked.share(progress.say)
            hosts = addresses.find_hosts(checked)
            with connections.name(out, hosts), connections.watch(out, progress.say):
                while True:
                    try:
                        progress.do("listing the sources")
                        run = Run(checked, out, each, progress, accept_code, max_core_hours)
                        progress.do(
                            "trying the files that settings name (loops that they need are compiled once)"
                        )
                        files.check(recipe_path, checked, run.state.memory)
                        prepare(run, () if met else redo)
                        progress.do("starting workers")
                        with run.open_pool(asked, dashboard) as pool:
                            run.go(reach(pool, out, hosts))
                        progress.do("writing the report")
                        broken = close(checked, out, begun, progress)
                        break
                    except storage.Damaged as error:
                        progress.say(repair(checked, out, error, met))
            return judge(run, broken, progress)


def judge(run: "Run", broken: list[str], progress: "Progress") -> int:
    """The exit code of a run that came to its end; says why it is not 0."""
    from winnow.pipelines.takedown import outdated

    if broken:
        progress.fail("\n".join(["these sums do not hold, which is a fault of Winnow:", *broken]))
        return exit_codes.INTERNAL
    return exit_codes.judge(run.state, outdated.describe(run.out), progress.fail)


def execute_within(command: str, recipe_path: Path, out: Path, workers: int) -> int:
    """Run a recipe of a command's own into a folder of its own, of which what other code began goes."""
    from winnow.pipelines.engine.manifest import StaleStage

    try:
        return execute(recipe_path, out, workers, None, "auto", (), within=command)
    except StaleStage:
        shutil.rmtree(out)
        return execute(recipe_path, out, workers, None, "auto", (), within=command)


def prepare(run: "Run", redo: tuple[str, ...]) -> None:
    """Tell what the run leaves alone, and remove the stages that are to be made anew."""
    from winnow.pipelines.engine import manifest
    from winnow.pipelines.engine.parts import plan, run_plan

    if others := run_plan.describe_others(run.state):
        run.progress.say(others)
    if not (run.out / plan.FILE).exists() and any(run.out.glob("*/receipts/*.json")):
        run.progress.say(f"{run.out / plan.FILE} is missing: {plan.ANEW}")
    for name in redo:
        for gone in manifest.remove(run.out, run.recipe, name):
            run.progress.say(f"removed {gone}, to be made anew")


def close(checked: recipe.Recipe, out: Path, begun: float, progress: "Progress") -> list[str]:
    """Write the report, take away what workers that died left half written, and enter in `run.json` what all
    is proved by. Returns the sums that do not hold."""
    from winnow.pipelines.engine import manifest
    from winnow.pipelines.engine.ledger import run_summary
    from winnow.pipelines.engine.parts import plan
    from winnow.pipelines.report import page as report

    seconds = round(time.monotonic() - begun, 1)
    storage.write_json(out / "run.json", {**describe_run(checked, seconds), "seconds": seconds})
    account = run_summary.read(out)
    page, summary = report.write(out, account), report.summary(out, account)
    storage.sweep(out, deep=False)
    for name in checked.stages:
        storage.sweep(out / name)
    reports = (page, page.with_suffix(".json"))
    manifest.close_run(
        out, [out / plan.FILE, *reports, *(out / name / "stage.json" for name in checked.stages)]
    )
    progress.say("\n".join([summary, *progress.list_failures()]))
    progress.say("\n".join(f"{what:<14} {path}" for what, path in list_outputs(out, page)))
    return report.find_broken(account)


def repair(checked: recipe.Recipe, out: Path, error: storage.Damaged, met: set[Path]) -> str:
    """Have the part, or group, that a damaged file is of made again, and say so. Raises the error where there
    is none, or where the file was `met` before in this run."""
    from winnow.pipelines.engine.parts import receipts

    names = receipts.repair(out, checked.stages, error)
    stage = error.path.relative_to(out).parts[0]
    if error.path in met:
        raise storage.Damaged(str(error.path), f"{error.what}, again", f"run again with --redo {stage}")
    met.add(error.path)
    return f"{error.path} {error.what}: {', '.join(names)} of stage {stage} to be made again"


@click.command(cls=Command)
@click.argument("recipe_path", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("out", type=RunFolder(exists=False))
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="Local worker processes; 0 runs in this process.",
)
@click.option("--scheduler", help="Address of a Dask scheduler that runs already, such as tcp://host:8786.")
@click.option(
    "--cluster",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file that says where the run works instead: here, at an address, in SLURM, on Kubernetes.",
)
@click.option(
    "--memory", default="auto", show_default=True, help="Memory limit of each local worker, such as 4GB."
)
@click.option(
    "--dashboard",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="The port of a dashboard of the local workers; without it there is none.",
)
@add_steps
@click.option("--redo", multiple=True, metavar="STAGE", help="Make this stage and all that follow anew.")
@click.option("--accept-code", is_flag=True, help="Go on with stages that other code began.")
@click.option(
    "--max-core-hours",
    type=click.FloatRange(min=0, min_open=True),
    default=inf,
    metavar="HOURS",
    help="Stop once the parts that are done took more CPU than this.",
)
@refuse_moved
def main(
    recipe_path: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    cluster: Path | None,
    memory: str,
    dashboard: int | None,
    redo: tuple[str, ...],
    accept_code: bool,
    max_core_hours: float,
) -> None:
    """Run RECIPE into the folder OUT; run the same command again to go on after a stop.

    Ends with 0 when all is well, 1 when more inputs failed than the recipe allows, 2 when the run is refused
    or stopped by what the last line names, 3 when workers are lost again and again, 5 when a stage keeps
    nothing of a source and does not say `may_be_empty = true`, 70 for a fault of Winnow itself, 130 when it
    is interrupted.
    """

    gc.disable()  # while all is loaded that stays: to look through it for garbage takes a tenth of the time

    source = click.get_current_context().get_parameter_source
    if cluster and ParameterSource.COMMANDLINE in (source("workers"), source("memory")):
        raise recipe.RecipeError("--cluster: its file says how many workers there are, and their memory")
    if dashboard and not address.is_installed("bokeh"):
        told = f"--dashboard needs bokeh, which is not installed: {format_install(['bokeh'])}"
        raise recipe.RecipeError(told)
    given = (recipe_path, out, workers, scheduler, memory, redo, accept_code, dashboard)
    sys.exit(execute(*given, max_core_hours=max_core_hours, cluster=cluster))


if __name__ == "__main__":
    main()
