import numpy as np
import pytest

from winnow.mixing.solver.noise import detectable_gain, foresee, judge_signals


def test_a_detectable_gain_is_seen_in_four_cases_of_five():
    noise, omega, seeds = np.array([0.02, 0.05]), np.array([0.7, 0.3]), 3
    least = detectable_gain(noise, omega, seeds)
    error = np.sqrt(2 / seeds * ((omega * noise) ** 2).sum())
    drawn = np.random.default_rng(0).normal(least["gain"], error, size=200_000)
    assert (drawn - 1.6449 * error > 0).mean() == pytest.approx(0.8, abs=0.005)
    half = detectable_gain(noise, omega, int(least["seeds_for_half"]))
    assert half["gain"] == pytest.approx(least["gain"] / 2)


def test_an_eval_with_less_signal_than_noise_is_not_seen():
    evals = {
        "clear": {"sd": 0.1, "noise": 0.01},
        "lost": {"sd": 0.011, "noise": 0.01},
        "flat": {"sd": 0.0, "noise": None},
    }
    found = judge_signals({"evals": evals})
    assert [found[name]["seen"] for name in evals] == [True, False, False]
    assert found["clear"]["ratio"] == pytest.approx(np.sqrt(0.1**2 - 0.01**2) / 0.01)


def test_what_a_proof_will_see_is_said_before_any_run():
    said = foresee(seeds=5, runs=46, tokens=300_000)
    assert said.startswith("46 runs of 300,000 tokens, 0.12 core-hours")
    assert "with 5 seeds sees a gain of 0.013 to 0.017 bits" in said and "takes 20 seeds, 0.076" in said
