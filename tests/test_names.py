"""Every module has one name, `winnow.filters.gopher`: in no process of a run is a file loaded under two."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import winnow

ROOT = Path(__file__).parent.parent
FOLDERS = ("ingest", "ocr", "filters", "dedup", "classifiers", "mixing", "pipelines")
NOTES = """
import atexit, json, os, sys

def note():
    loaded = [(id(module), name, os.path.realpath(module.__file__))
              for name, module in list(sys.modules.items()) if getattr(module, "__file__", None)]
    with open(os.path.join(os.environ["NOTES"], f"{os.getpid()}.json"), "w") as file:
        json.dump([sys.orig_argv, loaded], file)

if "NOTES" in os.environ:
    atexit.register(note)
"""
STEP = """
import os, sys, sitecustomize

def look(docs):
    sitecustomize.note()
    return docs

def fall(docs):
    if "winnow.pipelines.engine.work.child" not in sys.orig_argv:
        sitecustomize.note()
        os._exit(1)
    return docs
"""
RECIPE = """
name = "names"
[[source]]
name = "office"
uris = ["{folder}/*.rtf"]
read = {{ use = "ingest.office.documents:read" }}
[[stage]]
name = "kept"
after = "office"
steps = [ {{ use = "names:look" }}, {{ use = "filters.text:nonempty" }}, {{ use = "names:fall" }} ]
"""


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """What each process of a run had loaded, with its command: the run's own, the worker, the child that
    stands in for it, the readers' child."""
    folder = tmp_path_factory.mktemp("names")
    for name, text in (("patch/sitecustomize", NOTES), ("steps/names", STEP)):
        (folder / name).parent.mkdir()
        (folder / f"{name}.py").write_text(text)
    (folder / "notes").mkdir()
    (folder / "a.rtf").write_text(r"{\rtf1 Some words.}")
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder))
    command = [sys.executable, "-m", "winnow", "run", "--workers=1", f"--steps={folder}/steps", "--"]
    path = os.pathsep.join([str(folder / "patch"), str(ROOT)])
    done = subprocess.run(
        [*command, str(folder / "recipe.toml"), str(folder / "out")],
        env={**os.environ, "PYTHONPATH": path, "NOTES": str(folder / "notes")},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(file.read_text()) for file in (folder / "notes").iterdir()]


@pytest.mark.parametrize(
    "kind", ["'winnow', 'run'", "spawn_main", "engine.work.child", "ingest.office.child"]
)
def test_no_file_is_loaded_under_two_names(processes, kind):
    found = [loaded for command, loaded in processes if kind in str(command)]
    assert found
    for loaded in found:
        modules: dict[str, dict[int, str]] = {}
        for number, name, path in loaded:
            if Path(path).is_relative_to(ROOT) and "site-packages" not in path:
                modules.setdefault(path, {})[number] = name
                assert name.startswith(("winnow", "__main__", "__mp_main__")), name
        assert len(modules) > 3 and not [names for names in modules.values() if len(names) > 1]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_refused_under_its_short_name(name):
    """Another test's path may have another module of that name: asked is a process with this one alone."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.endswith(f"ImportError: {name} is a part of Winnow: import winnow.{name}\n")


def test_each_folder_is_a_link():
    assert sorted(each.name for each in ROOT.glob("winnow/*") if each.is_symlink()) == sorted(FOLDERS)
    for name in FOLDERS:
        assert (ROOT / "winnow" / name).readlink() == Path("..") / name


def test_the_package_costs_nothing_and_has_the_version_of_the_release():
    script = "import sys; before = set(sys.modules); import winnow; print(*{*sys.modules} - before)"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {name.partition(".")[0] for name in told} <= {"winnow", *sys.stdlib_module_names}
    assert [name for name in told if name.startswith("winnow")] == ["winnow"]
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert about["version"] == winnow.__version__
    assert f"version: {winnow.__version__}" in (ROOT / "CITATION.cff").read_text()
