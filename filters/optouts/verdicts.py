"""What all that was said of pages comes to: by signal and agent, as of a date, with the evidence."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from winnow.filters.optouts import pages, sites
from winnow.filters.optouts.captures import NOW, Table
from winnow.filters.optouts.evidence import make_unsaid
from winnow.filters.optouts.histories import CaptureRows, find, open_histories
from winnow.filters.optouts.paths import split_urls
from winnow.filters.optouts.rules import Agents
from winnow.filters.optouts.signals import NO, UNSAID, YES
from winnow.filters.optouts.timestamps import read_dates
from winnow.kernels import I8, I64

SIGNALS = ("robots", "content_usage", "content_signal", "noai", "tdm", "ai_txt")
VALUES = {"allowed": YES, "unknown": UNSAID, "disallowed": NO}
FETCH, LATEST = "fetch", "latest"
_NAMES = pl.Series(sites.STATES, dtype=pl.String)


class Policy(NamedTuple):
    """Who is asked for, and what it means where robots.txt is not there."""

    agents: Agents
    older: tuple[str, ...]
    absent: Mapping[int, int]  # the value of a state


class SiteSignals(NamedTuple):
    """What the files of the pages' sites say: values by signal, where any says one."""

    value: dict[str, I8]
    evidence: list[str]
    states: I64
    tdm_states: I64


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
    """The columns of `filters.optouts:judge` but those of the agents, and the values of these (`agents`).

    `signals` has those that say something of any page.
    """
    own = pages.read_pages(docs, policy.agents, policy.older)
    if table is None:
        none = np.full(docs.height, sites.NO_CAPTURE)
        heard = SiteSignals({}, [""] * docs.height, none, none)
        value = _join(heard, own.value)
        sums = [_sum_up(value, docs.height, policy)] * 3
    else:
        heard, value, sums = _judge_by_date(docs, table, limit, policy, own)
    evidence = heard.evidence
    if own.value:
        evidence = [f"{one},{other}" if one and other else one or other
                    for one, other in zip(evidence, own.evidence, strict=True)]  # fmt: skip
    return {
        "signals": value | {name: own.value[name] for name in ("noimageai",) if name in own.value},
        "agents": sums[0],
        "by_fetch": sums[1],
        "by_latest": sums[2],
        "state": _NAMES.gather(heard.states),
        "tdm_state": _NAMES.gather(heard.tdm_states),
        "evidence": pl.Series([f"[{each}]" if each else None for each in evidence], dtype=pl.String),
    }


def _judge_by_date(
    docs: pl.DataFrame, table: Table, limit: int | None, policy: Policy, own: pages.PageSignals
) -> tuple[SiteSignals, dict[str, I8], list[I8]]:
    """What is heard until the limit, its values, and the sums of these, of the fetch's, and of the latest."""
    urls = split_urls(docs["url"] if "url" in docs.columns else pl.Series([None] * docs.height))
    dates = docs["date"] if "date" in docs.columns else pl.Series([None] * docs.height)
    fetched = read_dates(dates, last=True)
    undated = fetched.is_null().to_numpy() if fetched.null_count() else None
    limits = {
        FETCH: (fetched if undated is None else fetched.fill_null(-1)).to_numpy(),
        LATEST: np.full(docs.height, NOW),
    }
    mine = FETCH if limit is None else LATEST if limit == NOW else "date"
    limits.setdefault(mine, np.full(docs.height, limit or 0, np.int64))
    rows = find(open_histories(table), urls["site"].to_list(), list(limits.values()))
    found, paths = dict(zip(limits, rows, strict=True)), urls["path"]
    unplaced = urls["site"].is_null().to_numpy() if urls["site"].null_count() else None
    paths = paths.fill_null("/") if paths.null_count() else paths
    heard = _read_signals(table, found[mine], paths, policy)
    value = _join(heard, own.value)
    total = _sum_up(value, docs.height, policy)
    sums = [total]
    for other in (FETCH, LATEST):
        differs = np.flatnonzero((found[other].row != found[mine].row).any(axis=0))
        sums.append(total)
        if len(differs):
            there = CaptureRows(*(each[:, differs] for each in found[other]))
            said = _read_signals(table, there, paths.gather(differs), policy)
            values = _join(said, {name: each[differs] for name, each in own.value.items()})
            sums[-1] = total.copy()
            sums[-1][differs] = _sum_up(values, len(differs), policy)
    if limit is None and undated is not None:
        heard.states[undated] = sites.NO_DATE
    if unplaced is not None:
        heard.states[unplaced] = sites.NO_URL
    return heard, value, sums


def _read_signals(table: Table, found: CaptureRows, paths: pl.Series, policy: Policy) -> SiteSignals:
    """What these captures say."""
    agents = policy.agents
    robots, ai_txt, tdmrep = (CaptureRows(*each) for each in zip(*found, strict=True))
    states = sites.find_states(robots)
    said = sites.read_robots(table, robots.row, states, paths, agents, policy.older)
    for state, absent in policy.absent.items():
        if absent != UNSAID and (states == state).any():
            said.setdefault("robots", make_unsaid(len(states), agents)).value[states == state] = absent
    tdm, tdm_states = sites.read_tdmrep(table, tdmrep, paths, agents)
    said |= tdm | sites.read_ai_txt(table, ai_txt, paths, agents)
    spoken = [said[name].evidence for name in SIGNALS if name in said]
    if len(spoken) > 1:
        evidence = [",".join(filter(None, row)) for row in zip(*spoken, strict=True)]
    else:
        evidence = spoken[0] if spoken else [""] * len(states)
    return SiteSignals({name: each.value for name, each in said.items()}, evidence, states, tdm_states)


def _join(heard: SiteSignals, own: Mapping[str, I8]) -> dict[str, I8]:
    """By signal, what sites and pages say: a page's own reservation before the file's; a no before a yes."""
    value = {}
    for name in SIGNALS:
        said = [each for each in (heard.value.get(name), own.get(name)) if each is not None]
        if len(said) == 2 and name == "tdm":
            value[name] = np.where(said[1] != UNSAID, said[1], said[0])
        elif said:
            value[name] = functools.reduce(_combine, said)
    return value


def _combine(one: I8, other: I8) -> I8:
    """A no before a yes, a yes before what is unsaid."""
    return np.where((one == NO) | (other == NO), NO, np.minimum(one, other)).astype(np.int8)


def _sum_up(value: Mapping[str, I8], pages: int, policy: Policy) -> I8:
    """Across signals: any no, else any yes, else unsaid."""
    none = np.zeros((pages, len(policy.agents.names)), np.int8)
    return functools.reduce(_combine, [value[name] for name in SIGNALS if name in value] or [none])


def count_no(value: I8, asked: Sequence[int]) -> I64:
    """How many of the agents asked for are disallowed each page."""
    many: I64 = (value[:, asked] == NO).sum(axis=1)
    return many
