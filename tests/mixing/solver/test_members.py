import numpy as np
import pytest

from winnow.mixing.regression.evals import fit_evals
from winnow.mixing.regression.stack import predict_member
from winnow.mixing.solver import members as fits

SOURCES, EPOCHS = 3, np.array([0.5, 3.0, 9.0])


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    mixes = np.vstack([np.full((2, SOURCES), 1 / SOURCES), rng.dirichlet(np.ones(SOURCES), size=18)])
    scores = {
        f"eval {number}": 1 + np.exp(-2 * np.sqrt(mixes[:, number])) + rng.normal(0, 0.01, len(mixes))
        for number in range(2)
    }
    draw, train = {"folds": 5, "members": 4, "seed": 0}, np.ones(len(mixes), dtype=bool)
    zeros = np.zeros(len(mixes), dtype=int)
    evals, _, _, _ = fit_evals(mixes, zeros, zeros, scores, train, mixes[0], draw)
    return {"sources": ["a", "b", "c"], "mixes": mixes, "evals": evals}


def test_arrays_say_what_the_laws_say(model):
    mixes = np.random.default_rng(1).dirichlet(np.ones(SOURCES), size=5)
    found = fits.predict(fits.pack(model, EPOCHS, np.inf), mixes)
    for column, one in enumerate(model["evals"].values()):
        for number, member in enumerate(one["members"]):
            assert np.allclose(found[number, column], predict_member(one, member, mixes, model["mixes"]))


@pytest.mark.parametrize("decay", [np.inf, 4.0])
def test_slopes_and_curvatures_are_those_of_the_values(model, decay):
    packed = fits.pack(model, EPOCHS, decay)
    mix, weights, step = np.array([0.2, 0.5, 0.3]), np.array([1.0, 2.0]), 1e-5
    values, slopes = fits.evaluate(packed, mix, slice(None))
    assert np.allclose(values, fits.predict(packed, mix[None])[..., 0])
    curve = fits.measure_curvature(packed, mix, 1, weights)
    for source, one in enumerate(np.eye(SOURCES) * step):
        above, below = (fits.evaluate(packed, mix + sign * one, slice(None)) for sign in (1, -1))
        assert np.allclose((above[0] - below[0]) / (2 * step), slopes[..., source], atol=1e-6)
        assert np.allclose(weights @ (above[1][1] - below[1][1]) / (2 * step), curve[source], atol=1e-5)


def test_a_repeat_is_worth_less_than_a_first_read(model):
    mix = np.array([0.5, 0.3, 0.2])  # read 0.25, 0.9 and 1.8 times
    fresh, worn = (fits._take_features(fits.pack(model, EPOCHS, decay), mix)[0][0] for decay in (np.inf, 2.0))
    assert np.allclose(fresh, mix) and np.allclose(worn[:2], mix[:2])
    assert worn[2] == pytest.approx((1 + 2 * (1 - np.exp(-0.8 / 2))) / 9)


def test_some_evals_are_taken(model):
    packed = fits.pack(model, EPOCHS, 15.4)
    mixes = model["mixes"][:3]
    assert np.allclose(fits.predict(fits.take(packed, [1]), mixes), fits.predict(packed, mixes)[:, [1]])


def test_what_an_earlier_phase_read_leaves_less_to_be_gained(model):
    mix, before = np.array([0.5, 0.3, 0.2]), np.array([0.0, 0.5, 3.0])
    packed = fits.pack(model, EPOCHS, 2.0, before)
    seen = fits._take_features(packed, mix)[0][0]

    def worth(read):
        return read if read <= 1 else 1 + 2 * (1 - np.exp(-(read - 1) / 2))

    wanted = [(worth(b + e * w) - worth(b)) / e for b, e, w in zip(before, EPOCHS, mix, strict=True)]
    assert np.allclose(seen, wanted) and seen[0] == 0.5 and seen[2] < 0.05
    values, slopes = fits.evaluate(packed, mix, slice(None))
    step = np.eye(SOURCES) * 1e-5
    for source, one in enumerate(step):
        above, below = (fits.evaluate(packed, mix + sign * one, slice(None))[0] for sign in (1, -1))
        assert np.allclose((above - below) / 2e-5, slopes[..., source], atol=1e-6)
    assert np.allclose(fits.predict(fits.take(packed, [1]), mix[None])[:, 0, 0], values[:, 1])
