"""What a run asks of servers: where its readers count their connections, and what they noted there.

Readers (`ingest.io.connection_limit`) find the folder by an environment variable, which a worker's children
inherit. All workers see it, since all see OUT. The hosts stand there, too, that the recipe names
(`ingest.io.addresses`).
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.work import addresses

VARIABLE = "WINNOW_CONNECTIONS"
FOLDER = ".connections"
FILE = "told.jsonl"
HOSTS = ".named"
SHOWN = 3  # files that became others while they were read


@contextmanager
def name(out: Path, hosts: Iterable[str]) -> Iterator[None]:
    """Write down which hosts the recipe names, for as long as it runs; after it this process is of no run."""
    before = os.environ.get(VARIABLE)
    write_hosts(out, hosts)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before
        addresses.forget_hosts()
        (out / FOLDER / HOSTS).unlink(missing_ok=True)
        with suppress(OSError):  # notes stay
            (out / FOLDER).rmdir()


def write_hosts(out: Path, hosts: Iterable[str]) -> None:
    """Have the hosts that a recipe names stand in the folder of its run on this machine: no other ones, that
    an earlier run left there."""
    file, told = out / FOLDER / HOSTS, "".join(f"{host}\n" for host in hosts)
    if not file.is_file() or file.read_text(encoding="utf-8") != told:
        storage.write(file, told)


def share(out: Path) -> None:
    """Have this process count its connections with all others that work for the run in `out`, and read from
    no private address but those that the recipe names."""
    os.environ[VARIABLE] = str(out / FOLDER)
    inherit()


def inherit() -> None:
    """As `share`, in a child of such a process."""
    file = Path(os.environ.get(VARIABLE, ""), HOSTS)
    if VARIABLE in os.environ and file.exists():
        addresses.guard_hosts(file.read_text(encoding="utf-8").splitlines())


@contextmanager
def watch(out: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Say at the end what was asked of servers meanwhile."""
    since = find_ends(out)
    try:
        yield
    finally:
        for line in describe(out, since):
            say(line)


def find_ends(out: Path) -> dict[Path, int]:
    """How long the notes are so far, by file."""
    return {path: path.stat().st_size for path in (out / FOLDER).glob(f"*/{FILE}")}


def describe(out: Path, since: Mapping[Path, int]) -> Iterator[str]:
    """A line for each server that was asked since then, and for some of the files that changed meanwhile."""
    for path in sorted((out / FOLDER).glob(f"*/{FILE}")):
        total: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        changed: list[str] = []
        for entry in _read(path, since.get(path, 0)):
            total.update(requests=entry["requests"], size=entry["size"], cut=entry["cut"])
            refused.update(entry["refused"])
            changed += entry["changed"]
        if not total["requests"]:
            continue
        told = [f"{total['requests']:,} requests, {total['size']:,} bytes"]
        told += [f"{count:,} refused with {status}" for status, count in sorted(refused.items())]
        told += [f"{total['cut']:,} cut off and resumed"] if total["cut"] else []
        told += [f"{len(changed):,} changed meanwhile and begun anew"] if changed else []
        yield f"{unquote(path.parent.name)}: {'; '.join(told)}"
        yield from (f"  changed while it was read, begun anew: {url}" for url in changed[:SHOWN])


def _read(path: Path, start: int) -> Iterator[dict[str, Any]]:
    """The notes behind a place; a line that a killed process left half written is none."""
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            yield entry
