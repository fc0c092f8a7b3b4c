"""What all that was said of pages comes to: by signal and agent, as of a date, with the evidence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from filters.preferences import captures, pages, sites
from filters.preferences.captures import AI_TXT, NOW, ROBOTS, TDMREP, Table, make_key
from filters.preferences.paths import split_urls
from filters.preferences.rules import Agents
from filters.preferences.signals import NO, UNSAID, YES
from filters.preferences.stamps import read_dates
from filters.words.jit import I8, I64

SIGNALS = ("robots", "content_usage", "content_signal", "noai", "tdm", "ai_txt")
VALUES = {"allowed": YES, "unknown": UNSAID, "disallowed": NO}
FETCH, LATEST = "fetch", "latest"


class Policy(NamedTuple):
    """Who is asked for, and what it means where robots.txt is not there."""

    agents: Agents
    older: tuple[str, ...]
    absent: Mapping[int, int]  # the value of a state


class Place(NamedTuple):
    """Where pages stand, and until when (seconds) captures are heard."""

    site: pl.Series
    path: pl.Series
    limit: I64


class Heard(NamedTuple):
    """What the files of the pages' sites say."""

    value: dict[str, I8]
    evidence: list[str]
    states: list[str]
    tdm_states: list[str]


def find_limit(as_of: str, table: Table | None) -> int | None:
    """The second until which captures are heard; None where it is that of the page's fetch.

    ValueError where `as_of` is no date, or lies before all captures.
    """
    if as_of in (FETCH, LATEST):
        return None if as_of == FETCH else NOW
    limit = read_dates(pl.Series([as_of], dtype=pl.String), last=True)[0]
    if limit is None:
        raise ValueError(f"as_of = {as_of!r} is neither a date (2025-01-31), {FETCH!r} nor {LATEST!r}")
    if table and table.oldest is not None and limit < table.oldest:
        first = pl.from_epoch(pl.Series([table.oldest])).dt.strftime("%Y-%m-%d")[0]
        raise ValueError(f"as_of = {as_of!r} lies before all captures, of which the first is of {first}")
    return int(limit)


def judge(docs: pl.DataFrame, table: Table | None, limit: int | None, policy: Policy) -> dict[str, Any]:
    """The columns of `filters.optouts:judge` but those of the agents, and the values of these (`agents`)."""
    own = pages.read_pages(docs, policy.agents, policy.older)
    if table is None:
        many, name = docs.height, sites.STATES[sites.NO_CAPTURE]
        heard = Heard({}, [""] * many, [name] * many, [name] * many)
        value = _join(heard, own, policy)
        found = value, _sum_up(value), _sum_up(value)
    else:
        heard, found = _judge_by_date(docs, table, limit, policy, own)
        value = found[0]
    evidence = [",".join(filter(None, both)) for both in zip(heard.evidence, own.evidence, strict=True)]
    return {
        "signals": value | {"noimageai": own.value["noimageai"]},
        "agents": _sum_up(value),
        "by_fetch": found[1],
        "by_latest": found[2],
        "state": heard.states,
        "tdm_state": heard.tdm_states,
        "evidence": [f"[{each}]" if each else None for each in evidence],
    }


def _judge_by_date(
    docs: pl.DataFrame, table: Table, limit: int | None, policy: Policy, own: pages.Own
) -> tuple[Heard, tuple[dict[str, I8], I8, I8]]:
    """What is heard until the limit, and its values; the sums of what was said at the fetch, and at last."""
    urls = split_urls(docs["url"] if "url" in docs.columns else pl.Series([None] * docs.height))
    dates = docs["date"] if "date" in docs.columns else pl.Series([None] * docs.height)
    fetched = read_dates(dates, last=True)
    fetch, last = fetched.fill_null(-1).to_numpy(), np.full(docs.height, NOW)
    at = fetch if limit is None else np.full(docs.height, limit, np.int64)
    own_rows, *other_rows = _find_rows(table, urls["site"], [at, fetch, last])
    place = Place(urls["site"], urls["path"].fill_null("/"), at)
    heard = _hear(table, place, own_rows, policy)
    value = _join(heard, own, policy)
    if limit is None:
        _name_states(heard.states, fetched.is_null(), "no_date")
    _name_states(heard.states, urls["site"].is_null(), "no_url")
    sums = []
    for other, rows in zip((fetch, last), other_rows, strict=True):
        total = _sum_up(value)
        differs = np.flatnonzero((rows != own_rows).any(axis=0))
        if len(differs):
            some = Place(place.site.gather(differs), place.path.gather(differs), other[differs])
            there = _hear(table, some, rows[:, differs], policy)
            mine = pages.Own({name: each[differs] for name, each in own.value.items()}, [])
            total[differs] = _sum_up(_join(there, mine, policy))
        sums.append(total)
    return heard, (value, sums[0], sums[1])


