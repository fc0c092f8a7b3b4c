"""The n-gram proxy against the same model written plainly, and against what must hold of any such model."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixing.proxy import ngram, windows

VOCABULARY = 5
tokens = st.lists(st.integers(0, VOCABULARY - 1), min_size=2, max_size=30)
texts = st.integers(1, 12).flatmap(
    lambda length: st.lists(
        st.lists(st.integers(0, VOCABULARY - 1), min_size=length, max_size=length), min_size=1, max_size=6
    )
)


def slow_bits(rows, window, first):
    """Kneser-Ney by the book: dictionaries, recursion, one token at a time."""
    occurrences, before = Counter(), defaultdict(set)
    for row in rows:
        for n in range(1, ngram.ORDER + 1):
            for i in range(len(row) - n + 1):
                occurrences[tuple(row[i : i + n])] += 1
                before[tuple(row[i + 1 : i + n])].add(row[i])

    def count(gram):
        return occurrences[gram] if len(gram) == ngram.ORDER else len(before[gram])

    def p(history, token):
        lower = p(history[1:], token) if history else 1 / VOCABULARY
        following = [count((*history, x)) for x in range(VOCABULARY)]
        if sum(following) == 0:
            return lower
        discounted = max(following[token] - ngram.DISCOUNT, 0)
        return (discounted + ngram.DISCOUNT * sum(c > 0 for c in following) * lower) / sum(following)

    histories = [tuple(window[max(i - ngram.ORDER + 1, 0) : i]) for i in range(len(window))]
    return [-math.log2(p(histories[i], window[i])) for i in range(first, len(window))]


def fast_bits(rows, *asked):
    pairs = [(np.array(window, dtype=np.uint16), first) for window, first in asked]
    tables = ngram.train(np.array(rows, dtype=np.uint16), VOCABULARY)
    return ngram.measure_bits(tables, windows.join(pairs, [0] * len(pairs)), VOCABULARY)


@settings(deadline=None)
@given(rows=texts, window=tokens, other=tokens)
def test_equals_the_model_written_plainly(rows, window, other):
    first = len(window) // 2
    expected = slow_bits(rows, window, first) + slow_bits(rows, other, 1)
    np.testing.assert_allclose(fast_bits(rows, (window, first), (other, 1)), expected)


@given(rows=texts, history=tokens)
def test_probabilities_of_all_next_tokens_sum_to_one(rows, history):
    bits = fast_bits(rows, *[([*history, token], len(history)) for token in range(VOCABULARY)])
    assert (2.0**-bits).sum() == pytest.approx(1)


def test_without_text_the_model_is_uniform():
    np.testing.assert_allclose(fast_bits([[3]], ([0, 1, 2], 1)), math.log2(VOCABULARY))


def test_it_learns_what_follows_what():
    rows = [[0, 1, 2, 3] * 8] * 3
    known, unknown = fast_bits(rows, ([0, 1, 2, 3], 3), ([0, 1, 2, 0], 3))
    assert known < 0.1 < 4 < unknown


def test_a_vocabulary_whose_numbers_would_overflow_is_refused():
    with pytest.raises(ValueError, match="too large"):
        ngram.train(np.zeros((1, 5), dtype=np.uint16), 2**16)
