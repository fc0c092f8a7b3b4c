import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.regression.seeds import estimate_seeds, measure_noise


@given(st.integers(0, 1000), st.lists(st.floats(-1, 1), min_size=2, max_size=4))
def test_without_noise_what_seeds_add_is_found_exactly(number, adds):
    seeds = np.random.default_rng(number).permutation(np.repeat(np.arange(len(adds)), 6))
    added = np.array(adds)[seeds]
    effects = estimate_seeds(np.zeros(len(seeds)), seeds, added, np.ones(len(seeds), bool))
    assert effects == pytest.approx(added - added.mean(), abs=1e-9)


@pytest.mark.parametrize(("shared", "most"), [(0.0, 0.03), (1.0, 0.04)])
def test_effects_are_drawn_to_0_as_far_as_they_may_be_chance(shared, most):
    """Noise of .1 a run, 12 runs a seed: mean errors of .029 where nothing is done."""
    wrong = []
    for number in range(200):
        rng = np.random.default_rng(number)
        seeds, adds = np.repeat(np.arange(4), 12), shared * rng.normal(size=4)
        effects = estimate_seeds(np.zeros(48), seeds, adds[seeds] + rng.normal(0, 0.1, 48), np.ones(48, bool))
        wrong.append(effects - (adds - adds.mean())[seeds])
    assert np.sqrt(np.mean(np.square(wrong))) < most
    if not shared:
        assert np.mean(np.abs(wrong) < 1e-12) > 0.4  # nothing shows, nothing is taken off


def test_a_seed_of_few_runs_is_left_as_it_is():
    seeds = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    all_tell = np.ones(11, bool)
    effects = estimate_seeds(np.zeros(11), seeds, 1.0 * seeds, all_tell)
    assert effects[9:].tolist() == [0, 0] and effects[0] < 0 < effects[5]
    assert not estimate_seeds(np.zeros(11), np.arange(11), np.arange(11.0), all_tell).any()
    assert not estimate_seeds(
        np.arange(11), seeds, 1.0 * seeds, all_tell
    ).any()  # each size has seeds of its own


def test_a_run_that_tells_nothing_of_its_seed_still_has_its_effect_taken_off():
    seeds = np.repeat([0, 1], 6)
    errors, telling = 1.0 * seeds, np.arange(12) != 11
    errors[11] = 100.0
    effects = estimate_seeds(np.zeros(12), seeds, errors, telling)
    assert effects[11] == effects[10] and effects[0] < 0 < effects[11] < 1


def test_noise_is_that_of_one_mix():
    mixes = np.array([[0.5, 0.5]] * 3 + [[0.2, 0.8]])
    assert measure_noise(mixes, np.zeros(4), np.array([1.0, 2.0, 3.0, 9.0])) == pytest.approx(1.0)
    # As an n-gram model has it: its seed is nothing, but 1.5 comes from sums in another order.
    assert measure_noise(mixes, np.zeros(4), np.array([1.5, 1.5 + 4e-16, 1.5, 9.0])) == 0
    assert measure_noise(mixes[2:], np.zeros(2), np.array([1.0, 2.0])) is None
