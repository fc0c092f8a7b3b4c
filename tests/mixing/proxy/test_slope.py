"""The slope is that of what `ngram.measure_bits` gives, and the sum is the same."""

import numpy as np
import pytest

from winnow.mixing.proxy import ngram, pool, slope, windows

VOCABULARY, ORDER = 5, 3
STRENGTHS = np.array([[0.3, 0.0], [-0.5, 0.4], [0.1, 0.9]])


@pytest.fixture(scope="module")
def laid():
    random = np.random.default_rng(3)
    docs = [random.integers(1, VOCABULARY, 40).astype(np.uint16) for _ in range(6)]
    pairs = [(random.integers(1, VOCABULARY, 12).astype(np.uint16), 1) for _ in range(4)]
    return pool.count(docs, windows.join(pairs, [0] * 4), VOCABULARY, ORDER)


def test_it_is_the_sum_of_the_bits_and_changes_as_the_slope_says(laid):
    random = np.random.default_rng(4)
    weights, worth = random.random(6), random.random(len(laid.tables[0].tokens))
    total, found = slope.measure(laid, weights, STRENGTHS, VOCABULARY, worth)

    def ask(read):
        return worth @ ngram.measure_bits(pool.draw(laid, read), np.ones(1), STRENGTHS, VOCABULARY)

    assert total == pytest.approx(ask(weights), rel=1e-6)
    for at in range(6):
        step = np.eye(6)[at] * 1e-2
        assert (ask(weights + step) - ask(weights - step)) / 2e-2 == pytest.approx(found[at], rel=2e-3)


def test_what_nobody_read_has_a_slope_and_is_no_error(laid):
    weights = np.array([1.0, 0, 0, 0, 0, 0])
    total, found = slope.measure(laid, weights, STRENGTHS, VOCABULARY, np.ones(len(laid.tables[0].tokens)))
    assert np.isfinite(total) and np.isfinite(found).all() and (found[1:] < 0).any()
