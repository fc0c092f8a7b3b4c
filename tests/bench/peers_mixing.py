"""Peers of the mix's regression, run by `.venv-bench`: `peers_mixing.py IN.npz OUT.npz`.

IN holds `mixes`, `losses`, `test` (mixes) and `draws` (rows of training mixes, one draw a row). OUT has
guesses (draws x test x losses) of each peer:

* `lightgbm`: RegMix's settings (`mixture_regression/regression.ipynb`): 1,000 trees, rate 0.01; its early
  stopping looks at the test rows and is left out
* `lightgbm_small`: the same with leaves of 3 mixes instead of 20, up to 4 a tree
* `olmix`: c + exp(b + a.x), Huber loss of 0.02, the best of several starts (Olmix 2026; Ye et al. 2024)
"""

import sys

import lightgbm
import numpy as np
from scipy.optimize import minimize

REGMIX = {"objective": "regression", "learning_rate": 0.01, "seed": 42, "verbosity": -1, "num_threads": 1}
SMALL = {"num_leaves": 4, "min_data_in_leaf": 3}
HUBER = 0.02


def boost(mixes: np.ndarray, losses: np.ndarray, test: np.ndarray, settings: dict) -> np.ndarray:
    data = lightgbm.Dataset(mixes, losses, params={"verbosity": -1})
    return lightgbm.train(REGMIX | settings, data, num_boost_round=1000).predict(test)


def olmix(mixes: np.ndarray, losses: np.ndarray, test: np.ndarray) -> np.ndarray:
    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        floor, rise = np.exp(theta[0]), np.exp(np.clip(theta[1] + mixes @ theta[2:], -30, 30))
        residual = floor + rise - losses
        size = np.abs(residual)
        value = np.where(size < HUBER, 0.5 * residual**2, HUBER * (size - 0.5 * HUBER)).mean()
        pull = np.clip(residual, -HUBER, HUBER) / len(losses)
        return value, np.concatenate([[pull.sum() * floor, pull @ rise], (pull * rise) @ mixes])

    found = []
    for share in (0.1, 0.5, 0.8, 0.95):  # of the best loss seen: the floor to begin with
        floor = share * losses.min()
        start = np.concatenate([[np.log(floor), np.log(losses.mean() - floor)], np.zeros(mixes.shape[1])])
        found.append(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}))
    best = min(found, key=lambda one: one.fun).x
    return np.exp(best[0]) + np.exp(np.clip(best[1] + test @ best[2:], -30, 30))


def main() -> None:
    given = np.load(sys.argv[1])
    mixes, losses, test = given["mixes"], given["losses"], given["test"]
    peers = {
        "lightgbm": lambda x, y: boost(x, y, test, {}),
        "lightgbm_small": lambda x, y: boost(x, y, test, SMALL),
        "olmix": lambda x, y: olmix(x, y, test),
    }
    found = {
        name: np.array(
            [[guess(mixes[rows], losses[rows, i]) for i in range(losses.shape[1])] for rows in given["draws"]]
        ).transpose(0, 2, 1)
        for name, guess in peers.items()
    }
    np.savez(sys.argv[2], **found)


if __name__ == "__main__":
    main()
