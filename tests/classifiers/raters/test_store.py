"""Attempts on disk: what was paid is read again, whatever was cut off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.raters import store
from classifiers.raters.store import Attempt

HELD = Attempt(0, 256, 1000, 256, "0.004")
PAID = HELD._replace(tokens_in=300, tokens_out=9, cost="0.0007", is_told=True, answer="é {}\n", finish="stop")


def test_what_was_concluded_is_read(tmp_path):
    file = store.find_file(tmp_path, "rater", "model", "message")
    assert store.read(file) == []
    for _ in range(2):
        store.announce(file, HELD)
        store.conclude(file, PAID)
    assert store.read(file) == [PAID, PAID]


def test_what_was_sent_and_not_answered_is_lost_at_its_full_price(tmp_path):
    file = tmp_path / "a.jsonl"
    lost = HELD._replace(fault="lost")
    store.announce(file, HELD)
    assert store.read(file) == [lost]
    store.announce(file, HELD)
    store.conclude(file, PAID)
    assert store.read(file) == [lost, PAID]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700))
def test_a_write_that_was_cut_off_costs_no_more_than_was_held(tmp_path_factory, size):
    file = tmp_path_factory.mktemp("store") / "a.jsonl"
    store.announce(file, HELD)
    announced = file.stat().st_size
    store.conclude(file, PAID)
    file.write_bytes(file.read_bytes()[:size])
    before = store.read(file)
    assert before in ([], [HELD._replace(fault="lost")], [PAID])
    assert before != [] or size < announced
    store.announce(file, HELD)
    store.conclude(file, PAID)
    assert store.read(file) == [*before, PAID]


def test_a_file_is_named_by_all_that_was_asked(tmp_path):
    names = {
        store.find_file(tmp_path, *parts) for parts in [("a", "b", "c"), ("a", "bc", ""), ("b", "a", "c")]
    }
    assert len(names) == 3


@pytest.mark.parametrize(
    "broken", [{"cost": "a lot"}, {"cost": "NaN"}, {"cost": None}, {"tokens_in": "3"}, {"answer": 5}]
)
def test_a_whole_line_that_is_no_request_is_named(tmp_path, broken):
    file = tmp_path / "a.jsonl"
    store.announce(file, HELD)
    store.conclude(file, PAID._replace(**broken))
    with pytest.raises(ValueError, match=r"a\.jsonl:2 is no request .*: mend the line"):
        store.read(file)
