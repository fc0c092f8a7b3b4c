"""Which code makes a stage: the sources of its steps, the tables shipped with them, the libraries they use.

A step's code is its module and, found by reading `import` wherever it stands, all of ours or of the user's
that this imports: whatever is neither Python's own nor another's that is installed. What is formatted,
commented or documented otherwise is the same code. What is found is kept for the life of the process, so
that the answer stays that of what was loaded, also after a file is edited.
"""

import functools
import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Iterable
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from winnow.pipelines.engine.identity import forms
from winnow.pipelines.engine.identity.forms import ADDRESS, FILE
from winnow.pipelines.spec.address import PACKAGE, expand, load, shorten

INSTALLED = {"site-packages", "dist-packages"}
ABSENT = "not installed"

Code = dict[str, dict[str, Any]]

_stamps: dict[str, tuple[Path, int]] = {}  # of each module its file, and when that was written


class OtherCode(Exception):
    """A worker has loaded other code than the run's; `found` is what it has loaded."""

    def __init__(self, where: str, found: Code) -> None:
        super().__init__(where, found)
        self.where, self.found = where, found

    def __str__(self) -> str:
        return f"{self.where} has loaded other code; restart the workers so that they run the same code"


class Source(NamedTuple):
    """A module as read: its digest, its package and folder, the modules it may import, and its strings that
    may name files."""

    digest: str
    package: str
    folder: Path
    imports: tuple[str, ...]
    strings: tuple[str, ...]


def of_steps(addresses: Iterable[str]) -> Code:
    """The code of each step by its address: `modules` and `tables` by name with their digests, `libraries`
    (and Python) with their versions, and the `digest` of all three."""
    return {use: of_step(use) for use in addresses}


