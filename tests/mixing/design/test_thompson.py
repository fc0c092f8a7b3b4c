import numpy as np

from winnow.mixing.design import thompson
from winnow.mixing.design.space import Space

OPTIMA = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])


def measure(mixes):
    """Two members, each with an optimum of its own."""
    return ((mixes[None] - OPTIMA[:, None]) ** 2).sum(axis=2)


def make_space(caps=(1.0, 1.0, 1.0), floors=(0.0, 0.0, 0.0)):
    return Space(np.full(3, 1 / 3), np.array(floors), np.array(caps), (1.0, 30.0))


def test_candidates_are_dense_where_members_have_their_optima():
    found = thompson.explore(measure, make_space(), np.eye(3), seed=1)
    np.testing.assert_allclose(found.mixes[found.values.argmin(axis=1)], OPTIMA, atol=0.01)
    np.testing.assert_allclose(found.values, measure(found.mixes))


def test_candidates_keep_floors_and_caps():
    space = make_space((0.5, 1.0, 0.4), (0.1, 0.2, 0.0))
    found = thompson.explore(measure, space, np.eye(3), seed=1).mixes
    assert (found <= space.caps + 1e-9).all() and (found >= space.floors - 1e-9).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_each_member_in_turn_gives_its_best_and_none_comes_twice():
    found = thompson.explore(measure, make_space(), np.eye(3), seed=1)
    chosen = found.mixes[thompson.draw(found, OPTIMA[:1], 6, apart=0.05)]
    distances = np.abs(chosen[:, None] - np.vstack([OPTIMA[:1], chosen])[None]).sum(axis=2) / 2
    assert (distances[~np.eye(6, 7, k=1, dtype=bool)] >= 0.05).all()
    to_optima = np.abs(chosen[:, None] - OPTIMA[None]).sum(axis=2) / 2
    assert (to_optima[::2, 0] < 0.15).all() and (to_optima[1::2, 1] < 0.15).all()


def test_no_more_are_drawn_than_there_are():
    posterior = thompson.Posterior(np.eye(3), np.zeros((2, 3)))
    assert sorted(thompson.draw(posterior, np.empty((0, 3)), 9, apart=0.1)) == [0, 1, 2]
    assert thompson.draw(posterior, np.eye(3), 9, apart=0.1) == []


def test_the_best_is_that_of_all_members_together():
    posterior = thompson.Posterior(np.eye(3), np.array([[0.0, 1.0, 9.0], [9.0, 1.0, 0.0]]))
    assert thompson.find_best(posterior) == 1
