"""Which parts the files of the sources make, remembered from run to run.

A part is several small files of one source that are read together, or one file, or a range of the bytes of
one large file. Its number is given once, over all sources, and survives every stage of shard steps: a dropped
id is traced back to its text by the number alone. `parts.parquet` remembers which file is in which part, so
that a new file moves no other: new files make new parts, with numbers that no part has had before.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.spec.address import load
from winnow.pipelines.spec.recipe import Recipe, Source

FILE = "parts.parquet"
COLUMNS: dict[str, pl.DataType] = {
    "part": pl.Int64(),
    "source": pl.String(),
    "name": pl.String(),
    "size": pl.Int64(),
    "state": pl.String(),
    "start": pl.Int64(),
    "stop": pl.Int64(),
}

ANEW = "parts are laid out anew, and those that come out otherwise are made again"

Lost = Callable[[str, int], set[str]]
"""Which files of a source's part could not be read at all, each one row in `failed/`."""

MIN_RANGE_BYTES = 4 * 2**20
"""No file is cut finer, however small `part_bytes` is: packed archives are cut at multiples of it."""


class Place(NamedTuple):
    """Where a file, or a range of its bytes, stands; without size and state, where one stood that is gone."""

    part: int
    source: str
    name: str
    size: int | None
    state: str | None
    start: int
    stop: int | None


@dataclass(frozen=True)
class Part:
    """Files that are read together and stay together."""

    number: int
    source: str
    files: tuple[File, ...]

    @property
    def label(self) -> str:
        """Its name in the folder of each stage."""
        return label(self.number)

    @property
    def size(self) -> float:
        """Bytes that are read for it; infinite where a store does not say, since they may be many."""
        return sum(file.length if file.sized else math.inf for file in self.files)


@dataclass
class Change:
    """What became of a source's files, of which `known` were there before: names, and how many parts that
    concerns."""

    known: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    to_run: int = 0
    taken_away: int = 0

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass(frozen=True)
class Plan:
    """The parts of each source in the order of their numbers, what to remember, what changed, and for each
    stage that makes copies the labels of the parts copied, each with that of its copy."""

    parts: dict[str, list[Part]]
    places: list[Place]
    changes: dict[str, Change]
    copies: dict[str, dict[str, str]] = field(default_factory=dict)


def label(number: int) -> str:
    """`part-00017`."""
    return f"part-{number:05d}"


def read_places(out: Path) -> list[Place]:
    """What the run in the folder `out` remembers of its parts; nothing where there is none yet. Damaged where
    it is not what was written."""
    path = out / FILE
    if not path.exists():
        return []
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table, own = file.read(), (file.schema_arrow.metadata or {}).get(b"digest", b"")
        places = [Place(*row.values()) for row in table.select(list(COLUMNS)).to_pylist()]
    except (pa.ArrowException, OSError, KeyError, ValueError):
        places, own = [], b""
    if own.decode("ascii", "replace") != manifest.digest(places):
        raise storage.Damaged(
            str(path), "is damaged, or of an earlier version", f"remove it and run again: {ANEW}"
        )
    return places


def write_places(out: Path, places: list[Place]) -> None:
    """Remember the parts, before any of them is run."""
    table = storage.to_arrow(pl.DataFrame(places, schema=COLUMNS, orient="row"))
    table = table.replace_schema_metadata({"digest": manifest.digest(places)})
    with storage.replace(out / FILE) as beside:
        pq.write_table(table, beside, compression="zstd", write_page_checksum=True)


def lay_out(
    recipe: Recipe, listed: dict[str, list[File]], known: list[Place], lost: Lost = lambda *_: set()
) -> Plan:
    """The parts that the files make: a file that is known keeps its part, others make new ones.

    Where a file that had been `lost` has changed, and its part has others, it becomes a part of its own, so
    that nothing else is read again.
    """
    number = max((place.part for place in known), default=-1) + 1
    places = [place for place in known if place.source not in recipe.sources]
    parts: dict[str, list[Part]] = {}
    changes: dict[str, Change] = {}
    for source in recipe.sources.values():
        old = [place for place in known if place.source == source.name]
        kept, groups, change = _place(source, listed[source.name], old, lost)
        for group in groups:
            kept += [place._replace(part=number) for place in group]
            number += 1
        _count_parts(change, old, kept, lost)
        places += kept
        parts[source.name] = _parts(source, listed[source.name], kept)
        changes[source.name] = change
    ordered = sorted(places, key=lambda place: (place.part, place.name, place.start))
    return Plan(parts, ordered, changes)


