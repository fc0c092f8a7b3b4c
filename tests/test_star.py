"""Who may import whom: all the floor, the floor no room, no leaf another, the engine no leaf."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEAVES = {"ingest", "ocr", "filters", "dedup", "classifiers", "mixing"}
ROOMS = {*LEAVES, "pipelines"}
FLOOR = sorted([*(ROOT / "winnow").glob("*.py"), *(ROOT / "winnow/words").rglob("*.py")])
DOORS = ("__init__.py", "__main__.py", "cli.py")  # what a user calls, which call the engine
FLOOR_LINES = 3750
"""More would make it a drawer for everything."""
FILES = [*FLOOR, *sorted(path for name in ROOMS for path in (ROOT / name).rglob("*.py"))]


def imported(path: Path, inside: bool = True) -> set[str]:
    """Modules that a file imports, wherever in it or outside of functions; ours without the `winnow.` that
    all of them begin with."""
    found = set()
    nodes = [ast.parse(path.read_text(encoding="utf-8"))]
    for node in nodes:
        if inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole address, so that a reader can grep for it"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    for name in found:
        assert name.split(".")[0] not in ROOMS, f"{path}: import winnow.{name}"
    return {name.removeprefix("winnow.") for name in found}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_who_may_know_whom(path):
    own = path.relative_to(ROOT).parts[0]
    for name in imported(path):
        root = name.split(".")[0]
        if root in {"dask", "distributed"}:
            assert own == "pipelines", f"{path} imports {name}: Dask belongs to the engine"
        if own == "winnow" and path.name not in DOORS:
            assert root not in ROOMS, f"{path} imports {name}: the floor knows no room"
        if own in LEAVES:
            assert root not in ROOMS - {own}, f"{path} imports {name}"
        if own == "pipelines":
            assert root not in LEAVES, f"{path} imports {name}: recipes name leaves by address"


ENGINE = ("screen", "spec", "engine", "report", "law", "takedown", "demo", "commands")
"""The rooms of `pipelines/`, of which each imports only itself and those before it."""


def test_the_engine_has_these_rooms_and_nothing_beside_them():
    there = {path.name for path in (ROOT / "pipelines").iterdir() if path.name != "__pycache__"}
    assert there == {*ENGINE, "recipes", "__init__.py"}


@pytest.mark.parametrize("room", ENGINE)
def test_no_room_of_the_engine_imports_one_above_it(room):
    above = set(ENGINE[ENGINE.index(room) + 1 :])
    for path in (ROOT / "pipelines" / room).rglob("*.py"):
        for name in imported(path):
            parts = name.split(".")
            assert parts[0] != "pipelines" or parts[1] not in above, f"{path} imports {name}"


def test_no_module_imports_itself_through_others():
    """Not for their types alone, either; within a function what is imported then may import the module."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    names = {name.removeprefix("winnow.").removesuffix(".__init__"): path for name, path in names.items()}
    graph = {
        name: {each if each in names else each.rpartition(".")[0] for each in imported(path, inside=False)}
        & names.keys()
        for name, path in names.items()
    }
    assert sum(map(len, graph.values())) > 2000
    TopologicalSorter(graph).prepare()  # CycleError names a circle


def test_the_floor_stays_small():
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in FLOOR) <= FLOOR_LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_loops_are_compiled_by_one_declaration(path):
    if path not in (ROOT / "winnow/compiler.py", ROOT / "pipelines/engine/work/sharing.py"):
        assert not {name for name in imported(path) if name.split(".")[0] == "numba"}, (
            f"{path} imports numba: `winnow.kernels:kernel` keeps what it compiles under its sources"
        )


def test_every_step_that_a_recipe_names_is_there():
    import inspect
    import tomllib

    from winnow.pipelines.spec import groups
    from winnow.pipelines.spec.address import KINDS, resolve

    for path in sorted((ROOT / "pipelines/recipes").glob("*.toml")):
        table = tomllib.loads(groups.expand(path, path.read_text())[0])
        uses = [s["use"] for stage in table["stage"] for s in stage["steps"]]
        uses += [s["read"]["use"] for s in table["source"] if "read" in s]
        for use in uses:
            function = resolve(use)
            assert next(iter(inspect.signature(function).parameters)) in KINDS
            assert function.__doc__, f"{use} has no docstring"
