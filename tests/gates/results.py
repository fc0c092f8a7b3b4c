"""What gates and benches need, what their results hang on, and the last of these: for `make gates`.

A result is stale where one of its inputs is another one: the gate's files, the files of the product that it
reaches (`reached.py`), the packages that these import and what they need, as pinned (`pins.py`), the settings
of the environment that it reads. What is fetched, `data/` and a finished run are no inputs: they are made by
what is pinned here.
"""

import hashlib
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pins
import reached

FOLDERS = {"gate": Path("tests/gates"), "bench": Path("tests/bench")}
HOMES = (FOLDERS["gate"], Path("tests/pipelines"), FOLDERS["bench"])  # whose modules they import
OWN, KEPT = Path("out/gates/results.json"), Path("tests/gates/results.json")
_READS = re.compile(r"environ(?:\.get\(|\[)\s*\"(\w+)\"")


class Row(NamedTuple):
    """A row of gates.toml; `words` is what stands behind NAME=: a file's name, and settings for it."""

    kind: str
    words: str
    needs: list[str]
    minutes: float
    reads: Sequence[str] = ()

    @property
    def key(self) -> str:
        return f"{self.kind} {self.words}"

    @property
    def file(self) -> Path:
        return FOLDERS[self.kind] / f"{self.words.split()[0]}.py"

    @property
    def settings(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self.words.split()[1:])


def read_rows() -> list[Row]:
    table = tomllib.loads((FOLDERS["gate"] / "gates.toml").read_text())
    return [Row(kind, words, **row) for kind in FOLDERS for words, row in table.get(kind, {}).items()]


@cache
def list_named(file: Path) -> list[Path]:
    """Files of the tests that a file imports or names, and golds whose names begin as its own."""
    text = file.read_text()
    paths = [f"{name.replace('.', '/')}.py" for name in reached.parse(file)[0]]
    paths = [path for path in paths if path.split("/")[0] not in reached.list_product()]
    found = [home / path for path in paths for home in (*HOMES, Path())]
    for near in reached.list_sources(*FOLDERS.values()):
        if "golds" in near.parts:
            top = near.parts[near.parts.index("golds") + 1].split(".")[0]
            found += [near] if top in text or top.startswith(file.stem) else []
        elif near.name in text:
            found.append(near)
    return found


def follow(row: Row) -> set[Path]:
    """The gate's file, that of the part or gate which ONLY= names, and all that these import or name."""
    parts = [part for value in row.settings.values() for part in value.split(",")]
    names = [name for part in parts for name in (part, f"{row.file.stem}_{part}")]
    left = [row.file, *(row.file.with_name(f"{Path(name).name}.py") for name in names)]
    found: set[Path] = set()
    while left:
        file = left.pop()
        if file not in found and file.is_file():
            found.add(file)
            left += list_named(file) if file.suffix == ".py" else []
    return found - {KEPT}


@cache
def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def digest(row: Row) -> str:
    """One digest of all that the result of a gate hangs on."""
    files = follow(row)
    text = "\n".join(file.read_text() for file in files if file.suffix == ".py")
    environment = os.environ | row.settings
    read = sorted(set(_READS.findall(text)) - {"PATH", "PYTHONPATH", "HOME", "TMPDIR"})
    told = {name: environment[name] for name in read if environment.get(name)}
    settings = {name: "a path" if Path(value).exists() else value for name, value in told.items()}
    whole = hashlib.sha256(json.dumps([row.key, settings]).encode())
    every = {*files, *reached.reach(files), *(reached.list_sources(*row.reads) if row.reads else ())}
    for path in sorted(every):
        whole.update(f"\n{path} ".encode() + _digest(path))
    for pin in pins.list_pins(every):
        whole.update(pin.encode())
    return whole.hexdigest()[:16]


def name_commit() -> str:
    """The commit that stands here, with + where a file is another one."""
    told = [["git", "rev-parse", "--short=10", "HEAD"], ["git", "status", "--porcelain", "--", f":!{KEPT}"]]
    commit, changed = (
        subprocess.run(one, check=True, capture_output=True, text=True).stdout.strip() for one in told
    )
    return commit + ("+" if changed else "")


def load(*paths: Path) -> dict[str, dict[str, Any]]:
    """The latest result of each gate in these files; of two at once that of the later file."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        for key, result in json.loads(path.read_text()).items() if path.exists() else ():
            if key not in found or found[key]["when"] <= result["when"]:
                found[key] = result
    return found


def save(path: Path, results: dict[str, dict[str, Any]], keys: Iterable[str]) -> None:
    """Write results of those gates that there are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part")
    whole.write_text(
        json.dumps({key: results[key] for key in sorted(keys) if key in results}, indent=1) + "\n"
    )
    whole.replace(path)
