"""Which capture of a site's files counts for each page: histories of URLs, kept from batch to batch.

A history is the captures of one URL in order of their dates. The three of a site are found in the table once;
after that a page costs a search among a few numbers that lie together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

import numpy as np
import polars as pl

from winnow.filters.optouts import captures
from winnow.filters.optouts.captures import BEFORE_FIRST, NO_CAPTURE, PATHS, Table, make_keys
from winnow.filters.optouts.paths import split_urls
from winnow.kernels import I64, U64, Int, kernel

MAX_MOVES = 5  # redirects that are followed, as RFC 9309 asks
_MOST = 100_000  # sites, and captures, that are kept: some 40 MB
_EMPTY, _UNASKED = 0, -1  # the history without a capture; of where a capture was moved to


@dataclass
class Histories:
    """What was asked for. The captures of history h stand from `begin[h]` on, `count[h]` of them."""

    table: Table
    sites: dict[str | None, int] = field(default_factory=lambda: {None: 0})
    files: I64 = field(default_factory=lambda: np.zeros((1, len(PATHS)), np.int64))  # histories of each site
    begin: I64 = field(default_factory=lambda: np.zeros(1, np.int64))
    count: I64 = field(default_factory=lambda: np.zeros(1, np.int64))
    # Of each capture: its second, its status, its row in the table, and the history of where it was moved to.
    data: I64 = field(default_factory=lambda: np.zeros((4, 0), np.int64))


class CaptureRows(NamedTuple):
    """For each of `PATHS` and page its row of the table, `NO_CAPTURE` or `BEFORE_FIRST`; its status, or 0."""

    row: I64
    status: I64


def open_histories(table: Table) -> Histories:
    """What is known of the table; nothing, where that had become much."""
    known = table.known.get("histories")
    if known is None or max(len(known.sites), known.data.shape[1]) > _MOST:
        known = table.known["histories"] = Histories(table)
    return known


def find(known: Histories, sites: Sequence[str | None], limits: Sequence[I64]) -> list[CaptureRows]:
    """The captures that count for pages of these sites, for each of the limits (a second for each page).

    That is the last one that is not later; of the other scheme's site where a site has none at all. What was
    moved is looked for where it was moved to, up to `MAX_MOVES` times; what was moved out of the table stays
    the capture that says so.
    """
    if new := [each for each in dict.fromkeys(sites) if each not in known.sites]:
        _learn_sites(known, new)
    number = np.fromiter(map(known.sites.__getitem__, sites), np.int64, len(sites))
    history = known.files[number].T
    return [_find(known, history, limit) for limit in limits]


def _find(known: Histories, history: I64, limit: I64) -> CaptureRows:
    asked, until = history.ravel(), np.tile(limit, len(PATHS))
    place = _look_up(known, asked, until)
    for _ in range(MAX_MOVES):
        moved = np.flatnonzero(place >= 0)
        status = known.data[1, place[moved]]
        moved = moved[(status >= 300) & (status < 400)]
        if not len(moved):
            break
        there = _look_up(known, _follow(known, place[moved]), until[moved])
        if (there < 0).all():
            break
        place[moved[there >= 0]] = there[there >= 0]
    row, status, found = place.copy(), np.zeros(len(place), np.int64), place >= 0
    status[found], row[found] = known.data[1:3, place[found]]
    return CaptureRows(row.reshape(history.shape), status.reshape(history.shape))


def _look_up(known: Histories, history: I64, limit: I64) -> I64:
    place = np.empty(len(history), np.int64)
    _bisect(known.begin, known.count, known.data[0], history, limit, place)
    return place


def _learn_sites(known: Histories, sites: Sequence[str | None]) -> None:
    """Look the files of new sites up in the table, and those of the other scheme where a site has none."""
    own = _learn(known, make_keys([f"{site}{path}" for site in sites for path in PATHS]))
    lacks = np.flatnonzero(own == _EMPTY)
    swapped = [_swap(str(site)) for site in sites]
    others = [swapped[k // len(PATHS)] + PATHS[k % len(PATHS)] for k in lacks.tolist()]
    own[lacks] = _learn(known, make_keys(others))
    known.sites.update(zip(sites, range(len(known.sites), len(known.sites) + len(sites)), strict=True))
    known.files = np.concatenate([known.files, own.reshape(-1, len(PATHS))])


def _swap(site: str) -> str:
    return "http" + site[5:] if site.startswith("https") else "https" + site[4:]


def _follow(known: Histories, place: I64) -> I64:
    """The histories of where captures were moved to."""
    new = [k for k in np.unique(place).tolist() if known.data[3, k] == _UNASKED]
    if new:
        urls = [_find_target(known.table, int(known.data[2, k])) for k in new]
        parts = split_urls(pl.Series(urls, dtype=pl.String))
        whole = (parts["site"] + parts["path"]).fill_null("")
        targets = _learn(known, make_keys(whole))
        known.data[3, new] = targets
    history: I64 = known.data[3, place]
    return history


def _find_target(table: Table, row: int) -> str | None:
    bucket, at = captures.locate(table, row)
    location = bucket.location[at].as_py()
    try:
        return urljoin(bucket.url[at].as_py(), location) if location else None
    except ValueError:
        return None


def _learn(known: Histories, key: U64) -> I64:
    """Copy the captures of keys out of the table; their histories, `_EMPTY` of a key that it lacks."""
    which = np.searchsorted(known.table.first, key, side="right") - 1
    order = np.argsort(which, kind="stable")
    numbers, cut = np.unique(which[order], return_index=True)
    groups = [
        (number, mine)
        for number, mine in zip(numbers.tolist(), np.split(order, cut[1:]), strict=True)
        if number >= 0
    ]
    low, count = np.zeros(len(key), np.int64), np.zeros(len(key), np.int64)
    for number, mine in groups:
        _find_range(known.table.buckets[number].key, key, mine, low, count)
    begin = np.cumsum(count) - count
    data = np.full((4, int(count.sum())), _UNASKED, np.int64)
    for number, mine in groups:
        if count[mine].any():
            bucket = known.table.buckets[number]
            _copy(bucket.at, bucket.status, known.table.base[number], mine, low, count, begin, data)
    has = np.flatnonzero(count)
    history = np.full(len(key), _EMPTY, np.int64)
    history[has] = np.arange(len(known.begin), len(known.begin) + len(has))
    known.begin = np.concatenate([known.begin, known.data.shape[1] + begin[has]])
    known.count = np.concatenate([known.count, count[has]])
    known.data = np.concatenate([known.data, data], axis=1)
    return history


@kernel
def _find_range(keys: U64, key: U64, mine: I64, first: I64, count: I64) -> None:
    """Where in a bucket each key's captures begin, and how many there are."""
    for k in mine:
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < key[k]:
                low = middle + 1
            else:
                high = middle
        end = low
        while end < len(keys) and keys[end] == key[k]:
            end += 1
        first[k], count[k] = low, end - low


@kernel
def _copy(at: I64, status: I64, base: Int, mine: I64, low: I64, count: I64, begin: I64, data: I64) -> None:
    for k in mine:
        for i in range(count[k]):
            row = low[k] + i
            data[0, begin[k] + i], data[1, begin[k] + i], data[2, begin[k] + i] = (
                at[row],
                status[row],
                base + row,
            )


@kernel
def _bisect(begin: I64, count: I64, at: I64, history: I64, limit: I64, place: I64) -> None:
    """The place of the last capture of each history that is not later than its limit."""
    for k in range(len(history)):
        first = begin[history[k]]
        low, high = first, first + count[history[k]]
        if low == high:
            place[k] = NO_CAPTURE
            continue
        while low < high:
            middle = (low + high) // 2
            if at[middle] <= limit[k]:
                low = middle + 1
            else:
                high = middle
        place[k] = low - 1 if low > first else BEFORE_FIRST
