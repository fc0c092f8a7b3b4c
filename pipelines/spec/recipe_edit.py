"""A recipe with other settings, written into its own text: comments and all else stay as they are."""

import tomllib
from typing import Any

import tomlkit

from winnow.pipelines.spec.recipe import RecipeError

Place = tuple[str, int]  # a stage's name and the number of a step in it


def change(text: str, settings: dict[Place, dict[str, Any]]) -> str:
    """The text with these settings of steps, each put in the place of the one that is there, or behind the
    others. RecipeError where that gives anything else than it should."""
    wanted, table = tomllib.loads(text), tomlkit.parse(text)
    stages = {stage["name"]: number for number, stage in enumerate(wanted["stage"])}
    for (stage, step), given in settings.items():
        for recipe in (wanted, table):
            recipe["stage"][stages[stage]]["steps"][step].update(given)
    changed = tomlkit.dumps(table)
    if tomllib.loads(changed) != wanted:
        named = ", ".join(f"{stage}: {key}" for (stage, _), given in settings.items() for key in given)
        raise RecipeError(f"the recipe is written in a way that cannot be changed here; set by hand: {named}")
    return changed
