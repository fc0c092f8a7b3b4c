import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixing.regression.seeds import estimate_seeds, measure_noise


def make_swarm(rng, anchors=3, seeds=3, others=12):
    """Anchors with each seed, other mixes with one of them each."""
    mixes = rng.dirichlet(np.ones(4), size=anchors + others)
    rows = [(mix, seed) for mix in range(anchors) for seed in range(seeds)]
    rows += [(anchors + mix, mix % seeds) for mix in range(others)]
    which, seed = np.array(rows).T
    return mixes[which], np.zeros(len(rows), dtype=int), seed


@given(st.integers(0, 1000), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_what_seeds_add_to_all_alike_is_found_exactly_where_there_is_no_noise(number, adds):
    mixes, sizes, seeds = make_swarm(np.random.default_rng(number))
    adds = np.array(adds) - np.mean(adds)
    values = mixes @ [1.0, 2.0, 3.0, 4.0] + adds[seeds]
    effects = estimate_seeds(mixes, sizes, seeds, values)
    assert effects == pytest.approx(adds[seeds], abs=1e-9)
    assert measure_noise(mixes, sizes, seeds, values - effects, effects) == pytest.approx(0, abs=1e-8)


def test_noise_is_what_mixes_and_seeds_leave():
    found = []
    for number in range(200):
        rng = np.random.default_rng(number)
        mixes, sizes, seeds = make_swarm(rng)
        values = rng.normal(0, 1.0, 3)[seeds] + rng.normal(0, 0.1, len(seeds))
        effects = estimate_seeds(mixes, sizes, seeds, values)
        found.append(measure_noise(mixes, sizes, seeds, values - effects, effects))
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(0.1, rel=0.1)


def test_a_seed_that_one_mix_tells_of_is_not_taken_off():
    mixes, sizes, seeds = make_swarm(np.random.default_rng(0), anchors=1)
    values = np.random.default_rng(1).normal(size=len(seeds))
    effects = estimate_seeds(mixes, sizes, seeds, values)
    assert not effects.any()
    assert measure_noise(mixes, sizes, seeds, values, effects) == pytest.approx(values[:3].std(ddof=1))


def test_without_repeats_there_is_neither_effect_nor_noise():
    mixes, sizes, seeds = make_swarm(np.random.default_rng(0), anchors=0)
    values = np.random.default_rng(1).normal(size=len(seeds))
    effects = estimate_seeds(mixes, sizes, seeds, values)
    assert not effects.any() and measure_noise(mixes, sizes, seeds, values, effects) is None


def test_each_size_has_seeds_of_its_own():
    mixes, _, seeds = make_swarm(np.random.default_rng(0))
    both = np.vstack([mixes, mixes]), np.repeat([1, 2], len(seeds)), np.tile(seeds, 2)
    adds = np.array([[-1.0, 0.0, 1.0], [2.0, -2.0, 0.0]])
    effects = estimate_seeds(*both, adds[both[1] - 1, both[2]])
    assert effects == pytest.approx(adds[both[1] - 1, both[2]])
