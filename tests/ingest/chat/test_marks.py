import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.chat.marks import Piece, is_marked, split_marked, trim

TURNS = [("user", "What is 2+2?"), ("assistant", "It is 4.")]
TEMPLATES = {
    "chatml": "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nWhat is 2+2?<|im_end|>\n"
    "<|im_start|>assistant\nIt is 4.<|im_end|>\n",
    "llama 2": "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nWhat is 2+2? [/INST] It is 4. </s>",
    "llama 3": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nWhat is 2+2?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nIt is 4.<|eot_id|>",
    "zephyr": "<|system|>\nBe kind.</s>\n<|user|>\nWhat is 2+2?</s>\n<|assistant|>\nIt is 4.</s>\n",
    "gemma": "<bos><start_of_turn>system\nBe kind.<end_of_turn>\n<start_of_turn>user\nWhat is 2+2?"
    "<end_of_turn>\n"
    "<start_of_turn>model\nIt is 4.<end_of_turn>\n",
    "deepseek": "<\uff5cbegin\u2581of\u2581sentence\uff5c>Be kind.<\uff5cUser\uff5c>What is 2+2?"
    "<\uff5cAssistant\uff5c>It is 4.<\uff5cend\u2581of\u2581sentence\uff5c>",
    "alpaca": "Be kind.\n\n### Instruction:\nWhat is 2+2?\n\n### Response:\nIt is 4.",
    "vicuna": "Be kind.\n\nUSER: What is 2+2?\nASSISTANT: It is 4.</s>",
    "hh": "Be kind.\n\nHuman: What is 2+2?\n\nAssistant: It is 4.",
    "mistral 7": "<s>[SYSTEM_PROMPT]Be kind.[/SYSTEM_PROMPT][INST]What is 2+2?[/INST]It is 4.</s>",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_marks_of_a_template_say_who_speaks(name: str) -> None:
    pieces, count = split_marked(TEMPLATES[name], "system", free=True)
    assert [Piece(role, trim(text)) for role, text in pieces] == [("system", "Be kind."), *TURNS]
    assert count > 1 and is_marked(TEMPLATES[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_marks_in_a_turn_are_taken_out_and_its_role_stays(name: str) -> None:
    if name == "vicuna":
        return  # its names are marks only where nothing else says who speaks
    pieces, _ = split_marked(TEMPLATES[name], "user")
    assert {role for role, _ in pieces} == {"user"}
    assert re.sub(r"\s+", " ", pieces[0].text).strip() == "Be kind. What is 2+2? It is 4."


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("<think>\nhm\n</think>\n\nYes", [("reasoning", "hm"), ("assistant", "Yes")]),
        ("<|begin_of_thought|> hm <|end_of_thought|>Yes", [("reasoning", "hm"), ("assistant", "Yes")]),
        (
            "Wait <tool_call>\n{}\n</tool_call> ok",
            [("assistant", "Wait"), ("tool_call", "{}"), ("assistant", " ok")],
        ),
        ("<think>never closed", [("reasoning", "never closed")]),
        ("", [("assistant", "")]),
        ("<|im_end|>", [("assistant", "")]),
    ],
)
def test_reasoning_and_tools_are_told_apart_in_an_answer(text: str, pieces: list[tuple[str, str]]) -> None:
    found, _ = split_marked(text, "assistant")
    assert [(role, trim(said)) for role, said in found] == pieces


@pytest.mark.parametrize(
    "text",
    [
        "a <s>struck</s> word",
        "if x << 2 >> 1 and [a] | b",
        "## Input:\n5",
        "#include <iostream>\n<div>|user|</div>",
        "The human: a definition",
        "    indented\n",
    ],
)
def test_what_is_no_mark_stays_to_the_byte(text: str) -> None:
    assert split_marked(text, "user") == ([Piece("user", text)], 0)


MARKS = [
    "<|im_start|>",
    "<|im_end|>",
    "[INST]",
    "[/INST]",
    "<|user|>",
    "<|assistant|>",
    "<think>",
    "</think>",
]
MARKS += ["<|endoftext|>", "<<SYS>>", "### Instruction:", "### Response:", "Human:", "Assistant:"]


@given(
    parts=st.lists(st.sampled_from([*MARKS, "\n", "words ", "<", "|", "[", "user", " "]), max_size=12),
    free=st.booleans(),
)
def test_no_mark_stays_wherever_it_stands(parts: list[str], free: bool) -> None:
    pieces, _ = split_marked("".join(parts), "user", free=free)
    for _, text in pieces:
        assert not any(mark in text for mark in MARKS if mark[0] in "<[")
        assert not re.search(r"(?m)^(Human|Assistant):|^### (Instruction|Response):", text)
