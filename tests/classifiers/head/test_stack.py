"""A head: what it says of a text that it was taught comes from folds without it, and is calibrated."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import expit, softmax
from sklearn.metrics import log_loss, roc_auc_score

from classifiers.head import stack
from classifiers.head.features import Features

WORDS = [f"{a}{b}" for a in ("river", "court", "oven", "engine", "party") for b in ("", "s", "ly", "er", "ing", "ed")]
TWO = ("poor", "good")


def write(count: int, seed: int = 0) -> pl.Series:
    draw = np.random.default_rng(seed)
    return pl.Series([" ".join(draw.choice(WORDS, 12)) + "." for _ in range(count)])


def label(answer: np.ndarray, count: int = 2) -> np.ndarray:
    return np.eye(count)[answer]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(0, 5))
def test_probabilities_are_those_of_scipy(data: st.DataObject, columns: int, rows: int) -> None:
    cell = st.floats(-1000, 1000)
    drawn = data.draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    logits = np.array(drawn, np.float64).reshape(rows, columns)
    found = stack.to_shares(logits)
    assert np.allclose(found, np.column_stack([expit(-logits), expit(logits)]) if columns == 1 else softmax(logits, 1))
    assert ((found >= 0) & (found <= 1)).all() and np.allclose(found.sum(axis=1), 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([120, 249, 250, 400]), st.integers(2, 3), st.integers(30, 90))
def test_groups_are_never_on_both_sides_of_a_fold(seed: int, count: int, classes: int, many: int) -> None:
    """Every text is in one fold, and all classes are in what is taught beside it."""
    draw = np.random.default_rng(seed)
    answer, groups = draw.integers(classes, size=count), draw.integers(many, size=count)
    folds = stack.split(label(answer, classes), groups, seed % 7, ("a", "b", "c")[:classes])
    assert len(folds) == (10 if count < 250 else 5)
    assert np.array_equal(np.sort(np.concatenate(folds)), np.arange(count))
    for rows in folds:
        others = np.setdiff1d(np.arange(count), rows)
        assert len(rows) and not set(groups[rows]) & set(groups[others])
        assert set(answer[others]) == set(range(classes))


@pytest.mark.parametrize("grouped", [False, True])
def test_a_text_is_judged_by_those_of_other_groups(grouped: bool) -> None:
    """Answers of chance, the same for two texts that are nearly (without groups: quite) the same: who saw one
    knows the other. A head that saw both knows both."""
    first, answer = write(100), np.tile(np.random.default_rng(1).permutation(np.arange(100) % 2), 2)
    text = pl.concat([first, first + " Again." if grouped else first])
    groups = np.tile(np.arange(100), 2) if grouped else None
    head, found = stack.fit(text, label(answer), TWO, groups=groups, names=("ngrams",), bits=12)
    assert roc_auc_score(answer, found[:, 1]) < 0.7
    assert roc_auc_score(answer, stack.predict(head, text)[:, 1]) > 0.95
    if grouped:
        _, found = stack.fit(text, label(answer), TWO, names=("ngrams",), bits=12)
        assert roc_auc_score(answer, found[:, 1]) > 0.9


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99), st.sampled_from([2, 3]), st.booleans())
def test_probabilities_are_calibrated(seed: int, classes: int, graded: bool) -> None:
    """Their mean is that of what is taught, and they are never worse than to say that mean of every text."""
    draw, text = np.random.default_rng(seed), write(120, seed)
    wanted = label(text.str.contains("rivers|ovened").to_numpy() + (draw.random(120) < 0.3) * (classes - 1) % 2, 3)
    wanted = wanted[:, :classes]
    wanted = draw.dirichlet(np.ones(classes), 120) if graded else wanted / wanted.sum(axis=1, keepdims=True)
    names = tuple("abc"[:classes])
    head, found = stack.fit(text, wanted, names, names=("shape", "ngrams"), bits=10, seed=seed)
    mean = wanted.mean(axis=0)
    assert ((found >= 0) & (found <= 1)).all() and np.allclose(found.sum(axis=1), 1)
    assert np.allclose(found.mean(axis=0), mean, atol=1e-3)
    assert -(wanted * np.log(found)).sum(axis=1).mean() <= -(mean * np.log(mean)).sum() + 1e-6
