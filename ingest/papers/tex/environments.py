"""LaTeX's environments by what becomes of them: the tables of `environments.toml`."""

import tomllib
from pathlib import Path

from winnow.ingest.papers.tex.commands import turn

_TABLE = tomllib.loads((Path(__file__).parent / "environments.toml").read_text("utf-8"))
_KINDS = {kind: frozenset(names.split()) for kind, names in _TABLE["kinds"].items()}
MATH, VERBATIM, SILENT = _KINDS["math"], _KINDS["verbatim"], _KINDS["silent"]
TABLES, QUOTES, LISTS = _KINDS["tables"], _KINDS["quotes"], _KINDS["lists"]
FLOATS, BEGIN_ARGUMENTS = turn(_TABLE["floats"]), turn(_TABLE["arguments"])
_THEOREMS = _TABLE["theorems"]
THEOREMS: dict[str, str] = {name: name.capitalize() for name in _THEOREMS["whole"].split()} | _THEOREMS[
    "short"
]
