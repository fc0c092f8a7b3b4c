"""A head: what it says of a text that it was taught comes from folds without it, and is calibrated."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix
from scipy.special import expit, softmax
from sklearn.metrics import roc_auc_score

from winnow.classifiers.head import stack
from winnow.classifiers.head.features import MEMBERS, Features
from winnow.classifiers.head.members import STRENGTHS

WORDS = [
    a + b for a in ("river", "court", "oven", "party", "moon") for b in ("", "s", "ly", "er", "ing", "ed")
]
TWO = ("poor", "good")


def write(count: int, seed: int = 0) -> pl.Series:
    draw = np.random.default_rng(seed)
    return pl.Series([" ".join(draw.choice(WORDS, 12)) + "." for _ in range(count)])


def label(answer: np.ndarray, count: int = 2) -> np.ndarray:
    return np.array(np.eye(count)[answer])


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 4)), elements=st.floats(-1000, 1000)))
def test_probabilities_are_those_of_scipy(logits: np.ndarray) -> None:
    found, two = stack.to_shares(logits), np.column_stack([expit(-logits), expit(logits)])
    assert np.allclose(found, two if logits.shape[1] == 1 else softmax(logits, 1))
    assert ((found >= 0) & (found <= 1)).all() and np.allclose(found.sum(axis=1), 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9999), st.sampled_from([120, 249, 250, 400]), st.integers(2, 3), st.integers(40, 90))
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
    knows the other. A head that saw all knows all (which way round, it learnt from chance)."""
    first, answer = write(100), np.tile(np.random.default_rng(1).permutation(np.arange(100) % 2), 2)
    text = pl.concat([first, first + " Again." if grouped else first])
    groups = np.tile(np.arange(100), 2) if grouped else None
    head, found = stack.fit(text, label(answer), TWO, groups=groups, names=("ngrams",), bits=12)
    assert roc_auc_score(answer, found[:, 1]) < 0.7
    assert abs(roc_auc_score(answer, stack.predict(head, text)[:, 1]) - 0.5) > 0.45
    if grouped:
        _, found = stack.fit(text, label(answer), TWO, names=("ngrams",), bits=12)
        assert roc_auc_score(answer, found[:, 1]) > 0.9


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 99), st.sampled_from([2, 3]), st.booleans())
def test_probabilities_are_calibrated(seed: int, classes: int, graded: bool) -> None:
    """Their mean is near that of what is taught; of noise nothing is learnt, of what can be told much."""
    draw, answer, text = np.random.default_rng(seed), np.arange(120) % classes, write(120, seed)
    told = np.where(draw.random(120) < 0.6, answer, draw.integers(classes, size=120))
    text = pl.Series([f"{each} Kind {'abc'[k]}x." for each, k in zip(text, told, strict=True)])
    wanted = draw.dirichlet(np.ones(classes), 120) if graded else label(answer, classes)
    names = ("shape", "ngrams")
    head, found = stack.fit(text, wanted, ("a", "b", "c")[:classes], names=names, bits=10, seed=seed)
    mean = wanted.mean(axis=0)
    for shares in (found, said := stack.predict(head, text)):
        assert shares.shape == wanted.shape and ((shares >= 0) & (shares <= 1)).all()
        assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(found.mean(axis=0), mean, atol=0.05)
    unseen, seen, least = (-(wanted * np.log(shares)).sum(axis=1).mean() for shares in (found, said, mean))
    assert unseen <= 1.1 * least
    assert graded or seen < unseen < 0.95 * least


@pytest.mark.parametrize("name", MEMBERS)
def test_the_same_texts_give_the_same_head(name: str) -> None:
    """Of each member; and what it says out of fold is not what it says of what it saw whole."""
    text, answer = write(100), np.arange(100) % 2
    fits = [stack.fit(text, label(answer), TWO, names=(name,), bits=12, seed=3) for _ in range(2)]
    (one, found), (other, again) = fits
    assert np.array_equal(found, again) and np.array_equal(one.weights, other.weights)
    assert np.array_equal(stack.predict(one, text), stack.predict(other, text))
    assert not np.allclose(stack.predict(one, text), found)
    strength = other.told["members"][name]["strength"]
    assert strength in STRENGTHS.get(name, (0.0,))
    assert one.told == {
        "texts": 100,
        "by_class": {"poor": 50.0, "good": 50.0},
        "folds": 10,
        "seed": 3,
        "members": {name: {"strength": strength, "kept": True}},
    }


def test_a_member_that_counts_against_itself_is_left_out() -> None:
    """Its words mean the contrary in each other fold: two texts have the same ones, and another answer."""
    draw, answer = np.random.default_rng(0), np.arange(200) % 2
    words = csr_matrix(np.repeat(np.eye(100, dtype=np.float32), 2, axis=0))
    found = Features(shape=answer[:, None] + draw.normal(size=(200, 3)), ngrams=words, fasttext=None)
    for names, kept in ((("shape", "ngrams"), ["shape"]), (("ngrams",), ["ngrams"])):
        head, _ = stack.fit_features(found, label(answer), TWO, np.arange(200), names, False, 7, 0)
        assert list(head.members) == kept
        assert [name for name, how in head.told["members"].items() if how["kept"]] == kept
        assert (head.weights.ravel() >= 0).all() == (kept == ["shape"])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([0] * 40, r"\{'good': 0\}"),
        ([0] * 40 + [1] * 9, r"\{'good': 9\} .*each class needs 10 at least"),
        ([0] * 295 + [1] * 4, r"\{'good': 4\} .*each class needs 5 at least"),
        ([0] * 3 + [1] * 4, r"\{'poor': 3, 'good': 4\}"),
    ],
)
def test_too_few_texts_of_a_class_are_an_error(answer: list[int], says: str) -> None:
    with pytest.raises(ValueError, match="too few texts to learn from: " + says):
        stack.fit(write(len(answer)), label(np.array(answer)), TWO, names=("shape",))
    groups = np.minimum(np.arange(60), 40)  # good are twenty texts of one group
    with pytest.raises(ValueError, match=r"\{'good': 1\} \(of one group or text each counted once\)"):
        stack.fit(write(60), label(np.arange(60) // 40), TWO, groups=groups, names=("shape",))
