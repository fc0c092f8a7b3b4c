"""A run of two phases on the prepared text of `trained`: the plan, proxies that go on, the mix, the proof."""

import json

import numpy as np
import polars as pl

from winnow.mixing import anneal, fit, optimize, phases

TOKENS, SIZE = 20_000, 30_000
HAVE = {"code": 200_000, "prose": 200_000}
FIRST = {"code": 0.2, "prose": 0.8}


def write_plan(folder, files=(), **more):
    """Counts, the first phase's weights, an index that has both evals; then the plan."""
    folder.mkdir(exist_ok=True, parents=True)
    counts = {name: {"tokens": tokens} for name, tokens in HAVE.items()}
    (folder / "counts.json").write_text(json.dumps(counts))
    first = {"weights": FIRST, "targets": {"english": 1.0}}
    (folder / "weights.json").write_text(json.dumps(first))
    pl.DataFrame({"eval": ["english", "python"]}).write_parquet(folder / "items.parquet")
    choices = {
        "counts": folder,
        "weights": folder,
        "index": folder,
        "phases": [
            {"name": "main", "tokens": 160_000},
            {"name": "last", "tokens": 40_000, "evals": {"source:code": 1.0}},
        ],
    }
    out = folder / "plan"
    out.mkdir()
    phases.plan(list(files), out, **(choices | more))
    return out


def run(prepared, folder, mixes=10, held_out=2, repeats=2, proxy_tokens=TOKENS, size=SIZE, **more):
    """All steps in their order; the folders by name."""
    at = {name: folder / name for name in ("begun", "swarm", "scored", "fit", "solved", "proof", "judged")}
    for place in at.values():
        place.mkdir(parents=True)
    at["plan"] = write_plan(folder / "given", **more)
    about = {"data": prepared, "phase": at["plan"]}
    anneal.begin([], at["begun"], **about, proxy_tokens=proxy_tokens, repeats=repeats, seeds=3, size=size)
    phases.sample([], at["swarm"], phase=at["plan"], mixes=mixes, held_out=held_out, repeats=repeats)
    go_on = {"data": prepared, "checkpoint": at["begun"]}
    anneal.train(sorted(at["swarm"].glob("mix=*")), at["scored"], **go_on)
    fit.regress([at["scored"] / "scores.parquet"], at["fit"], swarm=at["swarm"], members=4)
    solve(at)
    anneal.train(sorted(at["solved"].glob("mix=*")), at["proof"], **go_on)
    proof = [at["proof"] / "scores.parquet"]
    phases.judge(proof, at["judged"], phase=at["plan"], weights=at["solved"])
    return at


def solve(at, **more):
    given = {"counts": at["plan"].parent, "swarm": at["swarm"], "phase": at["plan"], "seeds": 3}
    optimize.solve([at["fit"] / "predictions.parquet"], at["solved"], **(given | more))


def read_weights(folder):
    found = json.loads((folder / "weights.json").read_text())["weights"]
    assert np.isclose(sum(found.values()), 1)
    return found
