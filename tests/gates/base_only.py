"""The packages of the base, and of extras, alone, out of an environment that has more.

They are links. `python -S` with `lay_out`'s folder and the checkout in PYTHONPATH has nothing else to import.
"""

import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from winnow.extras import normalize

ROOT = Path(__file__).resolve().parents[2]


def list_requirements(extras: Iterable[str] = ()) -> list[str]:
    """What the base and these extras ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    more = [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *more]


def resolve(requirements: Iterable[str]) -> dict[str, Distribution]:
    """What is installed of these packages, and of what they need in turn, by name."""
    found: dict[tuple[str, str], Distribution] = {}
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        asked = waiting.pop()
        for extra in asked.extras or {""}:
            key = normalize(asked.name), extra
            if key not in found:
                found[key] = distribution(asked.name)
                needed = [Requirement(line) for line in found[key].requires or []]
                waiting += [
                    each for each in needed if each.marker is None or each.marker.evaluate({"extra": extra})
                ]
    return {name: one for (name, _), one in found.items()}


def lay_out(parent: Path, extras: Iterable[str] = ()) -> Path:
    """A folder with a link for each module and each metadata of the base, and of extras."""
    folder = parent / "site-packages"  # by this name the engine knows what is no code of a user's
    folder.mkdir(parents=True, exist_ok=True)
    packages = resolve(list_requirements(extras)).values()
    places = {
        file.parts[0]: Path(str(each.locate_file(file.parts[0])))
        for each in packages
        for file in each.files or []
    }
    for name in places.keys() - {"..", "__pycache__"}:
        (folder / name).symlink_to(places[name])
    return folder
