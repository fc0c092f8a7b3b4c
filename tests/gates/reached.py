"""Which files of the product a gate hangs on: what its files import, name or run, and what these do.

Followed are imports, wherever they stand, and strings that name a module or its file
(`filters.gopher:quality`, `winnow.ocr.reader.`, `dedup/near/tokens.py`), recipes (`web.toml`, `recipes/web`,
or `"web"` in a test that knows of recipes) and, where the engine is reached, which runs them, their steps and
groups. A string that names a folder names all in it. With a module go its packages and the data beside it.
Docstrings name nothing, nor does prose in the product. What reaches the engine and names no recipe of ours
and no step hangs on all.
"""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

RECIPES, ENGINE, FLOOR = Path("pipelines/recipes"), Path("pipelines/engine"), Path("winnow")


LEAVES = ("ingest", "ocr", "filters", "dedup", "classifiers", "mixing")


@cache
def list_product() -> list[str]:
    """The folders of the product, as coverage names them."""
    return list(tomllib.loads(Path("pyproject.toml").read_text())["tool"]["coverage"]["run"]["source"])


@cache
def list_sources(*folders: str | Path) -> list[Path]:
    """Files that git knows or would take, so that what is compiled or made is none of them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted({path for name in told.split("\0") if name and (path := Path(name)).is_file()})


@cache
def list_recipes() -> dict[str, Path]:
    return {
        path.name.split(".")[0]: path for path in list_sources(*list_product()) if RECIPES in path.parents
    }


@cache
def list_commands() -> dict[str, str]:
    """The module of each command."""
    file = FLOOR / "cli.py"
    told = re.findall(r"\"(\w+)\": \"([\w.]+)\"", file.read_text()) if file.is_file() else []
    return {name: f"winnow.pipelines.{module}" for name, module in told}


@cache
def parse(file: Path) -> tuple[list[str], list[str]]:
    """Of a Python file the names that it imports, which may be modules; and its strings, no docstrings."""
    names, strings, docs = [], [], set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Expr):
            docs.add(node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            strings.append(node.value)
    return names, strings


def find_modules(name: str, whole: bool) -> set[Path]:
    """The file of a module, or of what stands in it, with its packages' own; of a folder all, if `whole`."""
    parts = re.split(r"[./]", name)
    if parts == ["winnow"]:
        return {FLOOR / "__init__.py"}
    parts = parts[1:] if parts[0] == "winnow" and parts[1:2] and parts[1] in list_product() else parts
    if parts[0] not in list_product():
        return set()
    found, path = set(), Path()
    for part in filter(None, parts):
        if (file := path / f"{part}.py").is_file():
            return found | {file}
        path /= part
        if not path.is_dir():
            return found
        found |= {path / "__init__.py"} if (path / "__init__.py").is_file() and path != FLOOR else set()
    named = whole and (len(path.parts) > 1 or name == f"winnow.{path}.")
    return found | ({file for file in list_sources(path) if RECIPES not in file.parents} if named else set())


def find_named(strings: Iterable[str], bare: bool) -> set[Path]:
    """What strings name: modules and recipes, these `bare`, too, where a string is nothing else."""
    rooms = "|".join(list_product())
    found: set[Path] = set()
    for text in strings:
        for name in re.findall(rf"(?<![\w./])(?:winnow[./])?(?:{rooms})(?:[./]\w*)+", text):
            found |= find_modules(name, whole=True)
        words = re.findall(r"([\w-]+)\.toml|recipes/([\w-]+)|RECIPE=([\w-]+)", text)
        for stem in {text * bare, *(word for some in words for word in some)} & set(list_recipes()):
            found.add(list_recipes()[stem])
    return found


@cache
def follow(file: Path) -> set[Path]:
    """What a file of the product or of the tests leads to at once."""
    if file.suffix == ".py" and file.parts[0] == "tests":
        names, strings = parse(file)
        found = find_named(strings, bare=any(".toml" in text or "recipes" in text for text in strings))
        if "winnow" in strings:  # the command
            names = [
                *names,
                "winnow",
                *(list_commands()[name] for name in set(strings) & set(list_commands())),
            ]
    elif file.suffix == ".py":
        names, strings = parse(file)
        found = find_named((text for text in strings if " " not in text), bare=False)
        names = [name for name in names if name != "winnow"]  # the product does not call its own door
    else:
        names, found = [], find_named([file.read_text()], bare=False) if RECIPES in file.parents else set()
    found |= {path for name in names for path in find_modules(name, whole=False)}
    homes = {path.parent for path in found if path.suffix == ".py"} - {RECIPES}
    return found | {path for home in homes for path in list_beside(home)}


@cache
def list_beside(home: Path) -> list[Path]:
    """Data in a folder of modules, and in folders below that have no modules of their own."""
    below = [path for path in list_sources(home) if RECIPES not in path.parents]
    coded = {path.parent for path in below if path.suffix == ".py"} - {home}
    return [path for path in below if path.suffix != ".py" and not coded & set(path.parents)]


def reach(files: Iterable[Path]) -> list[Path]:
    """All files of the product that these files of the tests hang on."""
    begun = {path for file in files if file.suffix == ".py" for path in follow(file)}
    found = spread(begun, lambda file: RECIPES not in file.parents)
    if ENGINE in {folder for file in found for folder in file.parents}:
        found = spread(found, lambda file: True)
        if not any(RECIPES in file.parents or file.parts[0] in LEAVES for file in begun):
            return list_sources(*list_product())
    return sorted(found | ({FLOOR / "__init__.py"} if found else set()))


def spread(begun: set[Path], leads: Callable[[Path], bool]) -> set[Path]:
    """All that these files lead to, over those that lead on."""
    found, left = set(begun), begun
    while left:
        left = {path for file in left if leads(file) for path in follow(file)} - found
        found |= left
    return found
