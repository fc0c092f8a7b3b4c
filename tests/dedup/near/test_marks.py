"""Operators between terms, and names by their form."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.near import marks, operators, templates, tokens

HEAD = "what follows is a line of the book that all of us have read many times in this house"
TAIL = "and with this line ends what can be told of it in so few words on one page of ours"


def read(*texts):
    """Terms, marks and shingles of each text."""
    found = tokens.undate(tokens.scan(pl.Series(texts), marked=True))
    grams, offsets = tokens.make_shingles(found, 5)
    bounds = [(slice(*found.doc[d : d + 2]), slice(*offsets[d : d + 2])) for d in range(len(texts))]
    return [templates.Side(found.value[own], found.mark[own], grams[runs]) for own, runs in bounds]


def count(mine, theirs):
    a, b = read(f"{HEAD}\n{mine}\n{TAIL}", f"{HEAD}\n{theirs}\n{TAIL}")
    found = operators.count_apart(a, b, templates.index(b.terms, b.grams)[0], 5)
    assert found == operators.count_apart(b, a, templates.index(a.terms, a.grams)[0], 5)
    return found


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("3 + 4 = 7", "3 - 4 = 7"),
        ("3 + 4 = 7", "3 \u2212 4 = 7"),
        ("3 \u00d7 4", "3 \u00f7 4"),
        ("3 * 4", "3 / 4"),
        ("if a < b then c", "if a >= b then c"),
        ("if (a<b) then c", "if (a>b) then c"),
        ("if a == b then c", "if a != b then c"),
        ("if x then y", "if !x then y"),
        ("it was -5 degrees", "it was 5 degrees"),
        ("a && b", "a || b"),
        ("cat > file", "cat >> file"),
        (r"`\d*$` is", r"`\d+$` is"),
        ("`[0-9]` is", "`[^0-9]` is"),
        ("x := y", "x ?= y"),
        ("Na+ flows", "Na- flows"),
        ("x++\ny", "x--\ny"),
    ],
)
def test_another_operator_is_another_thing(mine, theirs):
    assert count(mine, theirs) == 1


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("3 - 4", "3 \u2212 4"),
        ("3 - 4", "3 \u2013 4"),
        ("a <= b", "a \u2264 b"),
        ("a != b", "a \u2260 b"),
        ("a<=b", "a <= b"),
        ("* one\n* two", "- one\n+ two"),
        ("* one\n* two", "one\ntwo"),
        ("# one\n\ntwo", "**one**\n\ntwo"),
        ("one *two* three", "one two three"),
        ("one **two** three", "one `two` three"),
        ("> one\n> two", "one two"),
        ("| one | two |", "one  two"),
        ("| one | - | two |", "one  -  two"),
        ("one | two", "one - two"),
        ("well-known", "well/known"),
        ("2020-01-05", "2020/01/05"),
        ("one - two", "one: two"),
        ("one\n---\ntwo", "one\n===\ntwo"),
        ("one + two", "one two"),
    ],
)
def test_what_tells_nothing(mine, theirs):
    assert count(mine, theirs) == 0


def test_a_place_is_one_of_those_where_the_same_words_stand():
    """A shingle that stands twice, with other signs each time, is the same in another order."""
    some, more = "the value of one < two is told here", "the value of one > two is told here"
    assert count(f"{some}\n{more}", f"{some}\n{more}") == 0
    assert count(f"{some}\n{HEAD}\n{more}", f"{more}\n{HEAD}\n{some}") == 0


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
def test_marks_are_of_each_term_and_tell_it_from_none_of_its_like(text):
    side, again = read(text, text)
    assert len(side.marks) == len(side.terms)
    assert not [1 for a, b in zip(side.marks, again.marks, strict=True) if marks.differ(a, b)]
    assert np.array_equal(read(f"{text}\n")[0].marks, side.marks)
