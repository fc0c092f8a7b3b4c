"""Branches that are tried where they can match: nothing that the whole pattern finds is missed."""

# ruff: noqa: RUF001 - texts in other scripts

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winnow.ingest.licenses import families, names, reservations
from winnow.ingest.licenses.branches import Branches, cut, find_all, fold

USED = [
    families._FREE_WORDS,
    families._GENERAL_WORDS,
    names._COMMON_WORDS,
    names._BY_WORDS,
    names._PUBLIC_WORDS,
    reservations._BANNED,
    *(words for _, words, _ in families._BY_STEM),
]
SAID = st.one_of(*(st.from_regex(words.whole) for words in USED))
PARTS = st.sampled_from(
    [
        "GNU",
        "gpl",
        "FDL",
        "General Public License",
        "générale",
        "自由文档",
        "MIT",
        "under",
        "OGL v3",
        *"ſKİıς",
    ]
)


def find(words: Branches, text: str) -> list[tuple[tuple[int, int], dict[str, str]]]:
    return [(each.span(), said(each)) for each in find_all(words, text, fold(text))]


def said(match: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in match.groupdict().items() if value is not None}


def check(words: Branches, text: str) -> None:
    whole = [(each.span(), said(each)) for each in words.whole.finditer(text)]
    assert find(words, text) == whole


@settings(max_examples=300, deadline=None)
@given(
    st.lists(SAID | PARTS, max_size=4).map(" ".join), st.sampled_from(["upper", "lower", "title", "strip"])
)
@example("GNU GPL", "strip")
@example("GNU Public Lıcenſe, GENERAL PUBLIC LİCENSE", "strip")
def test_no_match_of_the_whole_is_missed(text: str, case: str) -> None:
    for words in USED:
        check(words, getattr(text, case)())


@pytest.mark.parametrize("words", USED, ids=lambda words: words.whole.pattern[:20])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_branch_needs_what_its_matches_have(words: Branches, data: st.DataObject) -> None:
    for branch in words.branches:
        text = data.draw(st.from_regex(re.compile(branch, re.IGNORECASE)))
        check(words, text)
        check(words, f"{text}{text.upper()}")


def test_bars_within_groups_and_classes_cut_nothing() -> None:
    words = cut(re.compile(r"a[|\]]b(?:c|d)|\|e(?P<x>f|g(h|i))|[^]|]j|[]|]k", re.IGNORECASE))
    assert words.branches == (r"a[|\]]b(?:c|d)", r"\|e(?P<x>f|g(h|i))", "[^]|]j", "[]|]k")
    check(words, "A|BD |EGI xj ]k |k")


def test_only_branches_that_can_match_are_tried() -> None:
    words = cut(re.compile(r"gnu[- ]?(?:fdl|free)|licen[cs]e \d+|(?:x|y)?z", re.IGNORECASE))
    assert not find(words, "GNU and its LICENSE OF")
    assert list(words.known) == [(1,)]  # no digit is asked for, and `gnu` alone is not enough
    assert [span for span, _ in find(words, "GNU-Free, licence 12")] == [(0, 8), (10, 20)]


def test_more_subsets_than_are_kept_are_found_by_the_whole() -> None:
    words = cut(re.compile("|".join(f"w{chr(97 + k)}" for k in range(9))))
    for number in range(1 << 9):
        text = " ".join(f"w{chr(97 + k)}" for k in range(9) if number >> k & 1)
        assert [text[slice(*span)] for span, _ in find(words, text)] == text.split()
    assert len(words.known) == 128
