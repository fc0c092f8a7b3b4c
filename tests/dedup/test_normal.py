"""Normalised texts: against the same in plain Python."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup.normal import normalize

TEXTS = st.lists(
    st.text(max_size=30) | st.text(alphabet=" \t\n\u00a0\u2003aÄß.,-'5漢Ⱥ\u212a👍", max_size=20), max_size=5
)


def of(texts, case=True, space=True, punctuation=True):
    column = pl.Series(texts, dtype=pl.String)
    data, where = normalize(column, ignore_case=case, ignore_space=space, ignore_punctuation=punctuation)
    return [data[where[k] : where[k + 1]].tobytes().decode() for k in range(len(texts))]


def plain(text: str, punctuation: bool) -> str:
    """Case aside: what a letter folds to is a matter of tables, tested elsewhere."""
    kept = (c for c in text if not punctuation or c.isspace() or unicodedata.category(c)[0] in "LMN")
    return " ".join("".join(kept).split())


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.booleans())
def test_space_and_punctuation(texts, punctuation):
    assigned = [t for t in texts if all(unicodedata.category(c) != "Cn" for c in t)]
    assert of(assigned, case=False, punctuation=punctuation) == [plain(t, punctuation) for t in assigned]


@settings(deadline=None)
@given(TEXTS)
def test_as_it_stands(texts):
    assert of(texts, case=False, space=False, punctuation=False) == texts


@settings(deadline=None)
@given(TEXTS)
def test_once_is_enough(texts):
    assert of(of(texts)) == of(texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ä ẞ", "ä ß"),
        ("\u212aELVIN", "kelvin"),
        ("ȺB", "ⱥb"),
        ("一 Two", "一 two"),
        (" ,a , b. ", "a b"),
        ("", ""),
    ],
)
def test_known(text, expected):
    assert of([text]) == [expected]


def test_null_is_empty():
    assert of([None, "A"]) == ["", "a"]
