"""What was a setting or a group before is refused by that name, with what it is now."""

from pathlib import Path

import pytest

from winnow.pipelines.spec import address, earlier, groups, settings, toml
from winnow.pipelines.spec.recipe import RecipeError

ROOT = Path(__file__).parents[3]
ROWS = [line.split("\t") for line in (ROOT / "winnow/earlier_settings.tsv").read_text().splitlines()]
STEPS = [(use, setting, now) for use, setting, now in ROWS if ":" in use]


@pytest.mark.parametrize(("use", "setting", "now"), STEPS)
def test_an_earlier_setting_of_a_step_is_told(use, setting, now):
    with pytest.raises(settings.SettingError) as refused:
        settings.check(address.resolve(use), {setting: 1})
    assert f"{setting}: {now} (docs/migration.md)" in str(refused.value)


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


@pytest.mark.parametrize("use", [use for use, setting, _ in ROWS if not setting])
def test_an_earlier_group_is_told(tmp_path, use):
    with pytest.raises(RecipeError) as refused:
        toml.load(write_recipe(tmp_path, use))
    now = earlier.tell(use)
    assert f"group {use!r} {now}" in str(refused.value)
    assert (groups.FOLDER / now.split("`")[1]).exists()


def test_each_is_in_the_migration_note():
    page = (ROOT / "docs/migration.md").read_text()
    assert all(
        f"`{setting}` of `{use}`" in page if setting else f"`{use}`" in page for use, setting, _ in ROWS
    )
