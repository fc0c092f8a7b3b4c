import json

import numpy as np
import polars as pl
import pytest

from winnow.mixing import fit, optimize
from winnow.mixing.regression.model import load, predict
from winnow.mixing.solver.problem import build

SOURCES = ["code", "maths", "web"]
TOKENS = {"code": 2_000_000, "maths": 1_000_000, "web": 7_000_000}
GRID = np.array([(a, b, 100 - a - b) for a in range(101) for b in range(101 - a)]) / 100
NATURAL = np.array([0.2, 0.1, 0.7])


def score(weights):
    return {
        "coding": 1 + 2 * np.exp(-3 * np.sqrt(weights[:, 0])),
        "counting": 0.5 + np.exp(-2 * np.sqrt(weights[:, 1])),
        "reading": 1 + np.exp(-2 * np.sqrt(weights[:, 2])),
        "source:web": 1 + np.exp(-2 * np.sqrt(weights[:, 2])),
    }


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """A swarm over the whole simplex, natural in it three times, its fit, and the counts."""
    folder = tmp_path_factory.mktemp("solve")
    drawn = np.random.default_rng(0).dirichlet([0.7] * 3, size=30)
    weights = np.vstack([NATURAL, NATURAL, NATURAL, np.eye(3), drawn])
    roles = ["natural"] + ["repeat"] * 2 + ["corner"] * 3 + ["swarm"] * 30
    for name in ("swarm", "fit", "counts"):
        (folder / name).mkdir()
    swarm = pl.DataFrame({"mix": range(36), "role": roles, "seed": [0, 1, 2] + [0] * 33, "round": 0})
    swarm = swarm.with_columns(pl.Series(name, weights[:, i]) for i, name in enumerate(SOURCES))
    swarm.write_parquet(folder / "swarm" / "swarm.parquet")
    write_scores(folder / "scores.parquet", swarm, noise=0.003)
    fit.regress([folder / "scores.parquet"], folder / "fit", swarm=folder / "swarm", members=8)
    counts = {name: {"tokens": tokens, "natural_weight": tokens / 1e7} for name, tokens in TOKENS.items()}
    (folder / "counts" / "counts.json").write_text(json.dumps(counts))
    return folder


def write_scores(path, table, noise=0.0):
    rng = np.random.default_rng(1)
    rows = []
    for name, values in score(table.select(SOURCES).to_numpy()).items():
        values = values + rng.normal(0, noise, len(values))
        rows += [
            (mix, seed, name, value)
            for mix, seed, value in zip(table["mix"], table["seed"], values, strict=True)
        ]
    made = pl.DataFrame(rows, schema=["mix", "seed", "eval", "value"], orient="row").with_columns(
        unit=pl.lit("bits per byte"), proxy=pl.lit("ngram"), size=0, train_tokens=100, items=10, bytes=1000
    )
    made.write_parquet(path)


def solve(folder, out, **settings):
    out.mkdir(exist_ok=True)
    files = [folder / "fit" / "predictions.parquet"]
    optimize.solve(files, out, counts=folder / "counts", swarm=folder / "swarm", **settings)
    return json.loads((out / "weights.json").read_text())


def list_weights(found, name="weights"):
    return np.array([found[name][source] for source in SOURCES])


def measure_goal(folder, targets, kl, mixes):
    """By the regression's own predictions, not by the solver's arrays."""
    model = load(folder / "fit")
    values = dict(zip(model["evals"], predict(model, np.vstack([NATURAL, mixes])), strict=True))
    total = sum(weight * (values[name][1:] - values[name][0]) for name, weight in targets.items())
    safe = np.maximum(mixes, 1e-12)
    return total + kl * (safe * np.log(safe / NATURAL)).sum(axis=1)


FREE = {"max_rise": np.inf, "decay": np.inf}
GUARD = {"max_rise": 0.08}  # above what the fit errs by here


