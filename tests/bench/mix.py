"""Bench: what the mixer costs: its proxies' training, and a mix solved again in Python and in the page.

`make bench NAME=mix`. Environment: ONLY (proxies,solve), ROUNDS (5).

proxies: the training of a proxy of .3M parameters, in tokens per second of one core, by whose floor
mixing/solver/noise.py says what a swarm takes; beside it the very same matrix products alone, forward and
backward, in pieces that stay near the core: what no program gets beyond. Attention's own products are left
out of them, so that the ratio is rather too low. Both take turns in one process; the best of each counts.

solve: the mix of 20 sources for 50 evals, from a real fit (64 mixes, 24 refits) to scores of a known law with
noise, with changed weights of evals, a guard and a pull to natural. Milliseconds, medians: in Python the mix
alone, of processor time; in Chromium the mix with all intervals, of the clock: run it on an idle machine.
That both find the same is tested in tests/mixing/test_report.py.
"""

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import browser
import numpy as np
import sections
import sides
import torch
from figures import say_figure

from winnow.mixing import report
from winnow.mixing.proxy import transformer
from winnow.mixing.regression.evals import fit_evals
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import optimize
from winnow.mixing.solver.embed import embed_problem
from winnow.mixing.solver.noise import USUAL_SPEED
from winnow.mixing.solver.problem import build

FOLDER = sides.OUT / "mix"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SIZE, VOCABULARY, CONTEXT, TOKENS = 300_000, 1024, 128, 5_000_000
SEQUENCES = TOKENS // (CONTEXT + 1) // transformer.STEPS  # of an update in a training of so many tokens
UPDATES, PIECE = 12, 256  # updates of a turn; tokens of a product
SOURCES, EVALS, MIXES, MEMBERS = 20, 50, 64, 24
LIMITS = {"python": 100.0, "page": 200.0}  # milliseconds


def list_products(shape: transformer.Shape, tokens: int) -> list[tuple[int, int, int]]:
    """Rows, inner side and columns of all matrix products of so many tokens, but attention's own."""
    width = shape.width
    sizes = [(width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)] * shape.depth
    sizes.append((width, VOCABULARY))
    forward = [(tokens, inner, outer) for inner, outer in sizes]
    backward = [(tokens, outer, inner) for inner, outer in sizes]
    return forward + backward + [(min(pair), tokens, max(pair)) for pair in sizes]


def train_proxy() -> dict[str, float]:
    """Tokens a core-second, ours and of the products alone."""
    shape = transformer.choose_shape(SIZE, VOCABULARY)
    tokens = np.random.default_rng(0).zipf(1.2, (SEQUENCES * UPDATES, CONTEXT + 1))
    rows = np.minimum(tokens - 1, VOCABULARY - 1).astype(np.uint16)
    transformer.LEAST_BATCH = SEQUENCES  # as in a training of all the tokens
    torch.set_num_threads(1)
    triples = [
        (torch.randn(height, inner), torch.randn(inner, columns), torch.empty(height, columns))
        for height, inner, columns in list_products(shape, PIECE)
    ]

    def train() -> None:
        transformer.train(rows, VOCABULARY, shape, 0.008, 0, transformer.CPU)

    def multiply() -> None:
        for _ in range(len(rows) * CONTEXT // PIECE):
            for left, right, out in triples:
                torch.mm(left, right, out=out)

    turns = [(sides.take(train), sides.take(multiply)) for _ in range(ROUNDS + 1)][1:]  # the first one warms
    ours, products = (len(rows) * CONTEXT / min(seconds) for seconds in zip(*turns, strict=True))
    parameters = transformer.count_parameters(shape, VOCABULARY)
    return {"parameters": parameters, "training": ours, "products": products, "ratio": ours / products}


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


def write_page(model: dict[str, Any], problem: Any, settings: dict[str, Any], path: Path) -> None:
    packed = fits.pack(model, settings["budget_tokens"] / (1e9 * model["natural"]), settings["decay"])
    told = json.dumps(embed_problem(model, problem, packed, settings), allow_nan=False)
    names = ("laws.js", "solve.js", "page.js")
    scripts = [(report.TEMPLATES / name).read_text(encoding="utf-8") for name in names]
    parts = [f'<script type="application/json" id="problem">{told}</script>']
    parts += [f"<script>{script}</script>" for script in scripts]
    path.write_text("\n".join(parts), encoding="utf-8")


def solve_again() -> dict[str, float]:
    """Milliseconds of the mix, in Python and in the page."""
    model = make_model()
    weights = {f"eval {number}": 1.0 + number % 3 for number in range(EVALS)}
    settings = {"evals": weights, "families": None, "weighting": "even", "kl": 0.002, "max_rise": 0.04}
    settings |= {"max_rises": None, "confidence": 0.9, "max_epochs": 4.0, "decay": 15.4}
    settings |= {"budget_tokens": 1_500_000_000, "least": None, "most": None, "groups": None}
    problem = build(model, 1e9 * model["natural"], settings)
    took = [sides.take(lambda: optimize(problem, model["mixes"])) for _ in range(ROUNDS)]
    with tempfile.TemporaryDirectory() as folder, browser.opened() as tab:
        write_page(model, problem, settings, Path(folder) / "page.html")
        tab.open(Path(folder) / "page.html")
        shown = [tab.run("solveWith(asInRun()).ms") for _ in range(ROUNDS + 1)]
    # The first in the page also prepares what no setting changes.
    return {"python": 1000 * statistics.median(took), "page": statistics.median(shown[1:])}


def main() -> None:
    if len(sys.argv) > 1:
        (FOLDER / "proxies.json").write_text(json.dumps(train_proxy()))
        return
    only, told, verdicts = sections.choose(("proxies", "solve")), {}, []
    FOLDER.mkdir(parents=True, exist_ok=True)
    if "proxies" in only:
        told |= sides.run(FOLDER, "proxies", sides.OURS, __file__, "proxies")
        verdicts.append(say_figure("training, tokens per core-second", told["training"], USUAL_SPEED))
    if "solve" in only:
        told |= (found := solve_again())
        verdicts += [say_figure(f"{way}, ms", found[way], limit, most=True) for way, limit in LIMITS.items()]
    sides.close("mix", told, "short" not in verdicts)


if __name__ == "__main__":
    main()
