"""Bench: the mix's regression beside LightGBM and Olmix's fit, on RegMix's tables (WINNOW_DATA), one core.

Draws of 32, 64 and 128 of the 512 training mixes (1M parameters), with fixed seeds, judged on the 256 test
mixes: the median over draws and losses of Spearman's correlation at 1M, the median over draws of that of the
mean loss at 60M, and regret: how many nats the best guessed mix lacks to the best of the 256 at 60M. Beside
each peer the mean of the paired differences with its 90% interval. Then both sizes in one fit: 64 mixes at
1M, and 0, 4 or 8 of the mixes at 60M, which are not judged.

Our fits go through `mixing.scores:read`, as another's trainer would hand them in. DRAWS=40 unless told
otherwise.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import numpy as np
import sides
from figures import say_figure
from regmix import LARGE, SMALL, fit_rows, judge, read
from scipy.stats import t

from winnow.mixing.regression.model import predict

FOLDER = sides.OUT / "mix"
DRAWS = int(os.environ.get("DRAWS", "40"))
FLOORS = {32: (0.972, 0.936), 64: (0.986, 0.953), 128: (0.993, 0.960)}
ADDED = (0, 4, 8)
Judged = list[dict[str, Any]]


def draw_rows(mixes: int, rows: int) -> np.ndarray:
    return np.array([np.random.default_rng([seed, rows]).choice(mixes, rows, False) for seed in range(DRAWS)])


def guess_ours(mixes: np.ndarray, losses: np.ndarray, test: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return np.array(
        [predict(fit_rows([(mixes[rows], losses[rows], SMALL)], members=1), test).T for rows in draws]
    )


def guess_peers(
    mixes: np.ndarray, losses: np.ndarray, test: np.ndarray, draws: np.ndarray
) -> dict[str, np.ndarray]:
    given, found = FOLDER / "given.npz", FOLDER / "found.npz"
    np.savez(given, mixes=mixes, losses=losses, test=test, draws=draws)
    subprocess.run([sides.PEERS, Path(__file__).with_name("peers_mixing.py"), given, found], check=True)
    return dict(np.load(found))


def summarize(judged: Judged) -> dict[str, float]:
    """Medians, and half of the 90% interval of the two correlations' means."""
    per_loss, mean = (
        np.array([one["per_loss_1m"] for one in judged]),
        np.array([one["mean_60m"] for one in judged]),
    )
    return {
        "per_loss_1m": float(np.median(per_loss)),
        "per_loss_60m": float(np.median([one["per_loss_60m"] for one in judged])),
        "mean_60m": float(np.median(mean)),
        "per_loss_1m_half": halve(np.median(per_loss, axis=1)),
        "mean_60m_half": halve(mean),
        **{
            name: float(np.mean([one[name] for one in judged]))
            for name in ("regret", "regret_per_loss", "error")
        },
    }


def halve(values: np.ndarray) -> float:
    """Half of the 90% interval of the mean."""
    return float(t.ppf(0.95, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def pair(ours: Judged, theirs: Judged) -> dict[str, list[float]]:
    """Means of the differences by draw (ours - theirs), with half of their 90% intervals."""
    apart = {
        "per_loss_1m": np.array(
            [
                np.median(a["per_loss_1m"]) - np.median(b["per_loss_1m"])
                for a, b in zip(ours, theirs, strict=True)
            ]
        ),
        "mean_60m": np.array([a["mean_60m"] - b["mean_60m"] for a, b in zip(ours, theirs, strict=True)]),
        "regret": np.array([a["regret"] - b["regret"] for a, b in zip(ours, theirs, strict=True)]),
    }
    return {name: [float(values.mean()), halve(values)] for name, values in apart.items()}


def compare(rows: int) -> tuple[dict[str, Any], bool]:
    """All sides on the same draws; do ours hold the floors and lead?"""
    mixes, losses = read("train", "1m")
    test, small = read("test", "1m")
    large = read("test", "60m")[1]
    draws = draw_rows(len(mixes), rows)
    begun = time.process_time()
    guesses = {"ours": guess_ours(mixes, losses, test, draws)}
    seconds = (time.process_time() - begun) / DRAWS
    guesses |= guess_peers(mixes, losses, test, draws)
    judged = {side: [judge(one, small, large) for one in found] for side, found in guesses.items()}
    table = {side: summarize(found) for side, found in judged.items()}
    apart = {side: pair(judged["ours"], found) for side, found in judged.items() if side != "ours"}
    ours = table["ours"]
    holds = all(
        ours[name] + ours[f"{name}_half"] >= floor
        for name, floor in zip(("per_loss_1m", "mean_60m"), FLOORS[rows], strict=True)
    )
    leads = all(
        one[name][0] - one[name][1] > 0 for one in apart.values() for name in ("per_loss_1m", "mean_60m")
    )
    print(f"\n{rows} mixes, {DRAWS} draws; {seconds:.1f} CPU-seconds a fit of 13 losses")
    for side, row in table.items():
        print(
            f"{side:15} @1M {row['per_loss_1m']:.4f}  mean@60M {row['mean_60m']:.4f}"
            f"  regret {row['regret']:.4f}  per loss {row['regret_per_loss']:.4f}",
            *(f" {name} {d[0]:+.4f} ± {d[1]:.4f}" for name, d in apart.get(side, {}).items()),
        )
    for name, floor in zip(("per_loss_1m", "mean_60m"), FLOORS[rows], strict=True):
        say_figure(f"{rows} mixes, {name} with its error", ours[name] + ours[f"{name}_half"], floor)
    say_figure(f"{rows} mixes, leads everywhere", leads, 1)
    return {"table": table, "apart": apart, "cpu_seconds": seconds}, holds and leads


def transfer() -> dict[str, Any]:
    """Fitted at 1M with some mixes of 60M added, judged on the others at 60M."""
    mixes, losses = read("train", "1m")
    test, small = read("test", "1m")
    large = read("test", "60m")[1]
    found: dict[int, Judged] = {added: [] for added in ADDED}
    for seed, rows in enumerate(draw_rows(len(mixes), 64)):
        order = np.random.default_rng([seed, 60]).permutation(len(test))
        judged = order[max(ADDED) :]  # the same for all
        for added in ADDED:
            some = order[:added]
            both = [(mixes[rows], losses[rows], SMALL), (test[some], large[some], LARGE)][: 2 if added else 1]
            guesses = predict(fit_rows(both, members=1), test[judged]).T
            found[added].append(judge(guesses, small[judged], large[judged]))
    print(f"\n64 mixes at 1M and some at 60M, judged at 60M; {DRAWS} draws")
    for added, judged_rows in found.items():
        row = summarize(judged_rows)
        gain = {} if not added else pair(judged_rows, found[0])
        print(
            f"{added} at 60M: per loss {row['per_loss_60m']:.4f}  mean {row['mean_60m']:.4f}"
            f"  regret {row['regret']:.4f}  per loss {row['regret_per_loss']:.4f}"
            f"  error of the mean loss {row['error']:.3f} nats",
            *(f" {name} {d[0]:+.4f} ± {d[1]:.4f}" for name, d in gain.items() if name != "per_loss_1m"),
            flush=True,
        )
    return {str(added): summarize(rows) for added, rows in found.items()}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {rows: compare(rows) for rows in FLOORS}
    report = {str(rows): one for rows, (one, _) in found.items()} | {"transfer": transfer()}
    sides.close("mix_regression", report, all(good for _, good in found.values()))


if __name__ == "__main__":
    main()
