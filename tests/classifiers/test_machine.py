"""Marks that a machine's text leaves, and the score of a model that was trained here."""

import json
import random
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers import machine
from winnow.classifiers.machine_text import marks, signals

OLD = ["the", "miller", "ground", "his", "rye", "while", "autumn", "rain", "beat", "upon", "old", "stone"]
NEW = ["delve", "into", "vibrant", "tapestry", "showcasing", "pivotal", "insights", "moreover", "crucial"]
SAID = [
    "As an AI language model, I cannot have opinions.",
    "Well.\n- As an AI language\nmodel, I have none.",
    "I\u2019m sorry, but I can\u2019t assist with that.",
    "I'm unable to comply with that request.",
    "Certainly! Here is an essay about rye.",
    "My knowledge cutoff is September 2021.",
    "Als KI-Sprachmodell kann ich das nicht.",
    "En tant que modèle de langage, je ne peux pas.",
    "En tant qu\u2019IA, je ne peux pas.",
    "Como modelo de lenguaje, no tengo opiniones.",
    "Mi dispiace, ma non posso aiutarti.",
    "Как языковая модель, я не имею мнения.",
    "作为一个人工智能语言模型，我没有观点。",  # noqa: RUF001
    "AI言語モデルとして、意見はありません。",
    "and then <|im_start|>user",
    "Some text\n### Instruction:\nWrite",
    "see https://example.org/a?utm_source=chatgpt.com",
]
SPOKEN_OF = [
    'Drop every page with "As an AI language model" in it.',
    "\u201cI\u2019m sorry, but I can\u2019t help with that request,\u201d said the clerk.",
    "> As an AI language model, I cannot\n\nLook what it wrote to me!",
    "> Sorry. As an AI language model, I cannot\n\nLook what it wrote to me!",
    "A phrase like as an AI language model gives it away.",
    "Templates wrap turns in `<|im_start|>` and `<|im_end|>`.",
    "I'm sorry, but I can't come on Sunday.",
    "Dear [Your Name], certainly! Here we go again.",
    "The instruction: turn left at the mill.",
    "",
]


def frame(*found: str | None) -> pl.DataFrame:
    return pl.DataFrame({"text": list(found)}, schema={"text": pl.String})


