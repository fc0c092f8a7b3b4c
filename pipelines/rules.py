"""Which number, which setting and which direction belong to a drop reason.

A step's module says so in one constant, by which the step itself judges:

    RULES = (("gopher.too_few_words", "gopher_word_count", "min_words"), ...)

A rule is a reason, the signal's column, and the setting it is compared with. The setting's name gives
the direction: a document breaks `min_x` below it, `max_x` above it, and `drop_x`, where that is true,
with anything above zero. A setting that is null breaks nothing.
"""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from pipelines.recipe import Step


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


def threshold(rule: dict[str, Any]) -> str:
    """The rule as people write it: `min_words 50`, `drop_curly_bracket`."""
    return rule["setting"] if rule["value"] is True else f"{rule['setting']} {rule['value']:g}"
