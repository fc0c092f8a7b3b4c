import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from winnow.classifiers.curve import shape

PLACES = np.linspace(0, 1, 2001)


def mean_of_buckets(curve, buckets):
    edges = np.linspace(0, 1, buckets + 1)
    return shape.average(curve, edges[:-1], edges[1:])


@settings(deadline=None)
@given(
    times=st.floats(0.01, 8),
    start=st.floats(0, 0.9),
    power=st.floats(0, 5),
    most=st.floats(0.5, 10),
    buckets=st.integers(10, 40),
)
def test_a_solved_curve_meets_its_target_never_falls_and_stays_below_the_bound(
    times, start, power, most, buckets
):
    assume(times <= most * (1 - start) * (1 - 1e-6))
    curve = shape.solve(times, start, power, most, buckets)
    means = mean_of_buckets(curve, buckets)
    assert means.mean() == pytest.approx(times, rel=1e-9)
    assert means.max() <= most * (1 + 1e-9)
    copies = shape.evaluate(curve, PLACES)
    assert (np.diff(copies) >= -1e-9).all()
    assert (copies[start > PLACES] == 0).all()
    assert 0 <= curve["p"] <= power
    assert 0 <= curve["lambda"] <= shape.MAX_LAMBDA


@settings(deadline=None)
@given(
    start=st.floats(0, 0.9),
    p=st.floats(0, 4),
    steep=st.floats(0, 2),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
)
def test_the_mean_is_that_of_the_formula(start, p, steep, low, high):
    assume(low + 1e-3 < high)
    curve = {"a": start, "p": p, "lambda": steep, "C": 1.5}
    found = shape.average(curve, np.array([low]), np.array([high]))[0]
    middles = low + (high - low) * (np.arange(20_000) + 0.5) / 20_000
    past = middles - start
    formula = np.where(past < 0, 0, 1.5 * np.abs(past) ** p * np.exp(steep * past))
    assert found == pytest.approx(formula.mean(), rel=1e-3, abs=1e-4)


def test_the_bound_is_reached_where_a_steeper_curve_would_break_it():
    for times in (2.0, 3.0, 4.0):
        assert mean_of_buckets(shape.solve(times, 0.4, 2.0, 7.0, 20), 20)[-1] == pytest.approx(7.0, rel=1e-9)


def test_a_small_target_has_the_steepest_curve_and_leaves_the_bound_alone():
    curve = shape.solve(0.5, 0.4, 2.0, 7.0, 20)
    assert (curve["p"], curve["lambda"]) == (2.0, 2.0)
    assert mean_of_buckets(curve, 20)[-1] < 7.0


def test_the_power_gives_way_before_the_target_does():
    loose, tight = (shape.solve(2.0, 0.4, 2.0, most, 20) for most in (7.0, 4.0))
    assert 2.0 > loose["p"] > tight["p"] > 0
    assert loose["lambda"] == tight["lambda"] == 0.0


def test_all_that_can_be_had_is_the_flat_curve_and_more_is_refused():
    curve = shape.solve(4.2, 0.4, 2.0, 7.0, 20)
    assert shape.evaluate(curve, [0.39, 0.41, 1.0]) == pytest.approx([0, 7, 7], rel=1e-6)
    with pytest.raises(ValueError, match=r"4\.3 times its tokens are wanted, and at most 4\.2 times"):
        shape.solve(4.3, 0.4, 2.0, 7.0, 20)


@pytest.mark.parametrize(
    "wrong", [{"start": 1.0}, {"start": -0.1}, {"power": -1.0}, {"max_mean": 0.0}, {"buckets": 0}]
)
def test_settings_out_of_range_are_named(wrong):
    chosen = {"times": 0.1, "start": 0.4, "power": 2.0, "max_mean": 7.0, "buckets": 20, **wrong}
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} = .*: start is a place"):
        shape.solve(**chosen)


def test_a_bucket_that_begins_below_the_start_is_refused():
    with pytest.raises(ValueError, match=r"buckets = 2: the last one begins below start = 0.9"):
        shape.solve(0.1, 0.9, 2.0, 7.0, 2)


def test_a_cut_is_all_or_nothing_to_the_bit():
    low = np.array([0.0, 0.1, 0.3, 0.30000001, 0.7])
    high = np.array([0.1, 0.3, 0.30000001, 0.7, 1.0])
    assert shape.average(shape.cut(0.3), low, high).tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert shape.average(shape.cut(0.2), low, high)[1] == pytest.approx(0.5)
    assert shape.evaluate(shape.cut(0.3), [0.0, 0.29, 0.3, 1.0]).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_place_without_width_has_the_value_of_the_curve_there():
    places = np.array([0.2, 0.9])
    curve = shape.solve(1.0, 0.4, 2.0, 7.0, 20)
    assert shape.average(curve, places, places).tolist() == shape.evaluate(curve, places).tolist()
