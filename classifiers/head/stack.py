"""A head: its members, and the line through what they say (stacking, Wolpert 1992).

The members' logits that the stack learns from are out of fold, so that it trusts each as far as it is right
about texts that it has not seen, and its probabilities are calibrated (Platt 1999).
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.head import features, members
from winnow.classifiers.head.features import Features, Members

FOLDS, FEW = 5, 250  # twice as many folds below this number of texts


class Head(NamedTuple):
    """A trained classifier of texts."""

    classes: tuple[str, ...]
    layout: bool
    bits: int
    members: dict[str, members.Fitted]
    weights: np.ndarray  # of the members' logits, by class (two classes: one)
    start: np.ndarray
    told: dict[str, Any]  # how it was trained, for its card


def fit(
    text: pl.Series,
    wanted: np.ndarray,
    classes: tuple[str, ...],
    *,
    groups: np.ndarray | None = None,
    names: Members = features.MEMBERS,
    layout: bool = False,
    bits: int = features.BITS,
    seed: int = 0,
) -> tuple[Head, np.ndarray]:
    """A head, and its probabilities of the texts out of fold (float64, one column for each class).

    `wanted` has a row for each text and a column for each class: 0 and 1, or shares where a label is graded
    or its raters disagreed. Texts of one group (a site, a source) are never on both sides of a fold; without
    groups equal texts are one. The same texts in the same order give the same head.

    Errors: ValueError where fewer than two classes have a text, or one has fewer than there are folds.
    """
    found = features.read(text, names, layout, bits)
    groups = _join_equal(text, groups)
    return fit_features(found, wanted, classes, groups, names, layout, bits, seed)


def fit_features(
    found: Features,
    wanted: np.ndarray,
    classes: tuple[str, ...],
    groups: np.ndarray,
    names: Members,
    layout: bool,
    bits: int,
    seed: int,
) -> tuple[Head, np.ndarray]:
    """`fit` for texts whose features were read."""
    wanted = np.asarray(wanted, np.float64)
    folds = split(wanted, groups, seed, classes)
    logits, strengths = {}, {}
    for name in names:
        logits[name], strengths[name] = _try_strengths(name, found, wanted, folds, seed)
    weights, start, kept = _fit_stack(logits, wanted, seed)
    whole = {name: members.fit(name, found, wanted, strengths[name], seed) for name in kept}
    told = {
        "texts": len(wanted),
        "by_class": dict(zip(classes, wanted.sum(axis=0).round(2).tolist(), strict=True)),
        "folds": len(folds),
        "seed": seed,
        "members": {name: {"strength": strengths[name], "kept": name in kept} for name in names},
    }
    return Head(classes, layout, bits, whole, weights, start, told), _judge_folds(logits, wanted, folds, seed)


def _judge_folds(
    logits: dict[str, np.ndarray], wanted: np.ndarray, folds: list[np.ndarray], seed: int
) -> np.ndarray:
    """Probabilities out of fold: the line through the members' logits is learnt from the other folds, too."""
    stacked = np.zeros_like(next(iter(logits.values())))
    for rows in folds:
        others = np.setdiff1d(np.arange(len(wanted)), rows)
        own = {name: table[others] for name, table in logits.items()}
        weights, start, kept = _fit_stack(own, wanted[others], seed)
        stacked[rows] = np.column_stack([logits[name][rows] for name in kept]) @ weights + start
    return to_shares(stacked)


def predict(head: Head, text: pl.Series) -> np.ndarray:
    """Probabilities of each class (float64): rows sum to 1."""
    return predict_features(head, features.read(text, tuple(head.members), head.layout, head.bits))


def predict_features(head: Head, found: Features) -> np.ndarray:
    """`predict` for texts whose features were read."""
    logits = [members.predict(name, member, found) for name, member in head.members.items()]
    return to_shares(np.column_stack(logits) @ head.weights + head.start)


def to_shares(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits: two columns for one, else the soft maximum."""
    if logits.shape[1] == 1:
        logits = np.column_stack([np.zeros(len(logits)), logits[:, 0]])
    lifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = lifted / lifted.sum(axis=1, keepdims=True)
    return shares


def split(wanted: np.ndarray, groups: np.ndarray, seed: int, classes: tuple[str, ...]) -> list[np.ndarray]:
    """The rows of each fold: classes alike in all, groups in one each."""
    from sklearn.model_selection import StratifiedGroupKFold

    label = wanted.argmax(axis=1)
    count = FOLDS if len(wanted) >= FEW else 2 * FOLDS
    found = {name: len(np.unique(groups[label == k])) for k, name in enumerate(classes)}
    if few := {name: texts for name, texts in found.items() if texts < count}:
        raise ValueError(
            f"too few texts to learn from: {few} (of one group or text each counted once); "
            f"each class needs {count} at least"
        )
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [rows for _, rows in folds.split(np.zeros((len(label), 1)), label, groups)]


def _join_equal(text: pl.Series, groups: np.ndarray | None) -> np.ndarray:
    """The group of each text: the one given, else that of equal texts."""
    if groups is not None:
        return np.unique(groups, return_inverse=True)[1]
    return text.rank("dense").fill_null(0).to_numpy()


def _try_strengths(
    name: str, found: Features, wanted: np.ndarray, folds: list[np.ndarray], seed: int
) -> tuple[np.ndarray, float]:
    """Logits out of fold at the strength of regularization where they are best, and that strength."""
    best: tuple[float, np.ndarray, float] | None = None
    for strength in members.STRENGTHS.get(name, (0.0,)):
        logits = np.zeros((len(wanted), 1 if wanted.shape[1] == 2 else wanted.shape[1]))
        for rows in folds:
            others = np.setdiff1d(np.arange(len(wanted)), rows)
            member = members.fit(name, found.take(others), wanted[others], strength, seed)
            logits[rows] = members.predict(name, member, found.take(rows))
        loss = _measure_loss(logits, wanted)
        if best is None or loss < best[0]:
            best = loss, logits, strength
    assert best is not None
    return best[1], best[2]


def _measure_loss(logits: np.ndarray, wanted: np.ndarray) -> float:
    """Mean logarithmic loss, each class against the others."""
    targets = wanted[:, 1:] if logits.shape[1] == 1 else wanted
    return float((np.logaddexp(0, logits) - targets * logits).mean())


def _fit_stack(
    logits: dict[str, np.ndarray], wanted: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Weights and starts of the members' logits. A member that would count against itself is left out."""
    kept = list(logits)
    while True:
        table = np.column_stack([logits[name] for name in kept])
        weights, start = _fit_lines(table, wanted, seed)
        width = logits[kept[0]].shape[1]
        own = [np.trace(weights[k * width : (k + 1) * width]) for k in range(len(kept))]
        if min(own) >= 0 or len(kept) == 1:
            return weights, start, kept
        kept.pop(int(np.argmin(own)))


def _fit_lines(table: np.ndarray, wanted: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    rows, label = np.nonzero(wanted)
    model = LogisticRegression(C=1.0, max_iter=1000, random_state=seed)
    model.fit(table[rows], label, sample_weight=wanted[rows, label])
    return model.coef_.T, model.intercept_