def _place(
    source: Source, listed: list[File], old: list[Place], lost: Lost
) -> tuple[list[Place], list[list[Place]], Change]:
    """Places that keep their part, groups of places for new parts, and what changed."""
    change = Change(known=len({place.name for place in old if place.state is not None}))
    names = {file.name for file in listed}
    living: dict[str, list[Place]] = defaultdict(list)
    for place in old:
        if place.state is not None:
            living[place.name].append(place)
    company = Counter(place.part for name in names & living.keys() for place in living[name])
    kept = [place for place in old if place.state is None]
    new: list[File] = []
    groups: list[list[Place]] = []
    for file in listed:
        places = sorted(living.pop(file.name, []), key=lambda place: place.start)
        if not places:
            change.new.append(file.name)
            new.append(file)
            continue
        cut = can_split(source, file)
        if (places[0].size, places[0].state) != (file.size, file.state):
            change.changed.append(file.name)
            part = places[0].part
            if len(places) == 1 and company[part] > 1 and file.name in lost(source.name, part):
                company[part] -= 1
                groups += _pack(source, [file])
                continue
            places, more = _recut(source, file, places, cut)
            groups += more
        elif len(places) > 1 and not cut:
            places, _ = _recut(source, file, places, cut)
        kept += places
    for places in living.values():
        change.gone.append(places[0].name)
        kept += [_drop_file(place) for place in places]
    return kept, groups + _pack(source, new), change


def _drop_file(place: Place) -> Place:
    """What is remembered of a file that is gone: that its part's number is taken."""
    return place._replace(size=None, state=None)


def _recut(
    source: Source, file: File, places: list[Place], cut: bool
) -> tuple[list[Place], list[list[Place]]]:
    """The ranges of a file that changed, in the parts they had, and groups for what it has grown by."""
    still = [place for place in places if place.start == 0 or (cut and place.start < file.size)]
    past = [_drop_file(place) for place in places[len(still) :]]
    bounds = _ranges(still[-1].start, file.size, source.part_bytes) if cut else [(0, None)]
    starts = [place.start for place in still]
    stops = [*starts[1:], bounds[0][1]]
    now = [
        place._replace(size=file.size, state=file.state, stop=stop)
        for place, stop in zip(still, stops, strict=True)
    ]
    return now + past, [[_at(source, file, start, stop)] for start, stop in bounds[1:]]


def _pack(source: Source, files: list[File]) -> list[list[Place]]:
    """Groups for new parts: small files together up to `part_bytes`, ranges of large ones alone."""
    groups: list[list[Place]] = []
    room = -1
    for file in files:
        bounds = _ranges(0, file.size, source.part_bytes) if can_split(source, file) else [(0, None)]
        places = [_at(source, file, start, stop) for start, stop in bounds]
        if len(places) == 1 and file.sized and file.size <= room:
            groups[-1] += places
            room -= file.size
        else:
            groups += [[place] for place in places]
            room = source.part_bytes - file.size if file.sized else -1
    return groups


def _at(source: Source, file: File, start: int, stop: int | None) -> Place:
    return Place(-1, source.name, file.name, file.size, file.state, start, stop)


def _ranges(start: int, size: int, part_bytes: int) -> list[tuple[int, int | None]]:
    """Equal ranges of about `part_bytes` at most, from `start` on; the last has no end: no byte is missed."""
    count = max(1, math.ceil((size - start) / max(part_bytes, MIN_RANGE_BYTES)))
    step = max(1, math.ceil((size - start) / count))
    starts = [start + number * step for number in range(count)]
    return list(zip(starts, [*starts[1:], None], strict=True))


def can_split(source: Source, file: File) -> bool:
    """Whether the source's reader can read a range of this file: its module says so."""
    if source.read is None or not file.sized or "start" not in signature(source.read.function).parameters:
        return False
    tell = getattr(load(source.read.use), "can_split", None)
    return tell is not None and bool(tell(file.name))


def _parts(source: Source, listed: list[File], places: list[Place]) -> list[Part]:
    now = {file.name: file for file in listed}
    files: dict[int, list[File]] = defaultdict(list)
    for part, _, name, size, state, start, stop in sorted(places, key=lambda p: (p.part, p.name, p.start)):
        if size is not None and state is not None:
            files[part].append(replace(now[name], size=size, state=state, start=start, stop=stop))
    return [Part(number, source.name, tuple(files[number])) for number in sorted(files)]


def _count_parts(change: Change, old: list[Place], new: list[Place], lost: Lost) -> None:
    """How many parts are to be run, and how many are taken away. One that only lost what could not be read
    is neither."""
    before, after = _contents(old), _contents(new)
    change.taken_away = len(before.keys() - after.keys())
    for part, places in after.items():
        was = before.get(part, set())
        if places == was:
            continue
        missing = {place.name for place in was - places}
        if not places <= was or not missing <= lost(next(iter(places)).source, part):
            change.to_run += 1


def _contents(places: Iterable[Place]) -> dict[int, set[Place]]:
    found: dict[int, set[Place]] = defaultdict(set)
    for place in places:
        if place.state is not None:
            found[place.part].add(place)
    return found
