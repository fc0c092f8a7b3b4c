"""What a step's module tells of itself is read from its source, here and in a user's folder."""

import pytest

from winnow.pipelines.spec import declarations, toml
from winnow.pipelines.spec.recipe import RecipeError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    return tmp_path


def test_a_module_of_ours_and_one_of_a_users_tell(folder):
    (folder / "own.py").write_text('import nothing_installed\n\nTELLS = {"measure": "illegal"}\n')
    assert declarations.read("own:step") == {"measure": "illegal"}
    assert declarations.read("dedup.exact:mark")["measure"] == "duplicates"
    assert declarations.read("filters.gopher:quality") == {}
    assert declarations.read("absent:step") == {}
    assert (
        declarations.read("ingest.reddit:recorded") == declarations.read("ingest.talk.reddit:recorded") != {}
    )


def test_modules_of_ours_that_tell_the_same_are_listed():
    assert declarations.list_modules("measure", "illegal") == [
        "classifiers.harm",
        "filters.badwords",
        "filters.urls",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("compute()", "is to be a table of literals"),
        ("'a word'", "is to be a table of literals"),
        ("{'mesure': 'private'}", "has no key 'mesure'; did you mean 'measure'"),
        ("{'hides': 'mask'}", "has a 'hides' that is no list"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(folder, value, told):
    (folder / "wrong.py").write_text(f'"""Wrong."""\n\nTELLS = {value}\n')
    assert f"wrong.py, line 3: TELLS {told}" in declarations.check("wrong:step")
    assert declarations.read("wrong:step") == {} and declarations.check("dedup.exact:mark") is None


def test_all_modules_of_ours_tell_in_the_right_form():
    found = declarations._list_ours()
    assert len(found) > 30 and "filters.optouts" in found
    assert not [wrong for module in found if (wrong := declarations.check(module))]


def test_a_recipe_with_a_step_that_tells_in_another_form_is_refused_with_its_line(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    step = 'def keep(docs):\n    """Keep all."""\n    return docs\n'
    (folder / "unclear.py").write_text(f"TELLS = {{'masks': 1}}\n{step}")
    (folder / "recipe.toml").write_text(
        'name = "own"\n[[source]]\nname = "lines"\nuris = ["a.jsonl"]\nread = { use = "ingest.jsonl:read" }\n'
        '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "unclear:keep" } ]\n'
    )
    with pytest.raises(
        RecipeError, match=r"recipe\.toml:9: .*unclear\.py, line 1: TELLS has a 'masks' that is no"
    ):
        toml.load(folder / "recipe.toml")
