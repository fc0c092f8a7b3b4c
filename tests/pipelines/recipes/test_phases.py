"""The group of two phases in a recipe: what is refused before any data are read, and that it loads."""

import pytest

from pipelines import toml
from pipelines.recipe import RecipeError

RECIPE = """name = "two"

[[source]]
name = "notes"
uris = ["notes/*.jsonl"]
read = {{ use = "ingest.jsonl:read" }}

[[stage]]
name  = "mix.counts"
after = "notes"
steps = [ {{ use = "mixing.count:by_source" }} ]

[[stage]]
name  = "phases"
after = "mix.counts"
use   = "groups/phases.toml"
counts = "stage:mix.counts"
weights = "first.json"
data = "stage:mix.counts"
index = "stage:mix.counts"
phases = {phases}

[[stage]]
name  = "drawn"
after = "notes"
[[stage.steps]]
use = "mixing.sample:draw"
weights = "stage:phases/last"
before = "stage:phases/main"
counts = "stage:mix.counts"
"""
GOOD = '[{ name = "main", tokens = 9 }, { name = "last", tokens = 3, evals = { gsm8k = 1 } }]'


def load(folder, phases):
    (folder / "first.json").write_text('{"weights": {"notes": 1.0}}')
    path = folder / "two.toml"
    path.write_text(RECIPE.format(phases=phases))
    return toml.load(path)


def test_the_group_loads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stages = load(tmp_path, GOOD).stages
    assert list(stages)[1:-1] == [
        *(f"phases.{name}" for name in ("planned", "begun", "swarm", "scored", "fitted", "solved", "proven")),
        "phases",
    ]
    assert stages["phases.planned"].steps[0].settings["phases"][1]["evals"] == {"gsm8k": 1}


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        (GOOD.replace(", tokens = 9", ""), "phases.0.tokens: this setting must be given"),
        (GOOD.replace("tokens = 3", 'tokens = "3"'), "phases: Input should be a valid integer"),
        (GOOD.replace("evals", "eval"), "phases.1.eval: no such setting"),
        ("{}", "phases: Input should be a valid list"),
    ],
)
def test_a_phase_that_lacks_something_is_refused_with_its_line(tmp_path, monkeypatch, phases, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match=f"phases.toml:21: mixing.phases:plan: {message}"):
        load(tmp_path, phases)
