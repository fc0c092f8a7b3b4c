"""Lines that many pages of a site share: its menus, notices and footers.

`count` (by part) -> `merge` (by bucket) -> `remove` (shard step); and `repeated`, within a page. Lines are
alike if they differ in white space, the case of ASCII letters and digits only (`Page 3 of 17`). The idea is
CCNet's (Wenzek et al. 2020, arXiv:1911.00359), which takes out every paragraph that it has seen before, here
held to one site and to a least number of pages.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import cache_by_stamp, find_files
from winnow.filters.site.code import find_blocks, find_signs
from winnow.filters.verdict import judge
from winnow.hosts import find_site
from winnow.kernels import I64, U8, U32, U64, Bools, kernel
from winnow.ranges import Ratio
from winnow.shuffle import open_writer
from winnow.words import byte
from winnow.words.hashes import GOLDEN, mix
from winnow.words.lines import is_separator
from winnow.words.split import from_utf8, utf8
from winnow.words.unicode import ALONE, decode, flag, flags

TELLS = {"measure": "duplicates"}

TABLE = ("site", "line", "documents")
SIGNALS = ("sites_lines", "sites_characters")
_FIRST_UNSPACED = 0xE0  # the least first byte of a letter of theirs: Thai, U+0E00
_BLANK, _ZERO, _CASE = np.uint64(byte.BLANK), np.uint64(byte.ZERO), np.uint64(byte.CASE)


def count(
    files: Annotated[Sequence[Path], "text", "url?"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, TABLE]:
    """Write how many documents of each site have each line to the shuffle (`winnow.shuffle`). Run by part.

    A site is the host of `url`; documents without one are not counted. Nor are lines that have signs of code
    (`filters.site.code`): a bracket may stand on every page of a manual. Columns: `site` and `line`, hashes
    (UInt64), `documents` (UInt32); a row with the line 0 counts the site's documents.
    """
    found = [pl.DataFrame(schema={"site": pl.UInt64, "line": pl.UInt64, "documents": pl.UInt32})]
    for file in files:
        for batch in read(file, ["url", "text"]):
            found.append(_count_batch(batch))
    with open_writer(out, "site") as write:
        write(_sum_counts(found))


def merge(
    files: Annotated[Sequence[Path], TABLE],
    out: Path,
    *,
    read_bucket: Callable[..., Iterator[pl.DataFrame]],
    min_documents: NonNegativeInt = 10,
    min_document_ratio: Ratio = 0.1,
) -> Annotated[None, TABLE]:
    """Write the lines that a site's pages share to `lines.parquet`. Run by bucket, on the output of `count`.

    They stand in at least `min_documents` documents of the site and in `min_document_ratio` of them.
    Columns: `site`, `line`, `documents`.
    """
    rows = _sum_counts([frame for file in files for frame in read_bucket(file)])
    sites = rows.filter(pl.col("line") == 0).select("site", of="documents")
    shared = rows.filter(pl.col("line") != 0, pl.col("documents") >= min_documents).join(sites, on="site")
    shared = shared.filter(pl.col("documents") >= min_document_ratio * pl.col("of")).drop("of")
    shared.sort("site", "line").write_parquet(out / "lines.parquet")


def remove(
    docs: Annotated[pl.DataFrame, "text", "url?"], *, lines: Path
) -> Annotated[pl.DataFrame, "text", SIGNALS]:
    """Take the lines that `merge` found out of the texts of their sites; `lines` is its folder.

    Signals: `sites_lines` and `sites_characters` (taken out, without line breaks). A text of which nothing
    stays is dropped: `sites.nothing_left`. Blank lines at its ends go too; where lines go between two that
    stay, as many blank lines part these as the shortest run had that stood there.
    """
    shared = _load_shared(find_files(lines, "lines.parquet"))
    cut = _cut_lines(docs["text"])
    keys = _hash_pairs(_hash_sites(docs["url"])[cut.doc], cut.hash)
    at = np.searchsorted(shared, keys).clip(max=len(shared) - 1)
    return _remove_lines(docs, cut, (cut.hash != 0) & (shared[at] == keys) & ~_find_signs(cut))


def repeated(
    docs: Annotated[pl.DataFrame, "text"], *, min_words_per_line: NonNegativeInt = 3
) -> Annotated[pl.DataFrame, "text", SIGNALS]:
    """Take out of each text the lines that stood in it before, if they have `min_words_per_line` words.

    Shorter ones stay: they may be brackets of code or cells of a table. So do rows of tables (`a | b`), and
    what may be code (`filters.site.code`), which without some of its lines is none. Words are what white
    space separates; of scripts without spaces two letters are one. Signals and reason as `remove` has them.
    """
    cut = _cut_lines(docs["text"])
    stays = _find_signs(cut)
    find_blocks(cut.data, cut.doc, cut.begin, cut.end, stays)
    _find_cells(cut.data, cut.begin, cut.end, stays)
    lines = pl.DataFrame({"doc": cut.doc, "line": cut.hash})
    again = ~lines.select(pl.struct("doc", "line").is_first_distinct()).to_series().to_numpy()
    return _remove_lines(docs, cut, again & (cut.words >= min_words_per_line) & ~stays)


class _Lines(NamedTuple):
    """The lines of a batch: positions are bytes of `data`, `hash` is 0 for a blank line."""

    data: U8
    doc: I64
    begin: I64
    end: I64
    hash: U64
    words: I64


def _cut_lines(text: pl.Series) -> _Lines:
    data, offsets = utf8(text)
    breaks = np.flatnonzero(data[offsets[0] : offsets[-1]] == byte.LF) + offsets[0]
    many = np.searchsorted(breaks, offsets[1:]) - np.searchsorted(breaks, offsets[:-1]) + 1
    doc = np.repeat(np.arange(len(text)), many)
    begin, end = np.empty(len(doc), np.int64), np.empty(len(doc), np.int64)
    last = np.cumsum(many) - 1
    begin[last - many + 1], end[last] = offsets[:-1], offsets[1:]
    inner = np.ones(len(doc), bool)
    inner[last] = False
    end[inner], begin[np.flatnonzero(inner) + 1] = breaks, breaks + 1
    value, words = np.empty(len(doc), np.uint64), np.empty(len(doc), np.int64)
    _hash_lines(data, begin, end, value, words)
    _count_unspaced(data, begin, end, flags(), words)
    return _Lines(data, doc, begin, end, value, words)


def _find_signs(cut: _Lines) -> Bools:
    """Lines with signs of code, and what parts posts of a thread: they are no site's, and stay."""
    signs = np.empty(len(cut.doc), np.bool_)
    find_signs(cut.data, cut.doc, cut.begin, cut.end, signs)
    _find_separators(cut.data, cut.doc, cut.begin, cut.end, signs)
    return signs


