import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from winnow.mixing.regression.laws import LAWS, fit_law, predict_law, stretch_law


def draw():
    rng = np.random.default_rng(1)
    mixes = np.hstack([rng.dirichlet([1.0] * 3, size=20), np.zeros((20, 1))])
    return mixes, 2 - np.sqrt(mixes[:, 0])


@pytest.mark.parametrize("name", sorted(LAWS))
def test_each_law_survives_json_and_a_source_that_never_varies(name):
    mixes, scores = draw()
    params = fit_law(name, mixes, scores)
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in params.items() if k != "standard"}
    again = {k: np.array(v) if isinstance(v, list) else v for k, v in json.loads(json.dumps(plain)).items()}
    direct = predict_law(name, params, mixes, mixes)
    assert np.isfinite(direct).all()
    assert np.array_equal(direct, predict_law(name, again, mixes, mixes))
    assert spearmanr(direct, scores).statistic > 0.9


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_refit_to_the_same_runs_changes_little_and_one_to_others_more(name):
    mixes, scores = draw()
    first = fit_law(name, mixes, scores)
    same = fit_law(name, mixes, scores, np.ones(20), first)
    counts = np.random.default_rng(2).multinomial(20, [1 / 20] * 20).astype(float)
    other = fit_law(name, mixes, scores, counts, first)
    predicted = [predict_law(name, params, mixes, mixes) for params in (first, same, other)]
    assert np.abs(predicted[1] - predicted[0]).max() < 1e-3
    assert np.abs(predicted[2] - predicted[0]).max() > 1e-4


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_law_told_at_another_size_is_the_same_law_moved_and_stretched(name):
    mixes, scores = draw()
    params = fit_law(name, mixes, scores)
    moved = predict_law(name, stretch_law(name, params, -1.5, 0.4), mixes, mixes)
    assert moved == pytest.approx(-1.5 + 0.4 * predict_law(name, params, mixes, mixes), abs=1e-9)
