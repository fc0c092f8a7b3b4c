"""Agreement of raters: figures of scikit-learn and SciPy on the whole scale, null where there are none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.raters.agreement import compare
from winnow.classifiers.raters.prompt import Prompt

SCORE = Prompt("quality", (), 0, 5, "", "")
LABEL = Prompt("kind", ("a", "b", "c"), 0, 0, "", "")


def pair(first, second, prompt=SCORE):
    (found,) = compare({"x": dict(enumerate(first)), "y": dict(enumerate(second))}, prompt)
    return found


def test_kappa_is_weighted_by_distances_on_the_whole_scale():
    # by hand: 1 - sum of squared distances, over what is expected of scores 0, 5 and 4 that are independent
    found = pair([0, 5, 0, 5], [0, 5, 0, 4])
    observed = 1 / 4
    expected = (2 * (0 + 0 + 25 + 16) + 2 * (25 + 25 + 0 + 1)) / 16
    assert found["kappa"] == round(1 - observed / expected, 4)
    assert (found["n"], found["equal"], found["rho"]) == (4, 0.75, 0.9428)


def test_only_documents_that_both_have_judged_are_compared():
    found = compare({"x": {"1": 1.0, "2": 2.0}, "y": {"2": 2.0, "3": 3.0}, "z": {}}, SCORE)
    assert [(each["raters"], each["n"]) for each in found] == [
        (["x", "y"], 1),
        (["x", "z"], 0),
        (["y", "z"], 0),
    ]
    assert found[0] == {"raters": ["x", "y"], "n": 1, "kappa": None, "equal": 1.0, "rho": None}
    assert found[1]["equal"] is None


@pytest.mark.filterwarnings("error")
def test_a_rater_that_says_one_thing_agrees_with_nobody():
    assert pair([3, 3, 3], [1, 2, 3])["kappa"] is None
    assert pair([3, 3, 3], [3, 3, 3])["rho"] is None
    assert pair(["a", "a"], ["a", "a"], LABEL)["kappa"] is None


def test_labels_are_compared_without_an_order():
    found = pair(["a", "b", "c", "a"], ["a", "b", "a", "a"], LABEL)
    assert found == {
        "raters": ["x", "y"],
        "n": 4,
        "kappa": round((0.75 - 7 / 16) / (9 / 16), 4),
        "equal": 0.75,
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=30))
def test_agreement_is_symmetric_and_whole_with_oneself(scores):
    one, other = zip(*scores, strict=True)
    there, back = pair(one, other), pair(other, one)
    assert [there[k] for k in ("kappa", "rho", "equal")] == [back[k] for k in ("kappa", "rho", "equal")]
    if len(set(one)) > 1:
        assert (pair(one, one)["kappa"], pair(one, one)["rho"]) == (1, 1)
