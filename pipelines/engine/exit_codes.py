"""How a run ends: its exit code, and the line that says why (docs/running.md)."""

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from winnow.files import open_plain
from winnow.pipelines.engine.disk import pieces, storage
from winnow.pipelines.engine.disk.proof import Damaged
from winnow.pipelines.engine.work import panics
from winnow.pipelines.screen import interrupt
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec.recipe import RecipeError, Stage
from winnow.pipelines.spec.schema import ContractError

if TYPE_CHECKING:
    from winnow.pipelines.engine.parts import tasks

DONE = 0
FAILED = 1  # more inputs than the recipe allows
STOPPED = 2  # refused, or stopped by a cause that is known
STALLED = 3  # nothing was done for long
EMPTY = 5  # of a source, in a stage that does not say that it may be
OUTDATED = 6  # a stage holds what was made from documents that were taken down
INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a fault of ours
INTERRUPTED = interrupt.CODE

FILE = "error.txt"


@contextmanager
def told(out: Path) -> Iterator[None]:
    """End the process by the exit code of what is raised within, which is told in a line, and a fault of ours
    in OUT/error.txt. What click raises is its own."""
    try:
        with panics.as_errors():
            yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except (Exception, KeyboardInterrupt) as error:
        sys.exit(tell(error, out))


def tell(error: BaseException, out: Path) -> int:
    """Say in a line what ended a command; the exit code for it."""
    code, told = describe(error)
    if code == INTERNAL:
        told += (
            "\nThis is a fault of Winnow, not of your recipe or data: please report it, with the"
            f" traceback in {_keep(error, out)}. What is done is kept."
        )
    elif code == STOPPED and error.__cause__:
        told += f"\nThe traceback is in {_keep(error, out)}."
    click.echo(make_safe(redact_text(told)), err=True)
    return code


def describe(error: BaseException) -> tuple[int, str]:
    """The exit code of what ends a run, and the line on it."""
    if isinstance(error, RecipeError):
        return STOPPED, str(error)
    # Here: a recipe that is refused need not wait for them.
    from winnow.pipelines.engine.manifest import StaleStage
    from winnow.pipelines.engine.schedule import Stalled, Stopped
    from winnow.pipelines.engine.work import retryable_errors

    if isinstance(error, StaleStage):
        return STOPPED, str(error)
    if isinstance(error, Stalled):
        return STALLED, f"stopped: {error}"
    if isinstance(error, OSError) and retryable_errors.find_number(error):
        told = retryable_errors.tell(error)
        return (
            STOPPED,
            f"stopped: {told}; what is done is kept: mend that, and give the same command again",
        )
    if isinstance(error, Stopped | ContractError | OSError | Damaged):
        return STOPPED, f"stopped: {error}"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, interrupt.TOLD
    return INTERNAL, f"internal error: {type(error).__name__}: {error}"


def _read_parts(state: "tasks.State", stage: Stage) -> Iterable[dict[str, Any]]:
    folder = state.out / stage.name
    return (pieces.read(folder, storage.read_json(folder / "stage.json")) or {}).values()


def count_failed(state: "tasks.State") -> tuple[int, int, int, int]:
    """Rows that failed in any stage, and rows that came in from sources; bytes of sources that were not read,
    and bytes that they have, in each stage that reads them."""
    failed = incoming = unread = size = 0
    for stage in state.recipe.stages.values():
        if stage.kind == "shard":
            parts = _read_parts(state, stage)
            failed += sum(receipt["failed"] for receipt in parts)
            if sources := set(stage.after) & set(state.recipe.sources):
                incoming += sum(receipt["rows_in"] for receipt in parts)
                figures = [entry for receipt in parts for entry in receipt["by_source"].values()]
                unread += sum(entry.get("bytes_unread", 0) for entry in figures)
                size += sum(
                    file.length for name in sources for part in state.plan.parts[name] for file in part.files
                )
    return failed, incoming, unread, size


def judge(state: "tasks.State", stale: Iterable[str], say: Callable[[str], None]) -> int:
    """The exit code of a run that is whole; says why it is not DONE: a stage keeps nothing of a source, or is
    out of date (`stale` are the lines on it), or more failed than the recipe allows, of rows or of bytes of
    input that were not read."""
    code = DONE
    for line in _tell_empty(state):
        code = EMPTY
        say(line)
    failed, incoming, unread, size = count_failed(state)
    allowed = state.recipe.max_failed
    if failed > allowed * incoming or unread > allowed * size:
        code = FAILED
        say(
            f"{failed:,} of {incoming:,} inputs failed, and {unread:,} of {size:,} bytes of input were not"
            f" read: more than max_failed = {allowed:.2%}; see {state.out}/*/failed/"
        )
    for line in stale:
        code = code or OUTDATED
        say(line)
    return code


def _tell_empty(state: "tasks.State") -> Iterator[str]:
    """A line for each stage and source of which it keeps nothing, and what to do about them."""
    from winnow.pipelines.engine.parts import receipts

    lines = [
        f"stage {stage.name} keeps none of the {came:,} documents of source {source}"
        for stage in state.recipe.stages.values()
        if stage.kind == "shard" and not stage.may_be_empty
        for source, came in receipts.count_emptied(_read_parts(state, stage)).items()
    ]
    yield from lines
    if lines:
        yield (
            f"see {state.out}/report.html for why; a stage that may keep nothing says `may_be_empty = true`"
        )


def _keep(error: BaseException, out: Path) -> str:
    """Where the traceback is: in the folder of the run or, where that cannot be, on the screen."""
    lines = redact_text("".join(traceback.format_exception(error)))
    try:
        (out / FILE).unlink(missing_ok=True)  # it may be a link to elsewhere
        with open_plain(out / FILE, "x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(lines)
    except OSError:
        sys.stderr.write(make_safe(lines))
        return "the lines above"
    return str(out / FILE)
