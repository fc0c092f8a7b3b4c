"""From what a trial took to what a run will: stage by stage, as rows flow."""

from collections.abc import Mapping

from winnow.pipelines.engine.costs import by_group, by_part
from winnow.pipelines.engine.costs.took import Cost, Flow, Plan
from winnow.pipelines.engine.costs.trial import Trial
from winnow.pipelines.spec.recipe import BUCKET, Stage


def scale(trial: Trial, factors: Mapping[str, float], plan: Plan) -> dict[str, Cost]:
    """The cost of each stage that was tried; `factors`: bytes of each source for a byte of its sample."""
    flows = {
        name: Flow({part.label: factors[name] for part in parts}, factors[name])
        for name, parts in trial.whole.plan.parts.items()
    }
    costs: dict[str, Cost] = {}
    for stage in trial.recipe.stages.values():
        costs[stage.name], flows[stage.name] = _scale_stage(trial, stage, flows, plan)
    return costs


def _scale_stage(trial: Trial, stage: Stage, flows: Mapping[str, Flow], plan: Plan) -> tuple[Cost, Flow]:
    if stage.kind == "shard" or stage.by == "part":
        return by_part.scale(trial, stage, flows, plan)
    if stage.by == BUCKET:
        return by_group.scale_buckets(trial, stage, flows, plan)
    return by_group.scale_whole(trial, stage, flows, plan)
