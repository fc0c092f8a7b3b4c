"""What keeps the tree one that a reader finds the way in: how large its folders, files and functions are, how
many ways lead through a function, and what knows of a pack."""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
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
MODULES, LINES, BODY, WAYS = 20, 300, 40, 20
COMPLEX = {
    "classifiers/faithfulness/changed.py:_find_denial",
    "classifiers/faithfulness/changed.py:_find_name",
    "classifiers/faithfulness/compare.py:_list_strange",
    "classifiers/faithfulness/names.py:is_known",
    "classifiers/faithfulness/names.py:list_names",
    "classifiers/faithfulness/naming.py:_find_displaced",
    "classifiers/faithfulness/numeric/counting.py:_find_swapped",
    "classifiers/faithfulness/polarity.py:find_hedge",
    "classifiers/faithfulness/polarity.py:find_negation",
    "dedup/overlap/lexer/characters.py:_read_character",
    "ingest/licenses/claims.py:_read_tag",
    "ingest/licenses/judgement.py:_detect_scope",
    "ingest/licenses/judgement.py:_weigh",
    "ingest/licenses/judgement.py:judge_name",
    "ingest/licenses/regions.py:_detect_region",
    "ingest/licenses/rights.py:_decide",
    "ingest/licenses/scope.py:detect_subject",
    "winnow/words/affixes.py:find_clitic",
    "winnow/words/affixes.py:is_address",
    "winnow/words/affixes.py:match_infix",
}
"""Functions of more ways than WAYS yet, to be made fewer, and never more. Most of the functions judge
licences and rewrites by words; heads that learn it are to take their place."""
BRANCHES = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.IfExp,
    ast.ExceptHandler,
    ast.comprehension,
    ast.Assert,
    ast.match_case,
)
PACKS = ("papers", "office", "wikis", "books", "talk", "code", "decisions")


def test_no_folder_holds_more_modules_than_one_can_look_over():
    held: Counter[str] = Counter(
        path.parent.relative_to(ROOT).as_posix() for path in FILES if path.name != "__init__.py"
    )
    assert not {folder for folder, count in held.items() if count > MODULES}


def test_no_file_is_longer_than_one_reads_at_once():
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in FILES}
    assert not {name for name, count in lines.items() if count > LINES}


def list_functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{path.relative_to(ROOT).as_posix()}:{node.name}", node


def test_no_function_is_longer_than_a_screen():
    """Its body, without its docstring."""
    long = set()
    for name, node in list_functions():
        body = node.body[1:] if ast.get_docstring(node) is not None and node.body[1:] else node.body
        if (body[-1].end_lineno or 0) - body[0].lineno + 1 > BODY:
            long.add(name)
    assert not long


def count_ways(function: ast.AST) -> int:
    """McCabe's complexity, where each `and` and `or` is a branch, too; functions within are their own."""
    ways, waiting = 1, list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        ways += isinstance(node, BRANCHES)
        ways += len(node.ifs) if isinstance(node, ast.comprehension) else 0
        ways += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
        waiting += ast.iter_child_nodes(node)
    return ways


def test_ways_are_counted():
    (node,) = ast.parse("def f(a):\n    return [b for b in a if b and b.c or 1] if a else None").body
    assert count_ways(node) == 6  # one, the expression's `if`, the comprehension, its `if`, `and`, `or`


def test_few_functions_have_more_ways_through_than_one_can_think_of():
    assert {name for name, node in list_functions() if count_ways(node) > WAYS} == COMPLEX


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
