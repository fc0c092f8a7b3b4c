"""Lines that many pages of a site share: its menus, notices and footers.

`count` (by part) -> `merge` (by bucket) -> `remove` (shard step); and `repeated`, within a page. Lines are
alike if they differ in white space, the case of ASCII letters and digits only (`Page 3 of 17`). The idea is
CCNet's (Wenzek et al. 2020, arXiv:1911.00359), which takes out every paragraph that it has seen before, here
held to one site and to a least number of pages.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from filters.verdict import judge
from filters.words.jit import kernel
from filters.words.scanner import mix
from filters.words.split import utf8

TABLE = ("site", "line", "documents")
SIGNALS = ("sites_lines", "sites_characters")
_BUCKETS = 16
_HOST = r"^(?i:(?:[a-z][a-z0-9+.\-]*:)?//)(?:[^/?#@]*@)?([^/?#:]+)"
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def count(
    files: Annotated[Sequence[Path], "text", "url?"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, TABLE]:
    """Write how many documents of each site have each line to `bucket=<number>.parquet`. Run by part.

    A site is the host of `url`; documents without one are not counted. Columns: `site` and `line`, hashes
    (UInt64), `documents` (UInt32); a row with the line 0 counts the site's documents.
    """
    found = [pl.DataFrame(schema={"site": pl.UInt64, "line": pl.UInt64, "documents": pl.UInt32})]
    for file in files:
        for batch in read(file, ["url", "text"]):
            found.append(_counted(batch))
    rows = _summed(found)
    for bucket in range(_BUCKETS):
        here = rows.filter(pl.col("site") % _BUCKETS == bucket)
        if len(here) or not bucket:
            here.write_parquet(out / f"bucket={bucket:04d}.parquet")


def merge(
    files: Annotated[Sequence[Path], TABLE],
    out: Path,
    *,
    min_documents: int = 10,
    min_document_ratio: float = 0.1,
) -> Annotated[None, TABLE]:
    """Write the lines that a site's pages share to `lines.parquet`. Run by bucket, on the output of `count`.

    They stand in at least `min_documents` documents of the site and in `min_document_ratio` of them.
    Columns: `site`, `line`, `documents`.
    """
    rows = _summed([pl.read_parquet(file, glob=False, hive_partitioning=False) for file in files])
    sites = rows.filter(pl.col("line") == 0).select("site", of="documents")
    shared = rows.filter(pl.col("line") != 0, pl.col("documents") >= min_documents).join(sites, on="site")
    shared = shared.filter(pl.col("documents") >= min_document_ratio * pl.col("of")).drop("of")
    shared.sort("site", "line").write_parquet(out / "lines.parquet")


def remove(
    docs: Annotated[pl.DataFrame, "text", "url?"], *, lines: Path
) -> Annotated[pl.DataFrame, "text", SIGNALS]:
    """Take the lines that `merge` found out of the texts of their sites; `lines` is its folder.

    Signals: `sites_lines` and `sites_characters` (taken out, without line breaks). A text of which nothing
    stays is dropped: `sites.nothing_left`. Blank lines at its ends go too.
    """
    shared = _shared(lines, _state(lines))
    cut = _cut(docs["text"])
    keys = _pair(_sites(docs["url"])[cut.doc], cut.hash)
    at = np.searchsorted(shared, keys).clip(max=len(shared) - 1)
    return _without(docs, cut, (cut.hash != 0) & (shared[at] == keys))


def repeated(
    docs: Annotated[pl.DataFrame, "text"], *, min_words_per_line: int = 3
) -> Annotated[pl.DataFrame, "text", SIGNALS]:
    """Take out of each text the lines that stood in it before, if they have `min_words_per_line` words.

    Shorter ones stay: they may be brackets of code or cells of a table. Words are what white space
    separates. Signals and reason as `remove` has them.
    """
    cut = _cut(docs["text"])
    lines = pl.DataFrame({"doc": cut.doc, "line": cut.hash})
    again = ~lines.select(pl.struct("doc", "line").is_first_distinct()).to_series().to_numpy()
    return _without(docs, cut, again & (cut.words >= min_words_per_line))


class _Cut(NamedTuple):
    """The lines of a batch: positions are bytes of `data`, `hash` is 0 for a blank line."""

    data: np.ndarray
    doc: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    hash: np.ndarray
    words: np.ndarray


def _cut(text: pl.Series) -> _Cut:
    data, offsets = utf8(text)
    breaks = np.flatnonzero(data[offsets[0] : offsets[-1]] == 10) + offsets[0]
    many = np.searchsorted(breaks, offsets[1:]) - np.searchsorted(breaks, offsets[:-1]) + 1
    doc = np.repeat(np.arange(len(text)), many)
    begin, end = np.empty(len(doc), np.int64), np.empty(len(doc), np.int64)
    last = np.cumsum(many) - 1
    begin[last - many + 1], end[last] = offsets[:-1], offsets[1:]
    inner = np.ones(len(doc), bool)
    inner[last] = False
    end[inner], begin[np.flatnonzero(inner) + 1] = breaks, breaks + 1
    value, words = np.empty(len(doc), np.uint64), np.empty(len(doc), np.int64)
    _hash(data, begin, end, value, words)
    return _Cut(data, doc, begin, end, value, words)


def _sites(url: pl.Series) -> np.ndarray:
    """A hash of each URL's host, 0 where there is none."""
    host = url.cast(pl.String).str.extract(_HOST).str.to_lowercase().str.strip_prefix("www.").fill_null("")
    data, offsets = utf8(host)
    value, words = np.empty(len(host), np.uint64), np.empty(len(host), np.int64)
    _hash(data, offsets[:-1], offsets[1:], value, words)
    return value


