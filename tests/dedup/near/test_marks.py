"""Marks of terms: of each one, names by their form, and running text. Operators: `test_operators.py`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sides import read

from winnow.dedup.near import marks


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("ByteBuffer", True),
        ("utf8", True),
        ("C6200", True),
        ("java.util", True),
        ("weak_ptr", True),
        ("iPhone", True),
        ("Copy", False),
        ("EDIT", False),
        ("v2", False),
        ("1997", False),
        ("3.14", False),
        ("plain", False),
    ],
)
def test_names_by_their_form(word, named):
    (side,) = read(f"a {word} b")
    assert bool(side.marks[1] & marks.NAME) is named


def test_running_text():
    (side,) = read("One two, three: four\nfive (six) seven")
    assert (side.marks & marks.RUNS_ON > 0).tolist() == [False, True, True, False, False, False, False]


@given(st.text(alphabet="ab1 +-*/<>=!^|&~:?.,()[]\n\u00d7\u2212\u2264é", max_size=30))
def test_marks_are_of_each_term_and_what_ends_a_text_changes_none(text):
    (side,) = read(text)
    assert len(side.marks) == len(side.terms)
    assert np.array_equal(read(f"{text}\n")[0].marks, side.marks)


@given(st.text(alphabet="abvBV12é\u0663", min_size=1, max_size=6))
def test_a_word_alone_is_a_name_as_its_bytes_are(word):
    """Words of small letters are not read again, and none of them is a name."""
    (side,) = read(word)
    data = np.frombuffer(word.encode(), np.uint8)
    assert len(side.marks) == 1
    assert bool(side.marks[0] & marks.NAME) is marks.is_name(data, 0, len(data), False)