@pytest.mark.parametrize(
    ("budget", "epochs", "kl", "evals"),
    [
        (None, 4.0, 0.005, None),
        (None, 1.5, 0.0, None),
        (5_000_000, 1.0, 0.005, {"counting": 1.0}),
        (20_000_000, 2.2, 0.03, {"coding": 2.0, "source:web": 1.0}),
    ],
)
def test_no_point_of_a_fine_grid_is_better(solved, tmp_path, budget, epochs, kl, evals):
    found = solve(solved, tmp_path, budget_tokens=budget, max_epochs=epochs, kl=kl, evals=evals, **FREE)
    chosen = list_weights(found)
    caps = epochs * np.array(list(TOKENS.values())) / (budget or sum(TOKENS.values()))
    allowed = GRID[(caps + 1e-9 >= GRID).all(axis=1)]
    goal = measure_goal(solved, found["targets"], kl, np.vstack([chosen, allowed]))
    assert goal[0] <= goal[1:].min() + 1e-5
    assert (chosen <= caps + 1e-6).all()
    assert chosen.sum() == pytest.approx(1)
    assert max(found["epochs"].values()) <= epochs + 1e-6


def test_the_guard_keeps_every_eval_and_costs_gain(solved, tmp_path):
    only = {"evals": {"coding": 1.0}, "kl": 0.0}
    free = solve(solved, tmp_path / "free", max_rise=np.inf, **only)
    held = solve(solved, tmp_path / "held", max_rises={"reading": 0.05, "counting": 0.05}, **only)
    rise = {name: row["change"] for name, row in free["change"]["chosen"].items()}
    assert rise["reading"] > 0.1
    assert held["guard"]["held"] and held["guard"]["binding"]
    for name in ("reading", "counting"):
        assert held["change"]["chosen"][name]["change"] < 0.05
    assert 0 < held["gain"]["naive"] < free["gain"]["naive"]


def test_a_guard_that_cannot_hold_names_evals_and_sources_and_keeps_natural(solved, tmp_path):
    found = solve(solved, tmp_path, least={"code": 0.6}, max_rise=np.inf, max_rises={"reading": 0.01})
    assert list(found["guard"]["conflict"]) == ["reading"]
    assert found["guard"]["conflict"]["reading"]["sources"]
    assert found["weights"] == found["natural"]
    assert found["verdict"].startswith("Keep the natural mix: the guard can not hold")
    assert "reading may get" in found["verdict"]
    assert found["mixes"]["chosen"] == found["mixes"]["natural"]
    assert not list(tmp_path.glob("mix=chosen-*"))


def test_groups_floors_and_caps_hold(solved, tmp_path):
    groups = {"technical": {"sources": ["code", "maths"], "most": 0.25}}
    found = solve(solved, tmp_path, groups=groups, least={"maths": 0.08}, most={"web": 0.8}, **FREE)
    weights = list_weights(found)
    assert weights[0] + weights[1] == pytest.approx(0.25, abs=1e-5)
    assert weights[1] >= 0.08 - 1e-9


def test_families_are_worth_alike(solved):
    model = load(solved / "fit")
    tokens = np.array(list(TOKENS.values()), dtype=float)
    plain = dict.fromkeys(("evals", "families", "max_rises", "least", "most", "groups"))
    plain |= {"weighting": "even", "kl": 0.0, "max_rise": 0.02, "confidence": 0.9, "max_epochs": 4.0}
    plain |= {"decay": 15.4, "budget_tokens": 10_000_000}
    problem = build(model, tokens, plain | {"families": {"technical": ["coding", "counting"]}})
    weights = dict(zip(problem["evals"], problem["omega"], strict=True))
    assert weights == {"coding": 0.25, "counting": 0.25, "reading": 0.5}
    chosen = {"families": {"technical": ["coding", "counting"]}, "evals": {"technical": 3.0, "reading": 1.0}}
    problem = build(model, tokens, plain | chosen)
    weights = dict(zip(problem["evals"], problem["omega"], strict=True))
    assert weights == {"coding": 0.375, "counting": 0.375, "reading": 0.25}


def test_repeats_count_for_less(solved, tmp_path):
    settings = {"budget_tokens": 20_000_000, "max_epochs": 8.0, "kl": 0.0, "max_rise": np.inf}
    fresh = solve(solved, tmp_path / "a", decay=np.inf, **settings)
    worn = solve(solved, tmp_path / "b", decay=1.0, **settings)
    assert worn["epochs"]["maths"] < fresh["epochs"]["maths"]
    assert worn["gain"]["naive"] < fresh["gain"]["naive"]
    assert fresh["promise"]["corrected"] == pytest.approx(fresh["gain"]["corrected"])
    assert worn["promise"]["corrected"] > worn["gain"]["corrected"]  # proxies do not repeat as that run will


