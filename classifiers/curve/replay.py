"""What a selection gives and costs in tokens, from the counts of a group alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.classifiers.curve import shape
from winnow.classifiers.curve.histogram import place


def replay(
    group: Mapping[str, Any],
    *,
    cut: float | None = None,
    keep_rate: float | None = None,
    tokens: float | None = None,
    times: float | None = None,
    budget: float | None = None,
    start: float = 0.4,
    power: float = 2.0,
    max_mean: float = 7.0,
    buckets: int = 20,
) -> dict[str, Any]:
    """What `classifiers.selection:solve` would write of a group with these settings, from its `knots`.

    `curve` (a, p, lambda, C); `cut`, the least score of which any come (null where none do), and `cut_rate`,
    the copies expected there; `expected`: `tokens` with copies, and `unique_tokens` and `documents` that come
    at all; `buckets`, the mean copies by bucket of equal tokens, the worst first; `rates`, the copies
    expected by knot. A knot counts as above a `cut` where its least score is.

    Raises ValueError where not exactly one of `cut`, `keep_rate`, `tokens`, `times` and `budget` is
    given, a setting is out of its range, or the curve cannot give so much.
    """
    given = {"cut": cut, "keep_rate": keep_rate, "tokens": tokens, "times": times}
    check(given | {"budget": budget})
    scores = np.asarray(group["knots"]["scores"], dtype=np.float64)
    counted = np.asarray(group["knots"]["tokens"], dtype=np.int64)
    low, high = place(counted)
    if cut is not None:
        rates = (scores >= np.float32(cut)).astype(np.float64)  # scores are float32
        curve = shape.cut(find_place(scores, counted, cut))
    else:
        if keep_rate is not None:
            curve = shape.cut(1.0 - keep_rate)
        elif budget is not None:
            curve = shape.fill(budget / int(counted.sum()), max_mean)
        else:
            wanted = times if times is not None else (tokens or 0.0) / int(counted.sum())
            curve = shape.solve(wanted, start, power, max_mean, buckets)
        # The curve never falls; differences of its integral may, in their last bits.
        rates = np.maximum.accumulate(shape.average(curve, low, high))
    return {"curve": curve, **_sum_up(group, rates, buckets), "rates": rates.tolist()}


def share_out(mix: Path, budget: float | None) -> dict[str, float]:
    """The tokens each source of a mix may have: its weight of `budget`, or of what the mix was solved for.

    `mix` is the folder or file to which steps of mixing write weights. Raises ValueError where it is none.
    """
    path = mix / "weights.json" if mix.is_dir() else mix
    try:
        solved = json.loads(path.read_text(encoding="utf-8"))
        tokens = budget or solved["settings"]["budget_tokens"]
        return {name: float(weight) * tokens for name, weight in solved["weights"].items()}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is no mix with weights and a budget: {error!r}") from error


def find_place(scores: NDArray[np.float64], counted: NDArray[np.int64], cut: float) -> float:
    """The share of the tokens that is below a cut."""
    low, _ = place(counted)
    return float(np.append(low, 1.0)[np.searchsorted(scores, np.float64(np.float32(cut)))])


def check(wanted: Mapping[str, Any]) -> None:
    """Refuse what is not exactly one way to select, with a number, or numbers by group, in its range."""
    given = {name: value for name, value in wanted.items() if value is not None}
    if len(given) != 1:
        raise ValueError(f"name one of {', '.join(wanted)}: {' and '.join(given) or 'none'} is given")
    ((name, value),) = given.items()
    for number in value.values() if isinstance(value, Mapping) else [value]:
        if name == "keep_rate" and not 0 < number <= 1:
            raise ValueError(f"keep_rate = {number}: a share of the tokens, above 0 and at most 1")
        if name == "budget" and number == 0:
            continue  # a group of which nothing is read
        if name in ("tokens", "times", "budget") and not 0 < number < np.inf:
            raise ValueError(f"{name} = {number}: name a number above 0")
        if name == "cut" and not np.isfinite(number):
            raise ValueError(f"cut = {number}: name a score")


def _sum_up(group: Mapping[str, Any], rates: shape.F64, buckets: int) -> dict[str, Any]:
    knots = group["knots"]
    counted = np.asarray(knots["tokens"], dtype=np.int64)
    low, high = place(counted)
    passed = np.concatenate([[0.0], np.cumsum(rates * (high - low))])
    edges = np.linspace(0.0, 1.0, buckets + 1)
    means = np.diff(np.interp(edges, np.append(0.0, high), passed)) * buckets
    came = np.minimum(rates, 1.0)
    least = int(np.argmax(rates > 0))
    return {
        "cut": float(knots["scores"][least]) if rates.any() else None,
        "cut_rate": float(rates[least]),
        "expected": {
            "documents": float(came @ np.asarray(knots["documents"], dtype=np.int64)),
            "unique_tokens": float(came @ counted),
            "tokens": float(rates @ counted),
        },
        "buckets": means.tolist(),
    }
