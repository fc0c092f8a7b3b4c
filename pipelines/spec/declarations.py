"""What the module of a step tells of itself in one constant, and what its papers and the report need of it.

    TELLS = {"measure": "duplicates", "files": {"shards": "manifest.json"}}

It is a literal, read from the source: nothing is imported for it, and nothing has to be installed. Its keys:

* `kind` and `content`: what a reader's sources are, by the words of the public summary (`law.sources`);
* `measure`: what a step does of which the summary has a line (`law.processing`);
* `heeds` and `as_of`: of a step's function which settings heed which protocol; which says of what day;
* `masks`: columns that count what is masked (`pii_*`), each with what is to be said of it;
* `hides`: functions of which no text is shown as it came;
* `types`: the column that says of what kind a text is;
* `evidence`: the column that says why a document was dropped by opt-outs;
* `files`: what of its output the engine knows by which name, as `Stage.find_told` asks for it;
* `does`: what the engine may want done (`takedown`), and which step does it; `functions`: addresses of what
  it then needs beside.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from winnow.pipelines.spec.address import LEAVES, ROOT, find_source
from winnow.pipelines.spec.lines import suggest

NAME = "TELLS"
TYPES: dict[str, Any] = {
    **dict.fromkeys(("kind", "measure", "types", "evidence"), str),
    **dict.fromkeys(("content", "hides"), list),
    **dict.fromkeys(("heeds", "as_of", "masks", "files", "does", "functions"), dict),
}
NAMES = {str: "string", list: "list", dict: "table"}


def read(use: str) -> dict[str, Any]:
    """What the module of a step tells; nothing where it has no such constant, is not here, or tells it in a
    form that `check` refuses."""
    found, wrong = _read(use)
    return {} if wrong else found


def check(use: str) -> str | None:
    """What is wrong with what the module of a step tells, with file and line; else None."""
    return _read(use)[1]


def prove(use: str) -> None:
    """ValueError where something is wrong with what the module of a step tells."""
    if wrong := check(use):
        raise ValueError(wrong)


def _read(use: str) -> tuple[dict[str, Any], str | None]:
    path = find_source(use)
    return ({}, None) if path is None else _parse(path, path.stat().st_mtime_ns)


def list_modules(key: str, value: str) -> list[str]:
    """The modules of ours that tell so, by their addresses."""
    return [module for module in _list_ours() if read(module).get(key) == value]


def find_file(use: str, what: str) -> str | None:
    """The name of the file that a step's module tells to be its `shards`, say; None where it does not."""
    found: str | None = read(use).get("files", {}).get(what)
    return found


@cache
def find_step(what: str) -> str:
    """The address of the step of ours that does what the engine wants."""
    return next(
        f"{module}:{step}" for module in _list_ours() if (step := read(module).get("does", {}).get(what))
    )


def does(use: str, what: str) -> bool:
    """Whether it is a step that does this."""
    return bool(use.partition(":")[2] == read(use).get("does", {}).get(what, ""))


def find_function(use: str, what: str) -> str | None:
    """The address of a function, or a module, that a step's module names for it; None where it names none."""
    found: str | None = read(use).get("functions", {}).get(what)
    return found


@cache
def _list_ours() -> tuple[str, ...]:
    return tuple(_find_ours())


def _find_ours() -> Iterator[str]:
    for leaf in LEAVES:
        for path in sorted((ROOT / leaf).rglob("*.py")):
            if f"\n{NAME} = " in path.read_text(encoding="utf-8"):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _parse(path: Path, stamp: int) -> tuple[dict[str, Any], str | None]:
    text = path.read_text(encoding="utf-8")
    if f"\n{NAME} = " not in f"\n{text}":
        return {}, None
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and [getattr(one, "id", None) for one in node.targets] == [NAME]:
            found, wrong = _parse_table(node.value)
            return found, wrong and f"{path}, line {node.lineno}: {NAME} {wrong}"
    return {}, None


def _parse_table(node: ast.expr) -> tuple[dict[str, Any], str | None]:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {}, "is to be a table of literals"
    for key, value in found.items():
        if key not in TYPES:
            return {}, f"has no key {key!r}{suggest(str(key), TYPES)}"
        if not isinstance(value, TYPES[key]):
            return {}, f"has a {key!r} that is no {NAMES[TYPES[key]]}"
    return found, None
