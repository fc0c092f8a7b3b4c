"""The address of a step: what it names, what kind of step that is, and which steps there are.

A step is a public function of a leaf, told by its first parameter: `uri` (a source step), `docs` (a shard
step) or `files` (a corpus step). Its address is short: the module of `filters.gopher:quality` is
`winnow.filters.gopher`. Steps of a user's own have no name but their own.
"""

import functools
import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import sys
import traceback
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from winnow.earlier import find_name
from winnow.extras import format_install
from winnow.pipelines.spec.lines import suggest

ROOT = Path(__file__).resolve().parents[2]
LEAVES = ("ingest", "ocr", "classifiers", "filters", "dedup", "mixing")
PACKAGE = "winnow"  # what the folders at the top are parts of
KINDS = {"uri": "source", "docs": "shard", "files": "corpus"}
FOLDERS = "WINNOW_STEPS"  # folders of a user's own steps, as in PATH; workers inherit it
_STEP = re.compile(rf"^def [a-z]\w*\(\s*(?:{'|'.join(KINDS)})\b", re.MULTILINE)
_EXTRA = re.compile(r"^EXTRA = ", re.MULTILINE)
GIVEN = {
    "uri": ("start", "stop"),
    "files": ("read", "read_bucket"),
}  # what the engine says: a range, a reader of texts


class AbsentPackage(ValueError):
    """A step's package is not installed; the message names both, what installs it, and what else could be
    said (`instead`)."""

    def __init__(self, use: str, packages: Iterable[str], instead: str = "") -> None:
        names = sorted(packages)
        self.packages, self.install = " and ".join(names), format_install(names)
        told = f"the step {use!r} needs {self.packages}, which {'is' if len(names) == 1 else 'are'}"
        super().__init__(f"{told} not installed: {self.install}{instead}")


def resolve(use: str) -> Callable[..., Any]:
    """`filters.gopher:quality` to the function; ValueError says what is missing."""
    module, _, name = use.partition(":")
    if not name or not module:
        raise ValueError(f"{use!r} is no address of a step: write it as module:function")
    try:
        function = getattr(load(use), name, None)
    except ModuleNotFoundError as error:
        absent = shorten(error.name or "")
        lacking = absent.split(".")[0]
        if lacking not in (*LEAVES, module.split(".")[0]):
            raise AbsentPackage(use, [lacking]) from None
        told = f"no module {absent!r} for the step {use!r}{suggest(module, _list_modules(module))}"
        raise ValueError(_tell_renamed(use) or told) from None
    except ImportError as error:
        raise ValueError(f"the module {module!r} cannot be imported: {error}") from error
    if not callable(function):
        near = suggest(name, [known for known, one in vars(load(use)).items() if _tell_kind(one)])
        raise ValueError(_tell_renamed(use) or f"no function {name!r} in the module {module!r}{near}")
    return typing.cast("Callable[..., Any]", function)


def _tell_renamed(use: str) -> str:
    """Where a step is now that stood at this address in an earlier version, or ""."""
    module, _, name = use.partition(":")
    now = find_module(use)
    return f"the step {use!r} is now {now}:{name} (docs/migration.md)" if now != module else ""


def find_module(use: str) -> str:
    """The module of a step by the address of today, also where a run of an earlier version has an old one."""
    return find_name(use.partition(":")[0])


def find_absent(use: str, settings: Mapping[str, Any], uris: Iterable[str] = ()) -> AbsentPackage | None:
    """What a step cannot do without, with these settings and on these files, where it is not installed.

    A module says so in one constant, before anything is imported: the package, the function, and with which
    settings (`...`: with any; `uri`: with which endings of files; none: always).

        NEEDS = (("trafilatura", "extract", {"extractor": "trafilatura"}), ...)
    """
    module, _, name = use.partition(":")
    absent = {
        package: asked
        for package, step, asked in getattr(load(module), "NEEDS", ())
        if step == name and _asks(asked, settings, uris) and not is_installed(package)
    }
    return AbsentPackage(use, absent, _tell_other(resolve(use), absent.values())) if absent else None


def is_installed(package: str) -> bool:
    """Whether a package is there; it is not imported for that."""
    return bool(sys.modules.get(package) or importlib.util.find_spec(package))


def _asks(asked: Mapping[str, Any], settings: Mapping[str, Any], uris: Iterable[str]) -> bool:
    """Whether the settings and the files are those with which a package is needed."""
    given = {key: settings.get(key) for key in asked if key != "uri"}
    return all(
        value is not None if asked[key] is ... else value == asked[key] for key, value in given.items()
    ) and ("uri" not in asked or any(uri.lower().endswith(asked["uri"]) for uri in uris))


def _tell_other(function: Callable[..., Any], asked: Iterable[Mapping[str, Any]]) -> str:
    """What a setting could say instead, where it is one of a few words."""
    hints = typing.get_type_hints(function)
    told: dict[str, str] = {}
    for key, value in (pair for each in asked for pair in each.items() if pair[0] != "uri"):
        others = [word for word in typing.get_args(hints[key]) if isinstance(word, str) and word != value]
        told |= {key: f"; or say {key} = " + " or ".join(f'"{word}"' for word in others)} if others else {}
    return "".join(told.values())


def expand(module: str) -> str:
    """A module's whole name, by which it is imported: `filters.gopher` is `winnow.filters.gopher`."""
    return f"{PACKAGE}.{module}" if is_ours(module) else module


