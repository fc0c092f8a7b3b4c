"""`make new`: what it writes runs, its test passes and can fail, and nothing is overwritten."""

import os
import subprocess
import sys

import polars as pl
import pytest
from click.testing import CliRunner

from winnow.pipelines.commands import new, run
from winnow.pipelines.spec.address import ROOT

STAGE = '[[stage]]\nname = "kept"\nafter = "lines"\nreplayable = true\nsteps = [\n  {line}\n]\n'


def run_test(path, *folders):
    """How a test of its own ends, with these folders before all others."""
    found = os.pathsep.join(map(str, (*folders, ROOT)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    environment = {**os.environ, "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("own", [True, False])
def test_its_test_passes_and_can_fail(tmp_path, own):
    if own:
        told = new.write("mine:short", tmp_path)
        step, test = tmp_path / "mine.py", tmp_path / "test_mine.py"
    else:
        (tmp_path / "filters").mkdir()
        (tmp_path / "filters/__init__.py").touch()
        (tmp_path / "winnow").mkdir()
        (tmp_path / "winnow/__init__.py").touch()
        (tmp_path / "winnow/filters").symlink_to("../filters")
        told = new.write("filters.mine:short", root=tmp_path)
        step, test = tmp_path / "filters/mine.py", tmp_path / "tests/filters/test_mine.py"
    assert str(step) in told[0] and str(test) in told[1]
    done = run_test(test, tmp_path)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout
    for right, wrong in (("words < min_words", "words <= min_words"), (r"\S+", r"\S")):
        text = step.read_text()
        assert right in text
        step.write_text(text.replace(right, wrong))
        assert run_test(test, tmp_path).returncode == 1
        step.write_text(text)


def test_its_line_stands_in_a_recipe(make_recipe, tmp_path, monkeypatch):
    told = new.write("brief:few", tmp_path / "own")
    line = told[2].removeprefix("a recipe").strip().replace("50", "2")
    monkeypatch.setenv("WINNOW_STEPS", f"{tmp_path / 'own'}{os.pathsep}{os.environ['WINNOW_STEPS']}")
    path = make_recipe({"a.txt": "one\none two"}, STAGE.replace("{line}", line))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    dropped = pl.read_parquet(tmp_path / "out/kept/dropped/part-00000.parquet")
    assert dropped.select("reason", "brief_words").rows() == [("brief.few", 1)]
    assert "brief_words" in (tmp_path / "out/report.html").read_text()  # its threshold can be moved


@pytest.mark.parametrize(
    ("use", "steps", "message"),
    [
        (
            "filters.mine",
            None,
            "is no address of a new step: write it as leaf.module:function, such as filters.mine:short",
        ),
        ("filters.Mine:short", None, "is no address of a new step"),
        ("filters.mine:class", None, "is no address of a new step"),
        ("filters.../x:short", None, "is no address of a new step"),
        ("", None, "is no address of a new step"),
        ("filtres.mine:short", None, "'filtres' is no leaf; there are: ingest, .*; did you mean 'filters'"),
        ("filters.lines.mine:short", None, "'filters.lines' is no leaf"),
        (
            "filters.gopher:short",
            None,
            "filters/gopher.py and .*tests/filters/test_gopher.py is there already",
        ),
        (
            "filters.mine:short",
            "own",
            "write it as module:function, such as mine:short, in a folder of yours",
        ),
        ("filters:short", "own", "'filters' has the name of another one"),
        ("json:short", "own", "'json' has the name of another one"),
        ("polars:short", "own", "'polars' has the name of another one"),
        ("there:short", "own", "own/there.py is there already"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path, use, steps, message):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/there.py").write_text("x = 1\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    asked = [use, *(["--steps", str(tmp_path / steps)] if steps else [])]
    done = CliRunner().invoke(new.main, asked)
    assert done.exit_code == 2 and len(done.stderr.strip().splitlines()) == 1
    with pytest.raises(ValueError, match=message):
        new.write(use, tmp_path / steps if steps else None)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not (ROOT / "filters/mine.py").exists()


def test_a_recipe_is_a_copy_of_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(new.main, ["mine.toml"])
    assert told.exit_code == 0 and "winnow run mine.toml out/mine" in told.output
    assert (tmp_path / "mine.toml").read_bytes() == (ROOT / "pipelines/recipes/mine.toml").read_bytes()
    again = CliRunner().invoke(new.main, ["mine.toml"])
    assert again.exit_code == 2 and "mine.toml is there already" in again.output
    other = CliRunner().invoke(new.main, ["mien.toml"])
    assert other.exit_code == 2 and "did you mean 'mine.toml'" in other.output


def test_nothing_is_written_into_an_installed_package(tmp_path, monkeypatch):
    monkeypatch.setattr(new, "ROOT", tmp_path)
    told = CliRunner().invoke(new.main, ["filters.mine:short"])
    assert told.exit_code == 2 and "--steps DIR" in told.output and not list(tmp_path.iterdir())
