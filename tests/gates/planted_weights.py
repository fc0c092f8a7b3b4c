"""Gate: intervals of the weights and of the gain, where the law and its best mix are known.

Each of DRAWS (120) plants six evals over eight sources: half are sums of powers of the weights with floors of
their own (as scaling laws of mixtures have it), half log-linear, neither of which is all that the fit knows.
A swarm of 48 mixes, drawn as recipes draw it, is scored by the law and by noise of a run (a tenth of the
evals' spread); then fitted and solved as recipes do. The known best mix is that of the true law, found to
1e-6 from many starts. Counted: weights of it within the intervals of the weights, within the ranges of the
mixes that cannot be told from the chosen one, and gains that came within the interval of the gain.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import numpy as np
import polars as pl
from figures import Figures
from scipy.optimize import minimize

from winnow.mixing import fit, optimize, swarm
from winnow.mixing.regression.tables import NOT_SOURCES

DRAWS = int(os.environ.get("DRAWS", "120"))
SOURCES, EVALS, MIXES, NOISE, KL = 8, 6, 48, 0.1, 0.005
STARTS = 12
FIRST = 3000  # draws before helped to choose `ROUGH` of mixing/solver/uncertainty.py
Law = Callable[[np.ndarray], np.ndarray]  # mixes x sources -> mixes x evals


def plant(rng: np.random.Generator) -> Law:
    """Losses in bits per byte: each eval has sources that serve it, and some that do not."""
    serves = rng.dirichlet(np.full(SOURCES, 0.5), EVALS)
    floor, power = rng.uniform(0.01, 0.05, EVALS), rng.uniform(0.2, 0.5, EVALS)
    slope = rng.normal(0, 0.4, (EVALS, SOURCES))

    def law(mixes: np.ndarray) -> np.ndarray:
        powers = 0.8 * (floor + mixes @ serves.T) ** -power
        linear = 1.0 + np.exp(mixes @ slope.T)
        return np.where(np.arange(EVALS) % 2 == 0, powers, linear)

    return law


def find_optimum(law: Law, natural: np.ndarray, caps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mix of the true law's best objective, the pull to natural counted, under the same caps."""

    def goal(mix: np.ndarray) -> float:
        safe = np.maximum(mix, 1e-12)
        return float(law(mix[None]).mean() + KL * (safe * np.log(safe / natural)).sum())

    starts = [natural, *rng.dirichlet(np.ones(SOURCES), STARTS)]
    found = [
        minimize(
            goal,
            start,
            bounds=[(0.0, cap) for cap in caps],
            constraints={"type": "eq", "fun": lambda mix: mix.sum() - 1},
            options={"ftol": 1e-10, "maxiter": 300},
        )
        for start in starts
    ]
    best = min((one for one in found if one.success), key=lambda one: one.fun)
    return np.asarray(best.x)


def judge(seed: int, home: Path) -> dict[str, np.ndarray]:
    """Plant, draw, score, fit, solve; what was held."""
    rng = np.random.default_rng([seed, 77])
    law, names = plant(rng), [f"s{number}" for number in range(SOURCES)]
    tokens = rng.lognormal(0, 0.8, SOURCES) * 1e7
    counts = {name: {"tokens": int(one)} for name, one in zip(names, tokens, strict=True)}
    (home / "counts.json").write_text(json.dumps(counts))
    swarm.sample([], home, counts=home, proxy_tokens=1_000_000, mixes=MIXES, held_out=8, seed=seed)
    rows = pl.read_parquet(home / "swarm.parquet", glob=False)
    mixes = rows.select(names).to_numpy()
    truth = law(mixes)
    values = truth + rng.normal(0, NOISE, truth.shape) * truth.std(axis=0)
    score(rows, values, home)
    fit.regress([home / "scores.parquet"], home, swarm=home, seed=seed)
    optimize.solve(sorted(home.iterdir()), home, counts=home, swarm=home, kl=KL, max_rise=np.inf)
    solved: dict[str, Any] = json.loads((home / "weights.json").read_text())
    read = lambda key: np.array([solved[key][name] for name in names])  # noqa: E731
    chosen, natural = read("weights"), read("natural")
    ends = {
        "intervals": np.array([[solved["intervals"][n][end] for n in names] for end in ("low", "high")]),
        "ranges": np.array([[solved["epsilon"]["ranges"][n][end] for n in names] for end in ("low", "high")]),
    }
    caps = np.minimum(mixes[rows["role"].to_numpy() != "held_out"].max(axis=0), 4 * tokens / tokens.sum())
    best = find_optimum(law, natural, np.minimum(caps, 1.0), rng)
    gain = float(law(natural[None]).mean() - law(chosen[None]).mean())
    there = float(law(natural[None]).mean() - law(best[None]).mean())
    promise = solved["gain"]
    return {
        **{name: (low - 1e-3 <= best) & (best <= high + 1e-3) for name, (low, high) in ends.items()},
        **{f"{name} width": high - low for name, (low, high) in ends.items()},
        "gain": np.array([promise["low"] <= gain <= promise["high"]]),
        "gain width": np.array([promise["high"] - promise["low"]]),
        "gains": np.array([promise["naive"], promise["corrected"], gain, there]),
    }


def score(rows: pl.DataFrame, values: np.ndarray, home: Path) -> None:
    """As `mixing.proxies:train` would leave them."""
    names = [f"e{number}" for number in range(EVALS)]
    about = rows.select(name for name in rows.columns if name in NOT_SOURCES)
    table = about.with_columns(pl.Series(name, values[:, i]) for i, name in enumerate(names))
    long = table.unpivot(names, index=about.columns, variable_name="eval", value_name="value")
    long.with_columns(
        size=pl.lit(1_000_000),
        train_tokens=pl.lit(1_000_000),
        proxy=pl.lit("planted"),
        unit=pl.lit("bits per byte"),
    ).write_parquet(home / "scores.parquet")


def main() -> None:
    found: dict[str, list[np.ndarray]] = {}
    for seed in range(FIRST, FIRST + DRAWS):
        with tempfile.TemporaryDirectory() as folder:
            for name, value in judge(seed, Path(folder)).items():
                found.setdefault(name, []).append(value)
    shares = {name: float(np.mean(found[name])) for name in ("intervals", "ranges", "gain")}
    widths = {name: float(np.median(found[f"{name} width"])) for name in shares}
    naive, corrected, came, there = np.mean(found["gains"], axis=0)
    print(f"{DRAWS} draws; median widths: " + ", ".join(f"{n} {w:.4f}" for n, w in widths.items()))
    print(f"gain naive {naive:.4f}, corrected {corrected:.4f}, came {came:.4f}; of the best mix {there:.4f}")
    report = Figures("planted_weights")
    for name, what in (("intervals", "weights of the best mix"), ("gain", "gains")):
        report.add(f"{what}: share inside 90% intervals, least", shares[name], 0.85)
        report.add(f"{what}: share inside 90% intervals, most", shares[name], 0.95, most=True)
    report.add("weights of the best mix within the ranges of equal mixes", shares["ranges"], 0.9)
    report.add("gain promised too much, corrected (bits)", float(corrected - came), 0.005, most=True)
    report.close()


if __name__ == "__main__":
    main()
