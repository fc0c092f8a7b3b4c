"""The search for settings: each change alone with few seeds, the best with more, then joined one by one."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

FIRST = 4  # seeds of the first round
CONFIDENCE = 0.95
LEAST_TEXT = 0.01  # of the bytes: what a rule must take for its removal to count as more text
MOST_WORSE = 0.01  # of the bits per byte: what more text may cost at most, at the end of the interval

Setting = tuple[str | None, ...]  # of each rule the column that says which documents break it
Measure = Callable[[Setting, range], np.ndarray]  # bits per byte (seeds, evals)
Row = dict[str, Any]


class Change(NamedTuple):
    """Rules that are set otherwise than in the base: `kind` is `off`, `looser` or `stricter`."""

    name: str
    kind: str
    sets: dict[int, str | None]

    def on(self, setting: Setting) -> Setting:
        """The setting with this change."""
        return tuple(self.sets.get(i, column) for i, column in enumerate(setting))


class Looked(NamedTuple):
    """What the search goes by: scores of settings, how much they keep, what evals count, how many seeds."""

    measure: Measure
    size: Callable[[Setting], int]  # tokens
    shares: np.ndarray
    seeds: int


def compare(looked: Looked, setting: Setting, other: Setting, seeds: range) -> Row:
    """By what part more bits per byte a setting needs than another, `mean` over seeds and evals, with the
    interval (Student's, over paired seeds): below 0 it is better. `said`: `helps`, `harms`, `not seen` or,
    where the same is learned, `same`. `text`: by what part more tokens it keeps."""
    values, others = looked.measure(setting, seeds), looked.measure(other, seeds)
    found = (values / others - 1) @ looked.shares
    return {**estimate(found), "seeds": len(seeds), "text": looked.size(setting) / looked.size(other) - 1}


def estimate(found: np.ndarray) -> Row:
    """Mean, interval, verdict and `chance` (that a mean as far from 0 comes of no effect) of differences over
    seeds."""
    mean, error = float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))
    freedom = len(found) - 1
    wide = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    chance = 2 * float(stats.t.sf(abs(mean) / error, freedom)) if error else float(not mean)
    low, high = mean - wide, mean + wide
    said = "same" if not found.any() else "helps" if high < 0 else "harms" if low > 0 else "not seen"
    return {"mean": mean, "low": low, "high": high, "said": said, "chance": chance}


def find_helpful(rows: list[Row]) -> list[int]:
    """The changes that help, the best first: seen to, and still so where it counts that many were looked at
    (Benjamini and Hochberg 1995: of those named, 5% or fewer are expected to be there by chance)."""
    order = sorted(range(len(rows)), key=lambda i: rows[i]["chance"])
    passed = [n for n, i in enumerate(order, 1) if rows[i]["chance"] <= n / len(rows) * (1 - CONFIDENCE)]
    named = order[: max(passed, default=0)]
    return sorted((i for i in named if rows[i]["said"] == "helps"), key=lambda i: rows[i]["mean"])


def try_alone(looked: Looked, base: Setting, changes: list[Change]) -> list[Row]:
    """Each change against the base. After each round, of `FIRST` seeds and then of twice as many, those that
    are seen to harm are let go, and of the other values of a rule the worse half."""
    rows: list[Row] = [{"name": change.name, "kind": change.kind} for change in changes]
    live = list(range(len(changes)))
    seeds = min(FIRST, looked.seeds)
    while True:
        for i in live:
            rows[i] |= compare(looked, changes[i].on(base), base, range(seeds))
        if seeds == looked.seeds:
            return rows
        live = _keep_best([i for i in live if rows[i]["said"] != "harms"], changes, rows)
        seeds = min(2 * seeds, looked.seeds)


def _keep_best(live: list[int], changes: list[Change], rows: list[Row]) -> list[int]:
    """What goes into the next round: all that turn rules off, of a rule's other values the better half."""
    kept = [i for i in live if changes[i].kind == "off"]
    others: dict[tuple[int, ...], list[int]] = {}
    for i in live:
        if changes[i].kind != "off":
            others.setdefault(tuple(changes[i].sets), []).append(i)
    for same in others.values():
        kept += sorted(same, key=lambda i: rows[i]["mean"])[: (len(same) + 1) // 2]
    return sorted(kept)


def join(looked: Looked, base: Setting, changes: list[Change], rows: list[Row]) -> tuple[Setting, list[Row]]:
    """The setting that is chosen, and what was tried on the way to it, each against what was chosen so far.

    First what is seen to help (`find_helpful`), the best first, where it helps there too. Then what gives
    more than 1% more text, most of it first, where no harm is seen and more than 1% of harm is ruled out, by
    it and by all that is chosen.
    """
    setting, tried = base, []
    seeds = range(looked.seeds)
    whole = [i for i, row in enumerate(rows) if row["seeds"] == looked.seeds]
    helps = [i for i in find_helpful(rows) if i in whole]
    more = [i for i in whole if changes[i].kind != "stricter" and _is_more(rows[i])]
    more = sorted(more, key=lambda i: -rows[i]["text"])
    taken: set[int] = set()
    for why, order in (("helps", helps), ("more text", more)):
        for i in order:
            if taken & set(changes[i].sets):
                continue
            found = compare(looked, changes[i].on(setting), setting, seeds)
            takes = found["said"] == "helps" if why == "helps" else _is_more(found)
            if why == "more text" and takes:
                takes = _is_no_worse(compare(looked, changes[i].on(setting), base, seeds))
            tried.append({"name": changes[i].name, "why": why, **found, "taken": takes})
            if takes:
                setting = changes[i].on(setting)
                taken |= set(changes[i].sets)
    return setting, tried


def _is_more(found: Row) -> bool:
    return found["text"] > LEAST_TEXT and _is_no_worse(found)


def _is_no_worse(found: Row) -> bool:
    return bool(found["high"] <= MOST_WORSE and found["low"] <= 0)


def judge(looked: Looked, setting: Setting, base: Setting, tried: Iterable[Row], seeds: range) -> Row:
    """Whether what is claimed of the whole setting holds on other seeds and items. Where a change was taken
    because it helps: that it helps. Else: that it is more text, and more than 1% of harm is ruled out."""
    claim = "helps" if any(row["taken"] and row["why"] == "helps" for row in tried) else "more text"
    found = compare(looked, setting, base, seeds)
    held = found["said"] == "helps" if claim == "helps" else _is_more(found)
    return {"claim": claim, "held": bool(held), **found}
