"""Which passages may ask something, where they stand, and what numbers they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.meaning import passages


@given(st.text(alphabet="ab ?1\n.é", max_size=400))
def test_passages_stand_where_they_say_and_do_not_overlap(text):
    last = 0
    for each in passages.find_passages(text):
        assert last <= each.start < each.end <= len(text)
        assert text[each.start : each.end].strip() == each.text
        assert passages.SHORTEST <= len(each.text) <= passages.LONGEST
        last = each.end


def test_wrapped_lines_are_one_passage_and_others_are_not():
    first = "A train leaves the station at noon and goes eighty kilometres an hour,"
    wrapped = f"{first}\nhow far is it from there at three in the afternoon?"
    asked = "Why is the sky over the desert blue at noon and red in the evening?"
    alone = f"A line that ends, so nothing goes on in the next one of the text.\n{asked}"
    assert [each.text for each in passages.find_passages(wrapped)] == [wrapped]
    assert [each.text for each in passages.find_passages(alone)] == [asked]


def test_what_is_long_is_cut():
    found = list(passages.find_passages("why? " * 1000))
    assert [each.end - each.start for each in found] == [1200, 1200, 1200, 1200, 200]


@pytest.mark.parametrize(
    "text, said",
    [
        ("1,000 apples and 3,5 kg", {1000, 3.5}),
        ("1.000 Äpfel und 3,5 kg", {1000, 3.5}),
        ("1 000 and 2\u202f500", {1, 0, 2500}),
        ("\u0663 \u0648 \u0664", {3, 4}),
        ("12, 13", {12, 13}),
        ("none", set()),
    ],
)
def test_numbers_are_one_in_whatever_form(text, said):
    assert passages.find_numbers(text) == {float(each) for each in said}


def test_who_asks():
    assert (
        passages.may_ask("Why?")
        and passages.may_ask("2 and 3")
        and passages.may_ask("\u4e3a\u4ec0\u4e48\uff1f")
    )
    assert not passages.may_ask("Nothing is asked in 1999.")
    assert passages.is_asked('He said: "Why?"') and not passages.is_asked("Why? Because.")
