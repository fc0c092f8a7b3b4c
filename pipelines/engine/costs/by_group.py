"""What a corpus stage will take that sees more than one part: by bucket, by another key, or all at once."""

import re
from collections.abc import Mapping

from winnow import shuffle
from winnow.pipelines.engine.corpus import ROUND
from winnow.pipelines.engine.costs.took import (
    Cost,
    Flow,
    Plan,
    Took,
    add_up,
    find_fixed,
    measure_parts,
    meet,
    weigh,
)
from winnow.pipelines.engine.costs.trial import Trial
from winnow.pipelines.spec.recipe import BUCKET, Stage

HELD = 10
"""Bytes of memory for a byte of a bucket on disk, as the gate `shuffle_cost` has it of near duplicates."""


def scale_buckets(trial: Trial, stage: Stage, flows: Mapping[str, Flow], plan: Plan) -> tuple[Cost, Flow]:
    """The cost of a stage by bucket, and what it gives: that grows as the rows do that meet there."""
    took, tiny = _add_up_both(trial, stage)
    before = _find_growth(trial, stage, flows)
    rows, met, after = _find_meetings(trial, stage, before)
    given = add_up(one for name in stage.after for one in trial.whole.receipts[name].values()).shuffled
    came = given * before
    rounds = _count_rounds(trial.whole.receipts[stage.name])
    buckets = stage.buckets or shuffle.count_buckets(int(came))
    merges, reads = plan_rounds(buckets, sum(plan.parts[name] for name in stage.after))
    merged = came * shuffle.count_rounds(buckets) * rounds
    tasks = rounds * (buckets + merges)
    cpu, written, shuffled = (_find_empty(took, tiny, what) for what in ("cpu", "written", "shuffled"))
    work = (took.cpu - cpu * took.tasks) * (rows * before + met * after) / max(rows + met, 1)
    cost = Cost(
        tasks=tasks,
        cpu=tasks * cpu + work + merged * plan.merge,
        written=tasks * written + (took.written - took.tasks * written) * after + merged,
        shuffled=tasks * shuffled + (took.shuffled - took.tasks * shuffled) * after + merged,
        rows=meet(trial, stage.name).rows * after,
        peak=took.peak + HELD * max(came / buckets - given / max(took.tasks, 1), 0.0),
        puts=tasks * (1 + took.files / max(took.tasks, 1)),
        reads=rounds * reads,
        met=met,
    )
    return cost, Flow({}, after)


def scale_whole(trial: Trial, stage: Stage, flows: Mapping[str, Flow], plan: Plan) -> tuple[Cost, Flow]:
    """The cost of a stage that sees all at once, or by another key, a line in what comes in."""
    took, tiny = _add_up_both(trial, stage)
    growth = _find_growth(trial, stage, flows)
    share = sum(measure_parts(trial.tiny).values()) / max(sum(measure_parts(trial.whole).values()), 1.0)
    cpu, written = (
        fixed + (whole - fixed) * growth
        for whole, fixed in (
            (getattr(took, what), find_fixed((share, getattr(tiny, what)), (1.0, getattr(took, what))))
            for what in ("cpu", "written")
        )
    )
    after = written / took.written if took.written else growth
    files = sum(plan.parts.get(name, 0) or plan.files.get(name, 0) for name in stage.after)
    cost = Cost(
        tasks=took.tasks,
        cpu=cpu,
        written=written,
        shuffled=took.shuffled * after,
        rows=meet(trial, stage.name).rows * after,
        peak=took.peak,
        puts=took.tasks + took.files,
        reads=max(files, took.tasks),
    )
    return cost, Flow({}, after)


def plan_rounds(buckets: int, files: int) -> tuple[int, float]:
    """Tasks that merge files of the shuffle before so many buckets are read from them, and reads in all."""
    merges, reads, cells = 0, 0.0, shuffle.CELLS
    for _ in range(shuffle.count_rounds(buckets)):
        reads += files * (cells + 2)
        files, cells = -(-files // shuffle.FAN), min(cells * shuffle.FAN, buckets)
        merges += files
    return merges, reads + 2.0 * files * buckets


def _add_up_both(trial: Trial, stage: Stage) -> tuple[Took, Took]:
    return (
        add_up(trial.whole.receipts[stage.name].values()),
        add_up(trial.tiny.receipts.get(stage.name, {}).values()),
    )


def _find_empty(took: Took, tiny: Took, what: str) -> float:
    """What a task takes to which next to nothing comes."""
    if not (took.tasks and tiny.tasks):
        return 0.0
    points = ((one.came / one.tasks, getattr(one, what) / one.tasks) for one in (tiny, took))
    return find_fixed(*points)


def _find_growth(trial: Trial, stage: Stage, flows: Mapping[str, Flow]) -> float:
    """How many times as much comes in as in the trial."""
    sizes = {
        name: add_up(trial.whole.receipts[name].values()).written
        for name in stage.after
        if name in trial.recipe.stages
    }
    return weigh({name: flows[name].whole for name in stage.after}, sizes or dict.fromkeys(stage.after, 1.0))


def _find_meetings(trial: Trial, stage: Stage, before: float) -> tuple[int, int, float]:
    """Rows that come in, those of them that meet others, and how many times as many these will be. What
    meets once more, since a stage by bucket wrote it, grows with it."""
    found = [meet(trial, name) for name in stage.after]
    rows, met = sum(one.rows for one in found), sum(one.met for one in found)
    first = all(trial.recipe.stages[name].by != BUCKET for name in stage.after if name in trial.recipe.stages)
    if not met or not first:
        return rows, met, before
    return rows, met, sum(one.met * one.grow(before) for one in found) / met


def _count_rounds(names: Mapping[str, object]) -> int:
    found = [re.match(rf"{ROUND}=(\d+)", name) for name in names]
    return 1 + max((int(match[1]) for match in found if match), default=0)
