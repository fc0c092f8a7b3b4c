"""Runs of words: the same keys on both sides, whatever stands around them."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.overlap.keys import GRAM, make_keys
from winnow.dedup.overlap.lexer.words import cut
from winnow.dedup.overlap.runs import hash_runs

WORDS = st.sampled_from(["one", "two", "three", "four", "lark", "wren", "kite"])


@given(st.lists(st.lists(WORDS, max_size=12), max_size=6))
def test_keys_are_those_that_documents_are_looked_up_by(words):
    made = cut(pl.Series([" ".join(own) for own in words], dtype=pl.String))
    key, text, word = hash_runs(made)
    for number in range(len(words)):
        own = slice(made.doc[number], made.doc[number + 1])
        wanted, first, _, pairs = make_keys(made.hash[own], made.kind[own], made.end[own] - made.start[own])
        assert key[text == number].tolist() == wanted[pairs:].tolist()
        assert word[text == number].tolist() == first[pairs:].tolist()


def test_texts_of_fewer_words_have_no_runs():
    key, text, word = hash_runs(cut(pl.Series(["a kite", None, "", "wren " * (GRAM - 1)])))
    assert len(key) == len(text) == len(word) == 0
    assert key.dtype == np.uint64
