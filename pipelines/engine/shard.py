"""One part through the steps of its stage: the only place where an error of a step is caught.

Rows that come in are kept, dropped with the reason and the numbers behind it, or failed with the
error. That they add up is checked for every part; nothing vanishes.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine import contract, manifest
from winnow.pipelines.engine.disk import documents, proof, storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.ledger import takedowns, timings
from winnow.pipelines.engine.ledger.row_counts import Tally, add_verdict, set_aside
from winnow.pipelines.engine.ledger.texts import Texts, find_extraction
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.reading import describe_error, read_file
from winnow.pipelines.engine.work import connections, cpu_limit, heartbeat, panics, retryable_errors, usage
from winnow.pipelines.engine.work.child import Child
from winnow.pipelines.spec import row_filter, schema
from winnow.pipelines.spec.recipe import Step

IN_CARE = 2
"""A part that lost its worker as often runs in a child: only what kills that too is at fault."""
NO_TEXT = "it has no text any more: no later step judged it"
Batch = tuple[pl.DataFrame, pl.DataFrame | None]


@dataclass(frozen=True)
class ShardTask:
    """What a worker needs for one part: where rows come from (files of a source or a kept part) and go to.

    `input` is what of it makes the part another one; `given` are the columns that documents of the stage
    come in with, whichever part they are of; `run` is the run that the folder belongs to; `thin` says that
    the stage reads kept documents, and so writes a text only where it changed it; `copy_as` makes copies of
    them; `deaths` counts the workers that were lost with it.
    """

    folder: Path
    name: str
    source: str
    files: tuple[File, ...]
    read: Step | None
    upstream: Path | None
    steps: tuple[Step, ...]
    identity: str
    input: dict[str, str]
    code: dict[str, str]
    given: schema.Columns = field(default_factory=lambda: schema.DOCUMENT)
    run: str = ""
    replayable: bool = False
    thin: bool = False
    copy_as: str | None = None
    deaths: int = 0
    memory: int | None = None


def run_part(task: ShardTask) -> dict[str, Any]:
    """Run the steps over a part and write kept, dropped, failed and the receipt, the kept file last.

    Raises OSError where the output cannot be written, ContractError where a step breaks its promise,
    OtherCode where this process has loaded other steps than the run's.
    """
    code.check(task.code)
    connections.share(task.folder.parent)
    started = usage.begin()
    proof.prove_settings(task.folder.parent, task.run, *(step.settings for step in task.steps))
    kept_path = task.folder / f"{task.name}.parquet"
    tally = Tally(task.folder, Texts(find_extraction([step.use for step in task.steps])))
    # Two children: the one that reads is in the middle of a file while the other works on a batch.
    reader, worker = (Child(task.memory, task.code) if task.deaths >= IN_CARE else None for _ in range(2))
    through, pace = _pass_all if task.replayable else _pass, heartbeat.Pace()

    def tell() -> None:
        pace.tell(lambda: tally.count_done() | {"of_files": len(task.files)})

    try:
        with storage.replace(kept_path) as beside:
            writer = documents.DocumentWriter(beside, thin=task.thin)
            columns = contract.infer_schema(task.steps, task.given, worker)
            try:
                for batch, origin in _batches(task, tally, reader, tell):
                    kept = through(batch, task.steps, columns, tally, worker)
                    tally.keep(kept)
                    writer.write(kept, origin)
                    tell()
                writer.close(lambda: pl.DataFrame(schema=columns[-1]))
            finally:
                writer.abandon()
            storage.check_owner(task.folder, task.run)
            tally.write(kept_path.name, columns[-1], replayable=task.replayable)
            receipt = _receipt(task, tally, beside, writer.holders, usage.end(started))
            receipt = storage.write_receipt(task.folder / "receipts" / f"{task.name}.json", receipt)
            storage.check_owner(task.folder, task.run)
    finally:
        tally.close()
        for child in (reader, worker):
            if child:
                child.stop()
    return receipt


def _receipt(
    task: ShardTask, tally: Tally, kept: Path, holders: set[str], cost: dict[str, float]
) -> dict[str, Any]:
    """What the part was made from, what it gave, and what became of its rows; `holders` are the stages in
    whose files texts of it stand: these belong to what it gave."""
    made = {"identity": task.identity, "code": code.of_stage(task.code), "input": task.input}
    files = proof.of_part(task.folder, f"{task.name}.parquet", kept)
    content = files[f"{task.name}.parquet"][1]
    if holders:
        paths = [task.folder.parent / stage / f"receipts/{task.name}.json" for stage in sorted(holders)]
        content = manifest.digest([content, *(storage.read_json(path)["content"] for path in paths)])
    told = {"content": content, "texts_in": sorted(holders), "files": files}
    if task.copy_as and task.upstream:
        told["copy_of"] = task.upstream.stem
    return {**made, **told, **tally.receipt(cost)}


def _batches(task: ShardTask, tally: Tally, child: Child | None, tell: Callable[[], None]) -> Iterator[Batch]:
    """Rows that come in, and where their texts stand on disk already."""
    if task.upstream:
        for frame, origin in documents.read_with_origin(task.upstream):
            if task.copy_as:
                frame = schema.copy(frame, task.folder.name, task.copy_as)
                tally.enter(frame)
                frame = takedowns.refuse(
                    task.folder.parent, contract.cast_to_schema(frame, task.given, str(task.upstream))
                )
                yield _split(frame, task.steps[0].use, tally), None
            else:
                tally.enter(frame)
                yield contract.cast_to_schema(frame, task.given, str(task.upstream)), origin
        return
    assert task.read is not None
    entry = tally.steps[task.read.use]
    for file in task.files:
        rows = failed = text = 0
        before = entry["documents_in"]
        for frame in read_file(task.source, file, task.read, child, tally):
            frame = contract.cast_to_schema(frame, task.given, task.read.use)
            tally.enter(frame)
            frame = takedowns.refuse(task.folder.parent, frame)
            rows += frame.height
            text += frame.height - frame["text"].null_count()
            if frame["error"].null_count() < frame.height:
                taken = frame["drop_reason"].str.starts_with(schema.TAKEN).fill_null(False)
                broken = frame["error"].is_not_null() & ~taken
                failed += int(broken.sum())
                tally.fail(frame.filter(broken), task.read.use)
                frame = frame.filter(~broken)
            yield _split(schema.leave_out(frame, "error"), task.read.use, tally), None
        if rows == failed == 1 and not text:
            tally.lose(task.source, file, task.read.use if entry["documents_in"] > before else None)
        tally.files_done += 1
        tell()


def _pass(
    frame: pl.DataFrame,
    steps: tuple[Step, ...],
    columns: list[schema.Columns],
    tally: Tally,
    worker: Child | None,
) -> pl.DataFrame:
    for number, step in enumerate(steps):
        started = time.perf_counter()
        before = frame.height
        done, failed = _apply(step, frame, columns[number + 1], worker, tally)
        done = _follow(number, step, frame, done, tally)
        for rows, error in failed:
            tally.fail(rows, step.use, error)
        frame = _split(done, step.use, tally)
        entry = tally.steps[step.use]
        entry["seconds"] += time.perf_counter() - started
        entry["documents_in"] += before
        entry["dropped"] += done.height - frame.height
    return frame


def _pass_all(
    frame: pl.DataFrame,
    steps: tuple[Step, ...],
    columns: list[schema.Columns],
    tally: Tally,
    worker: Child | None,
) -> pl.DataFrame:
    """As `_pass`, but what a step drops goes on to the later ones: each judges all, the first counts.

    Only a row that a later step cannot take, or that lost its text, leaves the ways of the others early.
    """
    fates = frame.select("id", reason=pl.lit(None, pl.String), step=pl.lit(None, pl.String))
    for number, step in enumerate(steps):
        started = time.perf_counter()
        entry = tally.steps[step.use]
        entry["documents_in"] += fates["reason"].null_count()
        entry["judged"] += frame.height
        done, failed = _apply(step, frame, columns[number + 1], worker, tally)
        done = _follow(number, step, frame, done, tally)
        for rows, error in failed:
            fates = set_aside(rows, fates, len(steps), step.use, tally, error)
        fates, fresh = add_verdict(fates, done, number, step.use)
        entry["dropped"] += fresh
        entry["alone"] += len(fates) - fates[str(number)].null_count()
        frame = schema.leave_out(done, "drop_reason")
        silent = frame["text"].is_null() & fates["reason"].is_not_null()
        if silent.any():
            fates = set_aside(frame.filter(silent), fates, len(steps), step.use, tally, NO_TEXT)
            frame = frame.filter(~silent)
        entry["seconds"] += time.perf_counter() - started
    gone = fates["reason"].is_not_null()
    if gone.any():
        set_aside(frame.filter(gone), fates, len(steps), "", tally)
    return frame.filter(~gone)


def _follow(number: int, step: Step, before: pl.DataFrame, done: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """What a step gave, counted; where texts begin with it, without those that were taken down."""
    if number == tally.texts.extraction:
        done = takedowns.refuse(tally.folder.parent, done)
    return tally.texts.follow(number, step.use, before, done)


def _apply(
    step: Step, frame: pl.DataFrame, wanted: schema.Columns, worker: Child | None, tally: Tally
) -> tuple[pl.DataFrame, list[tuple[pl.DataFrame, str]]]:
    """The step's result, and what it cannot take: a batch that raises is halved until that stands alone."""
    if not frame.height:
        return pl.DataFrame(schema=wanted), []
    docs = row_filter.choose(frame, step.where)
    if not docs.height:
        return contract.cast_to_schema(frame, wanted, step.use), []
    try:
        with panics.as_errors():
            if worker:
                result = worker.apply(step.use, step.settings, docs)
            else:
                with cpu_limit.allow(cpu_limit.of_batch(docs)):
                    result = step.function(docs, **step.settings)
            contract.check(step, docs, result)
            result = row_filter.put_back(frame, step.where, timings.take(result, step.use, tally.work))
    except schema.ContractError:  # a promise that is broken is no document's fault
        raise
    except Exception as error:
        retryable_errors.refuse(error)
        if frame.height == 1:
            return pl.DataFrame(schema=wanted), [(frame, describe_error(error))]
        return _halve(step, frame, wanted, worker, tally)
    return contract.cast_to_schema(result, wanted, step.use), []


def _halve(
    step: Step, frame: pl.DataFrame, wanted: schema.Columns, worker: Child | None, tally: Tally
) -> tuple[pl.DataFrame, list[tuple[pl.DataFrame, str]]]:
    """The same of both halves of a batch that raised."""
    middle = frame.height // 2
    left, lost_left = _apply(step, frame[:middle], wanted, worker, tally)
    right, lost_right = _apply(step, frame[middle:], wanted, worker, tally)
    return pl.concat([left, right], how="diagonal"), lost_left + lost_right


def _split(frame: pl.DataFrame, step: str, tally: Tally) -> pl.DataFrame:
    """Rows that stay; those with a reason go to the ledger."""
    if "drop_reason" not in frame.columns:
        return frame
    if frame["drop_reason"].null_count() < frame.height:
        gone = frame["drop_reason"].is_not_null()
        tally.drop(frame.filter(gone), step)
        frame = frame.filter(~gone)
    return schema.leave_out(frame, "drop_reason")