def _counted(docs: pl.DataFrame) -> pl.DataFrame:
    """Each site's lines of a batch, with the documents that have them."""
    site = _sites(docs["url"])
    cut = _cut(docs["text"])
    rows = pl.DataFrame({"site": site[cut.doc], "line": cut.hash, "doc": cut.doc})
    own = pl.DataFrame({"site": site, "line": np.zeros(len(site), np.uint64), "doc": np.arange(len(site))})
    rows = pl.concat([rows.filter(pl.col("line") != 0).unique(), own]).filter(pl.col("site") != 0)
    return rows.group_by("site", "line").agg(documents=pl.len().cast(pl.UInt32))


def _summed(tables: list[pl.DataFrame]) -> pl.DataFrame:
    rows = pl.concat(tables).group_by("site", "line").agg(pl.col("documents").sum())
    return rows.sort("site", "line")


def _pair(site: np.ndarray, line: np.ndarray) -> np.ndarray:
    return (site * _PRIME) ^ line


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    """A table that was written anew is another one to a long-lived worker."""
    files = sorted([*folder.glob("lines.parquet"), *folder.glob("[!.]*/lines.parquet")])
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


@functools.lru_cache(maxsize=4)
def _shared(folder: Path, state: tuple[tuple[str, int], ...]) -> np.ndarray:
    """The pairs of site and line to take out, sorted; 0, which no pair is, where there are none."""
    tables = [pl.read_parquet(file, glob=False, hive_partitioning=False) for file, _ in state]
    pairs = [_pair(rows["site"].to_numpy(), rows["line"].to_numpy()) for rows in tables]
    return np.sort(np.concatenate([np.zeros(1, np.uint64), *pairs]))


def _without(docs: pl.DataFrame, cut: _Cut, gone: np.ndarray) -> pl.DataFrame:
    """The texts without these lines, with signals and reason. Where none goes, all stands as it stood."""
    solid = np.flatnonzero(~gone & (cut.hash != 0))
    first, last = np.full(len(docs), len(gone)), np.full(len(docs), -1)
    np.minimum.at(first, cut.doc[solid], solid)
    np.maximum.at(last, cut.doc[solid], solid)
    count = np.bincount(cut.doc[gone], minlength=len(docs))
    line = np.arange(len(gone))
    inside = (line >= first[cut.doc]) & (line <= last[cut.doc])
    stays = ~gone & (inside | (count == 0)[cut.doc])
    out, where = np.empty(len(cut.data) + len(line), np.uint8), np.zeros(len(docs) + 1, np.int64)
    characters = np.zeros(len(docs), np.int64)
    _write(cut.data, cut.doc, cut.begin, cut.end, gone, stays, out, where, characters)
    text = pa.LargeStringArray.from_buffers(len(docs), pa.py_buffer(where), pa.py_buffer(out[: where[-1]]))
    signals = {"sites_lines": count, "sites_characters": characters}
    docs = docs.with_columns(pl.Series("text", text, dtype=pl.String))
    return judge(docs, signals, [(last < 0, "sites.nothing_left")])


@kernel
def _hash(data, begin, end, value, words):
    """Hash each span: white space as one space, digits as one 0, ASCII letters in lower case; count words."""
    for k in range(len(begin)):
        h, last, count = _PRIME, np.uint64(32), 0
        for i in range(begin[k], end[k]):
            c = np.uint64(data[i])
            c = np.uint64(32) if c < 33 else np.uint64(48) if 48 <= c <= 57 else c
            c = c | np.uint64(32) if 65 <= c <= 90 else c
            if c == last and (c == 32 or c == 48):
                continue
            if c != 32:
                if last == 32:
                    count += 1
                    h = (h ^ np.uint64(32)) * _PRIME
                h = (h ^ c) * _PRIME
            last = c
        h = mix(h)
        value[k], words[k] = (h if h else np.uint64(1)) if count else np.uint64(0), count


@kernel
def _write(data, doc, begin, end, gone, stays, out, where, characters):
    """Write the lines that stay, with newlines between; count the characters of those that go."""
    n, d = 0, 0
    for k in range(len(doc)):
        if doc[k] > d:
            d = doc[k]
            where[d] = n
        if gone[k]:
            for i in range(begin[k], end[k]):
                characters[d] += data[i] & 0xC0 != 0x80
        if stays[k]:
            if n > where[d] or (k > 0 and doc[k - 1] == d and stays[k - 1]):
                out[n] = 10
                n += 1
            for i in range(begin[k], end[k]):
                out[n] = data[i]
                n += 1
        where[d + 1] = n
