"""Loops as numba's: compiled, or read from disk, and told of while they are compiled.

What numba has compiled it keeps on disk, and takes it from there until the function's own file changes. But
the constants that a kernel reads and the functions that it calls are compiled into it, wherever they stand.
So here compiled code is kept by the bytes of all modules of ours, or of a user's, that the kernel's module
imports, directly or through others, and of the tables that these name. They are found by reading, whatever
a process has imported so far. Each version has files of its own: a process never meets another's while that
is half written.
"""

import functools
import hashlib
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, NamedTuple

import numba
from numba.core import caching, event, types
from numba.core.dispatcher import Dispatcher
from numba.extending import typeof_impl

from winnow.kernels import LOADED, Kernel

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|.*)|import[ \t]+(.*))", re.MULTILINE
)
TABLE = re.compile(r"[\"']([\w-]+\.\w+)[\"']")
INSTALLED = {"site-packages", "dist-packages"}
OURS = __name__.partition(".")[0]  # wherever it is installed

SECONDS = 0.4  # of a core to compile a loop: the 56 behind `filters.gopher` took 18, all 418 at set-up 139


def make_dispatcher(function: Callable[..., Any], options: dict[str, Any]) -> Dispatcher:
    """A loop for numba, which keeps what it compiles where the sources are those that were loaded."""
    config: Any = numba.config
    before = config.CACHE_LOCATOR_CLASSES
    config.CACHE_LOCATOR_CLASSES = ",".join(f"{__name__}.{each.__name__}" for each in LOCATORS)
    kept = stamp(function.__module__, function.__code__.co_filename) is not None
    try:
        made: Dispatcher = numba.njit(cache=kept, **options)(function)
        return made
    finally:
        config.CACHE_LOCATOR_CLASSES = before


@typeof_impl.register(Kernel)
def _tell_type(loop: Kernel, _: Any) -> types.Dispatcher:
    """What a loop is to one that calls it."""
    return types.Dispatcher(loop.compiled)


class Source(NamedTuple):
    """A module as read: the digests of its file and of its tables, and the names that it imports; `changed`
    says in which nanosecond the last of these files was."""

    digests: dict[Path, bytes]
    imports: tuple[str, ...]
    changed: int


@functools.cache
def stamp(name: str, file: str) -> str | None:
    """A digest of the sources of a module and of all it imports; None where one was changed while this
    process ran, which may have loaded what was there before."""
    digests: dict[Path, bytes] = {}
    # What the package itself says is compiled into nothing, and its modules name it in each import.
    seen, waiting = {name, OURS}, [_read(Path(file), _find_package(name))]
    while waiting:
        source = waiting.pop()
        if source.changed > LOADED:
            return None
        digests |= source.digests
        for other in source.imports:
            if other not in seen:
                seen.add(other)
                if found := _find_file(other):
                    waiting.append(_read(found, _find_package(other)))
    digest = hashlib.sha256()
    for path in sorted(digests):
        digest.update(digests[path])
    return digest.hexdigest()[:16]


@functools.cache
def _read(path: Path, package: str) -> Source:
    """A module's file, which is in a package."""
    text = path.read_text(encoding="utf-8")
    tables = (path.parent / table for table in TABLE.findall(text))
    files = [path, *(table for table in tables if table.is_file())]
    digests = {file: hashlib.sha256(file.read_bytes()).digest() for file in files}
    return Source(
        digests, tuple(_list_imports(text, package)), max(file.stat().st_ctime_ns for file in files)
    )


@functools.cache
def _find(name: str) -> ModuleSpec | None:
    """A module's place, as it was loaded or would be, without running the packages above it."""
    loaded: ModuleSpec | None = getattr(sys.modules.get(name), "__spec__", None)
    above = name.rpartition(".")[0]
    if loaded is not None or not above:
        return loaded or PathFinder.find_spec(name)
    package = _find(above)
    places = package and package.submodule_search_locations
    return PathFinder.find_spec(name, list(places)) if places else None


@functools.cache
def _is_installed(top: str) -> bool:
    spec = _find(top)
    return top != OURS and (spec is None or bool(INSTALLED & set(Path(spec.origin or "").parts)))


def _find_file(name: str) -> Path | None:
    """The file of a module that is not installed."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or _is_installed(top):
        return None
    spec = _find(name)
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _find_package(name: str) -> str:
    """The package that a module is in, or is."""
    spec = _find(name)
    return name.rpartition(".")[0] if spec is None or spec.parent is None else spec.parent


def _list_imports(text: str, package: str) -> list[str]:
    """The names that a module in a package imports, of modules and of what is in them."""
    found = []
    for origin, names, modules in IMPORT.findall(text):
        listed = [each.split()[0] for each in re.split(r"[,()\n]", names or modules) if each.strip()]
        origin = resolve_name(origin, package) if origin.startswith(".") else origin
        found += [origin, *(f"{origin}.{each}" for each in listed)] if origin else listed
    return found


class _Compiling(event.Listener):
    """Tells of each loop that is compiled, but those that are compiled on another one's way."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.tell = tell
        self.depth = 0

    def on_start(self, event: event.Event) -> None:
        if not self.depth:
            name = event.data["dispatcher"].py_func.__qualname__
            self.tell({"compiles": name, "seconds": SECONDS * _count_cold()})
        self.depth += 1

    def on_end(self, event: event.Event) -> None:
        self.depth -= 1
        if not self.depth:
            self.tell({"compiles": None})


def watch(tell: Callable[[dict[str, Any]], None]) -> AbstractContextManager[Any]:
    """While it is open, `tell` hears of each loop that is compiled: its name in `compiles`, None when done.

    `seconds` is about what all loops take that are loaded so far and have never been compiled.
    """
    opened: AbstractContextManager[Any] = event.install_listener("numba:compile", _Compiling(tell))
    return opened


def _count_cold() -> int:
    """How many loops of the modules that are loaded have nothing on disk."""
    values = (
        value for module in [*sys.modules.values()] for value in [*getattr(module, "__dict__", {}).values()]
    )
    # Not `isinstance`, which asks a value for its class: wrappers of C libraries raise where they are asked.
    loops = {id(value): value for value in values if type(value) is Kernel}
    caches: list[Any] = [getattr(loop.compiled, "_cache", None) for loop in loops.values()]
    caches = [cache for cache in caches if isinstance(cache, caching.FunctionCache)]
    return sum(not Path(cache._cache_file._index_path).exists() for cache in caches)


class _Stamped:
    """What numba asks for to know whether compiled code is of today's sources, and to name its files."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]
        self.stamp = stamp(function.__module__, file)

    def get_source_stamp(self) -> str | None:
        return self.stamp

    def get_disambiguator(self) -> str:
        line: str = super().get_disambiguator()  # type: ignore[misc]
        return f"{line}-{self.stamp}"


class GivenFolder(_Stamped, caching.UserProvidedCacheLocator):
    """In NUMBA_CACHE_DIR, where that is set."""


class BesideSource(_Stamped, caching.InTreeCacheLocator):
    """In `__pycache__` beside the source."""


class HomeFolder(_Stamped, caching.UserWideCacheLocator):
    """In the user's own cache, where the source's folder cannot be written."""


LOCATORS = (GivenFolder, BesideSource, HomeFolder)
