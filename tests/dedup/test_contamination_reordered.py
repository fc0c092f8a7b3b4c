"""Items whose sentences stand in another order, and solutions, choices and keys that stand alone."""

import random
import re
from pathlib import Path

import polars as pl
import pytest
from leaks import PROSE, check, planted

from winnow.dedup import contamination
from winnow.eval_items import SCHEMA

# ruff: noqa: E501 - texts

MILL = (
    "Odalys grinds rye in the mill above Brannock weir. Each sack that she fills holds 23 kilograms of flour. On "
    "market days the baker fetches 4 sacks before breakfast. How many kilograms has he fetched after 6 market days?"
)
SOLVED = (
    "On one market day the baker carries home 4 sacks of 23 kilograms each, which makes 92 kilograms of rye flour. "
    "After 6 such days his cellar has swallowed 6 times 92, that is 552 kilograms."
)
EXPLAINED = (
    "Tannins of the bark bind to proteins in the rumen, so that microbes digest less of them and more protein reaches "
    "the abomasum; condensed ones let go of it there because of the acid."
)
CHOICES = [
    "because the ferns along the ditch shade out the young hazel shoots",
    "because voles gnaw the bark of hazel stools under lying snow",
    "because the coppice was cut twice within a single growing season",
    "because late frost killed the catkins before any pollen was shed",
]

TOLD = (
    "\u201cThe ferrymen of Lower Sandrow shall keep two oars in every boat, and none shall row by night without a lamp at the "
    "bow. Whoever finds a drowned calf brings the hide to the bailiff before the next new moon, and the widow of a "
    "ferryman keeps his landing for seven winters. No toll is asked of those who carry salt to the hospital, nor of "
    "pilgrims who walk barefoot from the northern gate.\u201d Custom of the river, 1388"
)
PHRASES = [
    "None shall row by night without a lamp at the bow",
    "The widow of a ferryman keeps his landing for seven winters",
    "Brings the hide to the bailiff before the next new moon",
    "Pilgrims who walk barefoot from the northern gate",
]


def make_items() -> pl.DataFrame:
    draw = random.Random(3)
    rows = [
        {"eval": "mill", "item": "0", "kind": "generate", "question": MILL, "answer": SOLVED, "choices": []},
        {"eval": "wood", "item": "0", "kind": "choice", "question": "Why does the coppice at Ayle thin out?",
         "choices": CHOICES, "answer": CHOICES[1], "answer_index": 1},
        {"eval": "cow", "item": "0", "kind": "choice", "question": "What does willow bark do to a cow?",
         "choices": ["yes", "no"], "answer": "no", "answer_index": 1, "solution": EXPLAINED},
        {"eval": "river", "item": "0", "kind": "choice", "question": f"This question refers to the following information.\n{TOLD}\nWhich phrase protects families?",
         "choices": PHRASES, "answer": PHRASES[1], "answer_index": 1},
    ]  # fmt: skip
    rows += [
        {"eval": "quiz", "item": str(k), "kind": "choice", "question": f"What is asked by number {k}?",
         "choices": ["w", "x", "y", "z"], "answer": "w", "answer_index": draw.randrange(4)}
        for k in range(90)
    ]  # fmt: skip
    whole = [dict.fromkeys(SCHEMA) | {"prompt": row["question"]} | row for row in rows]
    return pl.DataFrame(whole, schema=SCHEMA)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reordered")
    make_items().write_parquet(folder / "items.parquet")
    (folder / "index").mkdir()
    contamination.index([folder / "items.parquet"], folder / "index")
    return folder / "index"


SENTENCES = re.split(r"(?<=[.?]) ", MILL)
CASES = {
    "turned round": ("mill", "reordered", " ".join(reversed(SENTENCES))),
    "parted": ("mill", "reordered", f" {PROSE[1][:90]}. ".join(SENTENCES)),
    "two turns": ("mill", "reordered", f"{' '.join(SENTENCES[2:])}\n\nassistant: go on\n\n{' '.join(SENTENCES[:2])}"),
    "solution": ("mill", "solution", SOLVED),
    "explanation": ("cow", "solution", EXPLAINED),
    "choices": ("wood", "choices", "\n".join(f"({k}) {text}" for k, text in enumerate(CHOICES))),
    "choices turned": ("wood", "choices", "\n".join(reversed(CHOICES))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_stands_there_is_told(index, name):
    wanted, kind, text = CASES[name]
    row = check(index, planted(text)).row(0, named=True)
    assert (row["contamination_eval"], row["contamination_class"]) == (wanted, kind)
    assert contamination.MIN_SCORE <= row["contamination_score"] < 1


def test_a_copy_in_order_is_no_reordered_one(index):
    row = check(index, planted(MILL)).row(0, named=True)
    assert (row["contamination_class"], row["contamination_score"]) == ("verbatim", 1)


@pytest.mark.parametrize(
    "text",
    [
        SENTENCES[0],
        " ".join(sorted(MILL.split())),
        " ".join(SOLVED.split()[::-1]),
        CHOICES[0],
        "On market days the baker fetches bread. " + PROSE[2][:600],
    ],
    ids=["a sentence", "sorted words", "backwards", "one choice", "a few words"],
)
def test_less_is_no_hit(index, text):
    assert check(index, planted(text))["contamination_score"][0] < contamination.MIN_SCORE


def test_choices_that_are_phrases_of_the_passage_are_not_told_by_the_passage(index):
    row = check(index, planted(TOLD)).row(0, named=True)
    assert row["contamination_class"] != "choices"
    assert row["contamination_score"] < contamination.MIN_SCORE


def test_a_key_is_told_and_cut(index):
    letters = make_items().filter(eval="quiz")["answer_index"].to_list()
    key = " ".join(f"{k + 1}. {'ABCD'[letter]}" for k, letter in enumerate(letters))
    text = planted(f"Key: {key}")
    row = check(index, text).row(0, named=True)
    assert (row["contamination_eval"], row["contamination_item"], row["contamination_class"]) == (
        "quiz",
        "0",
        "key",
    )
    left = check(index, text, action="cut")["text"][0]
    assert not re.search(r"\b\d+\. [A-D]\b", left.replace("1. ", "", 1))
    assert left.startswith(text[:200])


def test_solutions_and_choices_are_cut_alone(index):
    for text in (SOLVED, "\n".join(CHOICES)):
        left = check(index, planted(text), action="cut")["text"][0]
        assert not {"swallowed", "voles"} & set(left.split())
