"""What a stage by part will take, a line in the bytes of its source.

So much for a part that has next to nothing in it, and so much for each byte.
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

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
from winnow.pipelines.spec.recipe import STAGE_REFERENCE, Stage, Step


def scale(trial: Trial, stage: Stage, flows: Mapping[str, Flow], plan: Plan) -> tuple[Cost, Flow]:
    """The cost of a stage of shard steps, or of a corpus step by part, and what it gives."""
    receipts = trial.whole.receipts[stage.name]
    copied = trial.whole.plan.copies.get(stage.name, {})
    before = {copied.get(name, name): n for after in stage.after for name, n in flows[after].parts.items()}
    each = {name: add_up([receipt]) for name, receipt in receipts.items()}
    took, count, rows = add_up(receipts.values()), plan.parts[stage.name], meet(trial, stage.name).rows
    mean = weigh(before, {name: one.written for name, one in each.items()})
    change = _change(trial, stage, flows, mean)
    cpu, written, shuffled = (
        _grow(trial, stage, what, each, before, count) for what in ("cpu", "written", "shuffled")
    )
    cost = Cost(
        tasks=count,
        cpu=cpu,
        written=written,
        shuffled=shuffled,
        rows=rows * mean,
        peak=took.peak,
        puts=count * (1 + took.files / max(took.tasks, 1)),
        reads=sum(plan.files.get(name, 0) for name in stage.after) or count * _count_reads(receipts),
    )
    return cost, Flow({name: n * change for name, n in before.items()}, mean * change)


def _grow(
    trial: Trial, stage: Stage, what: str, each: Mapping[str, Took], before: Mapping[str, float], count: int
) -> float:
    """What parts take in a run: what so many take that are empty, and what those of the trial take beyond it,
    each as often as it stands for."""
    sizes, tiny_sizes = measure_parts(trial.whole), measure_parts(trial.tiny)
    tiny: Mapping[str, dict[str, Any]] = trial.tiny.receipts.get(stage.name, {})
    fixed = 0.0
    if tiny and each:
        point = fmean(tiny_sizes[name] for name in tiny), getattr(add_up(tiny.values()), what) / len(tiny)
        mean = fmean(sizes[name] for name in each), fmean(getattr(one, what) for one in each.values())
        fixed = find_fixed(point, mean)
    beyond = sum((getattr(one, what) - fixed) * before[name] for name, one in each.items())
    return count * fixed + max(float(beyond), 0.0)


def _count_reads(receipts: Mapping[str, dict[str, Any]]) -> float:
    """Files that a task reads: of a shard step the part before, and those in which its texts stand."""
    reads = [one.get("files_in", 1 + len(one.get("texts_in", ()))) for one in receipts.values()]
    return fmean(reads) if reads else 1.0


def _change(trial: Trial, stage: Stage, flows: Mapping[str, Flow], mean: float) -> float:
    """How many times as much a stage gives of what comes in: shard steps drop more of it for what has grown
    beyond it of the stages that their settings name."""
    named = {step.use: _list_named(step) for step in stage.steps}
    grown = {
        use: max(max(flows[name].whole for name in names) / mean, 1.0)
        for use, names in named.items()
        if names
    }
    if stage.kind == "corpus" or not grown:
        return 1.0
    receipts = trial.whole.receipts[stage.name].values()
    came = sum(one["rows_in"] for one in receipts)
    gone = {use: sum(one["steps"].get(use, {}).get("dropped", 0) for one in receipts) for use in grown}
    then = sum(count * grown[use] for use, count in gone.items())
    now = sum(gone.values())
    return max(came - then, 0.0) / (came - now) if came > now else 1.0


def _list_named(step: Step) -> list[str]:
    """The stages that settings of a step name."""
    values = (step.settings[name] for name in step.paths if step.settings[name])
    return [match[1] for value in values if (match := STAGE_REFERENCE.fullmatch(value))]
