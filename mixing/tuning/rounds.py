"""The search for settings: each change alone with few seeds, the best with more, then joined one by one."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import scipy

FIRST = 4  # seeds of the first round
PASSES = 3  # through all changes, as long as something is taken
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


class SearchState(NamedTuple):
    """What the search goes by: scores of settings, how much they keep, what evals count, how many seeds."""

    measure: Measure
    size: Callable[[Setting], int]  # tokens
    able: Callable[[Setting], bool]  # whether each block keeps enough to learn from
    shares: dict[str, float]
    seeds: int


def compare(state: SearchState, setting: Setting, other: Setting, seeds: range) -> Row:
    """By what part more bits per byte a setting needs than another: an estimate, `mean` over seeds and evals,
    below 0 where it is better, and one of each of the `evals`; `harmed` are those that are seen to be worse.
    `text`: by what part more tokens it keeps."""
    found = state.measure(setting, seeds) / state.measure(other, seeds) - 1
    evals = {name: estimate(found[:, i]) for i, name in enumerate(state.shares)}
    seen = find_seen([row["chance"] for row in evals.values()])
    harmed = [name for i, (name, row) in enumerate(evals.items()) if i in seen and row["said"] == "harms"]
    text = state.size(setting) / state.size(other) - 1
    mean = estimate(found @ np.array(list(state.shares.values())))
    return {**mean, "seeds": len(seeds), "text": text, "harmed": harmed, "evals": evals}


def estimate(found: np.ndarray) -> Row:
    """Of differences over seeds `mean`, Student's interval (`low`, `high`), `chance` (of a mean as far from 0
    where there is no effect), and `said`: `helps`, `harms`, `not seen` or, where there is none, `same`."""
    mean, error = float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))
    freedom = len(found) - 1
    wide = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    chance = 2 * float(scipy.stats.t.sf(abs(mean) / error, freedom)) if error else float(not mean)
    low, high = mean - wide, mean + wide
    said = "same" if not found.any() else "helps" if high < 0 else "harms" if low > 0 else "not seen"
    return {"mean": mean, "low": low, "high": high, "said": said, "chance": chance}


def find_seen(chances: list[float]) -> set[int]:
    """Which of so many effects are seen, where it counts how many were looked at: by Benjamini and Hochberg
    (1995), of those named 5% or fewer are expected to be there by chance."""
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    passed = [n for n, i in enumerate(order, 1) if chances[i] <= n / len(chances) * (1 - CONFIDENCE)]
    return set(order[: max(passed, default=0)])


def try_alone(state: SearchState, base: Setting, changes: list[Change]) -> list[Row]:
    """Each change against the base. After each round, of `FIRST` seeds and then of twice as many, those that
    are seen to harm are let go, and of the other values of a rule the worse half."""
    rows: list[Row] = [{"name": change.name, "kind": change.kind} for change in changes]
    live = list(range(len(changes)))
    seeds = min(FIRST, state.seeds)
    while True:
        for i in live:
            rows[i] |= compare(state, changes[i].on(base), base, range(seeds))
        if seeds == state.seeds:
            return rows
        live = _keep_best([i for i in live if rows[i]["said"] != "harms"], changes, rows)
        seeds = min(2 * seeds, state.seeds)


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


def choose(state: SearchState, base: Setting, changes: list[Change]) -> tuple[Setting, list[Row], list[Row]]:
    """The setting that is chosen, what was found of each change alone, and what was tried to join them.

    Where something was taken, all rules that stand as they were are looked at again, from there: what two
    rules drop is not seen by either alone.
    """
    setting, alone, tried = base, None, []
    for number in range(1, PASSES + 1):
        rows = try_alone(state, setting, changes)
        alone = alone or rows
        before = setting
        setting, found = join(state, base, setting, changes, rows)
        tried += [{"pass": number, **row} for row in found]
        moved = {i for i, (one, other) in enumerate(zip(base, setting, strict=True)) if one != other}
        changes = [c for c in changes if not moved & set(c.sets) and state.able(c.on(setting))]
        if setting == before or not changes:
            break
    return setting, alone or [], tried


def join(
    state: SearchState, base: Setting, setting: Setting, changes: list[Change], rows: list[Row]
) -> tuple[Setting, list[Row]]:
    """A setting with the changes that are taken, and each that was tried, against what was chosen so far.

    First what is seen to help, among all that was looked at, the best first, where it helps there too. Then
    what gives more than 1% more text, most of it first, where the mean is no worse, no eval is seen to be,
    and more than 1% of harm to the mean is ruled out; by it and by all that is chosen.
    """
    tried: list[Row] = []
    seeds = range(state.seeds)
    whole = [i for i, row in enumerate(rows) if row["seeds"] == state.seeds]
    helps = [i for i in whole if i in _find_helpful(rows)]
    more = [i for i in whole if changes[i].kind != "stricter" and _is_more(rows[i])]
    order = [("helps", i) for i in sorted(helps, key=lambda i: rows[i]["mean"])]
    order += [("more text", i) for i in sorted(more, key=lambda i: -rows[i]["text"])]
    taken: set[int] = set()
    for why, i in order:
        joined = changes[i].on(setting)
        if taken & set(changes[i].sets) or not state.able(joined):
            continue
        found = compare(state, joined, setting, seeds)
        takes = found["said"] == "helps" if why == "helps" else _is_more(found)
        if takes and why == "more text":
            takes = _is_no_worse(compare(state, joined, base, seeds))
        tried.append({"name": changes[i].name, "why": why, **found, "taken": takes})
        if takes:
            setting = joined
            taken |= set(changes[i].sets)
    return setting, tried


def _find_helpful(rows: list[Row]) -> set[int]:
    """What is seen to help among all that was looked at: of rules made looser or turned off, and of stricter
    ones, each for itself; where the same was learned, nothing was looked at."""
    found: set[int] = set()
    for strict in (True, False):
        own = [
            i for i, row in enumerate(rows) if (row["kind"] == "stricter") is strict and row["said"] != "same"
        ]
        seen = find_seen([rows[i]["chance"] for i in own])
        found |= {i for n, i in enumerate(own) if n in seen and rows[i]["said"] == "helps"}
    return found


def _is_more(found: Row) -> bool:
    """More text, of which something was learned, and no worse."""
    return found["text"] > LEAST_TEXT and found["said"] != "same" and _is_no_worse(found)


def _is_no_worse(found: Row) -> bool:
    """Whether no harm is what is likely. An eval that may be harmed only by chance, of several, counts as
    well: what is taken here is to hold on other documents."""
    harmed = any(row["said"] == "harms" for row in found["evals"].values())
    return bool(found["mean"] <= 0 and found["high"] <= MOST_WORSE and not harmed)


def judge(state: SearchState, setting: Setting, base: Setting, tried: Iterable[Row], seeds: range) -> Row:
    """Whether what is claimed of the whole setting holds on other seeds and items. Where a change was taken
    because it helps: that it helps. Else: more text, no harm seen, more than 1% of it ruled out."""
    claim = "helps" if any(row["taken"] and row["why"] == "helps" for row in tried) else "more text"
    found = compare(state, setting, base, seeds)
    more = found["text"] > LEAST_TEXT and found["high"] <= MOST_WORSE and not found["harmed"]
    held = found["said"] == "helps" if claim == "helps" else more
    return {"claim": claim, "held": bool(held), **found}
