"""Lines that may be code, by their form; prose, menus and lists have no signs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters import sites
from winnow.filters.site import code
from winnow.kernels import Bools


def find(*texts: str) -> tuple[Bools, Bools]:
    """Of all lines: which have signs, and which stand in blocks of code."""
    cut = sites._cut_lines(sites.pl.Series(texts, dtype=sites.pl.String))
    signs = np.zeros(len(cut.doc), np.bool_)
    code.find_signs(cut.data, cut.doc, cut.begin, cut.end, signs)
    blocks = signs.copy()
    code.find_blocks(cut.data, cut.doc, cut.begin, cut.end, blocks)
    return signs, blocks


@pytest.mark.parametrize(
    "line", ["}", " });", "...", "... x", ">>> x", "$ ls", "a = b", "f(x);", "\\frac", "if x {", "[]"]
)
def test_signs_of_code(line: str) -> None:
    assert find(line)[0].tolist() == [True]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  ",
        "Home",
        "Read more: here",
        "- item",
        "$5 off",
        "Well, (yes).",
        "And so on...",
        "a | b",
        "1. b",
        "→",
    ],
)
def test_no_signs_of_code(line: str) -> None:
    assert find(line)[0].tolist() == [False]


def test_a_colon_before_what_is_indented() -> None:
    assert find("a:\n b\nc:\n- d\ne:\n  - f\ng:\n\nh:", " i")[0].tolist() == [True, *[False] * 9]


def test_blocks_are_between_blank_lines_and_of_one_text() -> None:
    assert find("a\n b\n\nc\n  - d", " e", "f")[1].tolist() == [True, True, False, False, False, True, False]
    assert find("a\nb\n\n\nc\n\nd\n\n", "\ne")[1].tolist() == [True, True, *[False] * 2, True, *[False] * 6]


@given(
    st.lists(st.text(st.sampled_from("a-1. ={\n\t;é")), max_size=4),
    st.lists(st.text(st.sampled_from("a \n=")), max_size=4),
)
def test_texts_do_not_see_each_other(a: list[str], b: list[str]) -> None:
    for one, two, both in zip(find(*a), find(*b), find(*a, *b), strict=True):
        assert both.tolist() == [*one, *two]
