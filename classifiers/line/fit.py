"""How the trees are trained, where they cut, and what they are worth out of fold."""

from typing import Any

import numpy as np

import winnow.trees
from winnow.classifiers.line import context, trees
from winnow.classifiers.line.labels import LabeledLines

FOLDS = 5
OTHERS = 0.3  # what a page as if in another script counts, beside one as it was written
LANGUAGES = 3  # at least, for the limit to be chosen on languages that the trees had not seen
MEMBERS = 2  # they differ in what columns each split may choose from; their mean judges
SETTINGS: dict[str, Any] = {
    "max_iter": 120,
    "max_leaf_nodes": 12,
    "max_depth": 5,
    "learning_rate": 0.06,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.2,
    "max_bins": 63,
    "early_stopping": False,
}


def train(data: LabeledLines, rows: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The arrays of both kinds of trees, trained on some of the lines, and what their columns are today."""
    cased, caseless = (train_trees(data, rows, seed, scripts) for scripts in (1, len(data.values)))
    said = {"names": np.array(context.NAMES), "stamp": np.array(trees.stamp())}
    return cased | {trees.CASELESS + name: array for name, array in caseless.items()} | said


def train_trees(data: LabeledLines, rows: np.ndarray, seed: int, scripts: int) -> dict[str, np.ndarray]:
    """The arrays of trees trained on some of the lines, as if written in the first so many of the scripts. A
    document counts as the root of its lines."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    doc = data.doc[rows]
    weight = 1 / np.sqrt(np.bincount(doc))[doc]
    weight = weight / weight.mean()
    weight = np.concatenate([weight, *[OTHERS * weight] * (scripts - 1)])
    values, noise = np.concatenate(data.values[:scripts, rows]), np.tile(data.noise[rows], scripts)
    return winnow.trees.flatten(
        [
            HistGradientBoostingClassifier(**SETTINGS, random_state=seed + member).fit(
                values, noise, sample_weight=weight
            )
            for member in range(MEMBERS)
        ]
    )


def judge_out_of_fold(data: LabeledLines, groups: np.ndarray, seed: int, scripts: int) -> np.ndarray:
    """How likely each line is noise, for the first so many of the scripts, by trees that saw none of its
    group. `groups` has a number for each line."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros((scripts, len(data.noise)), np.float32)
    folds = GroupKFold(min(FOLDS, len(np.unique(groups))), shuffle=True, random_state=seed)
    for learnt, held in folds.split(groups, groups=groups):
        found[:, held] = judge_others(data, learnt, held, seed, scripts)
    return found


def judge_others(
    data: LabeledLines, learnt: np.ndarray, held: np.ndarray, seed: int, scripts: int
) -> np.ndarray:
    """How likely the lines `held` are noise, for the first so many of the scripts, by trees trained on the
    lines `learnt`: as written by those that learnt from what was written alone."""
    cased = winnow.trees.take(train_trees(data, learnt, seed, 1))
    found = [trees.judge_rows(cased, data.values[0, held])]
    if scripts > 1:
        caseless = winnow.trees.take(train_trees(data, learnt, seed, len(data.values)))
        found += [trees.judge_rows(caseless, values[held]) for values in data.values[1:scripts]]
    return np.stack(found)


def judge_for_limit(data: LabeledLines, seed: int) -> tuple[str, np.ndarray]:
    """How likely each line is noise by trees that saw nothing of its language, as the limit is to hold for
    languages that nobody labelled, or of its site where fewer than three are named; and which of both."""
    languages = np.array([language or "" for language in data.language])[data.doc]
    if (languages == "").any() or len(np.unique(languages)) < LANGUAGES:
        return "site", judge_out_of_fold(data, data.group[data.doc], seed, 1)[0]
    return "language", judge_out_of_fold(data, np.unique(languages, return_inverse=True)[1], seed, 1)[0]


def choose_limit(likely: np.ndarray, data: LabeledLines, good_kept: float) -> float:
    """The least likelihood above which lines may go so that `good_kept` of the characters of text stay."""
    text = np.where(data.noise, 0, data.characters)
    order = np.argsort(likely, kind="stable")
    kept = np.cumsum(text[order])
    return float(likely[order][np.searchsorted(kept, good_kept * kept[-1])])


def measure(gone: np.ndarray, noise: np.ndarray, characters: np.ndarray) -> dict[str, float]:
    """What it is worth to take these lines out: F1 of the noise and of the text that stays, by lines and by
    characters, and the shares of good characters kept and of noise taken out."""
    ones = np.ones(len(noise))
    good, bad = np.where(noise, 0, characters), np.where(noise, characters, 0)
    return {
        "noise_f1": _f1(gone, noise, ones),
        "noise_f1_characters": _f1(gone, noise, characters),
        "text_f1": _f1(~gone, ~noise, characters),
        "text_f1_lines": _f1(~gone, ~noise, ones),
        "good_kept": float(good[~gone].sum() / max(good.sum(), 1)),
        "noise_gone": float(bad[gone].sum() / max(bad.sum(), 1)),
    }


def _f1(said: np.ndarray, true: np.ndarray, weight: np.ndarray) -> float:
    both = weight[said & true].sum()
    return float(2 * both / max(weight[said].sum() + weight[true].sum(), 1))
