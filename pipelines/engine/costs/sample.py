"""Which files, or blocks of large ones, a trial of a recipe reads: of each source some, always the same ones.

They are drawn by systematic sampling from an order by size class and, within one, by a hash of the name
(Cochran, Sampling Techniques, 3rd edition, 1977, chapter 8): small and large ones are there as in the whole,
neighbors in a folder as seldom together as strangers.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

import fsspec

from winnow.pipelines.engine.parts import plan
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.lists import options
from winnow.pipelines.spec.recipe import Source

SHARE = 0.01
MOST_BYTES = 256 * 2**20
"""So much of a source is read at most, where nobody says how large a share of it."""
LEAST, LEAST_BYTES = 16, 4 * 2**20
"""Files or blocks of a source that are read at least, where they are no larger together than that; and bytes,
where nobody says how large a share: what a few pages take tells little of many."""
LEAST_PARTS, MOST_PARTS = 2, 8
"""A sample has as many parts as make them as large as those of a run, within these bounds."""
TINY = 8
"""One in so many of the first part's is tried before: what a part takes that has next to nothing in it."""


class Sample(NamedTuple):
    """What is read of a source in parts of about one size, and a few files before that; `factor` is how many
    bytes the source has for each byte that is read."""

    parts: tuple[tuple[File, ...], ...]
    tiny: tuple[File, ...]
    factor: float

    @property
    def size(self) -> int:
        """Bytes that are read."""
        return sum(file.length for part in self.parts for file in part)


def draw(source: Source, files: Sequence[File], share: float | None) -> Sample:
    """A sample of a source's files. What is given to a step as it is, without a reader, is taken whole, as is
    what would nearly be. Raises OSError where a store does not say how large a file is."""
    if source.read is None or not files:
        return Sample((tuple(files),) if files else (), tuple(files), 1.0)
    ordered = sorted(files, key=lambda file: (_count_units(source, file) == 1, _classify(file), _hash(file)))
    ends = list(accumulate(_count_units(source, file) for file in ordered))
    sized = all(file.sized for file in ordered)
    total, length = ends[-1], sum(file.length for file in ordered)
    wanted = _count_wanted(total, length if sized else total * plan.MIN_RANGE_BYTES, share)
    if 2 * wanted > total and sized:
        return _deal(source, ordered, 1.0)
    chosen = []
    for place in range(wanted):
        at = (2 * place + 1) * total // (2 * wanted)
        number = bisect_right(ends, at)
        chosen.append(_take_block(source, ordered[number], ends[number] - 1 - at))
    read = sum(file.length for file in chosen)
    if not sized:  # of these a few say how large all are
        length = sum(file.size for file in chosen) * len(ordered) // len(chosen)
    return _deal(source, chosen, length / max(read, 1))


def _count_wanted(total: int, length: int, share: float | None) -> int:
    wanted = max(round(total * (share or SHARE)), LEAST)
    if share is None and length:
        wanted = max(wanted, LEAST_BYTES * total // length)
        wanted = min(wanted, max(MOST_BYTES * total // length, 2))
    return min(wanted, total)


def _deal(source: Source, files: Sequence[File], factor: float) -> Sample:
    fitting = sum(file.length for file in files) // max(source.part_bytes, 1)
    count = min(max(fitting, LEAST_PARTS), MOST_PARTS, len(files))
    parts = tuple(tuple(files[number::count]) for number in range(count))
    return Sample(parts, parts[0][TINY // 2 :: TINY] or parts[0][:1], factor)


def _count_units(source: Source, file: File) -> int:
    """Blocks of a file that can be read by themselves; 1 where it is read whole."""
    if file.size <= plan.MIN_RANGE_BYTES or not plan.can_split(source, file):
        return 1
    return -(-file.size // plan.MIN_RANGE_BYTES)


def _take_block(source: Source, file: File, number: int) -> File:
    """A file, or one of its blocks."""
    if not file.sized:
        system, path = fsspec.core.url_to_fs(file.uri, **options(file.uri))
        file = replace(file, size=int(system.info(path).get("size") or 0), sized=True)
    if (blocks := _count_units(source, file)) == 1:
        return file
    start = (number + _hash(file)) % blocks * plan.MIN_RANGE_BYTES
    return replace(file, start=start, stop=start + plan.MIN_RANGE_BYTES)


def _classify(file: File) -> int:
    return file.size.bit_length()


def _hash(file: File) -> int:
    name = file.name.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())
