import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from winnow.mixing.design import space


@given(
    weights=st.lists(st.floats(0, 1, allow_subnormal=False), min_size=3, max_size=3).filter(
        lambda w: sum(w) > 0.01
    ),
    caps=st.lists(st.floats(0.01, 1), min_size=3, max_size=3).filter(lambda c: sum(c) >= 1),
)
def test_clip_keeps_proportions_of_those_below_their_cap(weights, caps):
    weights, caps = np.array(weights), np.array(caps)
    clipped = space.clip(weights, caps)
    assert (clipped <= caps + 1e-12).all() and clipped.sum() == pytest.approx(1)
    free = (clipped < caps * (1 - 1e-9)) & (weights > 0)
    ratios = clipped[free] / weights[free]
    assert free.sum() < 2 or np.allclose(ratios, ratios[0])
    if (weights / weights.sum() <= caps).all():
        np.testing.assert_allclose(clipped, weights / weights.sum())


def make(prior, strengths=(0.1, 5.0), **bounds):
    prior = np.array(prior) / sum(prior)
    return space.Space(
        prior, bounds.get("floors", 0 * prior), bounds.get("caps", np.ones(len(prior))), strengths
    )


def test_draws_are_those_of_the_dirichlet_distribution():
    drawn = space.fill(make([1, 2, 5], (8.0, 8.0)), 2048, seed=1).mixes
    shapes = np.array([1.0, 2.0, 5.0])  # strength 8 times the prior
    np.testing.assert_allclose(drawn.mean(axis=0), shapes / 8, atol=0.003)
    np.testing.assert_allclose(drawn.var(axis=0), shapes * (8 - shapes) / (64 * 9), rtol=0.05)


def test_few_draws_leave_smaller_gaps_than_random_ones():
    """The distance from a mix of the same distribution to the nearest one drawn, on average."""
    whole = make([1, 1, 1, 1], (4.0, 4.0))
    asked = np.random.default_rng(0).dirichlet(np.ones(4), 2000)

    def measure_gap(drawn):
        return np.abs(asked[:, None] - drawn[None]).sum(axis=2).min(axis=1).mean()

    filled = [measure_gap(space.fill(whole, 32, seed).mixes) for seed in range(20)]
    random = [measure_gap(np.random.default_rng(seed).dirichlet(np.ones(4), 32)) for seed in range(20)]
    assert np.mean(filled) < 0.98 * np.mean(random)


@given(shape=st.floats(1e-6, 50), point=st.floats(2.0**-32, 1 - 2.0**-32))
def test_quantiles_of_the_gamma_distribution(shape, point):
    found = space._invert_gamma(np.array([[shape]]), np.array([[point]])).item()
    assert np.isfinite(found)
    if found > -600:
        assert gamma.cdf(np.exp(found), shape) == pytest.approx(point, rel=1e-5)


def test_unimax_without_enough_text_is_natural():
    natural = np.array([0.9, 0.1])
    np.testing.assert_array_equal(space.spread_evenly(natural / 2, natural), natural)
