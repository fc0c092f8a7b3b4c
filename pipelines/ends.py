"""How a run ends: its exit code, and the line that says why (docs/running.md)."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from pipelines.disk.proof import Damaged
from pipelines.manifest import StaleStage
from pipelines.recipe import RecipeError
from pipelines.schedule import Stalled, Stopped
from pipelines.schema import ContractError
from pipelines.screen.redact import redact_text
from pipelines.screen.terminal import make_safe

DONE = 0
FAILED = 1  # more inputs than the recipe allows
STOPPED = 2  # refused, or stopped by a cause that is known
STALLED = 3  # nothing was done for long
INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a fault of ours
INTERRUPTED = 130

FILE = "error.txt"


def guard(action: Callable[[], int], out: Path) -> int:
    """The exit code of an action. What it raises is told in a line, and a fault of ours in OUT/error.txt."""
    try:
        return action()
    except (RecipeError, StaleStage) as error:
        _tell(error)
    except Stalled as error:
        _tell(f"stopped: {error}")
        return STALLED
    except (Stopped, ContractError, OSError, Damaged) as error:
        where = f"\nThe traceback is in {_keep(error, out)}." if error.__cause__ else ""
        _tell(f"stopped: {error}{where}")
    except KeyboardInterrupt:
        _tell("interrupted; the same command goes on from here")
        return INTERRUPTED
    except Exception as error:
        _tell(
            f"internal error: {type(error).__name__}: {error}\nThis is a fault of Winnow, not of your recipe"
            f" or data: please report it, with the traceback in {_keep(error, out)}. What is done is kept."
        )
        return INTERNAL
    return STOPPED


def _tell(what: object) -> None:
    click.echo(make_safe(redact_text(str(what))), err=True)


def _keep(error: Exception, out: Path) -> str:
    """Where the traceback is: in the folder of the run or, where that cannot be, on the screen."""
    lines = redact_text("".join(traceback.format_exception(error)))
    try:
        (out / FILE).write_text(lines, encoding="utf-8", errors="backslashreplace")
    except OSError:
        sys.stderr.write(make_safe(lines))
        return "the lines above"
    return str(out / FILE)
