"""Blocks share no document and have as much text; of each so many tokens are learned as were asked for."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.tuning import draws

sizes = st.lists(st.integers(1, 50), min_size=1, max_size=30)


@given(sizes, st.data())
def test_so_many_tokens_of_those_kept_are_learned_in_their_order(lengths, data):
    kept = np.array([data.draw(st.booleans()) for _ in lengths])
    ranks = np.array(data.draw(st.permutations(range(1, len(lengths) + 1))))
    there = int(np.array(lengths)[kept].sum())
    tokens = data.draw(st.integers(0, there))
    weights = draws.weigh(np.array(lengths), kept, ranks, tokens)
    assert weights @ np.array(lengths) == pytest.approx(tokens)
    assert not weights[~kept].any() and (weights >= 0).all() and (weights <= 1).all()
    mine = weights[np.argsort(ranks)][kept[np.argsort(ranks)]]
    assert (np.diff(mine) <= 0).all()  # whole ones, a part of one, and none behind it
    with pytest.raises(ValueError, match="are to be learned"):
        draws.weigh(np.array(lengths), kept, ranks, there + 1)


@given(sizes, st.data())
def test_what_more_is_dropped_changes_nothing_before_it(lengths, data):
    ranks = np.array(data.draw(st.permutations(range(1, len(lengths) + 1))))
    gone = data.draw(st.integers(0, len(lengths) - 1))
    kept = np.arange(len(lengths)) != gone
    tokens = int(np.array(lengths)[kept].sum())
    all_, fewer = (draws.weigh(np.array(lengths), k, ranks, tokens) for k in (kept | True, kept))
    before = ranks < ranks[gone]
    assert (all_[before] == fewer[before]).all()


def test_blocks_have_about_as_much_text_and_each_order_is_another():
    rng = np.random.default_rng(0)
    keys = pl.Series([f"{i}" for i in range(1000)])
    lengths, kept = rng.lognormal(6, 1.5, 1000).astype(int), rng.random(1000) < 0.6
    blocks = draws.deal(keys, lengths, kept, 16)
    assert set(blocks) == set(range(16))
    for mine in (kept, ~kept):  # one document is longer than a block should be
        sums = np.bincount(blocks[mine], weights=lengths[mine], minlength=16)
        others = np.sort(sums)[:-1]
        assert others[0] > 0.99 * others[-1]
    ranks = draws.rank(keys, 3)
    assert [sorted(one) for one in ranks] == [list(range(1, 1001))] * 3
    assert max(abs(np.corrcoef(ranks)[np.triu_indices(3, 1)])) < 0.1


def test_a_document_keeps_its_place_whatever_stands_before_it():
    keys = pl.Series([f"{i}" for i in range(50)])
    first = draws.rank(keys, 1)[0]
    last = draws.rank(keys.reverse(), 1)[0][::-1]
    assert (first == last).all()
