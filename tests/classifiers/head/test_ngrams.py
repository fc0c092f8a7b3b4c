"""Hashed words and pairs: against a recount in plain Python, and against scikit-learn's hashing."""

import textwrap
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

from winnow.classifiers.head import ngrams
from winnow.classifiers.head.windows import WINDOW
from winnow.words.split import split

ALL = 2**64 - 1
WORDS = ["the", "The", "cat", "don't", "7", "3.5", "12th", "Ökonom", "日本", "«", ",", ".", "!?", "\n", "- "]
TEXT = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=30)
LONG = " ".join(f"{'word' if k % 7 else ','}{k * k % 311}x {k}" for k in range(2000))


def index(texts: list[str], bits: int = 20, marks: bool = False) -> csr_matrix:
    return ngrams.index(pl.Series("text", texts, dtype=pl.String), bits, marks)


def mix(value: int) -> int:
    """The finalizer of MurmurHash3, of 64 bits."""
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & ALL
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & ALL
    return value ^ value >> 33


def recount(text: str, bits: int, marks: bool) -> set[int]:
    """The columns of a text: of words, and of pairs that stand in one of its windows."""
    found = split(pl.Series([text]))
    words = list(zip(found.kind.tolist(), found.hash.tolist(), strict=True))
    middle = (len(words) - WINDOW) // 2
    cuts = [words[:WINDOW], words[middle : middle + WINDOW], words[-WINDOW:]]
    columns = set()
    for window in cuts if len(words) > 3 * WINDOW else [words]:
        values = [0x9D8F3C2A51E6B704 if kind == 2 else value for kind, value in window if kind or marks]
        pairs = list(pairwise(values))
        columns |= {mix(v) for v in values} | {mix(a * 0x9E3779B97F4A7C15 + b & ALL) for a, b in pairs}
    return {column & 2**bits - 1 for column in columns}


@settings(max_examples=80, deadline=None)
@given(st.lists(TEXT | st.just(LONG), max_size=5), st.sampled_from([3, 10, 20]), st.booleans())
def test_columns_are_those_of_a_recount_and_rows_have_length_1(
    texts: list[str], bits: int, marks: bool
) -> None:
    """Each text by itself, and the same each time."""
    found = index(texts, bits, marks)
    assert found.shape == (len(texts), 2**bits) and found.dtype == np.float32
    for text, row in zip(texts, found, strict=True):
        columns = recount(text, bits, marks)
        assert row.nnz == len(columns) and set(row.indices.tolist()) == columns
        assert np.allclose(row.data, 1 / max(1, len(columns)) ** 0.5)
    assert (found != index(texts, bits, marks)).nnz == 0


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["ab", "bc", "cd", "de", "ef"]), max_size=12), min_size=1, max_size=6)
)
def test_texts_are_as_alike_as_to_scikit_learn(texts: list[list[str]]) -> None:
    """The columns are others, but not how many of them two texts share."""
    joined = [" ".join(words) for words in texts]
    named = {"n_features": 2**18, "alternate_sign": False, "binary": True, "norm": "l2"}
    theirs = HashingVectorizer(ngram_range=(1, 2), **named).transform(joined)
    ours = index(joined, 18)
    assert np.allclose((ours @ ours.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "marks", "same"),
    [
        ("Paid 300 times", "paid 4,512 times", True, True),  # every number is one word, capitals are none
        ("paid 300 times", "paid often times", True, False),
        ("yes, we can", "yes we can!", False, True),
        ("yes, we can", "yes we can!", True, False),
        ("we can, yes", "yes, we can", False, False),  # pairs have an order
        (textwrap.fill("so it goes on and on " * 9, 20), "so it goes on and on " * 9, True, True),
        ("", " \n", True, True),
        ("?!", "", False, True),
        ("?!", "", True, False),
    ],
)
def test_what_is_a_word(one: str, other: str, marks: bool, same: bool) -> None:
    a, b = index([one, other], marks=marks)
    assert ((a != b).nnz == 0) is same


def test_a_long_text_is_read_at_its_begin_middle_and_end() -> None:
    """500 words each: the first and last words of a window count, their neighbours do not."""
    plain, middle = ["so"] * 10_000, 5000 - WINDOW // 2
    read = [0, 499, middle, middle + 499, 9500, 9999]
    for place in [*read, 500, middle - 1, middle + 500, 9499]:
        text = " ".join([*plain[:place], "other", *plain[place + 1 :]])
        assert set(index(["other"]).indices) <= set(index([text]).indices) or place not in read, place
        assert not set(index(["other"]).indices) & set(index([text]).indices) or place in read, place
