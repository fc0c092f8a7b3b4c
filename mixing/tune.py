"""Thresholds chosen by what models learn: settings of rules, scored by n-gram proxies on eval items.

A proxy of a setting learns from documents that the setting keeps. Documents come in blocks that share none,
one for each seed; a setting and the base learn of a block in the same order, as many tokens. Half of the
seeds and half of the items choose; the others tell whether the choice holds.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, PositiveInt
from threadpoolctl import threadpool_limits

from winnow.files import write_json, write_messages
from winnow.mixing.tuning import proxied, rounds
from winnow.mixing.tuning.proxied import EvalSet
from winnow.mixing.tuning.rounds import Change, SearchState, Setting
from winnow.mixing.tuning.scored import Scored

TELLS = {"files": {"verdict": "tuned.json"}}

ROOM = 0.6  # of the least text that a block keeps: so much is learned: stricter rules keep less
HALVES = ("choose:", "judge:")  # how the names of evals begin: what an item is for
ORDER = 5  # of the n-gram models
LEAST = 1000  # tokens that a proxy learns


def search(
    files: Annotated[Sequence[Path], "key", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    data: Path,
    drops: Path,
    tokens: PositiveInt,
    seeds: PositiveInt = 8,
    evals: dict[str, NonNegativeFloat] | None = None,
    families: dict[str, list[str]] | None = None,
    store: str | None = None,
) -> None:
    """Write `tuned.json`: the setting of the rules that is chosen, and whether it held.

    `data` is the folder of `mixing.proxies:prepare`, whose evals are `choose:<name>` and `judge:<name>`. In
    the folder `drops` stand `drops.parquet`, a row for each `key` with a column for each value of each rule
    (Boolean: the document breaks the rule so set), and `changes.json`: `base`, of each rule its column or
    null for a rule that is off, and `changes` (`name`, `kind`: off, looser or stricter, `sets`: columns by
    the rule's number).

    A proxy is an interpolated n-gram model of order 5, exact, of `tokens` tokens or, where blocks keep less,
    .6 of what the least of them keeps; then of several proxies, up to 4, that learn of a block in other
    orders the mean is taken. First each change alone, against the base, with 4 seeds; what is seen to harm is
    let go, and of a rule's other values the worse half; then with twice as many, up to `seeds`. What is seen
    to help, also where it counts how many were looked at (Benjamini and Hochberg; of looser rules and of
    stricter ones, each for itself), is joined, best first, if it helps there too; then what gives more than
    1% more text, if the mean is no worse, no eval is seen to be, and the interval of the mean rules out more
    than 1% of harm. Where something was taken, the rules that stand as they were are looked at again, up to
    three times. The whole is compared with the base on `seeds` other blocks and the `judge:` items. Values
    are relative: by what part more bits per byte are needed, mean over evals; `families` name evals that
    count as one, `evals` weighs evals and families. Intervals are Student's, 95%, over blocks: for other
    documents, not for other items.

    `store` is a folder in which scores stay, so that a search that was stopped goes on; results are the same
    without it.

    Errors: ValueError where there is too little text, an eval has items of one half only, or a document has
    no row in `drops`.
    """
    plan = json.loads((drops / "changes.json").read_text(encoding="utf-8"))
    base: Setting = tuple(plan["base"])
    changes = [
        Change(row["name"], row["kind"], {int(i): column for i, column in row["sets"].items()})
        for row in plan["changes"]
    ]
    scored = Scored(Path(store) / "scored.jsonl" if store else None)
    try:
        with threadpool_limits(1):
            texts = proxied.read_texts(files, read, data, drops / "drops.parquet", base, 2 * seeds)
            least = texts.find_least(base)
            learned = min(tokens, int(ROOM * least))
            if learned < LEAST:
                raise ValueError(
                    f"the least of {2 * seeds} blocks keeps {least:,} tokens, too few to learn from: ask for"
                    " fewer seeds, or of more text"
                )
            orders = min(tokens // learned, proxied.MOST_ORDERS)
            asked = [proxied.read_asked(data, half, ORDER) for half in HALVES]
            choose, judge = (EvalSet(texts, items, learned, orders, scored, {}) for items in asked)
            told = _search(choose, judge, base, changes, seeds, (evals, families))
    finally:
        scored.close()
    write_json(out / "tuned.json", told)
    write_messages(out, [], {"proxies scored": scored.made})


def _search(
    choose: EvalSet,
    judge: EvalSet,
    base: Setting,
    changes: list[Change],
    seeds: int,
    weighing: tuple[dict[str, float] | None, dict[str, list[str]] | None],
) -> dict[str, Any]:
    strengths = proxied.fit(choose, base)
    looked = _look(choose, strengths, seeds, weighing)
    asked = [change for change in changes if looked.able(change.on(base))]
    chosen, alone, tried = rounds.choose(looked, base, asked)
    verdict = None
    if chosen != base:
        choose.pools.clear()
        judging, fresh = _look(judge, strengths, seeds, weighing), range(seeds, 2 * seeds)
        verdict = rounds.judge(judging, chosen, base, tried, fresh)
    return {
        "tokens": choose.tokens,
        "orders": choose.orders,
        "seeds": seeds,
        "documents": len(choose.texts.tokens),
        "confidence": rounds.CONFIDENCE,
        "evals": looked.shares,
        "alone": alone,
        "too_strict": [change.name for change in changes if change not in asked],
        "joined": tried,
        "chosen": list(chosen),
        "verdict": verdict,
    }


def _look(
    bench: EvalSet,
    strengths: np.ndarray,
    seeds: int,
    weighing: tuple[dict[str, float] | None, dict[str, list[str]] | None],
) -> SearchState:
    """The bench as the search asks it."""

    def measure(setting: Setting, blocks: range) -> np.ndarray:
        return np.array([proxied.score(bench, strengths, setting, block) for block in blocks])

    def is_able(setting: Setting) -> bool:
        return bench.texts.find_least(setting) >= bench.tokens

    shares = weigh_evals(bench.asked.evals, *weighing)
    return SearchState(measure, bench.texts.measure, is_able, shares, seeds)


def weigh_evals(
    names: list[str], evals: dict[str, float] | None, families: dict[str, list[str]] | None
) -> dict[str, float]:
    """What each eval counts of the mean: alike or, with families, these and the evals in none alike, unless
    `evals` weighs them."""
    groups = {family: [n for n in members if n in names] for family, members in (families or {}).items()}
    groups = {family: members for family, members in groups.items() if members}
    alone = set(names) - {name for members in groups.values() for name in members}
    weights = evals or dict.fromkeys([*groups, *alone], 1.0)
    shares = np.array([weights.get(name, 0.0) for name in names], dtype=float)
    for family, members in groups.items():
        for name in members:
            shares[names.index(name)] += weights.get(family, 0.0) / len(members)
    if not shares.any():
        raise ValueError(f"none of the evals is weighed: {', '.join(names)}")
    return dict(zip(names, (shares / shares.sum()).tolist(), strict=True))
