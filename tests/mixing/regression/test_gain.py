import json

import numpy as np
import polars as pl
import pytest
from intervals import correct_gain, interval, measure_spread

from winnow.mixing import fit
from winnow.mixing.regression.gain import measure_gains
from winnow.mixing.regression.laws import LAWS
from winnow.mixing.regression.model import load, predict, predict_members
from winnow.mixing.regression.stack import find_judged, measure_far

SOURCES = ["code", "maths", "web"]


def score(mixes, rng):
    """Two evals: one that maths helps, one that nothing helps; both noisy."""
    helped = 1 + np.exp(-2 * np.sqrt(mixes[:, 1]))
    return {
        "helped": helped + 0.02 * rng.normal(size=len(mixes)),
        "noise": 1 + 0.1 * rng.normal(size=len(mixes)),
    }


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gain")
    rng = np.random.default_rng(0)
    mixes = np.vstack([np.full((3, 3), 1 / 3), rng.dirichlet([0.7] * 3, size=40)])
    roles = ["natural", "repeat", "repeat"] + ["swarm"] * 40
    frame = pl.DataFrame({"mix": range(43), "role": roles})
    frame.with_columns(pl.Series(n, mixes[:, i]) for i, n in enumerate(SOURCES)).write_parquet(
        folder / "swarm.parquet"
    )
    rows = [
        {
            "mix": m,
            "seed": m if m in (1, 2) else 0,
            "size": 0,
            "eval": name,
            "value": value,
            "unit": "bits",
            "proxy": "x",
        }
        for name, values in score(mixes, rng).items()
        for m, value in enumerate(values)
    ]
    pl.DataFrame(rows).write_parquet(folder / "scores.parquet")
    fit.regress([folder / "scores.parquet"], folder, swarm=folder)
    return load(folder)


def test_members_spread_around_member_0_and_a_mix_has_no_change_from_itself(model):
    fresh = np.random.default_rng(3).dirichlet([1.0] * 3, size=50)
    told = predict_members(model, fresh)
    assert told.shape == (25, 2, 50)
    assert np.array_equal(told[0], predict(model, fresh))
    assert told[1:].std(axis=0).min() > 0
    spread = measure_spread(model, np.vstack([model["natural"], fresh]), model["natural"])
    assert spread[:, 0] == pytest.approx([0, 0], abs=1e-9)
    assert (spread[:, 1:] > 0).all()
    noisier = measure_spread(model, fresh, model["natural"], realised=True)
    assert noisier[0] == pytest.approx(
        np.sqrt(spread[0, 1:] ** 2 + 2 * model["evals"]["helped"]["noise"] ** 2)
    )


def test_intervals_of_changes_hold_the_truth(model):
    fresh = np.random.default_rng(4).dirichlet([0.7] * 3, size=300)
    told = predict(model, np.vstack([fresh, model["natural"]]))[0]
    low, high = interval(told[:-1] - told[-1], measure_spread(model, fresh, model["natural"])[0])
    truth = np.exp(-2 * np.sqrt(fresh[:, 1])) - np.exp(-2 * np.sqrt(1 / 3))
    assert 0.8 < ((low <= truth) & (truth <= high)).mean() <= 1


def test_noise_is_that_of_repeats_and_unknown_without_them(model):
    assert 0.001 < model["evals"]["helped"]["noise"] < 0.06
    assert model["evals"]["noise"]["noise"] > 0.02


def test_the_winners_curse_is_taken_off_a_gain_that_is_noise_alone(model):
    fresh = np.random.default_rng(5).dirichlet([0.7] * 3, size=200)
    natural = model["natural"]
    found = correct_gain(model, np.array([0.0, 1.0]), fresh, natural)
    assert found["naive"] == pytest.approx(
        measure_gains(model, np.array([0.0, 1.0]), fresh, natural)[0].max()
    )
    assert found["optimism"] > 0
    assert abs(found["corrected"]) < 1.645 * found["error"]
    real = correct_gain(model, np.array([1.0, 0.0]), fresh, natural)
    assert real["corrected"] > 1.645 * real["error"]
    assert real["chosen"][1] > 0.8


def test_a_solver_stands_for_candidates(model):
    fresh = np.random.default_rng(6).dirichlet([0.7] * 3, size=60)
    omega, natural = np.array([0.5, 0.5]), model["natural"]
    best = fresh[measure_gains(model, omega, fresh, natural).argmax(axis=1)]
    asked = correct_gain(model, omega, fresh, natural)
    solved = correct_gain(model, omega, lambda member: best[member], natural)
    assert {k: v for k, v in solved.items() if k != "chosen"} == pytest.approx(
        {k: v for k, v in asked.items() if k != "chosen"}
    )


def test_nothing_but_numbers_and_names_is_written(model):
    assert set(model["laws"]) == set(LAWS) and set(LAWS) >= {"log_linear", "ridge", "gaussian_process"}
    json.dumps({name: model[name] for name in ("sources", "unit", "sizes", "laws")})


def test_mixes_of_one_source_do_not_tell_how_wrong_a_blend_may_be():
    rng = np.random.default_rng(1)
    mixes = np.vstack([np.full(3, 1 / 3), rng.dirichlet([3.0] * 3, size=30), np.eye(3)])
    judged = find_judged(mixes, mixes[0])
    assert not judged[0] and judged[1:31].all() and not judged[31:].any()
    assert find_judged(np.vstack([mixes[:5], np.eye(3)]), mixes[0]).sum() == 7


def test_half_the_way_is_surer_than_the_whole(model):
    away = np.random.default_rng(4).dirichlet([1.0] * 3, size=20)
    half = 0.5 * (away + model["natural"])
    whole, near = (measure_spread(model, mixes, model["natural"]) for mixes in (away, half))
    assert (near < whole).all()
    assert measure_far(half, model["mixes"], model["natural"]) == pytest.approx(
        0.5 * measure_far(away, model["mixes"], model["natural"])
    )
