"""The parts of stages that make copies: a number of its own for each part copied, given once."""

from dataclasses import replace

from winnow.pipelines.engine.parts.plan import Place, Plan, label
from winnow.pipelines.spec.recipe import Recipe


def number(recipe: Recipe, plan: Plan) -> Plan:
    """The plan with `copies`; the numbers are remembered among its places, by the name of the stage and the
    label of the part copied."""
    labels = {name: [part.label for part in parts] for name, parts in plan.parts.items()}
    places = list(plan.places)
    known = {(place.source, place.name): place.part for place in places}
    free = max((place.part for place in places), default=-1) + 1
    copies: dict[str, dict[str, str]] = {}
    for stage in recipe.stages.values():
        if stage.kind == "corpus":
            continue
        met = [each for name in stage.after for each in labels.get(name, [])]
        for each in met if stage.copy_as else ():
            if (stage.name, each) not in known:
                known[stage.name, each] = free
                places.append(Place(free, stage.name, each, None, None, 0, None))
                free += 1
        if stage.copy_as:
            copies[stage.name] = {each: label(known[stage.name, each]) for each in met}
        labels[stage.name] = list(copies[stage.name].values()) if stage.copy_as else met
    ordered = sorted(places, key=lambda place: (place.part, place.name, place.start))
    return replace(plan, places=ordered, copies=copies)
