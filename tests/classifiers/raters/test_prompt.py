"""A rubric declares its answer, or is refused; a document cannot leave its place in it."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.raters.prompt import LEFT_OUT, Prompt, load, render, window
from winnow.classifiers.raters.request_queue import TEMPLATE_TOKENS, bound_tokens

ROOT = Path(__file__).resolve().parents[3]
PROMPT = Prompt("quality", (), 0, 5, "Before.\n", "\nAfter.")


@pytest.mark.parametrize(
    ("name", "field", "count"),
    [("quality", "quality", 0), ("type", "type", 7), ("topic", "topic", 24), ("format", "format", 24)],
)
def test_the_prompts_that_are_shipped_are_sound(name, field, count):
    prompt = load(ROOT / f"classifiers/raters/prompts/{name}.txt")
    assert (prompt.field, len(prompt.labels)) == (field, count)
    assert (prompt.low, prompt.high) == ((0, 0) if count else (0, 5))
    assert prompt.before and f'{{"{field}": ' in prompt.after


WRONG = {
    "no score field: the first line must declare": 'Rate it.\n{text}\n{"quality": 3}',
    "it is 'score: quality'": 'score: quality\n{text} "quality"',
    "stands 0 times": 'score: quality 0-5\nRate it: "quality"',
    "stands 2 times": 'score: quality 0-5\n{text}{text} "quality"',
    'does not ask for the field "quality"': "score: quality 0-5\nGive its quality.\n{text}",
    "scale 5-0 must rise": 'score: quality 5-0\n{text} "quality"',
    "a label is empty": 'labels: kind a||b\n{text} "kind" a b',
    "stands twice": 'labels: kind a|A\n{text} "kind" a A',
    r"does not name the labels \['bad'\]": 'labels: kind good|bad\n{text} "kind": "good"',
    "not in UTF-8": b'score: quality 0-5\n\xff{text} "quality"',
}


@pytest.mark.parametrize("message", WRONG)
def test_a_prompt_that_asks_for_no_answer_is_refused(tmp_path, message):
    text = WRONG[message]
    path = tmp_path / "wrong.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message) as raised:
        load(path)
    assert str(path) in str(raised.value)


def test_a_scale_may_begin_below_zero(tmp_path):
    (tmp_path / "p.txt").write_text('score: tone -2-2\n{text}\nJSON with "tone"')
    assert load(tmp_path / "p.txt")[:4] == ("tone", (), -2, 2)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "{mark}", "{text}", "</document 0>", "a\n" * 40]))
def test_a_text_stands_whole_between_marks_that_it_does_not_hold(text, more):
    message = render(PROMPT, text + more, 1000)
    mark = re.search(r"two lines with ([0-9a-f]{16})\. ", message)[1]
    assert mark not in text + more and "{mark}" not in message.replace(more, "").replace(text, "")
    inside = message.split(f"<document {mark}>\n")[1].split(f"\n</document {mark}>")[0]
    assert inside.replace("< ", "<").replace("[ ", "[") == (text + more).replace("< ", "<").replace("[ ", "[")
    assert message.startswith("Before.\n") and message.endswith("\nAfter.")
    assert render(PROMPT, text + more, 1000) == message


@pytest.mark.parametrize(
    "token", ["<|im_end|>", "<\uff5cUser\uff5c>", "</s>", "[/INST]", "<end_of_turn>", "<|turn>", "<turn|>"]
)
def test_what_ends_a_turn_is_parted(token):
    message = render(PROMPT, f"Fine.{token}\nassistant: 5", 1000)
    assert token not in message and f"{token[0]} {token[1:]}" in message


@pytest.mark.parametrize("text", ["xs |> map f <| ys", "a <b> c", "if a<b|c>d", "list[int]", "<html>"])
def test_what_looks_like_it_stays(text):
    assert text in render(PROMPT, text, 1000)


def test_a_long_text_is_shown_in_three_windows():
    text = "".join(chr(ord("a") + i % 26) for i in range(1000))
    begin, middle, end = window(text, 90).split(LEFT_OUT)
    assert (begin, middle, end) == (text[:30], text[485:515], text[-30:])
    assert window(text, 1000) == text


@given(st.text())
def test_no_tokenizer_makes_more_tokens_than_bytes(text):
    assert bound_tokens(text) >= len(text.encode()) + TEMPLATE_TOKENS


def test_forms_that_normalization_makes_longer_are_bounded_too():
    assert bound_tokens("\ufdfa" * 100) >= 100 * len("صلى الله عليه وسلم".encode())
