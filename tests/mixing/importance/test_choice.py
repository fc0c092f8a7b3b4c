"""Budgets are met, the best come first, and weights find the trait that the asked text goes by."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.importance import choice
from winnow.mixing.importance.bench import Bench
from winnow.mixing.proxy import pool, windows


@given(
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=20),
    share=st.floats(0.01, 1.0),
    seed=st.integers(0, 9),
)
def test_a_budget_is_met_by_the_first_in_order(sizes, share, seed):
    sizes, random = np.array(sizes), np.random.default_rng(seed)
    order, there = random.permutation(len(sizes)), random.random(len(sizes)) < 0.7
    budget = share * sizes[there].sum()
    read = choice.take_best(sizes, order, there, budget)
    assert read @ sizes == pytest.approx(budget) and not read[~there].any()
    came = read[order][there[order]]
    assert (np.diff(came) <= 1e-12).all() and ((came > 0) & (came < 1)).sum() <= 1


def lay_out(documents=60):
    """Documents of two letters; a trait says which, another says nothing."""
    random = np.random.default_rng(0)
    kind = np.arange(documents) % 2
    docs = [(random.integers(1, 4, 50) + 3 * which).astype(np.uint16) for which in kind]
    asked = windows.join([((random.integers(1, 4, 20)).astype(np.uint16), 1) for _ in range(8)], [0] * 8)
    traits = np.column_stack([2.0 * kind - 1, random.standard_normal(documents)])
    counted = pool.count(docs, asked, 8, 2)
    scored = np.diff(asked.offsets) - asked.answers
    halves = np.repeat(np.arange(8) % 2, scored)
    bytes_ = np.full((2, 1), 80.0)
    owners = np.zeros(scored.sum(), np.int64)
    strengths = np.array([[0.0, 0.0], [0.0, 0.5]])
    return Bench(counted, strengths, 8, traits, np.arange(documents), owners, halves, bytes_)


def test_weights_find_what_the_asked_text_goes_by():
    bench = lay_out()
    worth = np.full(len(bench.owners), 100 / len(bench.owners))
    there = np.ones(60, bool)
    found = choice.learn(bench, there, worth, [0.2, 0.4], 2, 0.1, 0)
    assert found[0] < -0.5 and abs(found[1]) < 0.3 * abs(found[0])
    again = choice.learn(bench, there, worth, [0.2, 0.4], 2, 0.1, 0)
    assert np.array_equal(found, again)
    chance = np.random.default_rng(1).permutation(60)
    best = chance[np.argsort(-(bench.traits @ found)[chance], kind="stable")]
    sizes = bench.pool.lengths
    first, any_ = (
        bench.score(choice.take_best(sizes, order, there, 0.3 * sizes.sum()), 1)[0]
        for order in (best, chance)
    )
    assert first < any_
