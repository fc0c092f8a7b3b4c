"""A command of the shell that says what is wrong with its line in one sentence."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from winnow.extras import format_install
from winnow.pipelines.engine.disk import lock, mirror
from winnow.pipelines.engine.disk.proof import Damaged
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec.address import is_installed, permit_steps
from winnow.pipelines.spec.recipe import RecipeError


class Command(click.Command):
    """A command without click's lines on usage, which stand in its `--help`."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """As click's own; UsageError (exit code 2) is one line. What the command raises is told in a line,
        and the traceback of a fault of ours in OUT/error.txt."""
        try:
            context = super().make_context(*args, **more)
        except click.UsageError as error:
            told = error.format_message().rstrip(".")
            raise click.UsageError(
                make_safe(redact_text(f"{told}; --help says what may stand here."))
            ) from None
        from winnow.pipelines.engine import exit_codes  # here: it reads what only a command needs

        context.with_resource(exit_codes.told(Path(context.params.get("out") or "")))
        return context


class RunFolder(click.Path):
    """The folder of a run, as a path: of one in a store of objects (`s3://bucket/folder`) the folder of this
    machine that stands for it. A command that needs the `whole` run, and writes into it as it likes, finds
    all its bytes there, and what it wrote is in the store in the end."""

    def __init__(self, *, exists: bool = True, whole: bool = False) -> None:
        super().__init__(exists=exists, file_okay=not exists, path_type=Path)
        self.whole = whole

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As click's own. Exits with 2 where an address is none that runs can be written to."""
        if isinstance(value, str) and "://" in value:
            try:
                folder = open_run(value)
                if self.whole and ctx:
                    mirror.fetch_all(folder)
                    ctx.call_on_close(lambda: _keep(folder))
                return folder
            except (RecipeError, OSError) as error:
                click.echo(make_safe(redact_text(str(error))), err=True)
                sys.exit(2)
        return super().convert(value, param, ctx)


def _keep(folder: Path) -> None:
    """What a command wrote into a run is in its store."""
    with lock.hold(folder):
        pass


def open_run(out: str) -> Path:
    """The folder of a run: of one in a store of objects that of this machine which stands for it. RecipeError
    where it is an address that no run is written to, OSError where the store refuses."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", out):
        return Path(out)
    if not mirror.is_address(out) or "@" in out.partition("://")[2].partition("/")[0]:
        known = ", ".join(f"{scheme}://bucket/folder" for scheme in mirror.SCHEMES)
        raise RecipeError(f"OUT is an address to which no run is written: it may be {known}, or a folder")
    packages = ["obstore", "botocore"] if out.startswith("s3:") else ["obstore"]
    if absent := [name for name in packages if not is_installed(name)]:
        raise RecipeError(f"OUT={out} needs {', '.join(absent)}: {format_install(absent)}")
    from winnow.pipelines.engine.disk import lease, object_store  # few runs need obstore

    at_work = lease.is_at_work_here(object_store.Store(out.rstrip("/")))
    return mirror.open_folder(out, beside=at_work)


@contextmanager
def refuse(*known: type[Exception]) -> Iterator[None]:
    """Around a command that only reads a run, or writes beside it: what is damaged ends it with exit code 4,
    what cannot be read, is no run or is of a `known` kind with 2; the error is the line that says why."""
    kinds: tuple[type[Exception], ...] = (Damaged, OSError, *known)
    try:
        yield
    except kinds as error:
        click.echo(make_safe(error), err=True)
        sys.exit(4 if isinstance(error, Damaged) else 2)


def _permit(_: click.Context, __: click.Parameter, folders: tuple[Path, ...]) -> None:
    permit_steps(folders)


add_steps = click.option(
    "--steps",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    expose_value=False,
    callback=_permit,
    help="A folder of steps of your own, which the recipe may name. Steps are code: they may do all you may.",
)
"""The option of a command that loads a user's recipe, or the steps of a run of it."""
