"""Keys of tests: an eval's answers in its order, in any layout."""

import json
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.overlap.answer_keys import find_keys, make_keys
from winnow.dedup.overlap.lexer.words import cut
from winnow.words.split import utf8

DRAW = random.Random(7)
ANSWERS = [DRAW.randrange(4) for _ in range(300)]
PROSE = "A bee is an insect. I had a cab, and he fed a bad egg. "
LAYOUTS = {
    "lines": lambda rows: "\n".join(f"{number}. {letter}" for number, letter in rows),
    "row": lambda rows: " ".join(f"{number}-{letter}" for number, letter in rows),
    "table": lambda rows: "\n".join(f"| {number} | {letter.lower()} |" for number, letter in rows),
    "json": lambda rows: json.dumps({str(number): letter for number, letter in rows}),
    "questions": lambda rows: "\n".join(f"Question {number}: {letter}" for number, letter in rows),
    "string": lambda rows: "".join(letter for _, letter in rows),
}


class Fields:
    """What of an index keys need."""

    def __init__(self, answers):
        for name, values in make_keys(pl.Series(answers, dtype=pl.Int64)).items():
            setattr(self, name, values)


def find(text, answers=ANSWERS):
    texts = pl.Series([PROSE, text])
    letters = np.array([len(text) for text in texts])
    return find_keys(cut(texts), utf8(texts)[0], letters, Fields(answers))


def show(layout, first, size, answers=ANSWERS):
    rows = [(first + k + 1, "ABCDEFGHIJ"[answers[first + k]]) for k in range(size)]
    return PROSE + LAYOUTS[layout](rows) + "\n\n" + PROSE


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_key_is_found_from_its_first_answer(layout):
    found = find(show(layout, 120, 60))
    assert (found.document.tolist(), found.item.tolist()) == ([1], [120])
    assert found.letters[0] >= 60
    text = pl.Series([PROSE, show(layout, 120, 60)])
    words = cut(text)
    base = len(PROSE.encode())
    assert base + len(PROSE) <= words.start[found.first[0]]
    assert words.end[found.last[0] - 1] <= base + len(text[1].encode()) - len(PROSE)


@given(st.integers(0, 239), st.randoms(use_true_random=False))
def test_other_letters_are_no_key(first, draw):
    other = list(ANSWERS)
    for k in range(first, first + 60, 15):  # one in fifteen is another
        other[k] = (other[k] + 1 + draw.randrange(3)) % 4
    assert not len(find(show("lines", first, 60, other)).item)


def test_short_and_dull_keys_are_none():
    assert not len(find(LAYOUTS["lines"]([(k, "ABCD"[ANSWERS[k]]) for k in range(10, 49)])).item)
    dull = [0] * 200
    assert not len(find(show("lines", 0, 120, dull), dull).item)


def test_questions_without_choices_part_keys():
    holed = [*ANSWERS[:100], None, *ANSWERS[100:]]
    assert find(show("lines", 40, 60), holed).item.tolist() == [40]
    assert not len(find(show("lines", 75, 50), holed).item)  # 25 before it, 25 after
