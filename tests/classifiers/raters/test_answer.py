"""What an answer says, and why it says nothing: never a guess, never out of its range."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.raters.answer import judge
from classifiers.raters.prompt import Prompt

SCORE = Prompt("quality", (), 0, 5, "", "")
LABEL = Prompt("kind", ("prose", "Code"), 0, 0, "", "")


@pytest.mark.parametrize(
    ("answer", "value"),
    {
        '{"quality": 3}': 3,
        '```json\n{"quality": 3.5, "why": "{}"}\n```': 3.5,
        'Sure: {"why": "it says {\\"quality\\": 9}", "quality": "4"} I hope it helps.': 4,
        '<think>{"quality": 1}? Rather more.</think>{"quality": 2}': 2,
        '{"quality": 2} Once more: {"quality": 2.0}': 2,
        '{broken {"quality": 0}': 0,
        '[{"quality": 5}]': 5,
    }.items(),
)
def test_a_score_is_read(answer, value):
    assert judge(answer, "stop", SCORE) == (value, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    {
        "": "no_json",
        "4": "no_json",
        "quality: 4": "no_json",
        '{"quality": 4': "no_json",
        "{" * 30_000: "no_json",
        '{"a":' * 4000: "no_json",
        '{"Quality": 4}': "no_field",
        '{"result": {"quality": 4}}': "no_field",
        '{"quality": 6}': "out_of_range",
        '{"quality": -0.5}': "out_of_range",
        '{"quality": NaN}': "out_of_range",
        '{"quality": 1e999}': "out_of_range",
        '{"quality": null}': "no_score",
        '{"quality": true}': "no_score",
        '{"quality": "4/5"}': "no_score",
        '{"quality": [4]}': "no_score",
        '{"quality": 3}{"quality": 4}': "ambiguous",
        '{"quality": 3, "quality": 4}': "ambiguous",
        '{"quality": 3}{"quality": 9}': "ambiguous",
    }.items(),
)
def test_what_says_no_score_is_named(answer, reason):
    assert judge(answer, "stop", SCORE) == (None, reason)


def test_an_answer_that_did_not_end_is_none():
    assert judge('{"quality": 4}', "length", SCORE) == (None, "truncated")
    assert judge('{"quality": 4}', "content_filter", SCORE) == (None, "refused")
    assert judge('{"quality": 4}', None, SCORE) == (4, None)


def test_a_label_is_one_of_those_declared():
    assert judge('{"kind": " code"}', "stop", LABEL) == ("Code", None)
    for said in ("essay", "", None, ["prose"], "prose|code"):
        assert judge(json.dumps({"kind": said}), "stop", LABEL) == (None, "unknown_label")


@settings(max_examples=50, deadline=None)
@given(
    st.text()
    | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(lambda x: f'{{"quality": {x}}}')
)
def test_whatever_is_said_a_score_is_in_its_range(answer):
    value, reason = judge(answer, "stop", SCORE)
    assert (value is None) != (reason is None)
    assert value is None or 0 <= value <= 5
