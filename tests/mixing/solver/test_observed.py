"""What was measured of mixes beside natural, and when that is taken before a law's promise."""

import numpy as np
import polars as pl
import pytest

from winnow.mixing.solver import observed
from winnow.mixing.solver.observed import Measured, find_allowed, is_seen, measure_mixes, take_measured

SOURCES = ["a", "b"]
PROBLEM = {
    "sources": SOURCES,
    "evals": ["one"],
    "natural": np.array([0.5, 0.5]),
    "omega": np.ones(1),
    "limits": np.array([np.inf]),
    "reach": 1.28,
    "kl": 0.0,
    "lower": np.zeros(2),
    "upper": np.array([0.9, 1.0]),
    "groups": np.zeros((0, 2)),
    "least": np.zeros(0),
    "most": np.zeros(0),
}


@pytest.fixture(autouse=True)
def flat_laws(monkeypatch):
    """Laws that tell no mix from natural."""
    monkeypatch.setattr(observed, "tell_changes", lambda problem, model, mixes: np.zeros((len(mixes), 1)))


def lay_out(values, noise):
    """Natural twice, and mixes by their values; a seed each."""
    rows = [(0, "natural", 0.5, 2.0), (1, "repeat", 0.5, 2.0)]
    rows += [(2 + k, "swarm", share, value) for k, (share, value) in enumerate(values)]
    table = pl.DataFrame(rows, schema=["mix", "role", "a", "value"], orient="row").with_columns(
        b=1 - pl.col("a")
    )
    seen = table.select(
        "mix", "role", seed=pl.lit(0), eval=pl.lit("one"), value="value", predicted=pl.lit(2.0)
    )
    model = {"evals": {"one": {"noise": noise}}}
    return measure_mixes(PROBLEM, model, table.drop("value"), seen)


def test_without_noise_a_gain_is_what_was_measured():
    found = lay_out([(0.3, 1.9), (0.6, 2.1), (0.95, 1.0)], noise=0.0)
    assert found.raw.tolist() == pytest.approx([0.1, -0.1])  # the third is outside the bounds
    assert found.gain == pytest.approx(found.raw, abs=1e-6) and found.beyond.tolist() == [True, False]
    law = {"low": 0.01, "corrected": 0.05, "error": 0.01}
    assert take_measured(PROBLEM, found, law, PROBLEM["natural"]) == 0
    assert take_measured(PROBLEM, found, law | {"corrected": 0.095}, PROBLEM["natural"]) is None
    assert take_measured(PROBLEM, found, law | {"corrected": 0.2, "low": -0.1}, PROBLEM["natural"]) == 0
    assert take_measured(PROBLEM | {"kl": 9.0}, found, law, PROBLEM["natural"]) is None  # the pull costs more


def test_the_best_of_many_is_not_beyond_chance():
    """Of hundred mixes of which none is better, one is mostly beyond the noise of a single one."""
    wrong = 0
    for seed in range(40):
        drawn = np.random.default_rng(seed).normal(2.0, 0.1, 100)
        shares = np.linspace(0.05, 0.85, 100)
        found = lay_out(list(zip(shares, drawn, strict=True)), noise=0.1)
        assert found.raw.max() > 1.2 * 0.1
        wrong += bool(found.beyond.any())
        assert not is_seen(found)
    assert wrong <= 4


def test_what_the_noise_explains_is_drawn_to_what_laws_said():
    found = lay_out([(0.3, 1.9), (0.4, 2.1), (0.6, 1.95)], noise=0.3)
    assert (np.abs(found.gain) < np.abs(found.raw)).all() and (found.error > 0).all()


def test_the_noise_is_that_of_the_weighted_score():
    """Two evals that a seed moves alike are twice as noisy together as apart, and two that it moves
    against each other not at all."""
    mixes = np.array([0, 1, 1, 1, 1, 2])
    drawn = np.random.default_rng(0).normal(0, 0.1, (6, 1))
    alike, against = np.hstack([drawn, drawn]).mean(axis=1), np.hstack([drawn, -drawn]).mean(axis=1)
    assert observed._find_variance(mixes, alike, 0.005) == pytest.approx(float(drawn[1:5].var(ddof=1)))
    assert observed._find_variance(mixes, against, 0.005) == pytest.approx(0.0)
    assert observed._find_variance(mixes[3:], alike[3:], 0.005) == 0.005  # of one repeat nothing is told


def test_laws_are_as_wrong_of_a_mix_as_of_its_neighbours():
    shares = np.linspace(0.01, 0.99, 60)
    missed = np.where(shares < 0.5, 0.01, 0.2)  # of the far half by far more
    wrong = observed._find_wrong(np.stack([shares, 1 - shares], axis=1), missed, np.zeros(60))
    assert wrong[0] == pytest.approx(0.01**2) and wrong[-1] == pytest.approx(0.2**2)
    noisy = observed._find_wrong(np.stack([shares, 1 - shares], axis=1), missed, np.full(60, 1e-4))
    assert noisy[0] == pytest.approx(0.25 * 0.01**2)  # some of it may be chance


def test_bounds_of_groups_are_kept():
    problem = PROBLEM | {"groups": np.array([[1.0, 0.0]]), "least": np.array([0.2]), "most": np.array([0.6])}
    mixes = np.array([[0.1, 0.9], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    assert find_allowed(problem, mixes).tolist() == [False, True, True, False]


def test_nothing_is_taken_where_nothing_was_measured():
    law = {"low": -1.0, "corrected": 0.0, "error": 1.0}
    assert take_measured(PROBLEM, None, law, PROBLEM["natural"]) is None
    assert not is_seen(None)
    none = Measured(np.zeros((0, 2)), *[np.zeros(0)] * 3, *[np.zeros(0, bool)] * 2, 0.0)
    assert take_measured(PROBLEM, none, law, PROBLEM["natural"]) is None
