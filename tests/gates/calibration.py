"""Gate: intervals of the mix's regression cover what they say, on RegMix's tables (WINNOW_DATA).

DRAWS=200 draws of 64 of the 512 training mixes at 1M parameters; the one nearest to their middle stands for
the natural mix, and the 256 test mixes are the truth. Of each of the 13 losses: the change of each test mix
against the natural one, 90% interval. Of the gain: 3, 6 or 13 of the losses weighted alike, the best by
prediction of 32 or 128 test mixes, its naive and its corrected gain against the realised one. The realised
values are of one run each, so what a seed does is in the misses.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import numpy as np
from figures import Figures
from intervals import correct_gain, interval, measure_spread
from regmix import SMALL, fit_rows, read

from winnow.mixing.regression.model import Model, predict

DRAWS = int(os.environ.get("DRAWS", "200"))
CHOICES = 8  # of losses and candidates, in each draw
Losses = np.ndarray


def draw_model(mixes: np.ndarray, losses: Losses, rng: np.random.Generator) -> tuple[Model, np.ndarray]:
    """A model of 64 mixes, and the losses of what stands for the natural mix."""
    rows = rng.choice(len(mixes), 64, replace=False)
    natural = int(np.abs(mixes[rows] - mixes[rows].mean(axis=0)).sum(axis=1).argmin())
    return fit_rows([(mixes[rows], losses[rows], SMALL)], members=24, natural=natural), losses[rows[natural]]


def judge_changes(
    model: Model, known: np.ndarray, test: np.ndarray, truth: Losses
) -> tuple[np.ndarray, np.ndarray]:
    """Was each change (losses x test mixes) held? And the intervals' widths."""
    guesses = predict(model, np.vstack([test, model["natural"]]))
    low, high = interval(guesses[:, :-1] - guesses[:, -1:], measure_spread(model, test, model["natural"]))
    change = (truth - known).T
    return (low <= change) & (change <= high), high - low


def judge_gain(
    model: Model, known: np.ndarray, test: np.ndarray, truth: Losses, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Naive, corrected and realised gain of the best of some test mixes, and the corrected one's error."""
    omega = np.zeros(len(known))
    chosen = rng.choice(len(known), rng.choice([3, 6, 13]), replace=False)
    omega[chosen] = 1 / len(chosen)
    some = rng.choice(len(test), rng.choice([32, 128]), replace=False)
    found = correct_gain(model, omega, test[some], model["natural"])
    best = some[int(np.abs(test[some] - found["chosen"]).sum(axis=1).argmin())]
    return found["naive"], found["corrected"], float(omega @ (known - truth[best])), found["error"]


def main() -> None:
    mixes, losses = read("train", "1m")
    test, truth = read("test", "1m")
    even = test / test.sum(axis=1, keepdims=True)
    held, widths, gains = [], [], []
    for seed in range(DRAWS):
        rng = np.random.default_rng([seed, 90])
        model, known = draw_model(mixes, losses, rng)
        inside, width = judge_changes(model, known, even, truth)
        held.append(inside.mean(axis=1))
        widths.append(np.median(width))
        gains += [judge_gain(model, known, even, truth, rng) for _ in range(CHOICES)]
    naive, corrected, realised, error = np.array(gains).T
    low, high = interval(corrected, error)
    covered = np.array(held).mean(axis=0)
    report = Figures("calibration")
    for what, value in (
        ("changes", covered.mean()),
        ("gain", ((low <= realised) & (realised <= high)).mean()),
    ):
        report.add(f"{what}: share inside 90% intervals, least", float(value), 0.85)
        report.add(f"{what}: share inside 90% intervals, most", float(value), 0.95, most=True)
    report.add("changes: share of the worst loss", float(covered.min()), 0.85)
    report.add("changes: share of the best loss", float(covered.max()), 0.95, most=True)
    print(f"{DRAWS} draws of 64; median width of a change {np.median(widths):.3f} nats, of a gain", end=" ")
    print(
        f"{np.median(high - low):.3f}; gain naive {naive.mean():.4f}, corrected {corrected.mean():.4f},",
        end=" ",
    )
    print(f"realised {realised.mean():.4f} ({(realised < low).mean():.3f} under the interval)")
    report.add(
        "gain promised too much, corrected (nats)", float((corrected - realised).mean()), 0.01, most=True
    )
    report.close()


if __name__ == "__main__":
    main()
