"""Each message that docs/messages.md quotes still stands in the code, so that the page is never stale."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from winnow.pipelines.engine import exit_codes

ROOT = Path(__file__).parent.parent
ROOMS = ("winnow", "pipelines", "ingest", "ocr", "filters", "dedup", "classifiers", "mixing")
ANY = "…"
QUOTED = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/messages.md").read_text(), re.MULTILINE)


@functools.cache
def read_strings() -> str:
    """All strings of the code, a line each, with `…` for what is filled in; and the Makefile."""
    found = [ANY.join(re.split(r"\$\(\w+\)|\$\$\(.*?\)", (ROOT / "Makefile").read_text()))]
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            found += _find_strings(ast.parse(file.read_text(encoding="utf-8")))
    return "\n".join(found)


def _find_strings(tree: ast.AST) -> Iterator[str]:
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value.replace("\n", " ")
        elif isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.Constant) else ANY for each in node.values]
            yield "".join(map(str, parts)).replace("\n", " ")


def find(quoted: str, strings: str) -> bool:
    """Whether one string has the pieces between `…` in their order."""
    pieces = [re.escape(piece.strip()) for piece in quoted.split(ANY) if len(piece.strip()) > 1]
    return bool(re.search(".*".join(pieces), strings))


def test_there_are_messages():
    assert len(QUOTED) > 50
    assert len(QUOTED) == len({*QUOTED})


@pytest.mark.parametrize("quoted", QUOTED)
def test_each_message_stands_in_the_code(quoted):
    assert max(map(len, quoted.split(ANY))) > 6, "too short to be found by"
    assert find(quoted, read_strings())


def test_one_that_does_not_is_found_out():
    assert not find("… is the folder of the recipe …; … wants a folder of its own", read_strings())


def test_each_exit_code_is_told():
    told = (ROOT / "docs/messages.md").read_text().partition("## The environment")[0]
    there = {
        number for name, number in vars(exit_codes).items() if name.isupper() and isinstance(number, int)
    }
    codes = {
        int(code) for row in re.findall(r"^\| ([\d, ]+) \|", told, re.MULTILINE) for code in row.split(",")
    }
    assert there | {4, 137, 143} == codes
