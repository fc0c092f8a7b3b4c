"""The rounds of a stage, each of which is known when those before it are done; of most there is one.

A stage by bucket reads files of the shuffle (`winnow.shuffle`). Where there are more buckets than these have
cells, they are merged first, in as many rounds as it takes. One that goes on `until_stable` runs over its own
output, round after round, until each bucket gives what it gave in the round before; where there is one bucket
only, once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from winnow import shuffle
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.corpus import MERGE, ROUND, CorpusTask, Input
from winnow.pipelines.engine.parts import receipts, tasks
from winnow.pipelines.engine.parts.packed import Packed
from winnow.pipelines.engine.parts.receipts import StageProgress, Task
from winnow.pipelines.engine.parts.tasks import State
from winnow.pipelines.spec.recipe import BUCKET, Stage
from winnow.pipelines.spec.schema import ContractError

MOST_ROUNDS = 64
"""Links of documents are halved in each round or sooner: more rounds than this there cannot be."""


def of_stage(state: State, stage: Stage) -> Iterator[list[Task]]:
    """The tasks of each round of a stage whose inputs are whole. When the next is asked for, the receipts of
    those before stand in the state. ContractError where a step comes to no rest."""
    files = tasks.list_inputs(state, stage) if stage.by == BUCKET else []
    rows = [file for file in files if shuffle.is_shuffle(file.path)]
    if not rows:
        yield tasks.of_stage(state, stage)
        return
    buckets = stage.buckets or shuffle.count_buckets(sum(file.size for file in rows))
    before: list[str] = []
    for number in range(MOST_ROUNDS):
        prefix = f"{ROUND}={number:02d}." if number else ""
        for merges, cells in enumerate(_list_cells(buckets), 1):
            made = list(_merge(state, stage, rows, f"{prefix}{MERGE}={merges}.", merges, cells))
            yield list(made)
            rows = _list_files(state, stage, made)
        made = list(_read_buckets(state, stage, rows, prefix, buckets))
        yield list(made)
        given = [_digest(state, stage, task) for task in made]
        if not stage.until_stable or buckets == 1 or given == before:
            return
        before, rows = given, _list_files(state, stage, made)
    raise ContractError(f"stage {stage.name}: {stage.steps[0].use} comes to no rest in {MOST_ROUNDS} rounds")


def goes_on(made: Sequence[Task]) -> bool:
    """Whether these tasks are of a stage that may have other rounds than theirs."""
    return any(isinstance(task, CorpusTask) and (task.merges or task.bucket) for task in made)


def look(state: State, stage: Stage) -> tuple[StageProgress, list[Task]]:
    """What is done and what is to run of a stage, as far as is known, and all those tasks. Nothing is changed
    on disk; the state knows the receipts from then on."""
    folder, known = state.out / stage.name, list[Task]()
    whole = StageProgress(Packed(), [], [], {}, [])
    state.receipts[stage.name] = Packed()
    for made in of_stage(state, stage):
        known += made
        found = receipts.look(folder, stage.kind, made, others=goes_on(made))
        whole = StageProgress(
            whole.done | found.done,
            found.todo,
            found.gone,
            whole.pruned | found.pruned,
            whole.broken + found.broken,
        )
        state.receipts[stage.name] = whole.done | whole.pruned
        if found.todo:
            return whole, known
    others = receipts.list_others(folder, stage.kind, [task.name for task in known])
    return replace(whole, gone=others), known


def _list_cells(buckets: int) -> list[int]:
    """How many cells the files of each round of merging have."""
    rounds = shuffle.count_rounds(buckets)
    return [min(shuffle.CELLS * shuffle.FAN**number, buckets) for number in range(1, rounds + 1)]


def _merge(
    state: State, stage: Stage, rows: Sequence[Input], prefix: str, merges: int, cells: int
) -> Iterator[CorpusTask]:
    """A task for each group of files, which are those of parts, or buckets, whose numbers are near."""
    groups: dict[int, list[Input]] = {}
    for file in rows:
        found = re.findall(r"\d+", file.path.parent.name) or ["0"]
        groups.setdefault(int(found[-1]) // shuffle.FAN, []).append(file)
    step = replace(stage.steps[0], settings={"cells": cells}, paths=())
    for number, group in sorted(groups.items()):
        yield tasks.make_task(state, stage, f"{prefix}{number:05d}", group, step=step, merges=True)


def _read_buckets(
    state: State, stage: Stage, rows: Sequence[Input], prefix: str, buckets: int
) -> Iterator[CorpusTask]:
    for bucket in range(buckets):
        name = f"{prefix}{BUCKET}={bucket:04d}"
        task = tasks.make_task(state, stage, name, rows, bucket=(bucket, buckets))
        task.input["bucket"] = f"{bucket} of {buckets}"
        yield task


def _list_files(state: State, stage: Stage, made: Sequence[CorpusTask]) -> list[Input]:
    done = {task.name: state.receipts[stage.name][task.name] for task in made}
    files = tasks.list_files(state.out / stage.name, done)
    return [file for file in files if shuffle.is_shuffle(file.path)]


def _digest(state: State, stage: Stage, task: CorpusTask) -> str:
    """What a bucket gave, whatever it is called."""
    files = state.receipts[stage.name][task.name]["files"]
    return manifest.digest(sorted((path.partition("/")[2], content) for path, (_, content) in files.items()))