def _hash_sites(url: pl.Series) -> U64:
    """A hash of each URL's host, 0 where there is none."""
    host = url.to_frame("url").select(find_site(pl.col("url")).fill_null("")).to_series()
    data, offsets = utf8(host)
    value, words = np.empty(len(host), np.uint64), np.empty(len(host), np.int64)
    _hash_lines(data, offsets[:-1], offsets[1:], value, words)
    return value


def _count_batch(docs: pl.DataFrame) -> pl.DataFrame:
    """Each site's lines of a batch, with the documents that have them."""
    site = _hash_sites(docs["url"])
    cut = _cut_lines(docs["text"])
    line = np.where(_find_signs(cut), np.uint64(0), cut.hash)
    rows = pl.DataFrame({"site": site[cut.doc], "line": line, "doc": cut.doc})
    own = pl.DataFrame({"site": site, "line": np.zeros(len(site), np.uint64), "doc": np.arange(len(site))})
    rows = pl.concat([rows.filter(pl.col("line") != 0).unique(), own]).filter(pl.col("site") != 0)
    return rows.group_by("site", "line").agg(documents=pl.len().cast(pl.UInt32))


def _sum_counts(tables: list[pl.DataFrame]) -> pl.DataFrame:
    rows = pl.concat(tables).group_by("site", "line").agg(pl.col("documents").sum())
    return rows.sort("site", "line")


def _hash_pairs(site: U64, line: U64) -> U64:
    return (site * GOLDEN) ^ line


@cache_by_stamp(4)
def _load_shared(files: tuple[Path, ...]) -> U64:
    """The pairs of site and line to take out, sorted; 0, which no pair is, where there are none."""
    tables = [pl.read_parquet(file, glob=False, hive_partitioning=False) for file in files]
    pairs = [_hash_pairs(rows["site"].to_numpy(), rows["line"].to_numpy()) for rows in tables]
    return np.sort(np.concatenate([np.zeros(1, np.uint64), *pairs]))


