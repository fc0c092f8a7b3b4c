"""A rule judges a column as it judges each of its numbers."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.spec import rules

single = st.floats(-10, 10, width=32)
SETTINGS = st.sampled_from(["min_x", "max_x", "drop_x"])


@given(st.lists(st.one_of(st.none(), single, st.just(float("nan")))), single, SETTINGS)
def test_ratios(values, limit, setting):
    value = True if setting == "drop_x" else limit
    check(pl.Series(values, dtype=pl.Float32), setting, value)


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5))), st.integers(-5, 5), SETTINGS)
def test_counts(values, limit, setting):
    check(pl.Series(values, dtype=pl.Int64), setting, True if setting == "drop_x" else limit)


def check(values, setting, value):
    rule = {"setting": setting, "value": value}
    one_by_one = [v is not None and rules.breaks(v, rule) for v in values]
    assert rules.find_broken(values, setting, value).to_list() == one_by_one


@pytest.mark.parametrize("value", [None, False])
def test_a_rule_that_is_off_breaks_nothing(value):
    assert not rules.find_broken(pl.Series([1.0, 9.0]), "max_x", value).any()


def test_a_threshold_is_compared_as_single_precision():
    ratio = pl.Series([0.65, 0.1], dtype=pl.Float32)  # below .65 and above .1, as they are stored
    assert not rules.find_broken(ratio, "min_x", 0.65)[0]
    assert not rules.find_broken(ratio, "max_x", 0.1)[1]
    assert rules.find_broken(pl.Series([3], dtype=pl.Int64), "min_x", 3.5).all()


def test_a_signal_that_a_later_step_wrote_anew_is_lost_unless_the_two_judge_other_documents():
    said = [{"step": n, "signal": "words"} for n in (0, 1)]
    apart = [{"kind": ["a"]}, {"kind": ["b"]}]
    assert rules.find_lost(said, [None, None], ["words"]) == {0}
    assert rules.find_lost(said, apart, ["words"]) == set()
    assert rules.find_lost(said, apart, []) == {0, 1}
