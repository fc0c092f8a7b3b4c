"""Which number, which setting and which direction belong to a drop reason.

A step's module says so in one constant, by which the step itself judges:

    RULES = (("gopher.too_few_words", "gopher_word_count", "min_words"), ...)

A rule is a reason, the signal's column, and the setting it is compared with. The setting's name gives
the direction: a document breaks `min_x` below it, `max_x` above it, and `drop_x`, where that is true,
with anything above zero. A setting that is null breaks nothing.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from winnow.pipelines.spec.recipe import Step
from winnow.pipelines.spec.row_filter import Where, are_apart


def of_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The rules with a threshold in the order in which they judge: `step` (its place), `reason`, `signal`,
    `setting` and its `value`. A rule of a module is a step's where the step has the setting."""
    found = []
    for place, step in enumerate(steps):
        for reason, signal, setting in getattr(sys.modules[step.function.__module__], "RULES", ()):
            if setting in step.settings:
                rule = {"step": place, "reason": reason, "signal": signal, "setting": setting}
                found.append({**rule, "value": step.settings[setting]})
    return found


def of_signal(signal: str, rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules that judge by a signal and are not switched off."""
    return [
        rule
        for rule in rules
        if rule["signal"] == signal and rule["value"] is not None and rule["value"] is not False
    ]


def breaks(value: float, rule: dict[str, Any]) -> bool:
    """Whether a number from the column of the rule's signal breaks it."""
    if rule["setting"].startswith("drop_"):
        return value > 0
    limit = np.float32(rule["value"]) if isinstance(value, float) else rule["value"]
    return bool(value < limit if rule["setting"].startswith("min_") else value > limit)


def find_broken(signal: pl.Series, setting: str, value: Any) -> pl.Series:
    """Which documents break a rule, as `breaks` has it, by the column of its signal; a null breaks none."""
    if value is None or value is False:
        return pl.Series([False] * len(signal), dtype=pl.Boolean)
    whole = not signal.dtype.is_float()
    signal = signal if whole else signal.fill_nan(None)
    limit = pl.lit(0 if setting.startswith("drop_") else value, dtype=None if whole else signal.dtype)
    own = pl.col("signal")
    broken = own < limit if setting.startswith("min_") else own > limit
    return signal.to_frame("signal").select(broken.fill_null(False)).to_series()


def find_lost(
    rules: Sequence[dict[str, Any]], wheres: Sequence[Where | None], columns: Iterable[str]
) -> set[int]:
    """The steps whose rules cannot be judged again: a signal is not there, or a later step wrote it anew."""
    known = set(columns)
    return {
        rule["step"]
        for rule in rules
        if rule["signal"] not in known
        or any(
            later["signal"] == rule["signal"] and not are_apart(wheres[rule["step"]], wheres[later["step"]])
            for later in rules
            if later["step"] > rule["step"]
        )
    }


def threshold(rule: dict[str, Any]) -> str:
    """The rule as people write it: `min_words 50`, `drop_curly_bracket`."""
    return rule["setting"] if rule["value"] is True else f"{rule['setting']} {rule['value']:g}"
