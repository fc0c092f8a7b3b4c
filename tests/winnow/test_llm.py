"""What is kept of a server's words: no key, sound text, only usage that can be."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from winnow import llm as request
from winnow.llm import check_url, hide, parse

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("said", [KEY, KEY[:12], f"Bearer {KEY}.", f'{{"key": "{KEY}"}}', KEY + KEY])
def test_a_key_is_hidden_whole_or_cut(said):
    hidden = hide(said, KEY)
    assert "very" not in hidden and "[key]" in hidden
    assert hidden.count('"') == said.count('"') and hidden.endswith("}") == said.endswith("}")


@pytest.mark.parametrize("key", ["", "none", "EMPTY", "test", "1234567"])
def test_what_is_no_secret_is_not_hidden(key):
    assert hide(f"the key {key} here", key) == f"the key {key} here"
    assert hide(f"the key {key}-9876543 here", f"{key}-9876543") == "the key [key] here"


@pytest.mark.parametrize("end", ["?api-version=2024", "?key=sk-secret", "/?", "#part", "#"])
def test_a_url_with_more_than_an_address_is_refused(end):
    assert check_url("https://x/v1/") == "https://x/v1/chat/completions"
    with pytest.raises(ValueError, match=r"no query \(\?\.\.\.\) and no fragment") as raised:
        check_url("https://x/v1" + end)
    assert "secret" not in str(raised.value)


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


def test_half_a_surrogate_pair_is_made_sound():
    reply = parse(rb'{"choices": [{"message": {"content": "a"}, "finish_reason": "\udfff"}]}')
    assert reply.finish == "?" and hide("a\ud800b", "") == "a?b"


def test_retry_after_is_a_number_or_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < request.read_wait(soon) <= 30
    assert [request.read_wait(value) for value in ("7", "", "soon", "-3", "9" * 500)] == [
        7,
        0,
        0,
        0,
        float("inf"),
    ]
