"""What was a setting, a group or a file before is told by that name, with what it is now."""

from pathlib import Path

import pytest

from winnow import earlier
from winnow.pipelines.spec import address, groups, settings, toml
from winnow.pipelines.spec.recipe import RecipeError

ROOT = Path(__file__).parents[2]
ROWS = [line.split("\t") for line in (ROOT / "winnow/earlier.tsv").read_text().splitlines()]
STEPS = [(use, setting) for use, setting, _ in ROWS if ":" in use]
GROUPS = [use for use, setting, _ in ROWS if use.startswith("groups/") and not setting]
FILES = [(name, now) for name, _, now in ROWS if Path(name).suffix in (".json", ".parquet")]


def test_both_kinds_of_settings_are_told():
    assert earlier.tell("mixing.fit:regress", "folds") == (
        "is no setting any more, since nobody set it: it is always 5 (docs/migration.md)"
    )
    assert earlier.tell("mixing.anneal:train", "begun") == "is `checkpoint` now (docs/migration.md)"
    assert earlier.tell("mixing.anneal:train", "rate") == earlier.tell("mixing.anneal") == ""


@pytest.mark.parametrize(("use", "setting"), STEPS)
def test_an_earlier_setting_of_a_step_is_told(use, setting):
    with pytest.raises(settings.SettingError) as refused:
        settings.check(address.resolve(use), {setting: 1})
    now = earlier.tell(use, setting)
    assert now and f"{setting}: {now}" in str(refused.value)


def write_recipe(folder, use, lines=""):
    path = folder / "recipe.toml"
    source = '[[source]]\nname = "s"\nuris = ["s.txt"]\nread = { use = "ingest.jsonl:read" }\n'
    path.write_text(f'name = "r"\n{source}[[stage]]\nname = "g"\nafter = "s"\nuse = "{use}"\n{lines}')
    return path


@pytest.mark.parametrize("setting", ["how", "apart", "cut"])
def test_an_earlier_setting_of_a_group_is_told(tmp_path, setting):
    now = earlier.tell("groups/tokens.toml", setting)
    with pytest.raises(RecipeError) as refused:
        toml.load(write_recipe(tmp_path, "groups/tokens.toml", f"{setting} = 1\n"))
    assert f"recipe.toml:10: group 'groups/tokens.toml': {setting} {now}" in str(refused.value)


@pytest.mark.parametrize("use", GROUPS)
def test_an_earlier_group_is_told(tmp_path, use):
    with pytest.raises(RecipeError) as refused:
        toml.load(write_recipe(tmp_path, use))
    now = earlier.tell(use)
    assert f"group {use!r} {now}" in str(refused.value)
    assert (groups.FOLDER / now.split("`")[1]).exists()


def test_each_is_in_the_migration_note():
    page = (ROOT / "docs/migration.md").read_text()
    for use, setting, now in ROWS:
        assert (f"| `{setting}` of `{use}` |" if setting else f"| `{use}` | `{now}` |") in page


@pytest.mark.parametrize(("old", "now"), FILES)
def test_an_earlier_file_is_known_by_the_name_of_today(old, now):
    assert earlier.list_names(now) == [old] and earlier.find_name(old) == earlier.find_name(now) == now
