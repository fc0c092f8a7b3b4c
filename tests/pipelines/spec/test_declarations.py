"""What a step's module tells of itself is read from its source, here and in a user's folder."""

import pytest

from winnow.pipelines.spec import declarations


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


def test_modules_of_ours_that_tell_the_same_are_listed():
    assert declarations.list_modules("measure", "illegal") == [
        "classifiers.harm",
        "filters.badwords",
        "filters.urls",
    ]


@pytest.mark.parametrize("value", ["compute()", "'a word'"])
def test_what_is_no_table_is_refused_with_its_line(folder, value):
    (folder / "wrong.py").write_text(f'"""Wrong."""\n\nTELLS = {value}\n')
    with pytest.raises(ValueError, match=r"wrong\.py, line 3: TELLS is to be a table"):
        declarations.read("wrong:step")
