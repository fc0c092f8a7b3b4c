"""Rounds of mixes against random ones, replayed on RegMix's tables (Liu et al. 2024): 17 domains, 13 losses.

512 mixes were trained at 1M parameters; a design picks rows of that table, the fit learns their mean loss,
and says which of 256 others is the best. Regret: how much higher the mean loss (nats) of that mix is than
that of the best of the 256, at 1M and, trained again, at 60M parameters. Random: rows drawn alike. Rounds: 32
of these rows, then 16 a round of `mixing.design.thompson`, for each of which the nearest row not yet taken
stands in; beside it, the same choice among the rows themselves.

The floor: rounds are the default of shipped recipes only where 96 rows in rounds reach the regret of 128
random ones at 60M. This prints which it is and by how much; exit code 1 says that they do not.
"""

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
from figures import say_figure
from threadpoolctl import threadpool_limits

from winnow.mixing.design.space import Space
from winnow.mixing.design.thompson import Posterior, draw, explore
from winnow.mixing.regression.model import predict, predict_members
from winnow.mixing.regression.stack import draw_bootstraps, draw_folds, fit_eval

DATA = Path(os.environ.get("WINNOW_DATA", "data")) / "mixing/regmix"
DRAWS = int(os.environ.get("DRAWS", "40"))
START, STEP, ROWS, RANDOM = 32, 16, 96, 128
FOLDS, MEMBERS, APART = 5, 16, 0.02


def main() -> int:
    pool, losses = read("train_mixture_1m", normal=True), read("train_pile_loss_1m").mean(axis=1)
    asked = read("test_mixture_1m", normal=True)
    judged = {size: read(f"test_pile_loss_{size}").mean(axis=1) for size in ("1m", "60m")}
    designs = {"random": pick_random, "rounds": pick_nearest, "rounds among rows": pick_rows}
    regrets: dict[str, dict[int, list[dict[str, float]]]] = {name: {} for name in designs}
    with threadpool_limits(1):
        for seed in range(DRAWS):
            for name, pick in designs.items():
                for taken, model in replay(pool, losses, pick, seed):
                    best = int(predict(model, asked)[0].argmin())
                    found = {size: float(values[best] - values.min()) for size, values in judged.items()}
                    regrets[name].setdefault(len(taken), []).append(found)
            last = {name: round(max(found.items())[1][-1]["60m"], 4) for name, found in regrets.items()}
            print(f"draw {seed}: {last}", file=sys.stderr, flush=True)
    for name, by_rows in regrets.items():
        for rows, found in by_rows.items():
            print(f"{name:18} {rows:4} rows  " + "  ".join(describe(found, size) for size in judged))
    reached = [judge(regrets, name) for name in ("rounds", "rounds among rows")]
    return 0 if reached[0] else 1


def replay(pool, losses, pick, seed):
    """After each round: which rows are taken, and the model fitted to them."""
    order = np.random.default_rng(seed).permutation(len(pool))
    taken = order[:START].tolist()
    last = RANDOM if pick is pick_random else ROWS
    while True:
        model = fit(pool[taken], losses[taken], seed)
        yield taken, model
        if len(taken) >= last:
            return
        taken = [*taken, *pick(pool, order, taken, model, seed)]


def fit(mixes, losses, seed):
    fold = draw_folds(mixes, FOLDS, seed)
    draws = draw_bootstraps(len(mixes), MEMBERS, seed)
    return {
        "mixes": mixes,
        "evals": {"mean loss": fit_eval(mixes, losses, fold, draws, mixes.mean(axis=0))[0]},
    }


def pick_random(pool, order, taken, model, seed):
    return [row for row in order.tolist() if row not in set(taken)][:STEP]


def pick_nearest(pool, order, taken, model, seed):
    """What is proposed anywhere in the space, and the untaken row nearest to each."""
    prior = pool.mean(axis=0)
    space = Space(prior / prior.sum(), 0 * prior, np.ones(len(prior)), (1.0, 30.0))
    posterior = explore(lambda mixes: predict_mean(model, mixes), space, pool[taken], seed)
    free = np.setdiff1d(np.arange(len(pool)), taken)
    chosen: list[int] = []
    for row in draw(posterior, pool[taken], STEP, APART):
        distances = np.abs(pool[free] - posterior.mixes[row]).sum(axis=1)
        chosen.append(int(free[distances.argmin()]))
        free = free[free != chosen[-1]]
    return chosen


def pick_rows(pool, order, taken, model, seed):
    free = np.setdiff1d(np.arange(len(pool)), taken)
    posterior = Posterior(pool[free], predict_mean(model, pool[free]))
    return [int(free[row]) for row in draw(posterior, pool[taken], STEP, APART)]


def predict_mean(model, mixes):
    """The mean loss, by each member."""
    return predict_members(model, mixes)[:, 0]


def read(name, normal=False):
    values = pl.read_csv(DATA / f"{name}.csv").drop("index").to_numpy().astype(float)
    return values / values.sum(axis=1, keepdims=True) if normal else values


def describe(found, size):
    values = np.array([row[size] for row in found])
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"regret @{size} {values.mean():.4f} +- {error:.4f} (median {np.median(values):.4f})"


def judge(regrets, name):
    """Whether the rounds reach the random design's mean regret at 60M; prints with how many rows."""
    aim = np.mean([row["60m"] for row in regrets["random"][RANDOM]])
    means = {rows: np.mean([row["60m"] for row in found]) for rows, found in regrets[name].items()}
    first = next((rows for rows, mean in means.items() if mean <= aim), None)
    apart = np.array(
        [a["60m"] - b["60m"] for a, b in zip(regrets[name][ROWS], regrets["random"][RANDOM], strict=True)]
    )
    error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else np.nan
    print(
        f"{name}: {RANDOM} random rows have {aim:.4f} nats; reached with {first} rows;"
        f" {ROWS} rows differ by {apart.mean():+.4f} +- {error:.4f}"
    )
    if name == "rounds":
        say_figure("rows in rounds that reach 128 at random", first or float("inf"), ROWS, most=True)
    return first is not None and first <= ROWS


if __name__ == "__main__":
    sys.exit(main())
