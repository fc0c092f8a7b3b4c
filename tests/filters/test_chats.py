from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters import chats


def judge(
    *answers: list[str] | None, finish: str | None = None, turns: int = 2, **settings: Any
) -> pl.DataFrame:
    docs = pl.DataFrame(
        {
            "answers": pl.Series(answers, dtype=pl.List(pl.String)),
            "questions": pl.Series([["q"]] * len(answers), dtype=pl.List(pl.String)),
            "chats_turns": pl.Series([turns] * len(answers), dtype=pl.Int64),
            "finish_reason": pl.Series([finish] * len(answers), dtype=pl.String),
        }
    )
    return chats.judge(docs, **settings)


def test_each_fault_has_its_reason_and_its_number() -> None:
    frame = judge(
        ["Fine."], ["Fine.", " "], ["I'm sorry, but I can't help with that."], ["no " * 40], [], None
    )
    assert frame["drop_reason"].to_list() == [
        *(None, "chats.empty_answer", "chats.refusal", "chats.loop", None, None)
    ]
    assert frame["chats_empty_answers"].to_list() == [0, 1, 0, 0, 0, 0]
    assert frame["chats_refusals"].to_list() == [0, 0, 1, 0, 0, 0]
    assert frame["chats_loop_words"][3] == 40 and frame["chats_loop_ratio"][3] == 1
    assert judge(["Fine."], turns=1)["drop_reason"][0] == "chats.too_few_turns"
    for finish, reason in {"length": "chats.cut_off", "MAX_TOKENS": "chats.cut_off", "stop": None}.items():
        assert judge(["Fine."], finish=finish)["drop_reason"][0] == reason
    off: Any = {"min_turns": 0, "max_loop_ratio": None}
    off |= dict.fromkeys(("drop_empty_answers", "drop_cut_off", "drop_refusals"), False)
    kept = judge(["no " * 40, "", "I cannot help."], finish="length", turns=0, **off)
    assert kept["drop_reason"][0] is None


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that request.",
        "I\u2019m sorry, but as an AI, I don\u2019t have the capability to book flights.",
        "As an AI language model, I cannot provide medical advice.",
        "Unfortunately, I am unable to open links. Please paste the text.",
        "I apologize, but I cannot fulfil this request. It is harmful.",
        "It is not ethical to help with this.",
        "I understand that you are upset. However, I won't help you to hurt anyone.",
        "I cannot draw. However, I recommend that you consult an artist" + " of your own town" * 20,
    ],
)
def test_refusals(text: str) -> None:
    assert chats.is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry to hear that you are bored. Here are a few things to do: 1. Read.",
        "You can't divide by zero: the result is not defined.",
        "I can't help but think of the sea.",
        "As an AI, I have no body. However, here is how a runner feels: "
        + "the wind is cold and the road long " * 9,
        "He said: I cannot help you with that.",
        "",
    ],
)
def test_no_refusals(text: str) -> None:
    assert not chats.is_refusal(text)


WORDS = st.lists(st.sampled_from(["one", "two", "three", "vier", "\u4e94", "."]), min_size=1, max_size=12)


@given(before=WORDS, loop=WORDS, after=WORDS, times=st.integers(24, 30))
def test_what_is_said_again_and_again_is_a_loop(
    before: list[str], loop: list[str], after: list[str], times: int
) -> None:
    many = len(chats.split(pl.Series([" ".join(loop)])).exact) * times
    text = " ".join([*before, *loop * times, *after])
    (words,), (ratio,) = chats.find_loops(pl.Series([text]))
    total = len(chats.split(pl.Series([text])).exact)
    assert many <= words <= total and ratio == words / total


def test_lists_and_refrains_are_no_loops() -> None:
    texts = [
        "ha " * 20,
        " ".join(f"{n}. item number {n} is here" for n in range(200)),
        "\n".join("abc"[n % 3] * 2 + f" line {n}" for n in range(90)),
    ]
    words, _ = chats.find_loops(pl.Series(texts))
    assert words.tolist() == [0, 0, 0]


def test_columns_that_repeat_the_text_are_emptied() -> None:
    frame = chats.clear(judge(["Fine."]))
    assert frame["answers"].null_count() == frame["questions"].null_count() == 1
    assert frame.schema["answers"] == pl.List(pl.String)
