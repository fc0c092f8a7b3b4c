"""Addresses of steps: what they name, and what is said where they name nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import run, schedule
from pipelines.address import find_steps, resolve


def test_a_step_is_found_by_its_address_and_told_by_its_first_parameter():
    found = {use: (kind, function) for use, kind, function in find_steps()}
    assert {kind for kind, _ in found.values()} == {"source", "shard", "corpus"}
    assert all(resolve(use) is function for use, (_, function) in found.items())
    assert found["filters.gopher:quality"][0] == "shard" and "filters.words.scanner:scan" not in found


ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (":quality", "write it as module:function"),
        ("filters.gopher", "write it as module:function"),
        (
            "filters.gophr:quality",
            "no module 'filters.gophr' for the step 'filters.gophr:quality'; did .* 'filters.gopher'\\?$",
        ),
        ("filtres.gopher:quality", "'filtres' is no part of Winnow: .* did you mean 'filters'"),
        ("needy:step", r"no module 'a_package_that_nobody_has' for the step .* \(`make extras` installs"),
        ("half:step", "the module 'half' cannot be imported: cannot import name"),
        (
            "filters.gopher:qality",
            "no function 'qality' in the module 'filters.gopher'; did you mean 'quality'",
        ),
        ("filters.gopher:nothing_like_it", "in the module 'filters.gopher'$"),
    ],
)
def test_an_address_of_nothing_says_what_is_missing(use, said, tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has\n")
    (tmp_path / "half.py").write_text("from math import a_function_that_nobody_wrote\n")
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    with pytest.raises(ValueError, match=said):
        resolve(use)


@pytest.mark.parametrize(
    "use",
    ["os:system", "subprocess:run", "antigravity:geohash", "pipelines.run:main", "tests.dedup.leaks:x"],
)
def test_nothing_but_steps_is_imported(use, monkeypatch, tmp_path):
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    monkeypatch.delitem(sys.modules, "antigravity", raising=False)
    with pytest.raises(ValueError, match=r"is no part of Winnow: .* --steps DIR"):
        resolve(use)
    assert "antigravity" not in sys.modules


def test_a_module_of_the_user_with_the_name_of_a_library_is_refused(monkeypatch, tmp_path):
    (tmp_path / "polars.py").write_text("def step(docs): ...")
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    with pytest.raises(ValueError, match="has the name of another one"):
        resolve("polars:step")


def test_a_folder_of_the_command_line_is_that_of_workers_too(make_recipe, tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/whisper.py").write_text("def low(docs):\n    return docs\n")
    stages = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [{ use = "whisper:low" }]\n'
    path = make_recipe({"a.txt": "one two"}, stages)
    command = [sys.executable, "-m", "pipelines.run", str(path), str(tmp_path / "out"), "--workers", "1"]
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 2 and "'whisper' is no part of Winnow" in told.stderr
    told = subprocess.run(
        [*command, "--steps", str(tmp_path / "own")], cwd=ROOT, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("step", ["lacking", "lacking_some"])
def test_a_package_missing_while_a_stage_runs_stops_it_with_what_to_install(step, make_recipe, tmp_path):
    stages = f'[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [{{ use = "toy:{step}" }}]\n'
    path, out = make_recipe({"a.txt": "one two"}, stages), tmp_path / "out"
    with pytest.raises(schedule.Stopped, match="a_package_that_nobody_has'; `make extras` installs what"):
        run.execute(path, out, 0, None, "auto", ())
    assert not list(out.glob("kept/failed/*.parquet"))  # no document is to blame