def shorten(module: str) -> str:
    """A module's name as recipes, reports and files on disk have it; those of the floor are whole."""
    short = module.removeprefix(f"{PACKAGE}.")
    return short if is_ours(short) else module


def _list_modules(module: str) -> list[str]:
    """The modules beside one that is not there, by their addresses."""
    parent, dot, _ = module.rpartition(".")
    package = sys.modules.get(expand(parent))
    return [f"{parent}{dot}{info.name}" for info in pkgutil.iter_modules(getattr(package, "__path__", []))]


def load(use: str) -> ModuleType:
    """The module of a step, imported; ValueError where it is neither of this project nor of a user's folder.

    Those are in the environment variable that `--steps` sets (`FOLDERS`). Nothing else is imported: a recipe
    from elsewhere names no code but what stands there.
    """
    module = use.partition(":")[0]
    top = module.partition(".")[0]
    if top == PACKAGE:
        raise ValueError(f"{use!r}: the address of a step of Winnow's own is short: {shorten(use)}")
    if top not in LEAVES:
        folder = _permit(top, os.environ.get(FOLDERS, ""))
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        return importlib.import_module(expand(module))
    except ImportError:
        raise
    except (Exception, SystemExit) as error:  # whatever a user's module does
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error}"
        told += "" if isinstance(error, SyntaxError) else f" ({place.filename}, line {place.lineno})"
        raise ValueError(f"the module {module!r} fails when it is imported: {told}") from error


def find_source(use: str) -> Path | None:
    """Where the module of a step stands, which is not imported; None where it is not here."""
    module = find_module(use)
    folders = [str(ROOT)] if is_ours(module) else os.environ.get(FOLDERS, "").split(os.pathsep)
    stems = [Path(folder, *module.split(".")) for folder in folders if folder]
    places = [place for stem in stems for place in (stem.with_suffix(".py"), stem / "__init__.py")]
    return next((place for place in places if place.is_file()), None)


def permit_steps(folders: Iterable[Path]) -> None:
    """Let recipes name what stands in a user's folders, in this process and those that it starts."""
    before = os.environ.get(FOLDERS, "").split(os.pathsep)
    given = dict.fromkeys([*(str(folder.resolve()) for folder in folders), *before])
    os.environ[FOLDERS] = os.pathsep.join(filter(None, given))


@functools.cache
def _permit(top: str, folders: str) -> str:
    """The first of a user's folders that has the module `top`, which is then found there."""
    for folder in filter(None, folders.split(os.pathsep)):
        if not ((Path(folder) / f"{top}.py").is_file() or (Path(folder) / top).is_dir()):
            continue
        if folder not in sys.path:
            sys.path.append(folder)
        spec = importlib.util.find_spec(top)
        places = [] if spec is None else [spec.origin or "", *(spec.submodule_search_locations or [])]
        if not any(Path(place).resolve().is_relative_to(Path(folder).resolve()) for place in places if place):
            raise ValueError(f"the module {top!r} of {folder} has the name of another one: give it its own")
        return folder
    raise ValueError(
        f"{top!r} is no part of Winnow: steps of your own stand in a folder that you name with --steps DIR"
        f" (make: STEPS=dir){suggest(top, LEAVES)}"
    )


def is_ours(use: str) -> bool:
    """Whether an address is of this project, not of a user's own steps."""
    return use.split(":")[0].split(".")[0] in (*LEAVES, "pipelines")


def options(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a step that are its settings."""
    signature = inspect.signature(function).parameters
    ours = GIVEN.get(next(iter(signature), ""), ())
    return [p for p in signature.values() if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in ours]


def find_steps(
    naming: str = "", leave_out: Callable[[str, str], object] = lambda module, package: None
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Address, kind and function of each step, leaf by leaf; only modules whose source is `naming` something
    are imported. `leave_out` is told of those for which a package is absent, and of the package."""
    for name, source in (pair for leaf in LEAVES for pair in _read_modules(leaf)):
        if naming not in source or not _STEP.search(source):
            continue
        try:
            module = load(name)
        except ModuleNotFoundError as error:
            if is_ours(shorten(error.name or "")):
                raise
            leave_out(name, error.name or "")
            continue
        for attribute, function in vars(module).items():
            own = getattr(function, "__module__", "") == module.__name__ and attribute[0] != "_"
            if own and (kind := _tell_kind(function)):
                yield f"{name}:{attribute}", kind, function


def _read_modules(package: str) -> Iterator[tuple[str, str]]:
    """The modules in which steps may stand, with their sources: those at the top of a leaf, and of those of
    its folders that say what `EXTRA` their steps need."""
    for info in pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))]):
        name = f"{package}.{info.name}"
        path = ROOT / name.replace(".", "/")
        file = path / "__init__.py" if info.ispkg else path.with_suffix(".py")
        source = file.read_text(encoding="utf-8") if file.is_file() else ""
        yield name, source
        if info.ispkg and _EXTRA.search(source):
            yield from _read_modules(name)


def _tell_kind(function: Any) -> str | None:
    """Which kind of step a public function of a leaf is, or None."""
    if not inspect.isfunction(function):
        return None
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    rest_named = all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters[1:])
    fits = {
        "source": rest_named and "Iterator" in inspect.formatannotation(signature.return_annotation),
        "shard": rest_named,
        "corpus": [p.name for p in parameters[1:2]] == ["out"],
    }
    kind = KINDS.get(parameters[0].name if parameters else "")
    return kind if kind and fits[kind] else None
