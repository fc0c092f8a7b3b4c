"""Addresses of steps: what they name, and what is said where they name nothing."""

import pytest

from pipelines import run, schedule
from pipelines.address import find_steps, resolve


def test_a_step_is_found_by_its_address_and_told_by_its_first_parameter():
    found = {use: (kind, function) for use, kind, function in find_steps()}
    assert {kind for kind, _ in found.values()} == {"source", "shard", "corpus"}
    assert all(resolve(use) is function for use, (_, function) in found.items())
    assert found["filters.gopher:quality"][0] == "shard" and "filters.words.scanner:scan" not in found


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("filters.gopher", "write it as module:function"),
        ("filters.gophr:quality", "no module 'filters.gophr' for the step 'filters.gophr:quality'$"),
        ("needy:step", r"no module 'a_package_that_nobody_has' for the step .* \(`make extras` installs"),
        ("half:step", "the module 'half' cannot be imported: cannot import name"),
        ("filters.gopher:qality", "no function 'qality' in the module 'filters.gopher'"),
    ],
)
def test_an_address_of_nothing_says_what_is_missing(use, said, tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has\n")
    (tmp_path / "half.py").write_text("from math import a_function_that_nobody_wrote\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match=said):
        resolve(use)


@pytest.mark.parametrize("step", ["lacking", "lacking_some"])
def test_a_package_missing_while_a_stage_runs_stops_it_with_what_to_install(step, make_recipe, tmp_path):
    stages = f'[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [{{ use = "toy:{step}" }}]\n'
    path, out = make_recipe({"a.txt": "one two"}, stages), tmp_path / "out"
    with pytest.raises(schedule.Stopped, match="a_package_that_nobody_has'; `make extras` installs what"):
        run.execute(path, out, 0, None, "auto", ())
    assert not list(out.glob("kept/failed/*.parquet"))  # no document is to blame
