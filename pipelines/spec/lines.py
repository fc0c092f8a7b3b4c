"""Where in a recipe's text something stands, for messages, and what a name may have meant."""

import difflib
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pydantic

from winnow.pipelines.spec import positions


class Place(NamedTuple):
    """A file's line. `filled` says where the values of its keys are from, if from elsewhere: a group's line
    has values of the entry that names the group."""

    path: Path
    line: int
    filled: Mapping[str, "Place"] = {}


OUTSIDE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


class Lines:
    """The lines of a recipe's tables, keys and values.

    `places` are the files and lines that the text's lines come from, where it was put together.
    """

    def __init__(self, path: Path, text: str, places: Sequence[Place] = ()) -> None:
        self.path = path
        self.text = text
        self.places = places

    @functools.cached_property
    def _found(self) -> dict[positions.Path, int]:
        return positions.locate(self.text)

    def number(self, *path: str | int) -> int:
        """The line of what a path leads to, such as `"stage", 2, "steps", 0, "use"`, or of what holds it."""
        return positions.find(self._found, path)

    def find_end(self, *path: str | int) -> int:
        """How many lines there are before what follows a table begins."""
        later = itertools.dropwhile(lambda entry: entry[0] != path, self._found.items())
        return next((line - 1 for other, line in later if other[: len(path)] != path), len(split(self.text)))

    def where(self, number: int, key: str | int = "") -> str:
        """`file:line` of a line, or of what is given for one of its keys elsewhere."""
        place = self.places[number - 1] if number <= len(self.places) else Place(self.path, number)
        place = place.filled.get(str(key), place)
        return f"{place.path}:{place.line}"

    def of(self, *path: str | int) -> str:
        """`file:line` of what a path leads to."""
        names = [name for name in path if isinstance(name, str)]
        return self.where(self.number(*path), names[-1] if names else "")

    def of_step(self, number: int, *path: str | int) -> str:
        """`file:line` of a setting of the step whose address stands on a line; of that line, if not given."""
        for found, line in self._found.items():
            if found[-1] == "use" and line == number:
                return self.of(*found[:-1], *path)
        return self.where(number)


def split(text: str) -> list[str]:
    """The lines of a text, as TOML has them: what else ends a line for Python may stand in a string."""
    return text.removesuffix("\n").split("\n") if text else []


def suggest(name: str, known: Iterable[str]) -> str:
    """What to add to a message about a name that is not known: the one that is most like it, or nothing."""
    near = difflib.get_close_matches(name, list(known), 5, 0.5)
    return f"; did you mean {max(near, key=lambda one: _liken(name, one))!r}?" if near else ""


def _liken(name: str, other: str) -> float:
    """How alike two names are, by order and by letters: two swapped letters are still the same letters."""
    match = difflib.SequenceMatcher(None, name, other)
    return match.ratio() + match.quick_ratio()


def first_problem(error: pydantic.ValidationError) -> Any:
    """What to tell of an error: an unknown key before others, since what is misspelt is missing, too; then
    what is of the right type and outside its range; then what stands deepest, as in a list of names."""
    order = ("extra_forbidden", *OUTSIDE)

    def rank(one: Any) -> tuple[int, int]:
        return (order.index(one["type"]) if one["type"] in order else len(order), -len(one["loc"]))

    return min(error.errors(), key=rank)


def walk(table: Any, path: Iterable[str | int]) -> tuple[str | int, ...]:
    """The part of pydantic's path that leads through a table: its names of types are left out."""
    found: list[str | int] = []
    for name in path:
        if (isinstance(table, dict) and name in table) or (isinstance(table, list) and isinstance(name, int)):
            table = table[name]  # type: ignore[index]
            found.append(name)
    return tuple(found)


def explain(
    lines: Lines, table: Any, error: pydantic.ValidationError, known: Mapping[str, Iterable[str]]
) -> str:
    """The first thing that is wrong with a recipe's table, with its line; `known` are each table's keys, and
    under "" the recipe's own."""
    problem = first_problem(error)
    place = problem["loc"]
    told = f"{lines.of(*walk(table, place))}: {'.'.join(map(str, place))}"
    if problem["type"] == "extra_forbidden":
        return f"{told}: no such key{suggest(place[-1], known.get(place[0] if place[1:] else '', ()))}"
    if len(place) == 1 and place[0] in known and isinstance(problem["input"], dict):
        return f"{told}: one of several: write [[{place[0]}]], with two brackets, and so for each"
    return f"{told}: {describe_problem(problem)}"


def describe_problem(problem: Any) -> str:
    """What is wrong with a value, with the value; a range that it is outside of is told in words."""
    given, said = problem["input"], str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in ("missing", "value_error") or isinstance(given, dict):
        return said
    value = repr(given)
    return f"{said}, not {value if len(value) <= 60 else value[:57] + '...'}"
