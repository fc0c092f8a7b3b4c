"""What keeps the tree one that a reader finds the way in: how large a folder is, and what knows of a pack."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOPS = ("winnow/*.py", "winnow/words/**/*.py")
ROOMS = ("ingest", "ocr", "filters", "dedup", "classifiers", "mixing", "pipelines")
FILES = sorted(
    {
        *(path for top in TOPS for path in ROOT.glob(top)),
        *(path for room in ROOMS for path in (ROOT / room).rglob("*.py")),
    }
)
MODULES = 20
LARGER: dict[str, int] = {}
"""Folders that hold more modules yet, with how many: to be made fewer, and never more."""
PACKS = ("papers", "office", "wikis", "books", "talk", "code", "decisions")


def test_no_folder_holds_more_modules_than_one_can_look_over():
    held: dict[str, int] = {}
    for path in FILES:
        if path.name != "__init__.py":
            folder = path.parent.relative_to(ROOT).as_posix()
            held[folder] = held.get(folder, 0) + 1
    assert {folder: count for folder, count in held.items() if count > MODULES} == LARGER


@pytest.mark.parametrize("pack", PACKS)
def test_nothing_outside_a_pack_imports_it(pack):
    name = f"winnow.ingest.{pack}"
    for path in FILES:
        if (ROOT / "ingest" / pack) in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{each}" for each in names]
            assert not [each for each in names if f"{each}.".startswith(f"{name}.")], f"{path} imports {name}"


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_has_one_extra_one_page_and_one_gate(pack):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert pack in project["optional-dependencies"]
    source = (ROOT / "ingest" / pack / "__init__.py").read_text()
    assert f'EXTRA = "{pack}"' in source
    table = (ROOT / "docs/architecture.md").read_text()
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `ingest/{pack}/` |")]
    page, gate = (cell.strip() for cell in row.strip("|").split("|")[2:4])
    assert (ROOT / "docs" / page.partition("](")[2].rstrip(")")).is_file()
    assert (ROOT / f"tests/gates/{gate.strip('`')}.py").is_file()
