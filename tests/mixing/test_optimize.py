import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixing import fit, optimize
from mixing.descent import descend, is_inside

SOURCES = ["code", "maths", "web"]
TOKENS = {"code": 2_000_000, "maths": 1_000_000, "web": 7_000_000}
GRID = np.array([(a, b, 100 - a - b) for a in range(101) for b in range(101 - a)]) / 100


def scores(weights):
    return {
        "coding": 1 + 2 * np.exp(-3 * np.sqrt(weights[:, 0])),
        "counting": 0.5 + np.exp(-2 * np.sqrt(weights[:, 1])),
        "source:web": 1 + np.exp(-2 * np.sqrt(weights[:, 2])),
    }


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """A swarm over the whole simplex, its fit, and the counts."""
    folder = tmp_path_factory.mktemp("solve")
    weights = np.vstack([np.eye(3), np.random.default_rng(0).dirichlet([0.7] * 3, size=30)])
    roles = ["corner"] * 3 + ["swarm"] * 30
    for name in ("swarm", "fit", "counts"):
        (folder / name).mkdir()
    swarm = pl.DataFrame({"mix": range(33), "role": roles}).with_columns(
        pl.Series(name, weights[:, i]) for i, name in enumerate(SOURCES)
    )
    swarm.write_parquet(folder / "swarm" / "swarm.parquet")
    write_scores(folder / "scores.parquet", weights, range(33))
    fit.regress([folder / "scores.parquet"], folder / "fit", swarm=folder / "swarm")
    counts = {name: {"tokens": tokens, "natural_weight": tokens / 1e7} for name, tokens in TOKENS.items()}
    (folder / "counts" / "counts.json").write_text(json.dumps(counts))
    return folder


def write_scores(path, weights, numbers):
    rows = [
        (number, name, float(values[i]), "ngram")
        for i, number in enumerate(numbers)
        for name, values in scores(weights).items()
    ]
    pl.DataFrame(rows, schema=["mix", "eval", "bits_per_byte", "proxy"], orient="row").write_parquet(path)


def solve(folder, out, **settings):
    files = [folder / "fit" / "predictions.parquet"]
    optimize.solve(files, out, counts=folder / "counts", swarm=folder / "swarm", **settings)
    return json.loads((out / "weights.json").read_text())


@pytest.mark.parametrize(
    ("budget", "epochs", "kl", "evals"),
    [
        (None, 4.0, 0.05, None),
        (None, 1.5, 0.0, None),
        (5_000_000, 1.0, 0.05, {"counting": 1.0}),
        (20_000_000, 2.2, 0.3, {"coding": 2.0, "source:web": 1.0}),
    ],
)
def test_no_point_of_a_fine_grid_is_better(solved, tmp_path, budget, epochs, kl, evals):
    found = solve(solved, tmp_path, budget_tokens=budget, max_epochs=epochs, kl=kl, evals=evals)
    model = fit.load(solved / "fit")
    tokens = np.array(list(TOKENS.values()))
    caps = epochs * tokens / (budget or tokens.sum())
    targets = optimize._choose_targets(model, evals)
    goal = optimize._make_objective(model, targets, tokens / tokens.sum(), kl, 0)
    allowed = GRID[(caps + 1e-9 >= GRID).all(axis=1)]
    assert found["objective"]["chosen"] <= goal(allowed).min() + 1e-3
    assert found["objective"]["chosen"] <= found["objective"]["natural"] + 1e-9
    chosen = np.array([found["weights"][name] for name in SOURCES])
    assert (chosen <= caps + 1e-6).all()
    assert chosen.sum() == pytest.approx(1)
    assert max(found["epochs"].values()) <= epochs + 1e-6
    assert all(value >= 0 for value in found["uncertainty"]["weights"].values())


def test_a_strong_pull_ends_at_the_natural_mix(solved, tmp_path):
    found = solve(solved, tmp_path, kl=1e3)
    assert found["weights"] == pytest.approx(found["natural"], abs=0.01)


def test_the_same_bytes_again(solved, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    solve(solved, tmp_path / "a")
    solve(solved, tmp_path / "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["mix=chosen.parquet", "mix=natural.parquet", "mix=uniform.parquet", "weights.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_mixes_are_rows_of_a_swarm_under_new_numbers(solved, tmp_path):
    found = solve(solved, tmp_path)
    swarm = pl.read_parquet(solved / "swarm" / "swarm.parquet")
    rows = pl.concat([swarm, *(pl.read_parquet(path) for path in sorted(tmp_path.glob("mix=*.parquet")))])
    assert rows["mix"].n_unique() == rows.height
    assert rows.filter(pl.col("role") == "chosen")["mix"].to_list() == [found["mixes"]["chosen"]]
    assert np.allclose(rows.select(SOURCES).sum_horizontal(), 1)


def test_refusals(solved, tmp_path):
    with pytest.raises(ValueError, match="more than max_epochs"):
        solve(solved, tmp_path, budget_tokens=50_000_000)
    with pytest.raises(ValueError, match=r"no fit for the evals \['chess'\]"):
        solve(solved, tmp_path, evals={"chess": 1.0})


def test_realised_scores_stand_beside_the_predicted(solved, tmp_path):
    (tmp_path / "solve").mkdir()
    (tmp_path / "compare").mkdir()
    found = solve(solved, tmp_path / "solve")
    weights = np.array([[found[key][s] for s in SOURCES] for key in ("weights", "natural", "uniform")])
    numbers = [found["mixes"][name] for name in ("chosen", "natural", "uniform")]
    write_scores(tmp_path / "scores.parquet", weights, numbers)
    optimize.compare([tmp_path / "scores.parquet"], tmp_path / "compare", weights=tmp_path / "solve")
    report = json.loads((tmp_path / "compare" / "realised.json").read_text())
    truth = scores(weights)["coding"]
    coding = report["mixes"]["chosen"]["evals"]["coding"]
    assert coding["realised"] == truth[0]
    assert abs(coding["error"]) < 0.05
    assert report["order"]["realised"][0] == report["order"]["predicted"][0] == "chosen"
    write_scores(tmp_path / "scores.parquet", weights[:2], numbers[:2])
    with pytest.raises(ValueError, match="the uniform mix"):
        optimize.compare([tmp_path / "scores.parquet"], tmp_path / "compare", weights=tmp_path / "solve")


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sources=st.integers(2, 6),
    cap=st.floats(0.3, 1.0),
)
def test_descent_stays_inside_and_finds_the_nearest_point_of_a_convex_goal(seed, sources, cap):
    rng = np.random.default_rng(seed)
    covered = np.vstack([np.full(sources, 1 / sources), rng.dirichlet([0.5] * sources, size=8)])
    caps = np.full(sources, max(cap, 1 / sources))
    target = rng.dirichlet([0.5] * sources)
    end = descend(lambda mixes: ((mixes - target) ** 2).sum(axis=1), covered[1], covered, caps)
    assert (end <= caps + 1e-6).all()
    assert end.sum() == pytest.approx(1)
    assert (end >= 0).all()
    blends = rng.dirichlet([0.3] * len(covered), size=2000) @ covered
    blends = np.vstack([blends, covered])
    allowed = blends[(blends <= caps).all(axis=1)]
    distance = ((end - target) ** 2).sum()
    assert distance <= ((allowed - target) ** 2).sum(axis=1).min() + 1e-4
    assert is_inside(end * 0.999 + covered[0] * 0.001, covered, caps + 1e-4)
