"""The star of imports: leaves know nothing of each other, only the engine knows Dask; each has one name."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEAVES = {"ingest", "ocr", "filters", "dedup", "classifiers", "mixing"}
SHARED = ("filters.words",)
FILES = sorted(path for name in (*LEAVES, "pipelines") for path in (ROOT / name).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Modules that a file imports, wherever in it; ours without the `winnow.` that all of them begin with."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole address, so that a reader can grep for it"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    for name in found:
        assert name.split(".")[0] not in {*LEAVES, "pipelines"}, f"{path}: import winnow.{name}"
    return {name.removeprefix("winnow.") for name in found}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_who_may_know_whom(path):
    own = path.relative_to(ROOT).parts[0]
    for name in imported(path):
        root = name.split(".")[0]
        if root in {"dask", "distributed"}:
            assert own == "pipelines", f"{path} imports {name}: Dask belongs to the engine"
        if own in LEAVES and root in (LEAVES | {"pipelines"}) - {own}:
            assert name.startswith(tuple(f"{shared}." for shared in SHARED)), f"{path} imports {name}"
        if own == "pipelines" and root in LEAVES and not name.startswith(tuple(f"{one}." for one in SHARED)):
            raise AssertionError(
                f"{path} imports {name}: the engine knows leaves by their address in a recipe"
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_loops_are_compiled_by_one_declaration(path):
    if path.parent != ROOT / "filters/words" or path.name not in ("compiler.py", "jit.py", "sharing.py"):
        assert not {name for name in imported(path) if name.split(".")[0] == "numba"}, (
            f"{path} imports numba: `filters.words.jit:kernel` keeps what it compiles under its sources"
        )


def test_every_step_that_a_recipe_names_is_there():
    import inspect
    import tomllib

    from winnow.pipelines import groups
    from winnow.pipelines.address import KINDS, resolve

    for path in sorted((ROOT / "pipelines/recipes").glob("*.toml")):
        table = tomllib.loads(groups.expand(path, path.read_text())[0])
        uses = [s["use"] for stage in table["stage"] for s in stage["steps"]]
        uses += [s["read"]["use"] for s in table["source"] if "read" in s]
        for use in uses:
            function = resolve(use)
            assert next(iter(inspect.signature(function).parameters)) in KINDS
            assert function.__doc__, f"{use} has no docstring"