def _name_states(states: list[str], which: pl.Series, name: str) -> None:
    for i in which.arg_true():
        states[i] = name


def _find_rows(table: Table, site: pl.Series, limits: list[I64]) -> list[I64]:
    """The captures of each site's three files, for each limit; its other scheme's where it has none."""
    sites_, files = site.to_list(), (ROBOTS, AI_TXT, TDMREP)
    keys = {each: [make_key(each + file) for file in files] for each in set(sites_) if each}
    others = {each: [make_key(_swap(each) + file) for file in files] for each in keys}
    none = [0] * len(files)
    key = np.array([keys.get(each, none) for each in sites_], np.uint64).reshape(-1, len(files)).T
    other = np.array([others.get(each, none) for each in sites_], np.uint64).reshape(-1, len(files)).T
    every = np.tile(key.ravel(), len(limits))
    limit = np.concatenate([np.tile(each, len(files)) for each in limits])
    rows = captures.find(table, every, limit)
    lacks = np.flatnonzero((rows == captures.NO_CAPTURE) & (every != 0))
    rows[lacks] = captures.find(table, np.tile(other.ravel(), len(limits))[lacks], limit[lacks])
    return list(rows.reshape(len(limits), len(files), len(sites_)))


def _swap(site: str) -> str:
    return "http" + site[5:] if site.startswith("https") else "https" + site[4:]


def _hear(table: Table, place: Place, rows: I64, policy: Policy) -> Heard:
    """What the captures of these rows say."""
    agents, paths = policy.agents, place.path
    states = sites.find_states(table, rows[0])
    robots, usage, signal = sites.read_robots(table, rows[0], states, paths, agents, policy.older)
    for state, absent in policy.absent.items():
        robots.value[states == state] = absent
    ai_txt = sites.read_ai_txt(table, rows[1], paths, agents)
    tdm, tdm_states = sites.read_tdmrep(table, rows[2], paths, agents)
    said = {"robots": robots, "content_usage": usage, "content_signal": signal, "tdm": tdm, "ai_txt": ai_txt}
    entries = zip(*(each.evidence for each in said.values()), strict=True)
    evidence = [",".join(filter(None, row)) for row in entries]
    names = [sites.STATES[state] for state in states]
    return Heard({name: each.value for name, each in said.items()}, evidence, names, tdm_states)


def _join(heard: Heard, own: pages.Own, policy: Policy) -> dict[str, I8]:
    """By signal, what sites and pages say: a page's own reservation before the file's; a no before a yes."""
    none = np.zeros_like(own.value["tdm"])
    value = {}
    for name in SIGNALS:
        of_site, of_page = heard.value.get(name, none), own.value.get(name, none)
        value[name] = (
            np.where(of_page != UNSAID, of_page, of_site) if name == "tdm" else _combine(of_site, of_page)
        )
    return value


def _combine(one: I8, other: I8) -> I8:
    return np.where(
        (one == NO) | (other == NO), NO, np.where((one == YES) | (other == YES), YES, UNSAID)
    ).astype(np.int8)


def _sum_up(value: dict[str, I8]) -> I8:
    """Across signals: any no, else any yes, else unsaid."""
    total = value[SIGNALS[0]]
    for name in SIGNALS[1:]:
        total = _combine(total, value[name])
    return total
