"""On which line each key and value of a TOML file stands: `tomllib` keeps no positions."""

import re
from typing import Any

Path = tuple[str | int, ...]
_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""("{0,2})|' + r"'''(?:[^']|'(?!''))*'''('{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]*")


def locate(text: str) -> dict[Path, int]:
    """The line of each key, table and item of a valid TOML file: `("stage", 2, "steps", 0, "use")`."""
    return _Scanner(text).scan()


class _Scanner:
    """A cursor over a text that `tomllib` has read: what is valid need not be checked again."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.line, self.counted = 1, 0  # the line at `counted`
        self.found: dict[Path, int] = {}
        self.sizes: dict[Path, int] = {}  # of arrays of tables

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self.skip(_SPACE)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.head()
            else:
                self.pair(table)
            self.skip(_SPACE)
        return self.found

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match
        self.at = match.end()
        return match[0]

    def note(self, path: Path) -> None:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.found.setdefault(path, self.line)

    def key(self) -> list[str]:
        """A key, which may have dots."""
        names = []
        while True:
            self.skip(_BLANK)
            name = self.skip(_KEY)
            names.append(name[1:-1] if name[0] in "\"'" else name)
            self.skip(_BLANK)
            if self.text[self.at : self.at + 1] != ".":
                return names
            self.at += 1

    def head(self) -> Path:
        """`[table]` or `[[table]]`: its path, with a number in each array of tables."""
        is_item = self.text.startswith("[[", self.at)
        self.at += 1 + is_item
        path: Path = ()
        for name in self.key():
            path = (*path, name)
            if path in self.sizes:
                path = (*path, self.sizes[path] - 1)
        self.at += 1 + is_item
        if is_item:
            whole = path[:-1] if path and isinstance(path[-1], int) else path
            number = self.sizes.get(whole, 0)
            self.sizes[whole] = number + 1
            path = (*whole, number)
        for size in range(1, len(path) + 1):
            self.note(path[:size])
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self.key())
        end, self.at = self.at, start
        for size in range(len(table) + 1, len(path) + 1):
            self.note(path[:size])
        self.at = end + 1  # the equals sign
        self.skip(_BLANK)
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.text[self.at : self.at + 1]
        if first in ("[", "{"):
            self.at += 1
            self.items(path, "]" if first == "[" else "}")
        elif first in ("'", '"'):
            self.skip(_STRING)
        else:
            self.skip(_BARE)

    def items(self, path: Path, end: str) -> None:
        """What stands in an array or an inline table, behind its first bracket."""
        number = 0
        self.skip(_SPACE)
        while self.text[self.at] != end:
            if end == "]":
                self.note((*path, number))
                self.value((*path, number))
            else:
                self.pair(path)
            number += 1
            self.skip(_SPACE)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_SPACE)
        self.at += 1


def find(found: dict[Path, int], path: tuple[Any, ...]) -> int:
    """The line of a path, or of the nearest thing above it that has one."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)
