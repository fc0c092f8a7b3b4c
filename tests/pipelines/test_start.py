"""A check and a refusal are answered at once: what only a run needs is not loaded for them."""

import subprocess
import sys

import pytest
from test_run import ROOT

HEAVY = ("numba", "dask", "distributed", "torch", "sklearn", "lxml", "plotly", "jinja2", "rich", "httpx2")
HEAVY += ("scipy.special", "scipy.sparse", "scipy.optimize", "scipy.stats")
SCRIPT = f"""
import atexit, runpy, sys
atexit.register(lambda: print("loaded:", *(name for name in {HEAVY!r} if name in sys.modules)))
runpy.run_module("winnow", run_name="__main__", alter_sys=True)
"""


def load(folder, *arguments):
    """What a command says and loads, and its exit code."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, arguments)], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["mine", "winnow", "fineweb"])
def test_a_check_loads_nothing_that_only_a_run_needs(tmp_path, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for path in ("data/mine/a.jsonl", "data/web/a.warc.gz"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("")
    recipe = ROOT / f"pipelines/recipes/{name}.toml"
    code, told = load(tmp_path, "check", recipe, tmp_path / "out")
    assert code == 0 and "1 of 1 part to run" in told
    assert "\nloaded:\n" in told, told.rpartition("loaded:")[2]


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_refusal_loads_nothing_that_only_a_run_needs(tmp_path, monkeypatch, command):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    recipe = tmp_path / "wrong.toml"
    text = (
        (ROOT / "pipelines/recipes/winnow.toml")
        .read_text()
        .replace('"groups/', f'"{ROOT}/pipelines/recipes/groups/')
    )
    recipe.write_text(text.replace("min_containment", "min_containmend"))
    code, told = load(tmp_path, command, recipe, tmp_path / "out")
    assert code == 2 and "min_containment" in told
    assert "loaded:\n" in told, told.rpartition("loaded:")[2]
