import numpy as np
import pytest
from scipy.optimize import minimize as ask_scipy

from winnow.mixing.solver.quadratic import minimize


@pytest.mark.parametrize("seed", range(4))
def test_finds_what_scipy_finds(seed):
    rng = np.random.default_rng(seed)
    size = 6
    root, slope = rng.normal(size=(size, size)), 3 * rng.normal(size=size)
    hessian = root @ root.T + 0.1 * np.eye(size)
    rows = np.vstack([-np.eye(size), np.eye(size), rng.normal(size=(3, size))])
    mix = rng.dirichlet(np.ones(size))
    bounds = np.concatenate([mix, np.full(size, 0.3), rng.uniform(0, 0.05, size=3)])
    found, prices = minimize(hessian, slope, rows, bounds, np.ones(size))
    asked = ask_scipy(
        lambda x: slope @ x + x @ hessian @ x / 2,
        np.zeros(size),
        constraints=[
            {"type": "eq", "fun": lambda x: x.sum()},
            {"type": "ineq", "fun": lambda x: bounds - rows @ x},
        ],
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-13},
    )
    assert np.allclose(found, asked.x, atol=1e-5)
    assert (rows @ found <= bounds + 1e-8).all() and abs(found.sum()) < 1e-8
    assert np.allclose(prices * (bounds - rows @ found), 0, atol=1e-6)