def test_a_strong_pull_ends_at_the_natural_mix(solved, tmp_path):
    found = solve(solved, tmp_path, kl=1e3, max_rise=np.inf)
    assert found["weights"] == pytest.approx(found["natural"], abs=0.01)
    assert 0 <= found["gain"]["naive"] < 0.001


def test_a_cross_validated_pull_is_one_of_the_grid(solved, tmp_path):
    found = solve(solved, tmp_path, kl="cross_validated")
    assert found["settings"]["kl"] in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)


def test_intervals_hold_what_they_are_of(solved, tmp_path):
    found = solve(solved, tmp_path, **GUARD)
    assert found["gain"]["low"] < found["gain"]["corrected"] <= found["gain"]["naive"]
    for name, weight in found["weights"].items():
        for row in (found["intervals"][name], found["epsilon"]["ranges"][name]):
            assert row["low"] <= weight <= row["high"]
    for row in found["change"]["chosen"].values():
        assert row["low"] < row["change"] < row["high"]
    assert found["verdict"].startswith("Take this mix")


def test_the_same_bytes_again(solved, tmp_path):
    solve(solved, tmp_path / "a", **GUARD)
    solve(solved, tmp_path / "b", **GUARD)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    mixes = ("best", "chosen", "natural", "uniform", "unimax")
    assert names == [
        "messages.json",
        *sorted(f"mix={mix}-{seed}.parquet" for mix in mixes for seed in (3, 4, 5)),
        "weights.json",
    ]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_mixes_to_confirm_are_rows_of_a_swarm_by_fresh_seeds(solved, tmp_path):
    found = solve(solved, tmp_path, seeds=4, **GUARD)
    swarm = pl.read_parquet(solved / "swarm" / "swarm.parquet")
    rows = pl.concat([pl.read_parquet(path) for path in sorted(tmp_path.glob("mix=*.parquet"))])
    assert not set(rows["mix"]) & set(swarm["mix"]) and not set(rows["seed"]) & set(swarm["seed"])
    assert rows.group_by("mix").len()["len"].to_list() == [4] * 5
    assert rows.filter(role="chosen")["mix"].unique().to_list() == [found["mixes"]["chosen"]]
    assert np.allclose(rows.select(SOURCES).sum_horizontal(), 1)
    assert rows.columns == swarm.columns


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget_tokens": 50_000_000}, "more than max_epochs"),
        ({"evals": {"chess": 1.0}}, r"`evals` names \['chess'\]"),
        ({"families": {"games": ["chess"]}}, r"family 'games' names the evals \['chess'\]"),
        ({"most": {"wiki": 0.1}}, r"`most` names the sources \['wiki'\]"),
        ({"least": {"maths": 0.5}}, "source 'maths' is to have at least 0.5, but at most 0.4"),
        ({"least": {"web": 0.7, "code": 0.4}}, "sum to 1.1"),
        ({"most": {"web": 0.1, "code": 0.1}}, "sum to 0.6"),
        (
            {"groups": {"all": {"sources": ["code", "maths"], "least": 0.5}}, "most": {"code": 0.05}},
            r"groups \['all'\]",
        ),
        ({"groups": {"all": {"sources": ["code"], "minimum": 0.5}}}, r"group 'all' has \['minimum'\]"),
        ({"max_rises": {"chess": 0.1}}, r"`max_rises` names the evals \['chess'\]"),
    ],
)
def test_refusals(solved, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        solve(solved, tmp_path, **settings)


def test_a_source_without_tokens_is_refused(solved, tmp_path):
    (tmp_path / "counts.json").write_text(json.dumps({"code": {"tokens": 5}, "maths": {"tokens": 0}}))
    with pytest.raises(ValueError, match=r"no tokens: \['maths', 'web'\]"):
        optimize.solve(
            [solved / "fit" / "predictions.parquet"], tmp_path, counts=tmp_path, swarm=solved / "swarm"
        )
