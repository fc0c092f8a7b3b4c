"""Which pinned packages a gate hangs on: those that its files import, and what these need."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import reached

PACKAGES = Path("requirements-test.lock")


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def read_pins() -> dict[str, str]:
    """The lines of the lock file for each package."""
    found: dict[str, str] = {}
    for pin, name in re.findall(r"^(([\w.-]+)(?:.*\\\n)*.*)$", PACKAGES.read_text(), re.MULTILINE):
        found[normalize(name)] = found.get(normalize(name), "") + pin
    return found


@cache
def list_needed(name: str) -> frozenset[str]:
    """A package and what it needs without its extras, as far as that is installed and pinned."""
    found, left = set[str](), [normalize(name)]
    while left:
        one = left.pop()
        if one in found or one not in read_pins():
            continue
        found.add(one)
        try:
            needs = [need for need in metadata.requires(one) or () if "extra ==" not in need]
            left += [normalize(need) for need in re.findall(r"^[\w.-]+", "\n".join(needs), re.MULTILINE)]
        except metadata.PackageNotFoundError:
            continue
    return frozenset(found)


@cache
def list_owners() -> dict[str, list[str]]:
    """The packages that bring a module of each name."""
    return dict(metadata.packages_distributions())


def list_pins(files: Iterable[Path]) -> list[str]:
    """The pins of all packages that these Python files import, and of what they need, in order."""
    names = {name.split(".")[0] for file in files if file.suffix == ".py" for name in reached.parse(file)[0]}
    packages = {owner for name in names for owner in list_owners().get(name, [name])}
    needed = set[str]().union(*(list_needed(package) for package in packages))
    return [read_pins()[name] for name in sorted(needed)]
