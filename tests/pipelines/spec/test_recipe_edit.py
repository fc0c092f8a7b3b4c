"""Settings written into a recipe's own text: all else stays as it is, to the letter."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.spec import recipe_edit
from winnow.pipelines.spec.recipe import RecipeError

RECIPE = """# min_words = 3 in a comment
name = "x"  # [[stage]]
[[source]]
name = "first"
uris = ["a # b", "{ use = 'x' }"]
read = { use = "r", min_words = 1 }
[[stage]]
after = "first"
name  = "first.judged"
steps = [
  { use = "f", note = "min_words = 7 }, {", where = { kind = ["a", "min_words"] }, min_words = 50, other_min_words = 3 },  # min_words = 9
  # { use = "f", min_words = 1 },
  { use = "f" },
  { use = "f", inner = { min_words = 2 }, stop_words = ["a", "}"],  no_max_ratio=0,  max_ratio=0.5}
]
replayable = true

[[stage]]  # of tables
name = "second"
after = "first.judged"

[[stage.steps]]
use = "f"
min_words = 4  # few

[[stage.steps]]
use = "g"

[[stage]]
name = 'third'
after = "second"
steps = [ { use = "f" }, { use = "f", min_words = 1 } ]
"""  # noqa: E501


def differs(text):
    """The lines that are other ones now, before and after."""
    pairs = zip(RECIPE.splitlines(), text.splitlines(), strict=True)
    return [(old, new) for old, new in pairs if old != new]


@pytest.mark.parametrize(
    ("place", "given_", "line"),
    [
        (
            ("first.judged", 0),
            {"min_words": 60},
            '  { use = "f", note = "min_words = 7 }, {", where = { kind = ["a", "min_words"] }, min_words'
            " = 60, other_min_words = 3 },  # min_words = 9",
        ),
        (("first.judged", 1), {"min_words": 0}, '  { use = "f", min_words = 0},'),
        (
            ("first.judged", 2),
            {"min_words": 5, "max_ratio": 1.0},
            '  { use = "f", inner = { min_words = 2 }, stop_words = ["a", "}"],  no_max_ratio=0,'
            "  max_ratio=1.0, min_words = 5}",
        ),
        (("second", 0), {"min_words": 5}, "min_words = 5  # few"),
        (
            ("third", 0),
            {"drop": False},
            'steps = [ { use = "f", drop = false}, { use = "f", min_words = 1 } ]',
        ),
        (("third", 1), {"min_words": 2}, 'steps = [ { use = "f" }, { use = "f", min_words = 2 } ]'),
    ],
)
def test_only_the_line_of_the_step_is_another(place, given_, line):
    text = recipe_edit.change(RECIPE, {place: given_})
    assert [new for _, new in differs(text)] == [line]


def test_a_step_in_a_table_of_its_own_gets_a_line_more():
    text = recipe_edit.change(RECIPE, {("second", 1): {"max_words": 9}})
    assert text == RECIPE.replace('use = "g"\n', 'use = "g"\nmax_words = 9\n')


numbers = st.one_of(st.booleans(), st.integers(-(10**6), 10**9), st.floats(-1e9, 1e9, allow_nan=False))
places = [
    ("first.judged", 0),
    ("first.judged", 1),
    ("first.judged", 2),
    ("second", 0),
    ("second", 1),
    ("third", 1),
]


@given(
    st.dictionaries(
        st.sampled_from(places),
        st.dictionaries(st.sampled_from(["min_words", "max_ratio", "x"]), numbers, min_size=1),
    )
)
def test_what_was_asked_for_is_there_and_all_else_as_it_was(settings):
    told = tomllib.loads(recipe_edit.change(RECIPE, settings))
    expected = tomllib.loads(RECIPE)
    for (stage, step), given_ in settings.items():
        next(s for s in expected["stage"] if s["name"] == stage)["steps"][step] |= given_
    assert told == expected


def test_stages_in_a_list_are_changed_as_well():
    text = 'name = "x"\nstage = [ { name = "s", after = "a", steps = [ { use = "f", n = 1 } ] } ]\n'
    assert recipe_edit.change(text, {("s", 0): {"n": 2}}) == text.replace("n = 1", "n = 2")


def test_what_comes_out_otherwise_than_it_should_is_refused_by_name(monkeypatch):
    text = 'name = "x"\n[[stage]]\nname = "s"\nafter = "a"\nsteps = [ { use = "f" } ]\n'
    monkeypatch.setattr(recipe_edit.tomlkit, "dumps", lambda _: text)
    with pytest.raises(RecipeError, match="cannot be changed here; set by hand: s: min_words"):
        recipe_edit.change(text, {("s", 0): {"min_words": 2}})
