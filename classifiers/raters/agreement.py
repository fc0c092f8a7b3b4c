"""Whether raters agree: of each pair Cohen's kappa, Spearman's rho and how often they say the same."""

import math
import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from winnow.classifiers.raters.prompt import Prompt

Values = Mapping[str, float | str]  # of one rater: by document's id, its score or label


def compare(raters: Mapping[str, Values], prompt: Prompt) -> list[dict[str, Any]]:
    """Of each pair, on the documents that both have judged: `raters`, `n`, `kappa`, `equal` (the share that
    is the same) and, of scores, `rho`.

    For scores kappa is weighted by squares (Cohen, 1968), on the whole scale, scores rounded to whole
    numbers; for labels it is Cohen's (1960). Both and rho are null where they are not defined: on less than
    two documents, or where a rater says one thing only.
    """
    found = []
    for (one, first), (other, second) in combinations(raters.items(), 2):
        shared = sorted(first.keys() & second.keys())
        pairs = [(first[id_], second[id_]) for id_ in shared]
        figures = _measure([a for a, _ in pairs], [b for _, b in pairs], prompt)
        found.append({"raters": [one, other], "n": len(shared), **figures})
    return found


def _measure(first: Sequence[Any], second: Sequence[Any], prompt: Prompt) -> dict[str, float | None]:
    from scipy.stats import spearmanr  # seconds, that no recipe without labels has to wait for
    from sklearn.metrics import cohen_kappa_score

    equal = sum(a == b for a, b in zip(first, second, strict=True)) / len(first) if first else None
    is_defined = min(len(set(first)), len(set(second))) > 1
    figures: dict[str, float | None] = {"kappa": None, "equal": _round(equal)}
    with warnings.catch_warnings(action="ignore"):
        if prompt.labels and is_defined:
            figures["kappa"] = _round(cohen_kappa_score(first, second, labels=list(prompt.labels)))
        if not prompt.labels:
            figures["rho"] = _round(spearmanr(first, second).statistic) if is_defined else None
        if not prompt.labels and is_defined:
            scale = list(range(prompt.low, prompt.high + 1))  # all of it: weights are distances in this list
            whole = [[round(value) for value in values] for values in (first, second)]
            figures["kappa"] = _round(cohen_kappa_score(*whole, labels=scale, weights="quadratic"))
    return figures


def _round(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(float(value), 4)
