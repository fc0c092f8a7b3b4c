"""The n-gram proxy against the same model written plainly, and against what must hold of any such model."""

import argparse
import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.mixing.proxy import ngram, windows

VOCABULARY, ORDER = 4, 3
STRENGTHS = np.array([[0.3, 0.0], [-0.5, 0.4], [0.1, 0.9]])
tokens = st.lists(st.integers(0, VOCABULARY - 1), min_size=2, max_size=20)
streams = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), min_size=ORDER, max_size=40), min_size=1, max_size=3
)
exposures = st.lists(st.floats(0, 20, allow_subnormal=False), min_size=3, max_size=3)


def slow_bits(texts, exposure, window, first):
    """By the book: every count by looking through every text."""

    def count(gram, left=0):
        found = [
            sum(tuple(text[i : i + len(gram)]) == gram for i in range(len(text) - len(gram) + 1 - left))
            for text in texts
        ]
        return sum(e * n for e, n in zip(exposure, found, strict=False))

    def p(history, token):
        lower = p(history[1:], token) if history else 1 / VOCABULARY
        total = count(history, 1)  # followed by a token
        if history == ():
            total = sum(e * len(text) for e, text in zip(exposure, texts, strict=False))
        if total == 0:
            return lower
        log_a, b = STRENGTHS[len(history)]
        strength = math.exp(log_a) * total**b
        return (count((*history, token)) + strength * lower) / (total + strength)

    histories = [tuple(window[max(i - ORDER + 1, 0) : i]) for i in range(len(window))]
    return [-math.log2(p(histories[i], window[i])) for i in range(first, len(window))]


def fast_bits(texts, exposure, *asked):
    pairs = [(np.array(window, dtype=np.uint16), first) for window, first in asked]
    arrays = [np.array(text, dtype=np.uint16) for text in texts]
    counts = ngram.count(arrays, windows.join(pairs, [0] * len(pairs)), VOCABULARY, ORDER)
    return ngram.measure_bits(counts, np.array(exposure[: len(texts)]), STRENGTHS, VOCABULARY)


@settings(deadline=None)
@given(texts=streams, exposure=exposures, window=tokens, other=tokens)
def test_equals_the_model_written_plainly(texts, exposure, window, other):
    exposure = [round(e, 3) for e in exposure]
    first = len(window) // 2 or 1
    expected = slow_bits(texts, exposure, window, first) + slow_bits(texts, exposure, other, 1)
    found = fast_bits(texts, exposure, (window, first), (other, 1))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@settings(deadline=None)
@given(texts=streams, exposure=exposures, history=tokens)
def test_probabilities_of_all_next_tokens_sum_to_one(texts, exposure, history):
    history = [*history, *texts[0][:1]]
    asked = [([*history, token], len(history)) for token in range(VOCABULARY)]
    bits = fast_bits(texts, [round(e, 3) for e in exposure], *asked)
    assert (2.0**-bits).sum() == pytest.approx(1, abs=1e-5)


def test_a_stream_twice_counts_as_the_stream_read_twice():
    text, other, window = [0, 1, 2, 3, 1, 2] * 4, [3, 2, 1, 0] * 5, ([0, 1, 2, 3], 1)
    twice = fast_bits([text, other], [2.0, 0.5], window)
    np.testing.assert_allclose(fast_bits([text, text, other], [1.0, 1.0, 0.5], window), twice)
    assert not np.allclose(fast_bits([text, other], [1.0, 0.5], window), twice)


def test_counts_do_not_depend_on_the_chunks(monkeypatch):
    text = np.random.default_rng(1).integers(0, VOCABULARY, 500)
    before = fast_bits([text], [1.0], (text[:90], 1))
    monkeypatch.setattr(ngram, "CHUNK", 7)
    np.testing.assert_array_equal(fast_bits([text], [1.0], (text[:90], 1)), before)


def test_without_text_the_model_is_uniform():
    np.testing.assert_allclose(fast_bits([[3] * 5], [0.0], ([0, 1, 2], 1)), math.log2(VOCABULARY))


def test_it_learns_what_follows_what():
    known, unknown = fast_bits([[0, 1, 2, 3] * 24], [1.0], ([0, 1, 2, 3], 3), ([0, 1, 2, 0], 3))
    assert known < 0.5 < 3 < unknown


def test_chosen_strengths_are_better_than_others():
    text = np.frombuffer(inspect.getsource(argparse).encode(), dtype=np.uint8) % VOCABULARY
    asked = windows.join([(text[:600].astype(np.uint16), 1)], [0])
    counts = ngram.count([text[600:3000].astype(np.uint16)], asked, VOCABULARY, ORDER)
    once, weights = np.ones(1), np.ones(599)
    chosen = ngram.fit_strengths(counts, once, weights, VOCABULARY)

    def cost(strengths):
        return ngram.measure_bits(counts, once, strengths, VOCABULARY).sum()

    others = [STRENGTHS, np.zeros((3, 2)), *(chosen + move for move in np.eye(6).reshape(6, 3, 2) / 2)]
    assert cost(chosen) < min(map(cost, others)) + 0.01
    assert cost(chosen) < cost(np.zeros((3, 2))) - 1


def test_what_is_read_again_counts_less():
    mixes = np.array([[0.5, 0.5], [0.0, 1.0]])
    epochs = np.array([[0.5, 1.0], [0.0, 40.0]])
    found = ngram.measure_exposures(mixes, np.array(100), np.array([100.0, 50.0]), epochs)
    np.testing.assert_allclose(found[0], [0.5, 1.0])
    assert found[1, 0] == 0 and 0 < found[1, 1] < 2.0 * 17 / 40
    seen = [
        ngram.measure_exposures(np.ones((1, 1)), np.array(e), np.ones(1), np.array([[e]])).item()
        for e in (1.0, 4.0, 16.0, 64.0)
    ]
    assert 1 == seen[0] < seen[1] < seen[2] < seen[3] < 16.4 and seen[1] == pytest.approx(3.72, abs=0.01)


def test_a_vocabulary_whose_numbers_would_overflow_is_refused():
    with pytest.raises(ValueError, match="too large"):
        ngram.count([], windows.join([(np.zeros(2), 1)], [0]), 2**16, 4)
