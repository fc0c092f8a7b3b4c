"""Real prose from Python's own documentation, and the steps of dedup run as the engine runs them."""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import polars as pl
import pytest

from winnow import shuffle
from winnow.dedup import clusters, exact, ledger, minhash
from winnow.pipelines.engine.corpus import bind_reader

WORDS = re.findall(r"[a-z]{2,}", " ".join(topics.values()).lower())
"""Words that any splitter leaves whole."""


def passages(length: int, count: int, seed: int = 0) -> list[list[str]]:
    """Runs of words from random places."""
    draw = random.Random(seed)
    starts = [draw.randrange(len(WORDS) - length) for _ in range(count)]
    return [WORDS[start : start + length] for start in starts]


def edited(words: list[str], edits: int, draw: random.Random) -> list[str]:
    """The words with `edits` of them replaced by others."""
    result = list(words)
    for place in draw.sample(range(len(words)), edits):
        result[place] = draw.choice(WORDS)
    return result


def shingles(text: str, n: int = 5) -> set[tuple[str, ...]]:
    """Runs of n words in plain Python; all words where there are fewer."""
    words = text.lower().split()
    return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()


def jaccard(a: str, b: str) -> float:
    """The true similarity."""
    x, y = shingles(a), shingles(b)
    return len(x & y) / len(x | y) if x | y else 0.0


def covered(text: str, other: str, n: int = 5) -> float:
    """The share of a text's words that stand in shingles of the other."""
    words, known = text.lower().split(), shingles(other, n)
    runs = range(max(1, len(words) - n + 1))
    return len({k for i in runs if tuple(words[i : i + n]) in known for k in range(i, i + n)}) / len(words)


def documents(texts: Sequence[str], sources: Sequence[str] = ("web",)) -> pl.DataFrame:
    """Documents with ids that say nothing about their order."""
    ids = [f"{i * 2654435761 % 2**32:08x}" for i in range(len(texts))]
    own = [sources[i % len(sources)] for i in range(len(texts))]
    uris = [f"{i // 40:03d}.jsonl" for i in range(len(texts))]
    columns = {"id": ids, "source": own, "uri": uris, "text": list(texts)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _groups(step: Callable[..., None], files: Sequence[Path], out: Path, **settings: Any) -> list[Path]:
    """The files that a step by part writes."""
    for number, file in enumerate(files):
        place = out / f"part-{number:05d}"
        place.mkdir(parents=True)
        step([file], place, **bind_reader(step), **settings)
    return [file for file in sorted(out.rglob("*")) if file.is_file()]


def _buckets(
    step: Callable[..., None],
    files: Sequence[Path],
    out: Path,
    buckets: int,
    prefix: str = "",
    **settings: Any,
) -> list[Path]:
    """The files that a step by bucket writes, on the shuffle that others wrote."""
    if files and shuffle.count_cells(files[0]) < buckets:
        merged = out / f".{prefix}merged"
        merged.mkdir(parents=True)
        shuffle.merge(files, merged, cells=buckets)
        files = sorted(merged.iterdir())
    for number in range(buckets):
        place = out / f"{prefix}bucket={number:04d}"
        place.mkdir(parents=True)
        step(files, place, **bind_reader(step, (number, buckets)), **settings)
    return [file for file in sorted(out.glob(f"{prefix}bucket=*/*")) if file.is_file()]


def join(files: Sequence[Path], out: Path, buckets: int) -> Path:
    """The folder of the clusters, when two rounds gave the same."""
    before: list[bytes] = []
    for number in range(20):
        written = _buckets(clusters.join, files, out, buckets, f"round={number:02d}." if number else "")
        given = [file.read_bytes() for file in written]
        if given == before:
            return out
        before, files = given, [file for file in written if shuffle.is_shuffle(file)]
    raise AssertionError("links come to no rest")


def split(docs: pl.DataFrame, parts: int, out: Path, seed: int) -> list[Path]:
    """The documents in random order, in files of random sizes."""
    docs = docs.sample(fraction=1, shuffle=True, seed=seed)
    cuts = sorted(random.Random(seed).choices(range(docs.height + 1), k=parts - 1))
    out.mkdir(parents=True)
    files = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, docs.height], strict=True)):
        files.append(out / f"part-{number:05d}.parquet")
        docs[start:end].write_parquet(files[-1])
    return files


def exact_ledger(
    docs: pl.DataFrame, out: Path, *, parts: int = 3, buckets: int = 4, seed: int = 0, **settings: Any
) -> Path:
    """The folder of the ledger of exact duplicates; `settings` are those of `partition`."""
    sign = {"url": exact.locate, "question": exact.question}.get(settings.get("key", ""), exact.hash)
    hashed = sign(docs)
    files = split(hashed, parts, out / "parts", seed)
    files = _groups(exact.partition, files, out / "keys", **settings)
    _buckets(exact.duplicates, files, out / "ledger", buckets)
    return out / "ledger"


def near_ledger(
    docs: pl.DataFrame,
    out: Path,
    *,
    parts: int = 3,
    buckets: int = 4,
    seed: int = 0,
    prefer: list[Any] = ledger.LONGEST,
    index: Sequence[Path] = (),
    without: Path | None = None,
    within: str = "",
    **settings: Any,
) -> Path:
    """The folder of the ledger of near duplicates; `settings` are those of `choose`, `index` is a run's."""
    files = split(minhash.sign(docs), parts, out / "parts", seed)
    keys = _groups(minhash.bands, files, out / "bands", without=without, within=within)
    keys += _groups(minhash.bands, index, out / "old", old=True) if index else []
    pairs = _buckets(minhash.pairs, keys, out / "pairs", buckets)
    random.Random(seed).shuffle(pairs)
    whom: dict[str, Any] = {"clusters": join(pairs, out / "clusters", buckets), "prefer": prefer}
    found = _groups(clusters.gather, files, out / "gathered", without=without, **whom)
    found += _groups(clusters.gather, index, out / "again", old=True, **whom) if index else []
    _buckets(clusters.choose, found, out / "ledger", buckets, **settings)
    return out / "ledger"


def read(folder: Path) -> pl.DataFrame:
    """The whole ledger, in the order of ids."""
    return pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("*/ledger.parquet"))]).sort("id")


class Kit:
    """What the tests of this folder share."""

    passages = staticmethod(passages)
    edited = staticmethod(edited)
    jaccard = staticmethod(jaccard)
    shingles = staticmethod(shingles)
    covered = staticmethod(covered)
    documents = staticmethod(documents)
    split = staticmethod(split)
    groups = staticmethod(_groups)
    buckets = staticmethod(_buckets)
    join = staticmethod(join)
    exact_ledger = staticmethod(exact_ledger)
    near_ledger = staticmethod(near_ledger)
    read = staticmethod(read)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit
