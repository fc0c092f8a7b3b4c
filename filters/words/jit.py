"""The one declaration of a compiled loop: `@kernel`.

What numba has compiled it keeps on disk, and takes it from there until the function's own file changes. But
the constants that a kernel reads and the functions that it calls are compiled into it, wherever they stand.
So here compiled code is kept by the bytes of all modules of ours, or of a user's, that the kernel's module
imports, directly or through others, and of the tables that these name. Each version has files of its own:
a process never meets another's while that is half written.
"""

import functools
import hashlib
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
import numpy as np
from numba.core import caching, event
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|.*)|import[ \t]+(.*))", re.MULTILINE
)
TABLE = re.compile(r"[\"']([\w-]+\.\w+)[\"']")
INSTALLED = {"site-packages", "dist-packages"}

SECONDS = 2.0  # of a core to compile a loop: 358 of ours took 351, the 55 behind `filters.gopher` about 120

# What loops run over.
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Their numbers and those that loops count, which are Python's or numpy's: the type checker cannot tell.
Int = Any
Bool = Any

Loop = TypeVar("Loop", bound=Callable[..., Any])


@overload
def kernel(function: Loop, *, allocates: bool = False, inlined: bool = False) -> Loop: ...
@overload
def kernel(*, allocates: bool = False, inlined: bool = False) -> Callable[[Loop], Loop]: ...
def kernel(
    function: Callable[..., Any] | None = None, *, allocates: bool = False, inlined: bool = False
) -> Any:
    """Compile a loop when it is first called, without Python's lock.

    One that neither makes arrays nor returns them need not count references to those it is handed, and
    runs up to three times as fast: it is taken to be so unless it `allocates`. `inlined` is for what is
    called for every word with many arrays, where the call alone costs more than its work.
    """
    if function is None:
        return functools.partial(kernel, allocates=allocates, inlined=inlined)
    config: Any = numba.config
    before = config.CACHE_LOCATOR_CLASSES
    config.CACHE_LOCATOR_CLASSES = ",".join(f"{__name__}.{each.__name__}" for each in LOCATORS)
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": allocates}
    if inlined:  # else not said at all: then what an inlined loop calls is inlined too, and words cost less
        options["forceinline"] = True
    try:
        return numba.njit(**options)(function)
    finally:
        config.CACHE_LOCATOR_CLASSES = before


@functools.cache
def stamp(name: str, file: str) -> str:
    """A digest of the sources of a module that is being imported, and of all it has imported."""
    sources: dict[str, Path] = {name: Path(file)}
    files: set[Path] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        path = sources[module]
        text = path.read_text(encoding="utf-8")
        files |= {path, *(path.parent / table for table in TABLE.findall(text))}
        for other in _imported(text, getattr(sys.modules.get(module), "__package__", None)):
            if other not in sources and (found := _source(other)):
                sources[other] = found
                waiting.append(other)
    digest = hashlib.sha256()
    for path in sorted(each for each in files if each.is_file()):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _source(name: str) -> Path | None:
    """The file of a module that was imported and is not installed."""
    file = getattr(sys.modules.get(name), "__file__", None)
    if not file or not file.endswith(".py") or name.partition(".")[0] in sys.stdlib_module_names:
        return None
    return None if INSTALLED & set(Path(file).parts) else Path(file)


def _imported(text: str, inside: str | None) -> list[str]:
    """The names that a module `inside` a package imports, of modules and of what is in them."""
    found = []
    for package, names, modules in IMPORT.findall(text):
        listed = [each.split()[0] for each in re.split(r"[,()\n]", names or modules) if each.strip()]
        package = resolve_name(package, inside) if package.startswith(".") else package
        found += [package, *(f"{package}.{each}" for each in listed)] if package else listed
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
    loops = {id(value): value for value in values if issubclass(type(value), Dispatcher)}
    caches: list[Any] = [getattr(loop, "_cache", None) for loop in loops.values()]
    caches = [cache for cache in caches if isinstance(cache, caching.FunctionCache)]
    return sum(not Path(cache._cache_file._index_path).exists() for cache in caches)


class _Stamped:
    """What numba asks for to know whether compiled code is of today's sources, and to name its files."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]
        self.stamp = stamp(function.__module__, file)

    def get_source_stamp(self) -> str:
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
