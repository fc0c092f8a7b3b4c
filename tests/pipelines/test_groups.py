"""Groups of stages: what a recipe with them is when it is written out, and what is refused."""

import inspect
import re
import tomllib
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from pipelines import groups, run, toml
from pipelines.address import resolve
from pipelines.recipe import RecipeError

RECIPES = Path(groups.__file__).parent / "recipes"
HEAD = """# A recipe with comments
name = "grouped"
max_failed = 1.0

[[source]]
name = "lines"
uris = ["{folder}/in/*.txt"]
read = {{ use = "toy:read" }}

[[stage]]
name  = "read"  # the first
after = "lines"
[[stage.steps]]
use = "toy:short"
min_words = 1

"""
ENTRY = """[[stage]]
name  = "kept"
after = {after}
use   = "mine.toml"
{settings}

# ---- the end ----

[[stage]]
name  = "last"
after = "kept"
steps = [ {{ use = "toy:shout" }} ]
"""
GROUP = """# What it is for
[settings]
words = 2
marks = 1

[[stage]]
name  = "short"  # of words
after = "in"
steps = [ { use = "toy:short", min_words = "$words" } ]

[[stage]]
name  = "summed"
after = "short"
steps = [ { use = "toy:total" } ]

[[stage]]
name  = "quiet"
after = "short"
steps = [
  { use = "toy:quiet", max_marks = "$marks" },
]
"""


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def write(folder: Path, *, after: str = '"read"', settings: str = "", group: str = GROUP) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in/a.txt").write_text("one\none two\none two three!\none two three!!!\n")
    (folder / "mine.toml").write_text(group)
    path = folder / "recipe.toml"
    path.write_text(HEAD.format(folder=folder) + ENTRY.format(after=after, settings=settings))
    return path


def test_stages_stand_in_the_entrys_place_with_its_names_and_settings(tmp_path):
    checked = toml.load(write(tmp_path, settings="words = 3"))
    assert {name: stage.after for name, stage in checked.stages.items()} == {
        "read": ("lines",),
        "kept.short": ("read",),
        "kept.summed": ("kept.short",),
        "kept": ("kept.short",),
        "last": ("kept",),
    }
    assert checked.stages["kept.short"].steps[0].settings["min_words"] == 3
    assert checked.stages["kept"].steps[0].settings["max_marks"] == 1
    assert "# ---- the end ----" in checked.text and "use   =" not in checked.text


@pytest.mark.parametrize("flags", [["--check", "--print"], ["--print"]])
def test_what_is_written_out_is_the_same_recipe_without_groups(tmp_path, flags):
    path = write(tmp_path, settings="marks = 0")
    printed = CliRunner().invoke(run.main, [str(path), str(tmp_path / "out"), *flags])
    assert printed.exit_code == 0, printed.output
    assert not (tmp_path / "out").exists()
    whole = tmp_path / "whole.toml"
    whole.write_text(printed.output)
    assert toml.load(whole).stages == toml.load(path).stages
    assert groups.expand(whole, printed.output)[0] == printed.output


def test_it_runs(tmp_path):
    path = write(tmp_path, settings="words = 2")
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    kept = pl.concat(pl.read_parquet(file) for file in (tmp_path / "out/last").glob("*.parquet"))
    assert sorted(kept["text_here"]) == ["ONE TWO", "ONE TWO THREE!"]
    assert (tmp_path / "out/kept.summed/all/total.txt").read_text().strip() == "3"


def test_an_input_may_be_several_stages(tmp_path):
    path = write(tmp_path, after='["lines"]')
    assert toml.load(path).stages["kept.short"].after == ("lines",)
    path.write_text(path.read_text().replace('after = ["lines"]', 'after = ["read", "others"]'))
    expanded = tomllib.loads(groups.expand(path, path.read_text())[0])
    assert expanded["stage"][1]["after"] == ["read", "others"]


def test_a_recipe_without_groups_is_as_it_was(tmp_path):
    for path in [RECIPES / "labels.toml", RECIPES / "quality.toml"]:
        text = path.read_text()
        expanded, places = groups.expand(path, text)
        assert expanded == text
        assert places == [(path, n + 1) for n in range(len(text.splitlines()))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"settings": "word = 3"},
            r"recipe.toml:17: group 'mine.toml' has no setting word; its .*: words, marks",
        ),
        ({"settings": "words = 'x'"}, r"mine.toml:9: toy:short: min_words: Input should be a valid integer"),
        ({"group": GROUP.replace("toy:quiet", "toy:loud")}, r"mine.toml:20: no function 'loud'"),
        ({"group": GROUP.replace('"$marks"', '"$mark"')}, r'names "\$mark", which `\[settings\]` lacks'),
        ({"group": "[settings]\n"}, r"mine.toml: a group has `\[settings\]` and `\[\[stage\]\]`"),
        ({"group": GROUP.replace('"quiet"', '"in"')}, "none of them 'in'"),
        ({"group": GROUP + "name = 3\nx ="}, r"mine.toml: .*"),
        ({"group": 'name = "x"\n' + GROUP}, "a group has"),
        ({"after": '"nowhere"'}, r"mine.toml:7: stage 'kept.short' needs 'nowhere'"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(tmp_path, change, message):
    with pytest.raises(RecipeError, match=message):
        toml.load(write(tmp_path, **change))


def test_a_group_that_is_not_there_is_told(tmp_path):
    path = write(tmp_path)
    (tmp_path / "mine.toml").unlink()
    with pytest.raises(RecipeError, match=r"recipe.toml:17: group 'mine.toml' is not there: neither in"):
        toml.load(path)


def test_mistakes_behind_a_group_are_told_with_their_own_line(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("toy:shout", "toy:whisper"))
    with pytest.raises(RecipeError, match=r"recipe.toml:28: no function 'whisper'"):
        toml.load(path)


@pytest.mark.parametrize("path", sorted((RECIPES / "groups").glob("*.toml")), ids=lambda path: path.stem)
def test_defaults_of_shipped_groups_are_those_of_their_steps(path):
    group = tomllib.loads(path.read_text())
    used = re.findall(r'use = "([\w.:]+)"((?:[^{}]|{[^}]*})*)}', path.read_text())
    seen = set()
    for use, settings in used:
        defaults = inspect.signature(resolve(use)).parameters
        for key, name in re.findall(r'(\w+) = "\$(\w+)"', settings):
            own = path.stem in ("winnow", "papers")  # with choices of ours, some of what has no default
            assert own or group["settings"][name] == defaults[key].default, (use, key)
            seen.add(name)
    assert seen == set(group["settings"])
