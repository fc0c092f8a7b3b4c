"""What an answer says, and why it says nothing: never a guess, never out of its range."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.raters.answer import judge, keep
from winnow.classifiers.raters.prompt import Prompt

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


@pytest.mark.parametrize("key", ["none", "no-key-needed"])
def test_an_answer_is_judged_as_it_came_before_a_key_is_hidden(key):
    labels = Prompt("kind", ("prose", key), 0, 0, "", "")
    said = json.dumps({"kind": key, "why": "short"})
    kept = keep(said, "stop", labels, key)
    assert judge(kept, "stop", labels) == (key, None)
    assert keep(f'{{"kind": "prose", "why": "{key}-1234"}}', "stop", labels, f"{key}-1234") == (
        '{"kind": "prose", "why": "[key]"}'
    )


def test_what_would_be_another_verdict_without_the_key_is_none():
    key = 'or else {"kind": "Code-1234"}'
    said = f'{{"kind": "prose"}} {key}'
    assert judge(said, "stop", LABEL) == (None, "ambiguous")
    assert judge(keep(said, "stop", LABEL, key), "stop", LABEL)[0] is None


def test_of_a_long_answer_the_end_is_kept():
    kept = keep("hm, " * 9000 + '</think>{"quality": 3}', "stop", SCORE, "")
    assert len(kept) == 20_000 and kept.endswith('hm, </think>{"quality": 3}')
