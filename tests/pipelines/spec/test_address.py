"""Addresses of steps: what they name, and what is said where they name nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from winnow.extras import OTHER_NAMES, normalize, read_requirements
from winnow.pipelines.commands import run
from winnow.pipelines.engine import schedule
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.address import LEAVES, find_absent, find_steps, resolve
from winnow.pipelines.spec.recipe import RecipeError


def test_a_step_is_found_by_its_address_and_told_by_its_first_parameter():
    found = {use: (kind, function) for use, kind, function in find_steps()}
    assert {kind for kind, _ in found.values()} == {"source", "shard", "corpus"}
    assert all(resolve(use) is function for use, (_, function) in found.items())
    assert found["filters.gopher:quality"][0] == "shard" and "winnow.words.scanner:scan" not in found


ROOT = Path(__file__).parent.parent.parent.parent


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
        (
            "needy:step",
            "'needy:step' needs a_package_that_nobody_has, .* -m pip install a_package_that_nobody_has$",
        ),
        ("winnow.filters.gopher:quality", "of Winnow's own is short: filters.gopher:quality$"),
        ("older:step", "the module 'older' cannot be imported: filters is .*: import winnow.filters$"),
        ("half:step", "the module 'half' cannot be imported: cannot import name"),
        (
            "filters.gopher:qality",
            "no function 'qality' in the module 'filters.gopher'; did you mean 'quality'",
        ),
        ("filters.gopher:nothing_like_it", "in the module 'filters.gopher'$"),
        (
            "ingest.arxiv:read",
            r"^the step 'ingest.arxiv:read' is now ingest.papers.arxiv:read \(docs/migration",
        ),
        ("ingest.office:read", r"is now ingest.office.documents:read \(docs/migration.md\)$"),
    ],
)
def test_an_address_of_nothing_says_what_is_missing(use, said, tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has\n")
    (tmp_path / "older.py").write_text("from filters.words import split\n")
    (tmp_path / "half.py").write_text("from math import a_function_that_nobody_wrote\n")
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    with pytest.raises(ValueError, match=said):
        resolve(use)


def test_every_step_that_moved_is_where_the_table_says():
    rows = [line.split("\t") for line in (ROOT / "winnow/earlier.tsv").read_text().splitlines()]
    moved = [(old, new) for old, setting, new in rows if not setting and new.split(".")[0] in LEAVES]
    steps = {use.partition(":")[0] for use, *_ in find_steps()}
    page = (ROOT / "docs/migration.md").read_text()
    assert len(moved) == 22
    for old, new in moved:
        assert new in steps and old not in steps
        assert f"| `{old}` | `{new}` | module of steps |" in page


@pytest.mark.parametrize(
    "use",
    [
        "os:system",
        "subprocess:run",
        "antigravity:geohash",
        "pipelines.commands.run:main",
        "tests.dedup.leaks:x",
    ],
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
    command = [
        sys.executable,
        "-m",
        "winnow",
        "run",
        str(path),
        str(tmp_path / "out"),
        "--workers",
        "1",
    ]
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
    with pytest.raises(
        schedule.Stopped,
        match=r"kept, part-00000: a_package_that_nobody_has is not installed: .*pip install a_package_that",
    ):
        run.execute(path, out, 0, None, "auto", ())
    assert not list(out.glob("kept/failed/*.parquet"))  # no document is to blame


NEEDS = [
    (use, package, asked)
    for use, _, function in find_steps()
    for package, step, asked in getattr(sys.modules[function.__module__], "NEEDS", ())
    if step == use.partition(":")[2]
]
NAMES = ("presidio_analyzer", "spacy")
MAKEFILE = (ROOT / "Makefile").read_text()
HEAVY = (*re.search(r"^HEAVY .*?--extra ,([^)]+)", MAKEFILE, re.M)[1].split(), "torch", "names")  # type: ignore[index]
BLOCKED = """
import sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
from winnow.pipelines.spec.address import find_steps
assert {steps} <= {{use for use, *_ in find_steps()}}
"""


@pytest.mark.parametrize(("use", "package", "asked"), NEEDS)
def test_a_step_whose_package_is_absent_is_found_before_it_is_called(use, package, asked, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    given = {name: value for name, value in asked.items() if name != "uri"}
    uris = [
        f"data/*{ending}"
        for ending in ([asked["uri"]] if isinstance(asked.get("uri"), str) else asked.get("uri", ()))
    ]
    name = normalize(OTHER_NAMES.get(package, package))
    light = f"\n{name}==" in (ROOT / "requirements.lock").read_text()
    command = "make setup" if light else "pip install" if package in NAMES else "make extras"
    assert re.search(
        f"{use}' needs .*{package}.* not installed: .*{command}", str(find_absent(use, given, uris))
    )
    for name, value in asked.items():  # none of them is asked for otherwise
        another = None if value is ... else "another"
        other = (given, ["data/*.txt"]) if name == "uri" else ({**given, name: another}, uris)
        assert find_absent(use, *other) is None


def test_what_single_steps_need_is_what_their_modules_say():
    heavy = {name for name, (extra, _) in read_requirements().items() if extra in HEAVY}
    imported = set()
    for path in (path for leaf in LEAVES for path in (ROOT / leaf).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            imported |= {name.partition(".")[0] for name in names}
    needed = {package for _, package, _ in NEEDS}
    used = {name for name in imported if normalize(OTHER_NAMES.get(name, name)) in heavy}
    assert used | {"onnxruntime"} == needed & (used | {"onnxruntime"})  # which rapidocr imports


def test_all_steps_that_say_what_they_need_are_found_where_it_is_not_installed():
    packages, steps = {package for _, package, _ in NEEDS} - {"tokenizers"}, {use for use, *_ in NEEDS}
    script = BLOCKED.format(packages=packages, steps=steps)
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(
    ("uris", "steps", "line", "package"),
    [
        ("a.txt", '{ use = "ingest.html:extract", extractor = "trafilatura" }', 9, "trafilatura"),
        ("Posts.7z", '{ use = "filters.text:nonempty" }', 5, "py7zr"),
    ],
)
def test_a_recipe_that_needs_what_is_absent_is_refused_by_its_line(
    uris, steps, line, package, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    read = "ingest.talk.stackexchange:read" if package == "py7zr" else "ingest.files:read"
    path = tmp_path / "r.toml"
    path.write_text(
        f'name = "r"\n[[source]]\nname = "a"\nuris = ["{uris}"]\nread = {{ use = "{read}" }}\n'
        f'[[stage]]\nname = "b"\nafter = "a"\nsteps = [{steps}]\n'
    )
    with pytest.raises(
        RecipeError, match=rf"r.toml:{line}: .* needs {package}, which is not installed: make extras"
    ):
        toml.load(path)