def write(words: list[str], rng: np.random.Generator, count: int) -> list[str]:
    return [" ".join(rng.choice(words, 60)) + "." for _ in range(count)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from winnow.classifiers.head import stack

    rng = np.random.default_rng(3)
    text = pl.Series(write(OLD, rng, 60) + write(NEW, rng, 60))
    wanted = np.repeat([[1.0, 0.0], [0.0, 1.0]], 60, axis=0)
    head, _ = stack.fit(text, wanted, ("human", "machine"), names=("shape", "ngrams"), layout=True, bits=12)
    out = tmp_path_factory.mktemp("machine")
    known = signals.learn(text.head(60))
    machine.save(machine.Model(head, known, np.array([1.0, 0.5, 0.5]), -0.5), out, {"told": "here"})
    return out


@pytest.mark.parametrize("text", SAID)
def test_a_mark_that_a_text_says_counts(text: str) -> None:
    found = marks.find(pl.Series([text]))
    assert found["machine_marks"].to_list() == [1]
    assert found["machine_mark"][0] is not None


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_a_mark_that_a_text_speaks_of_does_not(text: str) -> None:
    assert marks.find(pl.Series([text])).row(0) == (0, None)


def test_marks_are_counted_and_the_first_is_named() -> None:
    text = "<|im_start|>assistant\nI'm sorry, but I cannot assist with that.<|im_end|>"
    assert marks.find(pl.Series([text, None], dtype=pl.String)).rows() == [(3, "<|im_start|>"), (0, None)]


@given(st.sampled_from(SAID + SPOKEN_OF), st.sampled_from(["\n\n", "Ok. ", ""]), st.booleans())
def test_hints_hide_no_mark(text: str, before: str, upper: bool) -> None:
    changed = before + (text.upper() if upper else text)
    assert marks.find(pl.Series([changed]))["machine_marks"][0] == len(list(marks._find_in(changed)))


def expand(mark: str) -> Iterator[str]:
    """Every text that a mark of the list stands for."""
    mark = re.sub(r"\\d\+?", "1", mark.replace("\\b", "").replace("#{2,3}", "#?##").removesuffix("$"))
    if found := re.search(r"(?<!\\)\((?:\?:)?([^()]*)\)(\??)", mark):
        ways = [*found[1].split("|"), *([""] if found[2] else [])]
    elif found := re.search(r"(?<!\\)\[([^]]+)\]", mark):
        ways = list(found[1])
    elif found := re.search(r"(.)\?", mark):
        ways = [found[1], ""]
    else:
        yield re.sub(r"\\(.)", r"\1", mark)
        return
    for way in ways:
        yield from expand(mark[: found.start()] + way + mark[found.end() :])


@pytest.mark.parametrize("kind", ["phrase", "token", "line"])
def test_every_form_of_a_mark_holds_a_hint(kind: str) -> None:
    rng = random.Random(5)
    blanks = ["  ", "\t", "\r\n", "\u3000\xa0", "\x1f"]
    for mark in marks._read()[kind]:
        forms = list(expand(mark))
        if kind == "phrase":
            forms += [re.sub(" ", lambda _: rng.choice(blanks), form) for form in forms]
        upper = ["".join(one if one == "ß" else one.upper() for one in form) for form in forms]
        found = marks.find(pl.Series(map(rng.choice, zip(forms, upper, strict=True))))
        missed = [form for form, count in zip(forms, found["machine_marks"], strict=True) if count != 1]
        assert not missed, (mark, missed[:3])


def test_a_blank_that_may_be_missing_may_be_long() -> None:
    found = marks.find(pl.Series(["AI  언어\r\n모델로서 저는", "AI언어모델로서 저는", "AI 언어  모델로서"]))
    assert found["machine_marks"].to_list() == [1, 1, 1]


@given(st.lists(st.sampled_from([*".-*#_• \t\u3000\n1)a", "12)"]), max_size=6).map("".join))
def test_a_mark_stands_behind_bullets_and_numbers(before: str) -> None:
    nested = r"(?:^|[\n.])[ \t\u3000]*(?:(?:[-*#•_]+|\d+[.)])[ \t]*)*\Z"  # plain, but slow on long lines
    found = marks.find(pl.Series([before + "as an ai language model"]))["machine_marks"][0]
    assert found == (re.search(nested, before) is not None)


@pytest.mark.parametrize("rule", ["-" * 150, "- " * 75, " " * 150, "1." * 75, "1" * 150, ". " * 75])
def test_a_long_rule_before_a_mark_is_read(rule: str) -> None:
    text = [f"So.{rule}\u3000x As an AI language model", f"So.{rule}\nAs an AI language model"]
    assert marks.find(pl.Series(text))["machine_marks"].to_list() == [0, 1]


def test_groups_of_words_are_new_unless_two_texts_had_them() -> None:
    known = signals.learn(pl.Series(["one two three four", "now one, two three", "five six seven " * 2]))
    found = signals.measure(pl.Series(["One two; three", "five six seven", "two three four", ""]), known)
    assert found[:, 1].tolist() == [0.5, 1.0, 1.0, 1.0]


def test_what_repeats_itself_compresses() -> None:
    known = signals.learn(pl.Series(["a"]))
    found = signals.measure(pl.Series(["ab " * 500, " ".join(map(str, range(500))), ""]), known)[:, 0]
    assert found[0] == len(zlib.compress(b"ab " * 500, 1)) / 1500 < 0.1 < found[1]
    assert found[2] > 0


def test_a_models_text_scores_higher_and_a_short_one_nothing(model: Path) -> None:
    rng = np.random.default_rng(4)
    old, new = write(OLD, rng, 20), write(NEW, rng, 20)
    found = machine.score(frame(*old, *new, new[0][: machine.LEAST - 1], None), model=model)
    scores = found["machine_score"].to_numpy()
    assert scores[:20].max() < scores[20:40].min()
    assert scores[40:].tolist() == [0, 0]
    assert found.schema["machine_score"] == pl.Float32
    assert "drop_reason" not in found.columns


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([*SAID, *SPOKEN_OF, " ".join(NEW * 4)]), max_size=6), st.integers(0, 6))
def test_texts_are_scored_one_by_one(model: Path, text: list[str], cut: int) -> None:
    both = machine.score(frame(*text), model=model)
    parts = [machine.score(frame(*part), model=model) for part in (text[:cut], text[cut:])]
    assert_frame_equal(both, pl.concat(parts))


