"""URL block lists: is the page from a place, or of a kind, that the user's lists name?

The rules of RefinedWeb (Penedo et al. 2023, "The RefinedWeb Dataset for Falcon LLM", G.1, arXiv:2306.01116)
as FineWeb's code has them. The lists are the user's: for domains usually the blacklists of the University
of Toulouse (UT1), whose folders can be named as they are.
"""

import gzip
import zlib
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import cache_by_stamp, read_text
from winnow.filters.verdict import judge_by_rules

TELLS = {"measure": "illegal"}

_MAX_LABELS = 127  # of a name of 253 characters, the most that there is
RULES = (("urls.soft_words", "urls_soft_words", "max_soft_words"),)
_START = r"^(?:(?:[a-z][a-z0-9+.\-]*:)?//)?(?:[^/?#@]*@)?(?:www\.)?"
_HOST = _START + r"(\[[^\]]*\]|[^/?#:]+)"
_LISTED = {
    "urls_listed_hosts": "urls.host",
    "urls_listed_domains": "urls.domain",
    "urls_listed_urls": "urls.url",
    "urls_hard_words": "urls.hard_word",
    "urls_substrings": "urls.substring",
}
SIGNALS = (*_LISTED, "urls_soft_words")


STRANGE = 0.01  # of the lines of a list: UT1's have some in other encodings, which no URL is written in


class _HashedEntries(NamedTuple):
    """The entries of a list in the order of their hashes, to be looked up by bisection."""

    name: pl.Series
    hash: np.ndarray


def block(
    docs: Annotated[pl.DataFrame, "url?"],
    *,
    domains: Path | None = None,
    urls: Path | None = None,
    hard_words: Path | None = None,
    soft_words: Path | None = None,
    substrings: Path | None = None,
    max_soft_words: NonNegativeInt = 1,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop documents whose `url` a list names. One without a URL passes.

    A list is a file (gzip where it ends in `.gz`), or a folder with such files, with one entry a line in
    UTF-8; lines that start with `#` are comments. Case, and the scheme and `www.` of entries, do not matter.

    `domains`: hosts and domains; one blocks all hosts below it (`example.com`: also `a.b.example.com`).
    `urls`: whole URLs. `hard_words`: one of them among the URL's words (between what is neither ASCII letter
    nor digit) is enough; `soft_words`: more than `max_soft_words` different ones are. `substrings`: anywhere
    in the URL's letters and digits, put together. Other characters in entries of these three do not count.

    Signals, counts: `urls_listed_hosts` (1 where the host itself is listed), `urls_listed_domains` (domains
    above it that are), `urls_listed_urls`, `urls_hard_words`, `urls_soft_words`, `urls_substrings`. Reasons:
    `urls.host`, `urls.domain`, `urls.url`, `urls.hard_word`, `urls.substring`, `urls.soft_words`.
    """
    url = docs["url"].cast(pl.String).fill_null("").str.to_lowercase().alias("url")
    different = url.unique(maintain_order=True)
    host = different.str.extract(_HOST).str.strip_chars_end(".").fill_null("")
    found = {
        "urls_listed_hosts": _find_listed(host, domains, _HOST),
        "urls_listed_domains": _count_listed_parents(host, domains),
        "urls_listed_urls": _find_listed(_strip_url(different), urls, None),
        "urls_hard_words": _count_words(different, hard_words),
        "urls_soft_words": _count_words(different, soft_words),
        "urls_substrings": _count_substrings(different, substrings),
    }
    table = pl.DataFrame({"url": different, **found})
    rows = url.to_frame().join(table, on="url", how="left", maintain_order="left")
    signals = {name: rows[name].to_numpy().astype(np.int64) for name in found}
    also = [(signals[name] > 0, reason) for name, reason in _LISTED.items()]
    return judge_by_rules(docs, signals, RULES, locals(), also=also)


def _strip_url(url: pl.Series) -> pl.Series:
    """A URL without what makes no difference: scheme, user, `www.` and a slash at the end."""
    return url.str.replace(_START, "").str.strip_chars_end("/")


def _strip_signs(text: pl.Series) -> pl.Series:
    return text.str.replace_all(r"[^a-z0-9]+", "")


def _find_listed(name: pl.Series, path: Path | None, pattern: str | None) -> np.ndarray:
    """1 where the list has the name: hashes by bisection, then the names themselves."""
    listed = np.zeros(len(name), np.int64)
    if path is None:
        return listed
    names = _read_names(path, pattern)
    if not len(names.hash) or not len(name):
        return listed
    at = np.searchsorted(names.hash, name.hash().to_numpy()).clip(max=len(names.hash) - 1)
    return ((names.name.gather(at) == name) & (name != "")).to_numpy().astype(np.int64)


def _count_listed_parents(host: pl.Series, path: Path | None) -> np.ndarray:
    """How many of the domains above each host are listed; of more labels than DNS allows, the last."""
    count = np.zeros(len(host), np.int64)
    labels = host.str.split(".").list.tail(_MAX_LABELS + 1)
    for level in range(1, int(labels.list.len().max() or 0) if path else 0):  # type: ignore[arg-type]
        count += _find_listed(labels.list.slice(level).list.join("."), path, _HOST)
    return count


def _count_words(url: pl.Series, path: Path | None) -> np.ndarray:
    """How many different words of the list are words of each URL."""
    if path is None:
        return np.zeros(len(url), np.int64)
    listed = _strip_signs(_read_entries(path)).unique()
    words = pl.DataFrame({"row": np.arange(len(url)), "word": url.str.extract_all("[a-z0-9]+")}).explode(
        "word"
    )
    hits = words.unique().filter(pl.col("word").is_in(listed.implode()))["row"].to_numpy()
    return np.bincount(hits, minlength=len(url))


def _count_substrings(url: pl.Series, path: Path | None) -> np.ndarray:
    """How often an entry of the list occurs in the letters and digits of each URL."""
    listed = _strip_signs(_read_entries(path)) if path else pl.Series([], dtype=pl.String)
    listed = listed.filter(listed != "").unique()
    if not len(listed) or not len(url):
        return np.zeros(len(url), np.int64)
    hits = _strip_signs(url).str.find_many(listed.implode(), overlapping=True)
    return hits.list.len().to_numpy().astype(np.int64)


@cache_by_stamp(16)
def _read_entries(path: Path) -> pl.Series:
    """The lines of a list in lower case, without comments and blank ones."""
    lines: list[str] = []
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in files:
        data = file.read_bytes()
        if file.suffix == ".gz":
            try:
                data = gzip.decompress(data)
            except (EOFError, OSError, zlib.error) as error:
                raise ValueError(f"{file}: not a whole gzip file: {error}") from None
        lines += read_text(file, data, STRANGE).split("\n")
    entries = pl.Series(lines, dtype=pl.String).str.strip_chars().str.to_lowercase()
    return entries.filter((entries != "") & ~entries.str.starts_with("#"))


@cache_by_stamp(4)
def _read_names(path: Path, pattern: str | None) -> _HashedEntries:
    """The entries of a list as URLs without what makes no difference, or what a pattern finds in them."""
    entries = _read_entries(path)
    names = (
        _strip_url(entries)
        if pattern is None
        else entries.str.extract(pattern).str.strip_chars_end(".").drop_nulls()
    )
    names = names.unique()
    hashes = names.hash().to_numpy()
    order = np.argsort(hashes)
    return _HashedEntries(names.gather(order), hashes[order])
