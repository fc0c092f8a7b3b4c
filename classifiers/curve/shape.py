"""The upsampling curve of OLMo 3 (arXiv:2512.13961, 3.4.4 and A.2.4): a document's copies by its place.

f(x) = 0 below a, else C (x - a)^p e^(lambda (x - a)), where x in [0, 1] is the document's place in its group
by tokens, the worst first. With p = lambda = 0 and C = 1 it is a cut at a.
"""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
import scipy
from numpy.typing import NDArray

F64 = NDArray[np.float64]
MAX_LAMBDA = 2.0  # without a bound a small target would go to the few best documents alone
MAX_POWER = 50  # beyond it the scale is no number any more
_HALVINGS = 60  # of the path from the flat curve to the steepest: to the last bits of a double

# C is the scale; `lambda` is a word of Python, so it is a key and no name.
Curve = TypedDict("Curve", {"a": float, "p": float, "lambda": float, "C": float})


def cut(place: float) -> Curve:
    """All from `place` on once, nothing below."""
    return {"a": place, "p": 0.0, "lambda": 0.0, "C": 1.0}


def fill(times: float, max_mean: float) -> Curve:
    """The best first, each once, until there are `times` the tokens; where all are fewer, all as often.

    Raises ValueError where all would come more than `max_mean` times.
    """
    if times > max_mean * (1 + 1e-9):
        raise ValueError(f"all of it would be read {times:g} times, above max_mean = {max_mean:g}")
    return cut(1.0 - times) if times <= 1 else {**cut(0.0), "C": times}


def solve(times: float, start: float, power: float, max_mean: float, buckets: int) -> Curve:
    """The steepest curve whose integral over [0, 1] is `times`, with no bucket's mean above `max_mean`.

    Buckets are of equal tokens. Steeper means: p as great as `power` lets, then lambda up to MAX_LAMBDA; both
    are at least 0, so the curve never falls, and the last bucket has the greatest mean.

    Raises ValueError where even the flat curve is above `max_mean`, with the most that can be reached, and
    where a setting is out of its range.
    """
    kept = 1.0 - start
    check(start, power, max_mean, buckets)
    if 1.0 / buckets > kept * (1 + 1e-9):
        raise ValueError(f"buckets = {buckets}: the last one begins below start = {start:g}; make more")
    if times > max_mean * kept * (1 + 1e-9):
        raise ValueError(
            f"{times:g} times its tokens are wanted, and at most {max_mean * kept:g} times can be had:"
            f" max_mean = {max_mean:g} of the {kept:g} above start = {start:g}"
        )
    low, high = 0.0, 2.0
    if _find_top_mean(_walk(high, start, power), times, buckets) <= max_mean:
        low = high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _find_top_mean(_walk(middle, start, power), times, buckets) <= max_mean
        low, high = (middle, high) if fits else (low, middle)
    curve = _walk(low, start, power)
    return {**curve, "C": times / float(_integrate(curve, kept))}


def check(start: float, power: float, max_mean: float, buckets: int) -> None:
    """ValueError where a setting is out of its range."""
    if not (0 <= start < 1 and 0 <= power <= MAX_POWER and 0 < max_mean < np.inf and buckets >= 1):
        raise ValueError(
            f"start = {start}, power = {power}, max_mean = {max_mean}, buckets = {buckets}: start is a place"
            f" in [0, 1), power from 0 to {MAX_POWER}, max_mean above 0, and there is at least one bucket"
        )


def evaluate(curve: Curve, places: Any) -> F64:
    """f at places in [0, 1]."""
    past = np.asarray(places, dtype=np.float64) - curve["a"]
    inside = np.maximum(past, 0.0)
    found: F64 = curve["C"] * inside ** curve["p"] * np.exp(curve["lambda"] * inside)
    return np.where(past < 0, 0.0, found)


def average(curve: Curve, low: F64, high: F64) -> F64:
    """The mean of f from `low` to `high`; where these are one place, f there."""
    width = high - low
    start, stop = np.maximum(low, curve["a"]), np.maximum(high, curve["a"])
    if curve["p"] == curve["lambda"] == 0.0:  # then exactly C for what lies above a
        area: F64 = curve["C"] * (stop - start)
    else:
        area = curve["C"] * (_integrate(curve, stop - curve["a"]) - _integrate(curve, start - curve["a"]))
    return np.divide(area, width, out=evaluate(curve, low), where=width > 0)


def _walk(step: float, start: float, power: float) -> Curve:
    """A point on the path from flat (0) through p = `power` (1) to lambda = MAX_LAMBDA as well (2)."""
    p, steep = power * min(step, 1.0), MAX_LAMBDA * max(step - 1.0, 0.0)
    return {"a": start, "p": p, "lambda": steep, "C": 1.0}


def _find_top_mean(curve: Curve, times: float, buckets: int) -> float:
    """The mean of the last bucket where the integral is `times`."""
    kept = 1.0 - curve["a"]
    below, whole = _integrate(curve, np.array([max(kept - 1.0 / buckets, 0.0), kept]))
    return float(times * (1.0 - below / whole) * buckets)


def _integrate(curve: Curve, past: Any) -> F64:
    """Of t^p e^(lambda t) from 0 to `past`, by Kummer's function."""
    t = np.asarray(past, dtype=np.float64)
    p, steep = curve["p"], curve["lambda"]
    found: F64 = t ** (p + 1) / (p + 1) * scipy.special.hyp1f1(p + 1, p + 2, steep * t)
    return found
