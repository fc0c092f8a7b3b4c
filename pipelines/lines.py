"""Where in a recipe's text something stands, for messages: `tomllib` keeps no positions."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic


class Lines:
    """Line numbers by looking for names, keys and addresses in the text.

    `places` are the files and lines that the text's lines come from, where it was put together.
    """

    def __init__(self, path: Path, text: str, places: Sequence[tuple[Path, int]] = ()) -> None:
        self.path = path
        self.places = places
        self.lines = text.splitlines()
        self.uses: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines, 1):
            for match in re.finditer(r"\buse\s*=\s*[\"']([^\"']*)[\"']", line.split(" #")[0]):
                self.uses.setdefault(match[1], []).append(number)
        self.seen: dict[str, int] = {}

    def where(self, number: int) -> str:
        """`file:line` of a line."""
        path, line = self.places[number - 1] if number <= len(self.places) else (self.path, number)
        return f"{path}:{line}"

    def next_use(self, use: str) -> int:
        """The line of the next step with this address, in the file's order."""
        at = self.uses.get(use, [1])
        number = self.seen.get(use, 0)
        self.seen[use] = number + 1
        return at[min(number, len(at) - 1)]

    def of_key(self, start: int, key: str) -> int:
        """The line of a setting of the step that begins at `start`."""
        for number in range(start, len(self.lines) + 1):
            if re.search(rf"(?<![\w-]){re.escape(key)}\s*=", self.lines[number - 1]):
                return number
        return start

    def of_name(self, name: str) -> int:
        """The last line that names a source or stage so."""
        found = [
            n
            for n, line in enumerate(self.lines, 1)
            if re.match(rf"\s*name\s*=\s*[\"']{re.escape(name)}[\"']", line)
        ]
        return found[-1] if found else 1


def suggest(name: str, known: Iterable[str]) -> str:
    """What to add to a message about a name that is not known: the one that is most like it, or nothing."""
    near = difflib.get_close_matches(name, list(known), 5, 0.5)
    return f"; did you mean {max(near, key=lambda one: _liken(name, one))!r}?" if near else ""


def _liken(name: str, other: str) -> float:
    """How alike two names are, by order and by letters: two swapped letters are still the same letters."""
    match = difflib.SequenceMatcher(None, name, other)
    return match.ratio() + match.quick_ratio()


def of_table(text: str, location: tuple[Any, ...]) -> int:
    """Where the table that a message is about begins: the n-th `[[source]]` or `[[stage]]`."""
    if len(location) < 2 or not isinstance(location[1], int):
        return 1
    heads = [
        n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(f"[[{location[0]}]]")
    ]
    return heads[location[1]] if location[1] < len(heads) else 1


def first_problem(error: pydantic.ValidationError) -> Any:
    """What to tell of an error: an unknown key before others, since what is misspelt is missing, too."""
    problems = error.errors()
    return next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])


def explain(
    lines: Lines, text: str, error: pydantic.ValidationError, known: Mapping[str, Iterable[str]]
) -> str:
    """The first thing that is wrong with a recipe's tables, with its line; `known` are each table's keys, and
    under "" the recipe's own."""
    problem = first_problem(error)
    keys = [part for part in problem["loc"] if isinstance(part, str)]
    where = ".".join(str(part) for part in problem["loc"])
    line = lines.of_key(of_table(text, problem["loc"]), keys[-1]) if keys else 1
    if problem["type"] != "extra_forbidden":
        return f"{lines.where(line)}: {where}: {problem['msg']}"
    table = known.get(keys[0] if len(problem["loc"]) > 1 else "", ())
    return f"{lines.where(line)}: {where}: no such key{suggest(keys[-1], table)}"
