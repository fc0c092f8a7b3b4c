import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.proxy import draws

shares = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=5).filter(
    lambda w: sum(w) > 0.1
)


@given(mix=shares, number=st.integers(1, 80))
def test_each_source_has_its_share_of_the_whole_and_of_its_beginning(mix, number):
    mix = np.array(mix) / sum(mix)
    counts = draws.share(mix, number)
    assert counts.sum() == number
    assert (np.abs(counts - mix * number) < 1 + 1e-9).all()
    assert (counts[mix == 0] == 0).all()
    sources = draws.place(counts)
    assert (np.bincount(sources, minlength=len(mix)) == counts).all()
    for i in range(1, number + 1):
        taken = np.bincount(sources[:i], minlength=len(mix))
        assert (np.abs(taken - counts * i / number) <= 1 + len(mix) / 2).all()


def streams():
    return {"long": np.arange(0, 1000, dtype=np.uint16), "short": np.arange(5000, 5100, dtype=np.uint16)}


def test_a_source_is_read_whole_before_it_is_repeated():
    rows = draws.draw(streams(), np.array([0.0, 1.0]), 20, 10, seed=1)
    for epoch in (rows[:10], rows[10:]):
        assert sorted(epoch.ravel()) == list(range(5000, 5100))
    assert (rows[0] == np.arange(rows[0, 0], rows[0, 0] + 10)).all()


def test_of_a_limited_source_less_is_read_more_often():
    rows = draws.draw(streams(), np.array([0.0, 1.0]), 20, 10, seed=1, limits=np.array([1000, 40]))
    whole = draws.draw(streams(), np.array([0.0, 1.0]), 20, 10, seed=1)
    assert len(set(rows.ravel())) == 40
    np.testing.assert_array_equal(rows, np.tile(whole[:4], (5, 1)))


def test_two_mixes_take_the_same_sequences_from_a_source():
    taken = []
    for weight in (0.9, 0.3):
        rows = draws.draw(streams(), np.array([weight, 1 - weight]), 100, 10, seed=1)
        taken.append(rows[rows[:, 0] < 5000])
    assert len(taken[0]) == 90 and len(taken[1]) == 30
    np.testing.assert_array_equal(taken[0][:30], taken[1])


def test_equal_shares_stand_in_the_same_places():
    third = {**streams(), "third": np.arange(7000, 7500, dtype=np.uint16)}
    one = draws.draw(third, np.array([0.5, 0.3, 0.2]), 200, 10, seed=1)
    two = draws.draw(third, np.array([0.5, 0.1, 0.4]), 200, 10, seed=1)
    places = [np.flatnonzero(rows[:, 0] < 5000) for rows in (one, two)]
    np.testing.assert_array_equal(one[places[0]], two[places[1]])
    assert np.abs(places[0] - places[1]).max() <= 1


def test_a_source_without_weight_changes_nothing():
    mix, more = np.array([0.37, 0.63]), np.array([0.0, 0.37, 0.63])
    rows = draws.draw(streams(), mix, 100, 10, seed=3)
    other = {"another": np.arange(8000, 9000, dtype=np.uint16), **streams()}
    np.testing.assert_array_equal(draws.draw(other, more, 100, 10, seed=3), rows)


def test_another_seed_another_order():
    one, two = (draws.draw(streams(), np.array([1.0, 0.0]), 100, 10, seed=seed) for seed in (1, 2))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(np.sort(one.ravel()), np.sort(two.ravel()))


def test_a_stream_shorter_than_a_sequence_is_repeated():
    row = draws.draw({"a": np.array([1, 2, 3], dtype=np.uint16)}, np.array([1.0]), 1, 7, seed=0)
    assert row.tolist() == [[1, 2, 3, 1, 2, 3, 1]]


def test_a_later_phase_goes_on_behind_what_was_taken():
    mix, taken = np.array([0.5, 0.5]), np.array([30, 4])
    rows = draws.draw(streams(), mix, 12, 10, seed=1, taken=taken)
    whole = draws.draw(streams(), np.array([0.0, 1.0]), 20, 10, seed=1)
    short = rows[rows[:, 0] >= 5000]
    assert (short == whole[4:10]).all()  # what was read before is not read again while there is other text
