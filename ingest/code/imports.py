"""Which files of a repository a file imports, by its language and the paths that are there.

Imports are found by patterns of lines, not by parsers: files of any age and dialect give some. What leads
out of the repository (a library) resolves to nothing.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

MAX_CHARS = 1_000_000
MAX_IMPORTS = 2_000  # of one file
_FEW = 8  # files of one name: more are no guess any more
_PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]{0,4000}\)|[^\n#]+)|import[ \t]+([\w., \t]+))",
    re.M,
)
_SCRIPT = re.compile(
    r"""(?:\bfrom|\bimport|\brequire[ \t]*\(|\bimport[ \t]*\()[ \t]*(["'])(\.{1,2}(?:/[^"'\n]{0,300})?)\1"""
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*(?:include|import)[ \t]*["<]([^">\n]{1,300})[">]', re.M)
_GO = re.compile(r'^(?:import[ \t]+(?:[\w.]+[ \t]+)?"([^"\n]+)"|import[ \t]*\(([^)]*)\))', re.M)
_GO_ITEM = re.compile(r'"([^"\n]+)"')
_GO_MODULE = re.compile(r"^module[ \t]+(\S+)", re.M)
_RUST_MOD = re.compile(r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?mod[ \t]+(\w+)[ \t]*;", re.M)
_RUST_USE = re.compile(r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?use[ \t]+((?:crate|self|super)(?:::\w+)+)", re.M)
_JAVA = re.compile(r"^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+)(\.\*)?[ \t]*;?", re.M)
_SCRIPTS = ("", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".vue", ".svelte")

Find = Callable[["Files", str, str], Iterable[str]]


class Files:
    """The paths of a repository, found by what an import may say of them."""

    def __init__(self, paths: Iterable[str], modules: Iterable[tuple[str, str]] = ()) -> None:
        self.paths = set(paths)
        self.modules = dict(modules)  # a Go module's name, and its folder
        self.ends: dict[str, list[str]] = defaultdict(list)
        self.folders: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            self.ends[posixpath.basename(path)].append(path)
            self.folders[posixpath.dirname(path)].append(path)

    def find_end(self, end: str) -> list[str]:
        """The paths that end in `end`, the shortest first; none where there are too many to tell."""
        found = [path for path in self.ends[posixpath.basename(end)] if f"/{path}".endswith(f"/{end}")]
        return sorted(found, key=lambda path: (path.count("/"), path)) if len(found) <= _FEW else []


def find_imports(files: Files, path: str, language: str | None, text: str) -> list[str]:
    """The files that a file imports, each once, in the order in which it does."""
    find = LANGUAGES.get(language or "")
    if find is None:
        return []
    found: dict[str, None] = {}
    for target in find(files, path, text[:MAX_CHARS]):
        if target != path:
            found[target] = None
        if len(found) >= MAX_IMPORTS:
            break
    return list(found)


def read_go_module(path: str, text: str) -> tuple[str, str] | None:
    """The name of a Go module and its folder, from `go.mod`."""
    if posixpath.basename(path) != "go.mod" or not (match := _GO_MODULE.search(text)):
        return None
    return match[1].strip('"'), posixpath.dirname(path)


def _python(files: Files, path: str, text: str) -> Iterator[str]:
    for module, names, plain in _PYTHON.findall(text):
        if plain:
            for name in plain.split(","):
                yield from _find_module(files, path, name.split()[0] if name.split() else "", [])[:1]
        else:
            plain_names = re.findall(r"\w+", re.sub(r"\s+as\s+\w+", "", names))
            yield from _find_module(files, path, module, plain_names)


def _find_module(files: Files, path: str, module: str, names: list[str]) -> list[str]:
    level = len(module) - len(module.lstrip("."))
    inner = module.strip(".").replace(".", "/")
    if level:
        folder = posixpath.dirname(path)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        bases = [folder]
    else:
        if not inner:
            return []
        bases = _list_roots(files, path, inner.split("/")[0])
    for base in bases:
        place = posixpath.join(base, inner).rstrip("/")
        found = [hit for name in names if (hit := _find_python_file(files, posixpath.join(place, name)))]
        if (own := _find_python_file(files, place)) and (not found or len(found) < len(names)):
            found.append(own)
        if found:
            return found
    return []


def _list_roots(files: Files, path: str, first: str) -> list[str]:
    """Folders from the file's own up to the top, and `src`, that hold a module or package of this name."""
    parents, folder = [], posixpath.dirname(path)
    while folder:
        parents.append(folder)
        folder = posixpath.dirname(folder)
    candidates = ["", *reversed(parents), "src", "lib", "python"]
    known = [each for each in candidates if f"{each}/{first}.py".lstrip("/") in files.paths
             or files.folders.get(f"{each}/{first}".lstrip("/"))]  # fmt: skip
    return known


def _find_python_file(files: Files, place: str) -> str | None:
    for end in (".py", "/__init__.py", ".pyi", ".pyx", "/__init__.pyi"):
        if place + end in files.paths:
            return place + end
    return None


def _script(files: Files, path: str, text: str) -> Iterator[str]:
    for _, target in _SCRIPT.findall(text):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        bare = re.sub(r"\.(?:js|jsx|mjs|cjs)$", "", place)  # TypeScript names what will be built
        options = [place + end for end in _SCRIPTS] + [bare + end for end in _SCRIPTS[1:5]]
        options += [f"{place}/index{end}" for end in _SCRIPTS[1:]]
        yield from [option for option in options if option in files.paths][:1]


def _include(files: Files, path: str, text: str) -> Iterator[str]:
    for target in _INCLUDE.findall(text):
        near = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if near in files.paths:
            yield near
        else:
            yield from files.find_end(posixpath.normpath(target).lstrip("./"))[:1]


def _go(files: Files, path: str, text: str) -> Iterator[str]:
    for one, many in _GO.findall(text):
        for target in [one] if one else _GO_ITEM.findall(many):
            for module, folder in files.modules.items():
                if target == module or target.startswith(module + "/"):
                    place = posixpath.join(folder, target[len(module) + 1 :]).rstrip("/")
                    inside = files.folders.get(place, ())
                    yield from (
                        each for each in inside if each.endswith(".go") and not each.endswith("_test.go")
                    )


def _rust(files: Files, path: str, text: str) -> Iterator[str]:
    """What a file uses of its crate. A `mod` names a part that uses the whole: it is no import."""
    folder, name = posixpath.split(path)
    own = folder if name in ("mod.rs", "lib.rs", "main.rs") else posixpath.join(folder, name[: -len(".rs")])
    root = path[: path.rfind("src/") + 4] if "src/" in path else folder
    for target in _RUST_MOD.findall(text):
        yield from _find_rust(files, own, [target])
    for target in _RUST_USE.findall(text):
        first, *rest = target.split("::")
        base = {"crate": root, "self": own, "super": posixpath.dirname(own)}[first]
        while rest and rest[0] == "super":
            base, rest = posixpath.dirname(base), rest[1:]
        yield from _find_rust(files, base, rest)


def _find_rust(files: Files, base: str, parts: list[str]) -> list[str]:
    for count in range(len(parts), 0, -1):
        place = posixpath.join(base, *parts[:count])
        for end in (".rs", "/mod.rs"):
            if place + end in files.paths:
                return [place + end]
    return []


def _java(files: Files, path: str, text: str) -> Iterator[str]:
    end = posixpath.splitext(path)[1]
    for name, star in _JAVA.findall(text):
        parts = name.split(".")
        for count in range(len(parts), 1, -1):  # a member of a class may be named, or a class in a class
            if found := files.find_end("/".join(parts[:count]) + end):
                yield found[0]
                break
        else:
            if star:
                packages = files.ends.get("package-info.java", [])
                yield from (
                    each for each in packages if each.endswith("/".join([*parts, "package-info.java"]))
                )


LANGUAGES: dict[str, Find] = {
    "Python": _python,
    "Cython": _python,
    **dict.fromkeys(("JavaScript", "TypeScript", "TSX", "JSX", "Vue", "Svelte"), _script),
    **dict.fromkeys(("C", "C++", "Objective-C", "Objective-C++", "Cuda"), _include),
    "Go": _go,
    "Rust": _rust,
    **dict.fromkeys(("Java", "Kotlin", "Scala", "Groovy"), _java),
}
