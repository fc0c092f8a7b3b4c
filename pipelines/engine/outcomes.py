"""What a task gave that is no receipt: which of it ends the run, how, and with which words."""

from collections.abc import Mapping
from pathlib import Path

import polars

from winnow.extras import format_install
from winnow.pipelines.engine import corpus, shard
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.parts.packed import Receipt
from winnow.pipelines.engine.parts.receipts import Task
from winnow.pipelines.engine.work import pools, retryable_errors
from winnow.pipelines.spec import recipe
from winnow.pipelines.spec.address import is_ours
from winnow.pipelines.spec.lines import Lines
from winnow.pipelines.spec.schema import ContractError

GO_ON = "What is done is kept: mend the cause and run again to go on."
# What a step raises where its input or its machine is to blame, or where it breaks its word about columns.
FORESEEN = (ValueError, MemoryError, ContractError, polars.exceptions.ComputeError)


class Stopped(Exception):
    """The run cannot go on; what is done is kept, and the message says what to do."""


class Stalled(Stopped):
    """Workers are lost again and again and nothing is done; the same command goes on."""


class Unforeseen(Exception):
    """What only a fault of ours explains; its cause is what was raised."""


def refuse(task: Task, outcome: pools.Outcome, checked: recipe.Recipe, made_by: code.Code) -> None:
    """Raise what ends the run, where a task did not come to its end; `made_by` is the code of its stage."""
    where = f"stage {task.folder.name}, {task.name}"
    if isinstance(outcome, storage.Damaged):
        raise outcome
    if isinstance(outcome, retryable_errors.Refused):
        raise recipe.RecipeError(f"{_find_setting(task, checked, outcome.setting)}: {outcome}\n{GO_ON}")
    if isinstance(outcome, OSError):
        raise Stopped(f"{where}: {retryable_errors.tell(outcome)}\n{GO_ON}")
    if isinstance(outcome, code.OtherCode):
        raise Stopped("\n  ".join([f"{where}: {outcome}", *code.differences(outcome.found, made_by)]))
    if isinstance(outcome, ModuleNotFoundError) and outcome.name:
        command = format_install([outcome.name.partition(".")[0]])
        raise Stopped(f"{where}: {outcome.name} is not installed: {command}")
    if isinstance(outcome, ImportError):
        raise Stopped(f"{where}: {outcome}")
    if isinstance(outcome, BaseException):
        kind = Stopped if isinstance(outcome, FORESEEN) or not is_ours(_find_step(task)) else Unforeseen
        raise kind(f"{where}: {type(outcome).__name__}: {outcome}") from outcome


def reconcile(task: Task, receipt: Receipt, known: Mapping[str, Mapping[str, Receipt]]) -> None:
    """Unforeseen if a part read another number of documents from a kept part than the receipt of that says;
    `known` are the receipts of the stages before."""
    if not isinstance(task, shard.ShardTask) or task.upstream is None:
        return
    before, part = task.upstream.parent.name, task.upstream.stem
    kept = known[before][part].get("kept")
    if kept is not None and receipt["rows_in"] != kept:
        told = f"stage {task.folder.name}, {task.name} read {receipt['rows_in']:,} documents"
        raise Unforeseen(f"{told}, and the receipt of {part} of stage {before} says that it keeps {kept:,}")


def _find_setting(task: Task, checked: recipe.Recipe, name: str) -> str:
    """Where the recipe says a setting of the reader of a part, and of which step it is."""
    assert isinstance(task, shard.ShardTask) and task.read
    lines = Lines(Path(checked.name), checked.text, checked.places)
    return f"{lines.of_step(task.read.line, name)}: {task.read.use}: {name}"


def _find_step(task: Task) -> str:
    """Whose error it is that a task raises: of a shard task the engine's, which catches those of steps."""
    return task.step.use if isinstance(task, corpus.CorpusTask) else "pipelines.engine.shard:run_part"
