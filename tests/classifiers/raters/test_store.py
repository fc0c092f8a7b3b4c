"""Attempts on disk: what was paid is read again, whatever was cut off."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.raters import store
from winnow.classifiers.raters.store import Attempt

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


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"answer":"', b'"answer":"not '),
        lambda line: line.replace(b'"cost":"0.0007"', b'"cost":"0.0001"'),
        lambda line: line.replace(b'"stop"', b'"length"'),
        lambda line: line.replace(b'"is_told":true', b'"is_told":false'),
        lambda line: line.replace(b'"tokens_in":300', b'"tokens_in":301'),
    ],
)
def test_what_is_not_as_it_was_written_is_named_and_given_to_nobody(tmp_path, change):
    file = store.find_file(tmp_path, "rater", "model", "message")
    store.announce(file, HELD)
    store.conclude(file, PAID)
    first, second = file.read_bytes().splitlines(keepends=True)
    assert change(second) != second
    file.write_bytes(first + change(second))
    with pytest.raises(ValueError, match=r"\.jsonl:2 is not what was written: mend the line"):
        store.read(file)


def test_the_answer_to_another_question_is_none_to_this_one(tmp_path):
    one, other = (store.find_file(tmp_path, "rater", "model", message) for message in ("one", "other"))
    store.announce(one, HELD)
    store.conclude(one, PAID)
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(one.read_bytes())
    with pytest.raises(ValueError, match="is not what was written"):
        store.read(other)


def test_a_store_of_older_code_is_read(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"is_sent": False, "attempt": PAID._asdict()}) + "\n")
    assert store.read(file) == [PAID]


def test_nothing_is_added_through_a_link(tmp_path):
    file = tmp_path / "a.jsonl"
    (tmp_path / "other").write_text("theirs\n")
    file.symlink_to(tmp_path / "other")
    with pytest.raises(OSError):
        store.announce(file, HELD)
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError), store.hold(tmp_path):
        pass
    assert (tmp_path / "other").read_text() == "theirs\n"
