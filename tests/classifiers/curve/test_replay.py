import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from winnow.classifiers import selection
from winnow.classifiers.curve.replay import replay

KNOTS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 900)), min_size=1, max_size=80).filter(
    lambda rows: sum(tokens for _, tokens in rows)
)


def make(rows):
    documents, tokens = map(list, zip(*rows, strict=True))
    scores = [number / 8 for number in range(len(rows))]
    return {"knots": {"scores": scores, "documents": documents, "tokens": tokens}}


@settings(deadline=None)
@given(rows=KNOTS, times=st.floats(0.05, 5), most=st.floats(1, 9), start=st.floats(0, 0.9))
def test_a_curve_gives_its_tokens_whatever_ties_there_are(rows, times, most, start):
    assume(times <= most * (1 - start) * (1 - 1e-6))
    group = make(rows)
    found = replay(group, times=times, max_mean=most, start=start)
    total = sum(group["knots"]["tokens"])
    assert found["expected"]["tokens"] == pytest.approx(times * total, rel=1e-9)
    assert np.mean(found["buckets"]) == pytest.approx(times, rel=1e-9)
    assert max(found["buckets"]) <= most * (1 + 1e-9)
    assert (np.diff(found["rates"]) >= 0).all()
    again = replay(group, tokens=times * total, max_mean=most, start=start)
    assert found["rates"] == pytest.approx(again["rates"], rel=1e-6, abs=1e-9)
    assert found["expected"]["unique_tokens"] <= min(total, found["expected"]["tokens"]) * (1 + 1e-9)


@settings(deadline=None)
@given(rows=KNOTS, rate=st.floats(0.001, 1))
def test_a_share_of_the_tokens_is_kept_and_one_knot_at_most_is_divided(rows, rate):
    group = make(rows)
    found = replay(group, keep_rate=rate)
    total = sum(group["knots"]["tokens"])
    assert found["expected"]["tokens"] == pytest.approx(rate * total, rel=1e-9)
    assert found["expected"]["unique_tokens"] == pytest.approx(rate * total, rel=1e-9)
    assert sum(0 < each < 1 for each in found["rates"]) <= 1
    assert (np.diff(found["rates"]) >= 0).all()


def test_a_cut_keeps_what_is_at_it_and_above():
    group = make([(1, 10), (2, 20), (3, 0), (4, 40)])
    found = replay(group, cut=0.25)
    assert found["rates"] == [0, 0, 1, 1]
    assert (found["cut"], found["cut_rate"]) == (0.25, 1.0)
    assert found["expected"] == {"documents": 7, "unique_tokens": 40, "tokens": 40}
    assert found["curve"]["a"] == pytest.approx(3 / 7)
    assert replay(group, cut=0.1)["rates"] == [0, 1, 1, 1]


def test_a_cut_is_compared_in_float32():
    group = make([(1, 10), (1, 10)])
    group["knots"]["scores"] = [0.0, float(np.float32(0.7))]
    assert replay(group, cut=0.7)["rates"] == [0, 1]


def test_a_cut_above_all_keeps_nothing():
    found = replay(make([(1, 10), (1, 10)]), cut=9.0)
    assert found["cut"] is None
    assert found["expected"] == {"documents": 0, "unique_tokens": 0, "tokens": 0}
    assert found["buckets"] == [0] * 20


def test_copies_and_documents_that_come_at_all_are_told_apart():
    found = replay(make([(10, 100), (10, 100)]), times=3.0, start=0.5, power=0.0, buckets=2)
    assert found["rates"] == pytest.approx([0, 6])
    assert found["expected"] == {"documents": 10, "unique_tokens": 100, "tokens": pytest.approx(600)}
    assert found["buckets"] == pytest.approx([0, 6])
    assert (found["cut"], found["cut_rate"]) == (0.125, pytest.approx(6))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "name one of cut, keep_rate, tokens, times, budget: none is given"),
        ({"cut": 0.5, "times": 1.0}, "cut and times is given"),
        ({"keep_rate": 0.0}, "keep_rate = 0.0"),
        ({"keep_rate": 1.5}, "keep_rate = 1.5"),
        ({"times": 0.0}, "times = 0.0"),
        ({"tokens": float("inf")}, "tokens = inf"),
        ({"tokens": float("nan")}, "tokens = nan"),
        ({"cut": float("nan")}, "cut = nan"),
    ],
)
def test_what_is_wanted_must_be_one_thing_in_its_range(wrong, message):
    with pytest.raises(ValueError, match=message):
        replay(make([(1, 10)]), **wrong)


def test_rates_of_a_nearly_flat_curve_do_not_fall_in_their_last_bits():
    found = replay(make([(1, 1)] * 1024), times=4.2 - 1e-12, max_mean=7.0)
    assert 0 < found["curve"]["p"] < 1e-9
    assert (np.diff(found["rates"]) >= 0).all()


def test_what_is_not_said_is_as_the_step_has_it():
    step = selection.solve.__kwdefaults__
    own = {name: value for name, value in replay.__kwdefaults__.items() if value is not None}
    assert own == {name: step[name] for name in own} and own["power"] == 2.0
