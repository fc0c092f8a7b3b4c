"""The nearest items, the features, and what the head makes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow import trees
from winnow.dedup import contamination_meaning
from winnow.dedup.meaning import head


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(head.NEAREST, 40))
def test_nearest_are_those_of_a_full_sort(seed, rows, items):
    draw = np.random.default_rng(seed)
    vectors, known = (draw.normal(size=(n, 8)).astype(np.float32) for n in (rows, items))
    found = head.find_nearest(vectors, known)
    full = -np.sort(-(vectors @ known.T), axis=1)[:, : head.NEAREST]
    assert np.allclose(found.cosine, full, atol=1e-5)
    assert np.allclose(np.take_along_axis(vectors @ known.T, found.item, 1), found.cosine, atol=1e-5)


def test_the_head_is_sound_and_rises_where_it_must():
    with np.load(head.FILE) as file:
        assert trees.is_sound(trees.take(file), len(head.RISING))
    draw = np.random.default_rng(1)
    rows = draw.uniform(0, 1, (500, len(head.RISING))).astype(np.float32)
    for column, sign in enumerate(head.RISING):
        more = rows.copy()
        more[:, column] += 0.3
        change = (head.judge(more) - head.judge(rows)) * sign
        assert change.min() >= -1e-9


def test_features_tell_numbers_length_and_questions():
    cosines = np.array([[0.9, 0.7, 0.5], [0.6, 0.6, 0.6]], np.float32)
    item = "Ann has 3 pens and buys 4. How many are there?"
    rows = head.describe(["3 Stifte und 4 dazu: wie viele?", "7 pens"], cosines, [item, item])
    assert np.allclose(rows[0, :3], [0.9, 0.2, 0.4]) and np.allclose(rows[1, :3], [0.6, 0, 0])
    assert rows[0, 3:9].tolist() == [1, 0, 0, 1, 1, 1]
    assert rows[1, 3:9].tolist() == [0, 1, 1, 0, 0, 1]
    assert rows[:, 10:].tolist() == [[2, 2], [1, 2]]


@pytest.mark.parametrize("words", ["wonder ", "7 is odd ", "12 and 7 "])
@pytest.mark.parametrize("length", [40, 100, 1200])
def test_an_item_as_it_stands_is_found_whatever_its_length(words, length):
    text = f"{(words * length)[: length - 1]}?"
    cosines = np.array([[1.0, 0.85, 0.8]], np.float32)
    assert head.judge(head.describe([text], cosines, [text]))[0] >= contamination_meaning.MIN_SCORE