@functools.cache
def of_step(use: str) -> dict[str, Any]:
    """The code of the step with this address, as this process has it: its module is imported first."""
    load(use)
    modules: dict[str, str] = {}
    tables: dict[str, str] = {}
    libraries = {"Python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
    seen, settled = {PACKAGE}, set(sys.stdlib_module_names)  # what our folders are parts of runs nothing
    waiting = [expand(use.partition(":")[0])]
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if name in seen or top in settled:
            continue
        seen.add(name)
        if _is_installed(top):
            settled.add(top)
            libraries |= _library(top)
            continue
        waiting += _packages(name)
        spec = _find(name)
        if spec is not None and spec.has_location:
            source = _read(name)
            modules[shorten(name)] = source.digest
            waiting += source.imports
            tables |= _tables(name)
    about = {"modules": _sort(modules), "tables": _sort(tables), "libraries": _sort(libraries)}
    return {"digest": _digest(about), **about}


def digests(code: Code) -> dict[str, str]:
    """Of each step the digest alone, which a task carries."""
    return {use: about["digest"] for use, about in code.items()}


def of_stage(steps: dict[str, str]) -> str:
    """One digest for the steps of a stage, which the receipts of its parts name."""
    return _digest(steps)


def check(steps: dict[str, str]) -> None:
    """OtherCode where this process has loaded other code of a step than the task was made with."""
    found = of_steps(steps)
    if digests(found) != steps:
        raise OtherCode(f"process {os.getpid()} of host {socket.gethostname()}", found)


def find_changed(addresses: Iterable[str]) -> list[Path]:
    """The files of the code of steps that were written anew after this process had read them."""
    names = {expand(name) for use in addresses for name in of_step(use)["modules"]}
    known = [_stamps[name] for name in sorted(names & _stamps.keys())]
    return [file for file, stamp in known if not file.exists() or file.stat().st_mtime_ns != stamp]


def differences(old: Code, new: Code) -> list[str]:
    """How two codes of the same steps differ, a line each: what, from what to what, in which steps."""
    steps: dict[str, list[str]] = {}
    for use in sorted({*old, *new}):
        was, now = old.get(use, {}), new.get(use, {})
        for key, kind in (("modules", "module"), ("tables", "table"), ("libraries", "library")):
            before, after = was.get(key, {}), now.get(key, {})
            for name in sorted({*before, *after}):
                a, b = before.get(name, "absent"), after.get(name, "absent")
                if a != b:
                    what = name if name == "Python" else f"{kind} {name}"
                    steps.setdefault(f"{what}: was {a}, is {b}", []).append(use)
    return [f"{line} (in {', '.join(uses)})" for line, uses in steps.items()]


# ---- where a module stands ---------------------------------------------------------------------------


@functools.cache
def _find(name: str) -> ModuleSpec | None:
    """The module's place, as it was loaded or would be, without running the packages above it."""
    loaded: ModuleSpec | None = getattr(sys.modules.get(name), "__spec__", None)
    if loaded is not None:
        return loaded
    above = name.rpartition(".")[0]
    if not above:
        return find_spec(name) if name not in sys.modules else None
    package = _find(above)
    if package is None or package.submodule_search_locations is None:
        return None
    return PathFinder.find_spec(name, list(package.submodule_search_locations))


@functools.cache
def _is_installed(top: str) -> bool:
    """Whether a package is a library, or is absent; one without a file is judged by its first folder."""
    if top == PACKAGE:
        return False
    spec = _find(top)
    if spec is None:
        return True
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
    return not places or bool(INSTALLED & set(Path(places[0] or "").parts))


def _packages(name: str) -> list[str]:
    """The packages above a module: their `__init__.py` runs before it."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


@functools.cache
def _library(top: str) -> dict[str, str]:
    """Name and version of the distribution that a package belongs to.

    Most are named as what they install; the files of all are looked through for the rest, which takes
    less than `packages_distributions` does.
    """
    if _find(top) is None:
        return {top: ABSENT}
    try:
        found = metadata.metadata(top)
    except metadata.PackageNotFoundError:
        line = re.compile(rf"^{re.escape(top)}[/.]", re.MULTILINE)
        owners = (each for each in metadata.distributions() if line.search(each.read_text("RECORD") or ""))
        owner = next(owners, None)
        if owner is None:
            return {top: "unknown"}
        found = metadata.metadata(owner.metadata["Name"])
    return {found["Name"]: found["Version"]}


# ---- what a module says ------------------------------------------------------------------------------


@functools.cache
def _read(name: str) -> Source:
    """Digest, imports and strings of a module; one that is no Python source has its bytes alone."""
    spec = _find(name)
    assert spec is not None and spec.origin is not None
    loader: Any = spec.loader  # it also reads what stands in an archive
    data = loader.get_data(spec.origin)
    if (file := Path(spec.origin)).is_file():
        _stamps[name] = file, file.stat().st_mtime_ns
    package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
    digest, names, strings = forms.parse(data, package, Path(spec.origin))
    # A module can be run by its name, in a process of its own.
    named = (expand(m[1]) for text in strings if (m := ADDRESS.fullmatch(text)))
    names += [each for each in named if _is_ours(each)]
    files = tuple(text for text in strings if FILE.fullmatch(text))
    return Source(digest, package, Path(spec.origin).parent, tuple(dict.fromkeys(names)), files)


def _is_ours(name: str) -> bool:
    """Whether a dotted name is that of a module that is not installed."""
    top = name.partition(".")[0]
    return top not in sys.stdlib_module_names and not _is_installed(top) and _find(name) is not None


@functools.cache
def _tables(name: str) -> dict[str, str]:
    """Files beside a module, or in a folder below, that its strings name, with their digests."""
    source = _read(name)
    strings, folder = source.strings, source.folder
    prefix = "".join(f"{part}/" for part in shorten(source.package).split(".") if part)
    places = ["", *(f"{text}/" for text in strings if (folder / text).is_dir())]
    found = {}
    for text in (each for each in strings if "." in each and not each.endswith(".py")):
        for place in places:
            if (path := folder / place / text).is_file():
                with path.open("rb") as handle:
                    found[f"{prefix}{place}{text}"] = hashlib.file_digest(handle, "sha256").hexdigest()[:16]
    return found


def _sort(named: dict[str, str]) -> dict[str, str]:
    return dict(sorted(named.items()))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
