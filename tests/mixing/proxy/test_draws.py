import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mixing.proxy import draws

shares = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=5).filter(
    lambda w: sum(w) > 0.1
)


@given(mix=shares, number=st.integers(1, 80))
def test_at_every_moment_each_source_has_its_share(mix, number):
    mix = np.array(mix) / sum(mix)
    sources = draws.take(mix, number)
    for i in range(1, number + 1):
        taken = np.bincount(sources[:i], minlength=len(mix))
        assert (taken <= np.ceil(mix * i + 1)).all()
        assert np.abs(taken - mix * i).sum() < len(mix)
    assert set(sources) <= set(np.flatnonzero(mix))


def streams():
    return [np.arange(0, 1000, dtype=np.uint16), np.arange(5000, 5100, dtype=np.uint16)]


def test_a_source_is_read_whole_before_it_is_repeated():
    rows = draws.draw(streams(), np.array([0.0, 1.0]), 20, 10, seed=1)
    for epoch in (rows[:10], rows[10:]):
        assert sorted(epoch.ravel()) == list(range(5000, 5100))
    assert (rows[0] == np.arange(rows[0, 0], rows[0, 0] + 10)).all()


def test_two_mixes_take_the_same_sequences_from_a_source():
    taken = []
    for weight in (0.9, 0.3):
        rows = draws.draw(streams(), np.array([weight, 1 - weight]), 100, 10, seed=1)
        taken.append(rows[rows[:, 0] < 5000])
    assert len(taken[0]) == 90 and len(taken[1]) == 30
    np.testing.assert_array_equal(taken[0][:30], taken[1])


def test_another_seed_another_order():
    one, two = (draws.draw(streams(), np.array([1.0, 0.0]), 100, 10, seed=seed) for seed in (1, 2))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(np.sort(one.ravel()), np.sort(two.ravel()))


def test_a_stream_shorter_than_a_sequence_is_repeated():
    row = draws.draw([np.array([1, 2, 3], dtype=np.uint16)], np.array([1.0]), 1, 7, seed=0)
    assert row.tolist() == [[1, 2, 3, 1, 2, 3, 1]]
