"""Each verdict from small swarms whose truth is known."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.mixing import fit, optimize
from winnow.mixing.solver import verdict
from winnow.mixing.solver.sight import name_proxy, say_sight

TOKENS = {"code": 2_000_000, "books": 2_000_000, "web": 6_000_000}
NATURAL = np.array([0.2, 0.2, 0.6])
GAIN = {"coding": lambda w: 1 + 2 * np.exp(-4 * w[:, 0]), "reading": lambda w: 1 + np.exp(-2 * w[:, 2])}


def lay_out(folder, laws, noise=0.0, proxy="ngram", size=0):
    """A fitted swarm: natural four times, sources alone, blends; each eval by its law and noise."""
    folder.mkdir(exist_ok=True)
    drawn = np.random.default_rng(0).dirichlet([1.0] * 3, size=32)
    mixes = np.vstack([[NATURAL] * 4, np.eye(3), drawn])
    roles = ["natural"] + ["repeat"] * 3 + ["corner"] * 3 + ["swarm"] * 32
    seeds = [0, 1, 2, 3] + [0] * 35
    swarm = pl.DataFrame({"mix": range(39), "role": roles, "seed": seeds, "round": 0})
    swarm = swarm.with_columns(pl.Series(name, mixes[:, at]) for at, name in enumerate(TOKENS))
    swarm.write_parquet(folder / "swarm.parquet")
    rng = np.random.default_rng(1)
    parts = [
        swarm.select(
            "mix",
            "seed",
            pl.lit(name).alias("eval"),
            pl.Series("value", law(mixes) + (rng.normal(0, noise, 39) if noise else 0.0)),
            pl.lit("bits per byte").alias("unit"),
            *(pl.lit(0, pl.Int64).alias(column) for column in ("items", "bytes", "train_tokens")),
            pl.lit(size, pl.Int64).alias("size"),
            pl.lit(proxy).alias("proxy"),
        )
        for name, law in laws.items()
    ]
    pl.concat(parts).write_parquet(folder / "scores.parquet")
    (folder / "counts.json").write_text(json.dumps({name: {"tokens": n} for name, n in TOKENS.items()}))
    fit.regress([folder / "scores.parquet"], folder, swarm=folder, members=8)
    return folder


def solve(folder, **settings):
    out = folder / "out"
    out.mkdir(exist_ok=True)
    ours = {"max_rise": np.inf, "kl": 0.0, "decay": np.inf} | settings
    optimize.solve([folder / "predictions.parquet"], out, counts=folder, swarm=folder, **ours)
    return json.loads((out / "weights.json").read_text())


def test_a_gain_names_what_it_was_measured_on(tmp_path):
    found = solve(lay_out(tmp_path / "a", GAIN), evals={"coding": 1.0})
    assert found["finding"] in ("gain", "measured") and found["verdict"].startswith("Take this mix")
    assert "by the n-gram model" in found["verdict"] and "short runs of tokens" in found["sight"]
    said = json.loads((tmp_path / "a/out/messages.json").read_text())["says"]
    assert said == [found["verdict"], found["sight"]]


def test_nothing_but_noise_is_said_to_be_noise(tmp_path):
    laws = {"coding": lambda w: np.full(len(w), 2.0), "reading": lambda w: np.full(len(w), 3.0)}
    found = solve(lay_out(tmp_path, laws, noise=0.02, proxy="transformer", size=200_000))
    assert found["finding"] == "noise" and found["verdict"].startswith(
        "Keep the natural mix: no mix beats it"
    )
    assert "75 times below" in found["sight"]


def test_natural_that_is_the_best_is_no_noise(tmp_path):
    laws = {
        "both": lambda w: 2 + ((w - NATURAL) ** 2).sum(axis=1),
        "same": lambda w: 3 + ((w - NATURAL) ** 2).sum(axis=1),
    }
    found = solve(lay_out(tmp_path, laws))
    assert found["finding"] == "natural" and "none that was trained is better" in found["verdict"]
    assert list(found["weights"].values()) == pytest.approx(NATURAL, abs=0.05)


def test_a_guard_without_room_says_what_it_costs_and_whom(tmp_path):
    found = solve(lay_out(tmp_path, GAIN), evals={"coding": 1.0}, max_rise=0.0, max_rises={"reading": 0.0})
    free = found["guard"]["free"]
    assert free["cost"] > 0.1 and free["rises"]["reading"] > 0.05 and free["by_eval"]["reading"] > 0.1
    said = json.loads((tmp_path / "out/messages.json").read_text())["says"]
    assert said[1].startswith(
        f"The guard costs {free['cost']:.4f} bits per byte of the predicted gain: that of"
    )


def test_only_the_guard_that_leaves_nothing_is_the_verdict(tmp_path):
    """What code gains, web loses at once: nothing beyond the error is left inside."""
    laws = {"coding": lambda w: 2 - w[:, 0], "reading": lambda w: 2 + 3 * w[:, 0]}
    found = solve(lay_out(tmp_path, laws, noise=0.01), evals={"coding": 1.0}, max_rises={"reading": 0.0})
    assert found["finding"] == "guard" and "leaves no room" in found["verdict"]
    assert "reading" in found["guard"]["free"]["rises"]


def test_what_no_source_serves_is_not_aimed_at(tmp_path):
    laws = GAIN | {"runes": lambda w: 5.19 + 0.01 * w[:, 0]}
    made = lay_out(tmp_path, laws)
    alone = solve(made, evals={"runes": 1.0}, byte_floor={"runes": 5.2})
    assert alone["finding"] == "no_source" and alone["weights"] == pytest.approx(alone["natural"])
    assert "no source serves runes" in alone["verdict"]
    beside = solve(made, evals={"runes": 1.0, "coding": 1.0}, byte_floor={"runes": 5.2})
    assert beside["targets"] == {"coding": 1.0, "runes": 0.0} and beside["unseen"] == {"runes": "no_source"}
    assert "No mix serves runes at this size" in beside["verdict"]
    guarded = solve(made, evals={"coding": 1.0}, max_rises={"runes": 0.0}, byte_floor={"runes": 5.2})
    assert guarded["weights"] == pytest.approx(beside["weights"], abs=1e-6)  # noise is no rise
    assert solve(made, evals={"runes": 1.0})["finding"] != "no_source"  # nobody said what guessing scores


def test_floors_of_the_proxies_own_evals_come_with_their_data(tmp_path):
    made = lay_out(tmp_path, GAIN | {"runes": lambda w: 5.19 + 0.01 * w[:, 0]})
    (made / "prepared.json").write_text(json.dumps({"floors": {"runes": 5.2, "coding": 4.0, "other": 1.0}}))
    found = solve(made, evals={"runes": 1.0, "coding": 1.0}, data=made)
    assert found["unseen"] == {"runes": "no_source"} and found["settings"]["byte_floor"] is None


def test_answers_by_chance_are_not_seen_at_this_size(tmp_path):
    made = lay_out(tmp_path, GAIN | {"choices": lambda w: 0.75 + 0 * w[:, 0]}, noise=0.004)
    found = solve(made, evals={"choices": 1.0}, chance={"choices": 0.75})
    assert found["finding"] == "not_seen" and "choices is not seen at this size" in found["verdict"]


def test_where_all_mixes_score_alike_that_is_said(tmp_path):
    made = lay_out(tmp_path, GAIN | {"flat": lambda w: np.full(len(w), 1.386)})
    with pytest.raises(ValueError, match=r"not seen at this size: all mixes score alike in \['flat'\]"):
        solve(made, evals={"flat": 1.0})
    found = solve(made, evals={"all": 1.0}, families={"all": ["flat", "coding"]}, max_rises={"flat": 0.1})
    assert found["targets"] == {"coding": 1.0} and found["unseen"] == {"flat": "flat"}
    assert "No mix serves flat" in found["verdict"]


def test_a_measured_mix_is_taken_where_laws_promise_less(tmp_path):
    """A bump that no law of these bends to: the run that stands on it is what is known."""
    top = np.random.default_rng(0).dirichlet([1.0] * 3, size=32)[7]
    laws = {"one": lambda w: 3 - 1.5 * np.exp(-(((w - top) / 0.02) ** 2).sum(axis=1)) + 0.2 * w[:, 0]}
    made = lay_out(tmp_path, laws | {"two": lambda w: 2 + 0.1 * w[:, 1]})
    found = solve(made, evals={"one": 1.0})
    assert found["finding"] == "measured" and list(found["weights"].values()) == pytest.approx(top)
    gain = float(np.diff(laws["one"](np.vstack([top, NATURAL])))[0])
    assert found["promise"]["low"] <= gain <= found["promise"]["high"]
    assert found["verdict"].startswith("Take this mix, which was trained: it gained")


def test_every_verdict_has_a_sentence():
    gain = {"corrected": 0.01, "low": -0.01, "high": 0.03}
    guard = {"held": True, "free": {"gain": gain, "rises": {}, "by_eval": {}, "cost": 0.1}}
    found = {"gain": gain, "guard": guard, "unseen": {"x": "no_source"}}
    said = [verdict.say(one, found, {"a": 1.0}, [], ("bits", "runs")) for one in verdict.VERDICTS]
    assert len(set(said)) == len(verdict.VERDICTS)


@pytest.mark.parametrize(
    ("proxy", "size", "name", "sees"),
    [
        ("ngram", 0, "the n-gram model", "short runs of tokens"),
        ("transformer", 100_000, "transformers of 0.1M parameters", "150 times below"),
        ("own", 5_000_000, "your own runs of 5M parameters", "near ties"),
        ("own", 30_000_000, "your own runs of 30M parameters", "only larger runs say"),
        ("somebody", 0, "your own runs", "size was not told"),
    ],
)
def test_what_proxies_of_each_size_see(proxy, size, name, sees):
    assert name_proxy(proxy, size) == name and name in say_sight(proxy, size)
    assert sees in say_sight(proxy, size)
