"""Gate: mixing problems whose truth is known, by another hand (golds/mixes_planted).

`make gate NAME=mixes_planted`. The tables of each problem are read as Olmix's files, fitted and solved as
recipes do, and the truth scores what was chosen. Of 80 problems: how many gains lie within the promised
interval, how far the promise is from what came, and how much of the best gain came; of 28 more, whether the
verdict is the planted one. Environment: HALF (held, which was run once; open: looked at while the solver was
made), PROBLEMS ("p001 v03": these alone).
"""

import importlib.util
import json
import os
import sys
import tarfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import numpy as np
from figures import Figures

from winnow.mixing import fit, optimize, scores

GOLD = Path(__file__).parent / "golds/mixes_planted/problems.tar.xz"
HOME = Path("out/gates/mixes_planted")
HALF = os.environ.get("HALF", "held")
ONLY = os.environ.get("PROBLEMS", "").split()
LEAST = 1e-3  # a gain that tells of a relative error
Row = dict[str, Any]


def score(folder: Path, mix: list[float]) -> np.ndarray:
    """What a mix truly scores, by eval."""
    sys.path.insert(0, str(folder.parents[1]))
    spec = importlib.util.spec_from_file_location(f"truth_{folder.name}", folder / "truth.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return np.array(module.score(mix))


def solve(folder: Path) -> Row:
    """What is said of a problem, and what comes of it."""
    warnings.simplefilter("ignore")
    problem = json.loads((folder / "problem.json").read_text())
    home = HOME / "work" / folder.name
    home.mkdir(parents=True, exist_ok=True)
    counts = {source["name"]: source["tokens"] for source in problem["sources"]}
    (home / "fit.yaml").write_text(json.dumps({"priors": {"token_counts": counts}}))
    tables = {"table": folder / "metrics.csv", "weights": folder / "ratios.csv", "priors": home / "fit.yaml"}
    scores.read([], home, direction="loss", **tables)
    fit.regress([home / "scores.parquet"], home, swarm=home)
    seen = set(json.loads((home / "model.json").read_text())["evals"])
    names = [one["name"] for one in problem["evals"]]
    ask = problem.get("ask") or {"aim": names, "guard": None}
    limit = float("inf") if ask["guard"] is None else ask["guard"]
    optimize.solve(
        [home / "predictions.parquet"], home, counts=home, swarm=home,
        evals={name: 1.0 for name in ask["aim"] if name in seen},
        kl=0.0, max_rise=limit, max_rises={name: limit for name in names if name in seen},
        max_epochs=1e9, decay=float("inf"), budget_tokens=problem["run_tokens"],
        most=problem["bounds"]["upper"],
    )  # fmt: skip
    return judge(folder, names, ask, json.loads((home / "weights.json").read_text()))


def judge(folder: Path, names: list[str], ask: Row, told: Row) -> Row:
    natural = np.array(
        [source["share"] for source in json.loads((folder / "problem.json").read_text())["sources"]]
    )
    aim = [names.index(name) for name in ask["aim"] if name in told["targets"]]
    truth = json.loads((folder / "truth.json").read_text())
    came = score(folder, natural.tolist()) - score(folder, list(told["weights"].values()))
    best = truth["aim"]["best_within_bounds_and_guard"] if "aim" in truth else truth["within_bounds"]["mean"]
    return {
        "id": folder.name, "family": truth["family"], "promise": told["promise"], "came": float(came[aim].mean()),
        "best": best["gain"] * len(ask["aim"]) / len(aim), "verdict": told["verdict"],
    }  # fmt: skip


def main() -> None:
    with tarfile.open(GOLD) as archive:
        archive.extractall(HOME, filter="data")
    folders = sorted(path.parent for path in HOME.glob("*/problems/*/problem.json"))
    split = {path.name: json.loads((path / "problem.json").read_text()) for path in folders}
    chosen = [one for one in folders if (one.name in ONLY if ONLY else split[one.name]["half"] == HALF)]
    with ProcessPoolExecutor(int(os.environ.get("WORKERS", "2"))) as pool:
        rows = list(pool.map(solve, chosen))
    noisy = {name for name, problem in split.items() if problem["noisy"]}
    figures = Figures("mixes_planted")
    for part, some in (
        ("exact", [r for r in rows if r["id"] not in noisy]),
        ("noisy", [r for r in rows if r["id"] in noisy]),
    ):
        some = [row for row in some if row["id"].startswith("p")]
        if not some:
            continue
        held = [row["promise"]["low"] - 1e-6 <= row["came"] <= row["promise"]["high"] + 1e-6 for row in some]
        large = [row for row in some if abs(row["came"]) > LEAST]
        apart = [abs(row["promise"]["corrected"] - row["came"]) / abs(row["came"]) for row in large]
        share = [row["came"] / row["best"] for row in some if row["best"] > LEAST]
        figures.add(f"{part}.problems", len(some), 1)
        figures.add(f"{part}.within_the_promise", round(float(np.mean(held)), 3), 0.8)
        figures.add(f"{part}.promise_off_median", round(float(np.median(apart)), 3), 0.15, most=True)
        figures.add(f"{part}.share_of_the_best_gain", round(float(np.median(share)), 3), 0.9)
        figures.add(f"{part}.share_of_the_best_gain_tenth", round(float(np.quantile(share, 0.1)), 3), 0.5)
    for row in rows:
        p = row["promise"]
        print(f"    {row['id']} {row['family']}: promised {p['corrected']:+.4f} [{p['low']:+.4f}, {p['high']:+.4f}]"
              f" naive {p['naive']:+.4f}, came {row['came']:+.4f} of {row['best']:+.4f}; {row['verdict'][:90]}")  # fmt: skip
    figures.close()


if __name__ == "__main__":
    main()
