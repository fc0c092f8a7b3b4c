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
import polars as pl
from figures import Figures

from winnow.mixing import fit, optimize, scores

GOLD = Path(__file__).parent / "golds/mixes_planted/problems.tar.xz"
HOME = Path("out/gates/mixes_planted")
HALF = os.environ.get("HALF", "held")
ONLY = os.environ.get("PROBLEMS", "").split()
LEAST = 1e-3  # a gain that tells of a relative error
OFF = {"exact": 0.15, "noisy": 0.25}  # of what came, the median promise
NEARLY = 0.9  # of what the best measured mix truly gains: a law that found that much is as right
SAYS = {  # by planted verdict what says the same
    "gain": ("gain", "measured"),
    "no_gain_beyond_noise": ("noise",),
    "guard_leaves_no_room": ("guard",),
    "no_source_serves_this_eval": ("no_source",),
    "not_seen_at_this_size": ("not_seen",),
    "measured_mix_beats_the_law": ("measured", "gain"),
    "natural_is_best": ("natural",),
}
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
    guess = {one["name"]: one for one in problem["evals"] if "guess" in one and one["name"] in seen}
    text = {name for name, one in guess.items() if one["unit"] == "bits_per_byte"}
    levels = {name: one["guess"] for name, one in guess.items()}
    try:
        optimize.solve(
            [home / "predictions.parquet"], home, counts=home, swarm=home,
            evals=dict.fromkeys(ask["aim"], 1.0),
            kl=0.0, max_rise=limit, max_rises=dict.fromkeys(names, limit),
            max_epochs=1e9, decay=float("inf"), budget_tokens=problem["run_tokens"],
            most=problem["bounds"]["upper"],
            noise={one["name"]: one["sigma"] for one in problem["evals"] if one["name"] in seen},
            byte_floor={name: levels[name] for name in text},
            chance={name: levels[name] for name in {*levels} - text},
        )  # fmt: skip
    except ValueError as error:  # all mixes score alike
        if not str(error).startswith("not seen at this size"):
            raise
        return {
            "id": folder.name,
            "finding": "not_seen",
            "verdict": str(error),
            "planted": read_planted(folder),
        }
    return judge(folder, names, ask, json.loads((home / "weights.json").read_text()))


def read_planted(folder: Path) -> str | None:
    path = folder / "verdict.json"
    return json.loads(path.read_text())["verdict"] if path.is_file() else None


def is_right(row: Row) -> bool:
    """Whether the planted verdict was told, and where a mix was to be taken, one about as good as that."""
    if row["finding"] not in SAYS[row["planted"]]:
        return False
    return row["planted"] != "measured_mix_beats_the_law" or row["came"] >= NEARLY * row["measured"]


def judge(folder: Path, names: list[str], ask: Row, told: Row) -> Row:
    natural = np.array(
        [source["share"] for source in json.loads((folder / "problem.json").read_text())["sources"]]
    )
    aim = [names.index(name) for name in ask["aim"] if name in told["targets"]]
    truth = json.loads((folder / "truth.json").read_text())
    came = score(folder, natural.tolist()) - score(folder, list(told["weights"].values()))
    best = truth["aim"]["best_within_bounds_and_guard"] if "aim" in truth else truth["within_bounds"]["mean"]
    return {
        "id": folder.name, "family": truth["family"], "promise": told["promise"],
        "came": float(came[aim].mean()),
        "best": best["gain"] * len(ask["aim"]) / len(aim), "verdict": told["verdict"],
        "finding": told["finding"], "planted": read_planted(folder),
        "measured": read_measured(folder, natural, told, aim),
    }  # fmt: skip


def read_measured(folder: Path, natural: np.ndarray, told: Row, aim: list[int]) -> float:
    """What the best mix of the swarm truly gains, of those within the bounds."""
    swarm = pl.read_csv(folder / "ratios.csv").drop("run").to_numpy()
    most = np.array([told["settings"]["most"][name] for name in told["weights"]])
    gains = [
        float((score(folder, natural.tolist()) - score(folder, mix.tolist()))[aim].mean())
        for mix in swarm[(swarm <= most + 1e-6).all(axis=1)]
    ]
    return max(gains, default=0.0)


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
        figures.add(f"{part}.promise_off_median", round(float(np.median(apart)), 3), OFF[part], most=True)
        figures.add(f"{part}.share_of_the_best_gain", round(float(np.median(share)), 3), 0.9)
        figures.add(f"{part}.share_of_the_best_gain_tenth", round(float(np.quantile(share, 0.1)), 3), 0.5)
    if verdicts := [row for row in rows if row["planted"]]:
        right = [is_right(row) for row in verdicts]
        figures.add("verdicts", len(verdicts), 1)
        figures.add("verdicts_right", sum(right), len(right))
        for row, fine in zip(verdicts, right, strict=True):
            print(f"    {row['id']} {row['planted']}: {row['finding']}{'' if fine else ', WRONG'}")
    for row in rows:
        if "promise" not in row:
            print(f"    {row['id']}: {row['verdict']}")
            continue
        p = row["promise"]
        promised = (
            f"promised {p['corrected']:+.4f} [{p['low']:+.4f}, {p['high']:+.4f}] naive {p['naive']:+.4f}"
        )
        came = f"came {row['came']:+.4f} of {row['best']:+.4f}"
        print(f"    {row['id']} {row['family']}: {promised}, {came}; {row['verdict'][:90]}")
    figures.close()


if __name__ == "__main__":
    main()
