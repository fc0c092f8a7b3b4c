"""Chats in each of their forms, as plain text; what of them is told in columns."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from winnow.ingest import chats
from winnow.ingest.chat.fields import FIELDS
from winnow.ingest.chat.forms import read_chat

ASKED, SAID = "What is 2+2?", "It is 4."
FORMS: dict[str, dict[str, Any]] = {
    "openai": {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]},
    "parts": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": ASKED}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": SAID}]},
        ]
    },
    "json string": {
        "messages": json.dumps([{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}])
    },
    "sharegpt": {"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]},
    "alpaca": {"instruction": ASKED, "input": "", "output": SAID},
    "prompt": {"prompt": ASKED, "response": SAID},
    "completion": {"prompt": ASKED, "completion": SAID},
    "dolly": {"instruction": ASKED, "context": "", "response": SAID, "category": "open_qa"},
    "dpo": {"prompt": ASKED, "chosen": SAID, "rejected": "It is 5."},
    "dpo messages": {
        "prompt": ASKED,
        "chosen": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}],
        "rejected": [],
    },
    "chosen turn": {
        "conversations": [{"from": "human", "value": ASKED}],
        "chosen": {"from": "gpt", "value": SAID},
    },
    "hh": {"chosen": f"\n\nHuman: {ASKED}\n\nAssistant: {SAID}", "rejected": "x"},
    "marked": {"text": f"<|im_start|>user\n{ASKED}<|im_end|>\n<|im_start|>assistant\n{SAID}<|im_end|>"},
    "oasst tree": {
        "message_tree_id": "t",
        "prompt": {
            "text": ASKED,
            "role": "prompter",
            "replies": [
                {"text": "no", "role": "assistant", "rank": 1},
                {"text": "gone", "role": "assistant", "rank": 0, "deleted": True},
                {"text": SAID, "role": "assistant", "rank": 0, "replies": []},
            ],
        },
    },
}


def read(path: Path, *records: Any, **options: Any) -> pl.DataFrame:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return pl.concat(chats.read(str(path), **options))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_the_same_plain_text(form: str, tmp_path: Path) -> None:
    row = read(tmp_path / "a.jsonl", FORMS[form]).row(0, named=True)
    assert (row["error"], row["text"]) == (None, f"{ASKED}\n\n{SAID}")
    assert (row["questions"], row["answers"], row["chats_turns"]) == ([ASKED], [SAID], 2)


MORE = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": ASKED},
    {"role": "assistant", "content": SAID},
]


@pytest.mark.parametrize("more", [{"prompt": "Hi"}, {}, {"prompt": "Another"}])
def test_all_turns_of_a_chosen_answer_are_read(more: dict[str, Any], tmp_path: Path) -> None:
    record = {**more, "chosen": MORE, "rejected": []}
    row = read(tmp_path / "a.jsonl", record).row(0, named=True)
    assert row["text"] == f"Hi\n\nYes?\n\n{ASKED}\n\n{SAID}"
    assert json.loads(row["metadata"]) == {"rejected": []} | ({} if more.get("prompt") == "Hi" else more)
    row = read(tmp_path / "b.jsonl", {"prompt": "Hi", "chosen": MORE[1::2]}).row(0, named=True)
    assert row["answers"] == ["Yes?", SAID]


def test_of_several_answers_none_vanishes(tmp_path: Path) -> None:
    rows = read(
        tmp_path / "a.jsonl",
        {"question": ["q", "r"], "answer": ["one", "two"]},
        {"question": "q", "answer": ["one"]},
    ).to_dicts()
    assert [row["text"] for row in rows] == ["q\n\none"] * 2
    assert json.loads(rows[0]["metadata"]) == {"question": ["q", "r"], "answer": ["one", "two"]}
    assert rows[1]["metadata"] is None


def test_roles_are_named_for_threads_too(tmp_path: Path) -> None:
    message = {"message_id": "m", "text": "Hi", "role": "narrator"}
    tree = {"prompt": {"text": "Hi", "role": "narrator", "replies": []}}
    frame = read(tmp_path / "a.jsonl", message, tree, roles={"narrator": "user"})
    assert frame["questions"].to_list() == [["Hi"]] * 2


@pytest.mark.parametrize("form", ["openai", "alpaca", "sharegpt"])
def test_parquet_and_arrays_give_the_same(form: str, tmp_path: Path) -> None:
    pl.DataFrame([FORMS[form]] * 3).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.json").write_text(json.dumps([FORMS[form]] * 3))
    for name in ("a.parquet", "a.json"):
        frame = pl.concat(chats.read(str(tmp_path / name)))
        assert frame["text"].to_list() == [f"{ASKED}\n\n{SAID}"] * 3


def test_input_and_context_follow_the_instruction(tmp_path: Path) -> None:
    frame = read(
        tmp_path / "a.jsonl",
        {"instruction": "Add.", "input": "2, 2", "output": "4"},
        {"instruction": "Who?", "context": "He did.", "response": "He."},
    )
    assert frame["text"].to_list() == ["Add.\n\n2, 2\n\n4", "Who?\n\nHe did.\n\nHe."]


TOOLS = {
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "reasoning_content": "I call it.",
         "tool_calls": [{"id": "1", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "content": "sunny"},
        {"role": "assistant", "content": "<think>nice</think>Sunny.", "finish_reason": "stop"},
    ],
    "source": "x",
}  # fmt: skip


def test_system_reasoning_and_tools_are_told_and_kept_by_setting(tmp_path: Path) -> None:
    row = read(tmp_path / "a.jsonl", TOOLS).row(0, named=True)
    assert row["text"] == "Weather?\n\nI call it.\n\nnice\n\nSunny."
    counts = ("chats_turns", "chats_system_turns", "chats_reasoning_turns", "chats_tool_turns", "chats_marks")
    assert [row[name] for name in counts] == [2, 1, 2, 2, 2]
    assert row["answers"] == ["Sunny."] and row["finish_reason"] == "stop"
    assert json.loads(row["metadata"]) == {"source": "x"}
    kept = read(tmp_path / "a.jsonl", TOOLS, keep=["system", "tool_call", "tool_result", "assistant"])
    call = '{"name": "weather", "arguments": "{}"}'
    assert kept["text"][0] == f"Be kind.\n\n{call}\n\nsunny\n\nSunny."


def test_turns_are_written_by_templates(tmp_path: Path) -> None:
    given = {"user": "Q: {text}", "assistant": "A: {text}"}
    row = read(tmp_path / "a.jsonl", FORMS["openai"], templates=given, between="\n").row(0, named=True)
    assert row["text"] == f"Q: {ASKED}\nA: {SAID}"
    odd = {"prompt": "{text} {0}", "response": "b"}
    assert read(tmp_path / "a.jsonl", odd, templates=given)["text"][0] == "Q: {text} {0}\n\nA: b"
    braces = read(tmp_path / "a.jsonl", odd, templates={"user": '{"user": "{text}"}'})
    assert braces["text"][0] == '{"user": "{text} {0}"}\n\nb'
    with pytest.raises(ValueError, match="templates: no human; there are system, user"):
        read(tmp_path / "a.jsonl", FORMS["openai"], templates={"human": "x"})
    with pytest.raises(ValueError, match=r"templates: no \{text\} in assistant, user, so"):
        read(tmp_path / "a.jsonl", FORMS["openai"], templates={"user": "Q", "assistant": "{ text }"})


def test_gsm8k_gives_its_answer_as_reference(tmp_path: Path) -> None:
    answer = "48/2 = <<48/2=24>>24 clips.\n48+24 = <<48+24=72>>72.\n#### 1,072"
    row = read(tmp_path / "a.jsonl", {"question": "How many?", "answer": answer}).row(0, named=True)
    assert row["text"] == "How many?\n\n48/2 = 24 clips.\n48+24 = 72.\n\nThe answer is 1,072."
    assert (row["reference"], row["chats_marks"]) == ("1,072", 3)
    assert row["answers"] == ["48/2 = 24 clips.\n48+24 = 72."]


@pytest.mark.parametrize(
    "record",
    [
        {"problem": "p", "solution": "s \\boxed{4}", "answer": "4"},
        {"question": "p", "reasoning": "r", "response": "s", "expected_answer": 4},
        {"messages": FORMS["openai"]["messages"], "answer": "4"},
    ],
)
def test_a_reference_that_the_set_gives_is_told(record: dict[str, Any], tmp_path: Path) -> None:
    row = read(tmp_path / "a.jsonl", record).row(0, named=True)
    assert row["reference"] == "4" and row["error"] is None
    assert row["chats_reasoning_turns"] == ("reasoning" in record)


def test_messages_of_a_thread_name_their_parents(tmp_path: Path) -> None:
    first = {"message_id": "m1", "parent_id": None, "message_tree_id": "t", "role": "prompter", "text": "Hi",
             "created_date": "2023-02-05T14:23:50+00:00", "lang": "en", "deleted": False}  # fmt: skip
    second = first | {"message_id": "m2", "parent_id": "m1", "role": "assistant", "text": "Hello"}
    frame = read(tmp_path / "a.jsonl", first, second, first | {"deleted": True})
    assert frame["thread"].to_list() == ["t", "t", "t"] and frame["text"].to_list() == ["Hi", "Hello", None]
    assert frame["threads_post"].to_list()[:2] == ["m1", "m2"]
    assert frame["threads_parent"].to_list()[:2] == [None, "m1"]
    assert frame["date"][0] == "2023-02-05T14:23:50+00:00"
    assert frame["drop_reason"].to_list() == [None, None, "chats.deleted"]


def test_what_is_no_text_is_counted(tmp_path: Path) -> None:
    content = [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "Who?"}]
    said = {"role": "assistant", "content": "He."}
    parts = {"messages": [{"role": "user", "content": content}, said]}
    named = {"messages": [{"role": "user", "content": "<image>Who?"}, said], "images": ["a.png"]}
    html = {"messages": [{"role": "user", "content": "<image> in SVG?"}, said]}
    frame = read(tmp_path / "a.jsonl", parts, named, html, FORMS["oasst tree"])
    assert frame["chats_other_parts"].to_list() == [1, 1, 0, 0]
    assert frame["text"].to_list()[:3] == ["Who?\n\nHe.", "Who?\n\nHe.", "<image> in SVG?\n\nHe."]
    assert frame["chats_other_replies"].to_list() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"foo": 1}, "no turns of a chat; there are: foo"),
        ({"messages": [{"role": "narrator", "content": "x"}]}, "the role 'narrator' is unknown"),
        ({"messages": [{"content": "x"}]}, "the role None is unknown"),
        ({"prompt": {"a": 1}, "response": "x"}, "the field 'prompt' is a dict"),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, "the field 'content' is a dict"),
    ],
)
def test_a_record_that_is_no_chat_is_an_error_and_the_next_is_read(
    record: dict[str, Any], said: str, tmp_path: Path
) -> None:
    frame = read(tmp_path / "a.jsonl", record, FORMS["alpaca"])
    assert said in frame["error"][0] and frame["text"].to_list() == [None, f"{ASKED}\n\n{SAID}"]


def test_other_fields_and_roles_are_named_by_settings(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.jsonl", {"q": "a", "best": "b"}, fields={"question": "q", "answer": "best"})
    assert frame["text"][0] == "a\n\nb"
    spoken = {"messages": [{"role": "narrator", "content": "a"}]}
    assert read(tmp_path / "a.jsonl", spoken, roles={"narrator": "user"})["questions"][0].to_list() == ["a"]
    with pytest.raises(ValueError, match=r"fields: no quest; there are messages, "):
        read(tmp_path / "a.jsonl", spoken, fields={"quest": "q"})
    assert all(f"`{name}`" in str(chats.read.__doc__) for name in FIELDS)


def test_a_license_is_the_record_s_own_or_the_recipe_s(tmp_path: Path) -> None:
    frame = read(
        tmp_path / "a.jsonl", FORMS["alpaca"], FORMS["alpaca"] | {"license": "CC0-1.0"}, license="MIT"
    )
    assert frame["license"].to_list() == ["MIT", "CC0-1.0"]


def test_a_chat_without_a_text_is_dropped(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.jsonl", {"messages": []}, {"prompt": " ", "response": "<|im_end|>"})
    assert frame["drop_reason"].to_list() == ["chats.no_text"] * 2 and frame["text"].null_count() == 2


def test_a_deep_tree_is_walked() -> None:
    node: dict[str, Any] = {"text": "end", "role": "assistant"}
    for _ in range(5_000):
        node = {"text": "x", "role": "prompter", "replies": [node]}
    assert len(read_chat({"prompt": node}, {}, {}).turns) == 5_001


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\n" * 1_000_000 + "b",
        "#### a" + " " * 1_000_000 + "b\nc",
        "<think>" + "b" * 8_000_000 + "a<s>" * 250_000,
    ],
    ids=["lines", "final", "marks"],
)
def test_a_megabyte_made_to_take_long_does_not(text: str, tmp_path: Path) -> None:
    found = read(tmp_path / "a.jsonl", {"prompt": "q", "response": text})
    assert found["error"].to_list() == [None] and found["text"][0].startswith("q\n\n")


@pytest.mark.parametrize(
    ("answer", "reference", "text"),
    [
        ("So 4.\n#### 4\n \n", "4", "So 4."),
        ("So 4.\n\n####4", "4", "So 4."),
        ("#### 4", "4", ""),
        ("#### 4\nSo.", None, "#### 4\nSo."),
        ("a #### 4", None, "a #### 4"),
        ("a\n####", None, "a\n####"),
    ],
)
def test_the_reference_behind_an_answer_is_its_last_line(
    answer: str, reference: str | None, text: str, tmp_path: Path
) -> None:
    row = read(tmp_path / "a.jsonl", {"prompt": "q", "response": answer}).row(0, named=True)
    assert (row["reference"], "".join(row["answers"])) == (reference, text)