def test_nothing_is_dropped_unless_said() -> None:
    docs = pl.DataFrame(
        {"machine_marks": [1, 0, 0], "machine_score": [0.99, 0.99, 0.2]},
        schema={"machine_marks": pl.Int64, "machine_score": pl.Float32},
    )
    assert machine.keep(docs)["drop_reason"].to_list() == [None, None, None]
    assert machine.keep(docs).schema["drop_reason"] == pl.String
    assert machine.keep(docs, drop_marks=True)["drop_reason"].to_list() == ["machine.mark", None, None]
    high = machine.keep(docs, max_machine_score=0.9, drop_marks=True)["drop_reason"].to_list()
    assert high == ["machine.mark", "machine.high_score", None]
    assert machine.keep(docs, max_machine_score=0.99)["drop_reason"].to_list() == [None, None, None]


def test_the_shipped_model_tells_a_letter_from_an_answer() -> None:
    letter = (
        "I got your letter on Thursday, and should have written sooner had not the roof come in again above\n"
        "the stable. Tom says it is the slates, but Tom said that in March, and we paid Harkness eleven\n"
        "shillings for slates then, so I have my own opinion. The mare is well. Your aunt has sold the clock."
    )
    answer = (
        "**Key considerations**\n\n- **Clarity:** Ensure that your goals are clearly defined.\n"
        "- **Consistency:** Establish a structured routine that supports long-term success.\n"
        "- **Collaboration:** Foster open communication to build trust and enhance productivity.\n\n"
        "By focusing on these areas, you can create a more effective and sustainable approach. "
        "Would you like me to provide a step-by-step plan tailored to your situation?"
    )
    scores = machine.score(frame(letter, answer))["machine_score"].to_list()
    assert scores[0] < 0.5 < scores[1]


def test_another_folder_is_refused_by_name(tmp_path: Path, model: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        machine.score(frame(), model=tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty holds no"):
        machine.score(frame(), model=tmp_path / "empty")
    head_only = tmp_path / "head_only"
    shutil.copytree(model, head_only)
    (head_only / "known.npz").unlink()
    with pytest.raises(ValueError, match="head_only holds no model of machine-made text"):
        machine.score(frame(), model=head_only)
    shutil.copy(model / "known.npz", head_only)
    told = json.loads((head_only / "head.json").read_text())
    told["line"]["signals"] = ["head", "other", "new_group_ratio"]
    (head_only / "head.json").write_text(json.dumps(told))
    with pytest.raises(ValueError, match="trained with other signals"):
        machine.score(frame(), model=head_only)


@pytest.mark.parametrize(
    "change", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"PK"]
)
def test_a_cut_table_is_refused_by_name(
    tmp_path: Path, model: Path, change: Callable[[bytes], bytes]
) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(model, cut)
    (cut / "known.npz").write_bytes(change((model / "known.npz").read_bytes()))
    with pytest.raises(ValueError, match="cut holds no model of machine-made text"):
        machine.score(frame(), model=cut)


@pytest.mark.parametrize("place", [8, 10, 50, -20])  # flags, method and name in the directory, numbers
def test_a_changed_byte_is_refused_by_name(tmp_path: Path, model: Path, place: int) -> None:
    data = bytearray((model / "known.npz").read_bytes())
    data[data.index(b"PK\1\2") + place] ^= 1
    bad = tmp_path / "bad"
    shutil.copytree(model, bad)
    (bad / "known.npz").write_bytes(data)
    with pytest.raises(ValueError, match="bad holds no model of machine-made text"):
        machine.score(frame(), model=bad)


@pytest.mark.parametrize(
    "line", [[], {}, {"weights": [1, 2]}, {"weights": ["a", 1, 1]}, {"start": None}, {"start": float("nan")}]
)
def test_another_line_is_refused_by_name(tmp_path: Path, model: Path, line: Any) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(model, bad)
    told = json.loads((bad / "head.json").read_text())
    told["line"] = told["line"] | line if line else line
    (bad / "head.json").write_text(json.dumps(told))
    with pytest.raises(ValueError, match="bad holds no model of machine-made text"):
        machine.score(frame(), model=bad)


@pytest.mark.parametrize("known", [np.zeros(2**18), np.zeros((2**18, 1), np.uint8)])
def test_a_table_of_another_form_is_refused_by_name(tmp_path: Path, model: Path, known: np.ndarray) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(model, bad)
    np.savez_compressed(bad / "known.npz", known=known)
    with pytest.raises(ValueError, match="bad holds no model of machine-made text"):
        machine.score(frame(), model=bad)
