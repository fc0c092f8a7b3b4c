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
