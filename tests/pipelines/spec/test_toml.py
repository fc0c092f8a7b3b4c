"""What is wrong in a recipe is refused with its own line and value."""

# ruff: noqa: E501 - a table of mistakes

import pytest

from winnow.pipelines.spec import toml
from winnow.pipelines.spec.recipe import RecipeError

GOOD = """name = "x"
max_failed = 0.5
[[source]]
name = "web"
uris = ["a.jsonl"]
read = { use = "ingest.jsonl:read" }
[[stage]]
name = "one"
after = "web"
steps = [
  { use = "filters.gopher:quality", min_words = 5 },
  { use = "filters.gopher:quality",
    min_words = 6 },
]
[[stage]]
name = "two"
after = [
  "one",
]
replayable = false
steps = [ { use = "filters.gopher:quality", min_words = 7 } ]
""".replace('quality",\n    min', 'quality", min')  # TOML's inline tables stand on one line


def load(tmp_path, text):
    path = tmp_path / "recipe.toml"
    path.write_bytes(text.encode("utf-8"))
    return toml.load(path)


@pytest.mark.parametrize(
    "text", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), f"# \u2028 \u0085\n{GOOD}"]
)
def test_what_is_right_loads(tmp_path, text):
    assert list(load(tmp_path, text).stages) == ["one", "two"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("min_words = 6", 'min_words = "6"', ":12: filters.gopher:quality: min_words: .* valid integer, not '6'"),
        ("min_words = 7", "min_words = -7", ":20: filters.gopher:quality: min_words: -7 is outside its range"),
        ("replayable = false", 'replayable = "yes"', ":19: stage.1.replayable: .* boolean, not 'yes'"),
        ("max_failed = 0.5", 'max_failed = "0.5"', ":2: max_failed: .* number, not '0.5'"),
        ("max_failed = 0.5", "max_failed = 50", ":2: max_failed: .* less than or equal to 1, not 50"),
        ("max_failed = 0.5", "max_failed = 1979-05-27", ":2: max_failed: a date or time is written as a string"),
        ("max_failed = 0.5", "max_failed = nan", ":2: max_failed: nan is no number"),
        ("min_words = 6", "min_words = 9223372036854775808", ":12: stage.0.steps.1.min_words: .* 63 bits"),
        ('  "one",', '  "none",', ":17: stage 'two' needs 'none'"),
        ('  "one",', "  3,", ":17: stage.1.after"),
        ('  "one",', "", ":16: stage.1.after"),
        ('name = "two"', 'name = "one"', ":15: the name 'one' is taken already, by a stage .*:8"),
        ('name = "two"', f'name = "{"x" * 201}"', ":15: stage.1.name: .* at most 200 characters"),
        ('name = "two"', 'name = "two"\nnmae = 1', ":16: stage.1.nmae: no such key; did you mean 'name'"),
        ('["a.jsonl"]', '["a\\u0000"]', ":5: source.0.uris.0: a string with the character NUL"),
        ('"filters.gopher:quality", min_words = 6', '"groups/pii.toml"', ":12: groups/pii.toml is a group"),
        ("steps = [ {", 'use = "filters.gopher:quality"\nsteps = [ {', ":20: group .* is a step, .* steps = "),
        (GOOD[GOOD.index("[[stage]]") :], '[stage]\nname = "one"\n', r":7: stage: .* write \[\[stage\]\], with two"),
        ("[[source]]", "[source]", r":3: source: .* write \[\[source\]\], with two"),
        ("min_words = 6 }", "min_words = }", ":12: no TOML: Invalid value"),
        ("[[stage]]", f"x = {'[' * 5000}{']' * 5000}\n[[stage]]", ":1: no TOML: it is nested too deeply"),
        ("max_failed = 0.5", "max_failed = " + "9" * 5000, ":1: no TOML: .*digits"),
        ('after = "web"', 'after = "two"', ":9: these stages wait for each other: one, two"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_own_line(tmp_path, old, new, told):
    assert old in GOOD
    with pytest.raises(RecipeError, match=f"recipe.toml{told}"):
        load(tmp_path, GOOD.replace(old, new, 1) if told[:3] != ":15" else GOOD.replace(old, new))


@pytest.mark.parametrize(
    "name", ["takedowns", "worth", "tune", "summaries", "run.json", "parts.parquet", "Worth"]
)
def test_no_stage_has_a_name_of_the_engine(tmp_path, name):
    with pytest.raises(RecipeError, match=f":15: stage '{name}': Winnow itself calls so"):
        load(tmp_path, GOOD.replace('name = "two"', f'name = "{name}"'))