def _remove_lines(docs: pl.DataFrame, cut: _Lines, gone: Bools) -> pl.DataFrame:
    """The texts without these lines, with signals and reason. Where none goes, all stands as it stood."""
    solid = np.flatnonzero(~gone & (cut.hash != 0))
    first, last = np.full(len(docs), len(gone)), np.full(len(docs), -1)
    np.minimum.at(first, cut.doc[solid], solid)
    np.maximum.at(last, cut.doc[solid], solid)
    count = np.bincount(cut.doc[gone], minlength=len(docs))
    line = np.arange(len(gone))
    inside = (line >= first[cut.doc]) & (line <= last[cut.doc])
    stays = ~gone & (inside | (count == 0)[cut.doc])
    _thin_gaps(cut.doc, cut.hash == 0, gone, stays)
    out, where = np.empty(len(cut.data) + len(line), np.uint8), np.zeros(len(docs) + 1, np.int64)
    characters = np.zeros(len(docs), np.int64)
    _write_lines(cut.data, cut.doc, cut.begin, cut.end, gone, stays, out, where, characters)
    signals = {"sites_lines": count, "sites_characters": characters}
    docs = docs.with_columns(from_utf8("text", out, where))
    return judge(docs, signals, [(last < 0, "sites.nothing_left")])


@kernel
def _find_separators(data: U8, doc: I64, begin: I64, end: I64, found: Bools) -> None:
    """Add the lines that part two posts."""
    for k in range(2, len(begin) - 2):
        if doc[k - 2] == doc[k + 2]:
            found[k] |= is_separator(data, begin[k], end[k], begin[k - 2], end[k + 2])


@kernel
def _find_cells(data: U8, begin: I64, end: I64, cells: Bools) -> None:
    """Add the lines in which a bar stands between two spaces."""
    for k in range(len(begin)):
        for i in range(begin[k] + 1, end[k] - 1):
            if data[i] == byte.PIPE and data[i - 1] == byte.BLANK and data[i + 1] == byte.BLANK:
                cells[k] = True


@kernel
def _thin_gaps(doc: I64, blank: Bools, gone: Bools, stays: Bools) -> None:
    """Where lines go between two that stay, leave as many blank lines as the shortest run between had."""
    k = 0
    while k < len(doc):
        begin, run, left, lost = k, 0, 0, False
        while k < len(doc) and doc[k] == doc[begin] and (blank[k] or gone[k]):
            run = 0 if gone[k] else run + 1
            ends = k + 1 == len(doc) or gone[k + 1] or not blank[k + 1]
            if run and ends:
                left = min(left, run) if left else run
            lost = lost or gone[k]
            k += 1
        for i in range(begin, k):
            if lost and stays[i]:
                stays[i] = left > 0
                left -= 1
        k = max(k, begin + 1)


@kernel
def _hash_lines(data: U8, begin: I64, end: I64, value: U64, words: I64) -> None:
    """Hash each span: white space as one space, digits as one 0, ASCII letters in lower case; count words."""
    for k in range(len(begin)):
        h, last, count = GOLDEN, _BLANK, 0
        for i in range(begin[k], end[k]):
            c = np.uint64(data[i])
            c = _BLANK if c < byte.BANG else _ZERO if byte.ZERO <= c <= byte.NINE else c
            c = c | _CASE if byte.A <= c <= byte.Z else c
            if c == last and c in (_BLANK, _ZERO):
                continue
            if c != _BLANK:
                if last == _BLANK:
                    count += 1
                    h = (h ^ _BLANK) * GOLDEN
                h = (h ^ c) * GOLDEN
            last = c
        h = mix(h)
        value[k], words[k] = (h if h else np.uint64(1)) if count else np.uint64(0), count


@kernel
def _count_unspaced(data: U8, begin: I64, end: I64, table: U32, words: I64) -> None:
    """Count two letters of scripts without spaces as a word, where that gives a span more words."""
    for k in range(len(begin)):
        letters, i = 0, begin[k]
        while i < end[k]:
            if data[i] < _FIRST_UNSPACED:
                i += 1
                continue
            point, i = decode(data, i)
            letters += flag(point, table) & ALONE != 0
        words[k] = max(words[k], letters // 2)


@kernel
def _write_lines(
    data: U8, doc: I64, begin: I64, end: I64, gone: Bools, stays: Bools, out: U8, where: I64, characters: I64
) -> None:
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
                out[n] = byte.LF
                n += 1
            for i in range(begin[k], end[k]):
                out[n] = data[i]
                n += 1
        where[d + 1] = n
