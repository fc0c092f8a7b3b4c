"""Letters and signs of text that LaTeX has names for: the tables of `letters.toml`."""

import tomllib
from pathlib import Path

_TABLE = tomllib.loads((Path(__file__).parent / "letters.toml").read_text("utf-8"))
_NAMED = _TABLE["named"].split()

LETTERS = {f"\\{name}": sign for name, sign in zip(_NAMED[::2], _NAMED[1::2], strict=True)}
LETTERS |= {f"\\{name}": " " for name in _TABLE["spaces"]}
LETTERS |= dict.fromkeys(("\\!", "\\/", "\\-", "\\@"), "")
LETTERS |= {"\\&": "&", "\\%": "%", "\\#": "#", "\\_": "_", "\\{": "{", "\\}": "}", "\\$": "\\$"}
ACCENTS = {f"\\{name}": mark for name, mark in _TABLE["accents"].items()}
