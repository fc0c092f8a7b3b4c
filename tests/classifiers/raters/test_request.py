"""What is kept of a server's words: no key, sound text, only usage that can be."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from classifiers.raters import request
from classifiers.raters.request import hide, parse

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("said", [KEY, KEY[:12], f"Bearer {KEY}.", f'{{"key": "{KEY}"}}', KEY + KEY])
def test_a_key_is_hidden_whole_or_cut(said):
    hidden = hide(said, KEY)
    assert "very" not in hidden and "[key]" in hidden
    assert hidden.count('"') == said.count('"') and hidden.endswith("}") == said.endswith("}")


def test_short_keys_are_hidden_where_they_stand_whole():
    assert hide("the key k-12 here", "k-12") == "the key [key] here"
    assert hide("nothing to hide", "") == "nothing to hide"


def test_usage_is_taken_where_it_can_be():
    choice = {"message": {"content": "x"}, "finish_reason": "stop"}
    for usage, expected in [
        ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 2)),
        ({"prompt_tokens": 7}, (7, None)),
        ({"prompt_tokens": -1, "completion_tokens": True}, (None, None)),
        ({"prompt_tokens": "7", "completion_tokens": 2**40}, (None, None)),
        (None, (None, None)),
        ([7, 2], (None, None)),
    ]:
        reply = parse(json.dumps({"choices": [choice], "usage": usage}).encode())
        assert (reply.fault, reply.tokens_in, reply.tokens_out) == (None, *expected)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"choices": []}', b"[" * 100_000, b"\xff", b"1" * 9999]
)
def test_what_is_no_chat_completion_is_wrong_json(body):
    assert parse(body).fault == "wrong_json"


def test_usage_of_a_broken_completion_is_charged():
    reply = parse(b'{"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 0}}')
    assert (reply.fault, reply.tokens_in, reply.tokens_out) == ("wrong_json", 5, 0)


def test_of_a_long_answer_the_end_is_kept():
    said = {"message": {"content": "hm, " * 9000 + '</think>{"quality": 3}'}}
    answer = parse(json.dumps({"choices": [said]}).encode()).answer
    assert len(answer) == 20_000 and answer.endswith('hm, </think>{"quality": 3}')


def test_half_a_surrogate_pair_is_made_sound():
    body = rb'{"choices": [{"message": {"content": "a\ud800b"}, "finish_reason": "\udfff"}]}'
    reply = parse(body)
    assert reply.answer == "a?b" and reply.finish == "?"


def test_retry_after_is_a_number_or_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < request._read_wait(soon) <= 30
    assert [request._read_wait(value) for value in ("7", "", "soon", "-3", "9" * 500)] == [
        7,
        0,
        0,
        0,
        float("inf"),
    ]
