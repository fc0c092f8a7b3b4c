"""LaTeX's commands by what they show of their arguments: the tables of `commands.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TABLE = tomllib.loads((Path(__file__).parent / "commands.toml").read_text("utf-8"))


def turn(names: Mapping[str, str], before: str = "") -> dict[str, str]:
    """The key of each name, from lists of names by key; `before` stands before each name."""
    return {before + name: key for key, listed in names.items() for name in listed.split()}


HIDDEN, SHOWN = turn(_TABLE["hidden"], "\\"), turn(_TABLE["shown"], "\\")
LEVELS = {name: int(level) for name, level in turn(_TABLE["levels"], "\\").items()}
CITES, REFERENCES = (turn({kind: _TABLE["keys"][kind]}, "\\") for kind in ("cites", "references"))
FRONT = _TABLE["keys"]["front"].split()
STATEMENTS: dict[str, Any] = _TABLE["statements"]
