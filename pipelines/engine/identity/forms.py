"""What a source says: its form without layout, comments and docstrings, what it imports, what it names.

It is kept on disk by the bytes of the source, since to read 160 modules takes half a second of a core.
"""

import ast
import contextlib
import functools
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source, resolve_name
from pathlib import Path
from typing import Any

SHOWS = {"TELLS", "panel"}  # what a module says of its output, which makes no row of it
FILE = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*")
ADDRESS = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?::\w+)?")
IMPORTERS = {"import_module", "find_spec", "__import__"}


def parse(data: bytes, package: str, origin: Path) -> tuple[str, list[str], list[str]]:
    """Digest of a source, what it imports and its strings that may name something, in order.

    Kept as Python keeps what it compiles, beside that, under a name that says of which bytes it is.
    """
    key = hashlib.sha256(data + b"\0" + _own_bytes() + package.encode()).hexdigest()[:16]
    kept = Path(cache_from_source(str(origin))).with_suffix(f".{key}.form")
    try:
        digest, names, strings = json.loads(kept.read_bytes())
        return digest, names, strings
    except (OSError, ValueError):
        found = _parse_anew(data, package)
    if not sys.dont_write_bytecode:
        _keep(kept, found)
    return found


@functools.cache
def _own_bytes() -> bytes:
    """What decides the form that a source has here: this module, and Python's own parser."""
    return sys.version.encode() + Path(__file__).read_bytes()


def _keep(path: Path, found: Any) -> None:
    """Write what was found in place of what other bytes gave; not where that cannot be written."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        for old in path.parent.glob(f"{path.name.partition('.')[0]}.*.form"):
            old.unlink(missing_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(json.dumps(found), encoding="utf-8")
        beside.replace(path)


def _parse_anew(data: bytes, package: str) -> tuple[str, list[str], list[str]]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return hashlib.sha256(data).hexdigest()[:16], [], []
    tree.body = [node for node in tree.body if not _only_shows(node)]
    form, imports, strings = _form(tree)
    names = [each for node in imports for each in _list_imports(node, package)]
    digest = hashlib.sha256("\0".join(form).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return digest, names, sorted(text for text in strings if ADDRESS.fullmatch(text) or FILE.fullmatch(text))


def _only_shows(node: ast.stmt) -> bool:
    """Whether a statement only says how the report and the papers show what a step wrote."""
    if isinstance(node, ast.Assign):
        return {getattr(target, "id", None) for target in node.targets} <= SHOWS
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names} <= SHOWS
    return isinstance(node, ast.FunctionDef) and node.name in SHOWS


def _form(tree: ast.AST) -> tuple[list[str], list[ast.AST], set[str]]:
    """The tree as words, without strings that stand alone; its nodes that import; its strings."""
    words: list[str] = []
    imports: list[ast.AST] = []
    strings: set[str] = set()
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.Constant:
            words.append(repr(node.value))
            if type(node.value) is str:
                strings.add(node.value)
        elif kind is ast.Name:
            words.append(node.id)
        elif isinstance(node, ast.AST):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if kind in (ast.Import, ast.ImportFrom, ast.Call):
                imports.append(node)
            words.append(kind.__name__)
            _push_fields(node, words, stack)
        else:
            words.append(repr(node))
    return words, imports, strings


def _push_fields(node: ast.AST, words: list[str], stack: list[Any]) -> None:
    """Say which fields a node has, and put what they hold on the stack."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            # The number tells where one list ends; an empty one says nothing.
            if value:
                words.append(f"{field} {len(value)}")
                stack += value
        elif value is not None and field != "ctx":
            words.append(field)
            stack.append(value)


def _list_imports(node: ast.AST, package: str) -> Iterator[str]:
    """The modules that a node may import; some of the names are functions, which are not found."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        dots = "." * node.level + (node.module or "")
        try:
            module = resolve_name(dots, package)
        except ImportError:
            return
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        if called in IMPORTERS and isinstance(node.args[0].value, str):
            yield node.args[0].value
