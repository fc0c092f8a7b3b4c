"""Which operators tell two texts of the same words apart."""

import pytest
from sides import read

from winnow.dedup.near import operators, templates

HEAD = "what follows is a line of the book that all of us have read many times in this house"
TAIL = "and with this line ends what can be told of it in so few words on one page of ours"
TWO = [
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
]
ONE = [
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
]


def count(mine, theirs):
    a, b = read(f"{HEAD}\n{mine}\n{TAIL}", f"{HEAD}\n{theirs}\n{TAIL}")
    found = operators.count_apart(a, b, templates.index(b.terms, b.grams)[0], 5)
    assert found == operators.count_apart(b, a, templates.index(a.terms, a.grams)[0], 5)
    return found


@pytest.mark.parametrize(
    ("mine", "theirs", "apart"), [*((*pair, 1) for pair in TWO), *((*pair, 0) for pair in ONE)]
)
def test_another_operator_is_another_thing_and_markup_is_none(mine, theirs, apart):
    assert count(mine, theirs) == apart


def test_a_place_is_one_of_those_where_the_same_words_stand():
    """A shingle that stands twice, with other signs each time, is the same in another order."""
    some, more = "the value of one < two is told here", "the value of one > two is told here"
    assert count(f"{some}\n{more}", f"{some}\n{more}") == 0
    assert count(f"{some}\n{HEAD}\n{more}", f"{more}\n{HEAD}\n{some}") == 0
