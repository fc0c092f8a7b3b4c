"""Bench: the mix of 20 sources solved again for 50 evals, in Python and in the page.

`make bench NAME=mix_solve`: a real fit (64 mixes, 24 refits) to scores of a known law with noise, solved with
changed weights of evals, a guard and a pull to natural. Milliseconds, medians of REPEATS: in Python the mix
alone (of processor time), in Chromium the mix with all intervals (of the clock: run it on an idle machine).
And the largest difference between the two.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from figures import say_figure

# The root before this folder: a bench may have the name of a package.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.pipelines import browser
from winnow.mixing import report
from winnow.mixing.regression.evals import fit_evals
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import optimize
from winnow.mixing.solver.embed import embed_problem
from winnow.mixing.solver.problem import build
from winnow.mixing.solver.uncertainty import study

SOURCES, EVALS, MIXES, MEMBERS = 20, 50, 64, 24
REPEATS = int(os.environ.get("REPEATS", "7"))
LIMITS = {"python": 100.0, "page": 200.0}  # milliseconds


def make_model() -> dict[str, Any]:
    """Fitted to scores that fall with the roots of the weights, as they do."""
    rng = np.random.default_rng(0)
    natural = rng.dirichlet(np.full(SOURCES, 1.5))
    drawn = rng.dirichlet(5 * natural + 0.05, size=MIXES - 3)
    mixes = np.vstack([natural, natural, natural, drawn])
    needs = rng.gamma(0.5, 1.5, size=(EVALS, SOURCES))
    scores = {
        f"eval {number}": 1 + 0.5 * np.exp(-np.sqrt(mixes + 1e-3) @ need) + rng.normal(0, 0.003, MIXES)
        for number, need in enumerate(needs)
    }
    draw = {"folds": 5, "members": MEMBERS, "seed": 0}
    train, zeros = np.ones(MIXES, dtype=bool), np.zeros(MIXES, dtype=int)
    evals, _, _, draws = fit_evals(mixes, zeros, zeros, scores, train, natural, draw)
    sources = [f"source {number}" for number in range(SOURCES)]
    model = {"sources": sources, "natural": natural, "unit": "bits per byte", "mixes": mixes, "draws": draws}
    return model | {"evals": evals}


def solve_again(
    model: dict[str, Any], settings: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], float]:
    """The problem, what is found, and the milliseconds of the mix alone."""
    problem = build(model, 1e9 * model["natural"], settings)
    took = []
    for _ in range(REPEATS):
        began = time.process_time()
        best = optimize(problem, model["mixes"])
        took.append(1000 * (time.process_time() - began))
    found = study(problem, model, best, 1.6448536269514722)
    return problem, found | {"mix": best["mix"], "breach": best["breach"]}, statistics.median(took)


def open_page(model: dict[str, Any], problem: dict[str, Any], settings: dict[str, Any], path: Path) -> None:
    packed = fits.pack(model, settings["budget_tokens"] / (1e9 * model["natural"]), settings["decay"])
    told = json.dumps(embed_problem(model, problem, packed, settings), allow_nan=False)
    names = ("laws.js", "solve.js", "page.js")
    scripts = [(report.TEMPLATES / name).read_text(encoding="utf-8") for name in names]
    parts = [f'<script type="application/json" id="problem">{told}</script>']
    path.write_text(
        "\n".join([*parts, *(f"<script>{script}</script>" for script in scripts)]), encoding="utf-8"
    )


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    model = make_model()
    weights = {f"eval {number}": 1.0 + number % 3 for number in range(EVALS)}
    settings = {"evals": weights, "families": None, "weighting": "even", "kl": 0.002, "max_rise": 0.04}
    settings |= {"max_rises": None, "confidence": 0.9, "max_epochs": 4.0, "decay": 15.4}
    settings |= {"budget_tokens": 1_500_000_000, "least": None, "most": None, "groups": None}
    problem, found, python = solve_again(model, settings)
    with tempfile.TemporaryDirectory() as folder, browser.opened() as tab:
        open_page(model, problem, settings, Path(folder) / "page.html")
        tab.open(Path(folder) / "page.html")
        runs = [tab.run(f"[solveWith(asInRun())].map(({FIELDS}) => ({FIELDS}))[0]") for _ in range(REPEATS)]
    page = statistics.median(run["ms"] for run in runs[1:])  # the first also prepares what no setting changes
    told = [np.array([row[name] for name in ("mix", "low", "high")]) for row in (found, runs[-1])]
    apart = max(float(np.abs(told[0] - told[1]).max()), abs(found["gain"]["low"] - runs[-1]["gain"]["low"]))
    print(f"{SOURCES} sources, {EVALS} evals, {MIXES} mixes, {MEMBERS} refits; breach {found['breach']:.4f}")
    print(f"python {python:.0f} ms, page {page:.0f} ms (first {runs[0]['ms']:.0f}), apart {apart:.1e}")
    took = {"python": python, "page": page}
    verdicts = [say_figure(f"{name}, ms", took[name], limit, most=True) for name, limit in LIMITS.items()]
    verdicts.append(say_figure("page and Python apart", apart, 1e-3, most=True))
    sys.exit("short" in verdicts)


FIELDS = "{ mix, low, high, gain, ms }"

if __name__ == "__main__":
    main()
