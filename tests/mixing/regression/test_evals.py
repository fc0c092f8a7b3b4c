import numpy as np

from winnow.mixing.regression.evals import find_diverged, fit_evals
from winnow.mixing.regression.laws import weigh_runs
from winnow.mixing.regression.stack import predict_member


def fit(mixes, values):
    runs = len(mixes)
    sizes, seeds, train = np.full(runs, 1000), np.zeros(runs, int), np.ones(runs, bool)
    draw = {"folds": 5, "members": 2, "seed": 0}
    evals, guesses, _, _ = fit_evals(mixes, sizes, seeds, {"e": values}, train, np.full(4, 0.25), draw)
    return evals["e"], guesses["e"]


def test_runs_of_one_source_alone_do_not_bend_the_law_of_blends():
    """Alone, each scores 1 worse than the law of blends says, which stays as it was without these runs."""
    rng = np.random.default_rng(0)
    mixes = np.vstack([np.eye(4), rng.dirichlet([4.0] * 4, size=40)])
    values = 2 - np.sqrt(mixes[:, 0]) - 0.5 * np.sqrt(mixes[:, 1]) + rng.normal(0, 0.005, 44)
    values[:4] += 1.0
    points = rng.dirichlet([4.0] * 4, size=100)
    with_them, without = fit(mixes, values)[0], fit(mixes[4:], values[4:])[0]
    told = predict_member(with_them, with_them["members"][0], points, mixes)
    alike = predict_member(without, without["members"][0], points, mixes[4:])
    truth = 2 - np.sqrt(points[:, 0]) - 0.5 * np.sqrt(points[:, 1])
    assert abs((told - truth).mean()) < 0.01
    assert np.abs(told - alike).mean() < 0.02
    assert with_them["residual"] < 0.03


def test_runs_of_one_source_alone_count_little_and_do_not_diverge():
    mixes = np.vstack([np.eye(3)[:1], np.random.default_rng(1).dirichlet([2.0] * 3, size=20)])
    assert weigh_runs(mixes).tolist() == [0.01] + [1.0] * 20
    values = np.random.default_rng(2).normal(0, 0.01, (4, 21))
    values[:, [0, 7]] += 5.0
    assert np.flatnonzero(find_diverged(values, np.zeros((4, 21)), mixes)).tolist() == [7]
