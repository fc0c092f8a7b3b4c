"""The search, on scores of which it is known what they hang on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.mixing.tuning import rounds
from winnow.mixing.tuning.rounds import Change, SearchState

EVALS = {"one": 0.5, "two": 0.5}


class EvalSet:
    """Rules of known effects: `worth` is what a column adds to the bits of the evals, `text` what it takes of
    the tokens; the noise of a setting is that of its columns."""

    def __init__(self, worth, text=None, noise=0.002, least=0):
        self.worth, self.text, self.noise, self.least = worth, text or {}, noise, least
        self.asked = []

    def measure(self, setting, seeds):
        self.asked += [(setting, seed) for seed in seeds]
        return np.array([[1 + self._add(setting, seed, n) for n in range(2)] for seed in seeds])

    def _add(self, setting, seed, number):
        total = 0.0
        for i, column in enumerate(setting):
            mean = self.worth.get(column, 0.0)
            mean = mean[number] if isinstance(mean, tuple) else mean
            draw = np.random.default_rng([seed, number, i, *(column or "").encode()])
            total += mean + (self.noise * draw.normal() if column else 0.0)
        return total

    def size(self, setting):
        return int(1000 * np.prod([1 - self.text.get(column, 0.0) for column in setting]))

    def look(self, seeds=8):
        return SearchState(self.measure, self.size, lambda s: self.size(s) >= self.least, EVALS, seeds)


def off(rule):
    return Change(f"{rule} off", "off", {rule: None})


def stricter(rule, column):
    return Change(f"{rule} {column}", "stricter", {rule: column})


BASE = ("a", "b", "c")


def test_what_helps_is_joined_and_what_harms_is_let_go_after_the_first_round():
    bench = EvalSet({"a": 0.05, "better": -0.04, "worse": 0.06}, {"a": 0.1})
    changes = [off(0), stricter(1, "better"), stricter(2, "worse")]
    setting, alone, tried = rounds.choose(bench.look(), BASE, changes)
    assert setting == (None, "better", "c")
    assert [row["said"] for row in alone] == ["helps", "helps", "harms"]
    assert [row["seeds"] for row in alone] == [8, 8, 4]
    assert max(seed for asked, seed in bench.asked if "worse" in asked) == 3
    assert [row["name"] for row in tried if row["taken"]] == ["0 off", "1 better"]
    found = rounds.judge(bench.look(), setting, BASE, tried, range(8, 16))
    assert found["held"] and found["claim"] == "helps"
    lost = rounds.judge(EvalSet({}).look(), setting, BASE, tried, range(8, 16))
    assert not lost["held"]


def test_of_the_values_of_a_rule_the_better_half_goes_on():
    bench = EvalSet({f"v{i}": -0.001 * i for i in range(5)}, noise=0.0001)
    rows = rounds.try_alone(bench.look(), BASE, [stricter(0, f"v{i}") for i in range(5)])
    assert [row["seeds"] for row in rows] == [4, 4, 8, 8, 8]


def test_more_text_is_taken_only_where_harm_is_ruled_out():
    text = {"a": 0.1, "b": 0.1, "c": 0.005}
    taken = {}
    for name, worth, noise in (
        ("same", {"a": 0.001, "c": 0.0005}, 0.002),
        ("unseen", {"a": 0.001}, 0.05),
        ("an eval is worse", {"a": (0.021, -0.019)}, 0.002),  # without it
        ("worse", {"a": -0.008}, 0.0001),
    ):
        bench = EvalSet(worth, text, noise)
        setting, *_ = rounds.choose(bench.look(), BASE, [off(0), off(2)])
        taken[name] = setting
    assert taken["same"] == (None, "b", "c")  # the third takes too little text to be worth it
    silent = EvalSet({}, text, noise=0.0)  # nothing of it was learned: nothing is known of it
    assert rounds.choose(silent.look(), BASE, [off(0)])[0] == BASE
    assert taken["unseen"] == taken["an eval is worse"] == taken["worse"] == BASE


def test_little_text_is_not_more_text():
    found = {"said": "not seen", "mean": -0.001, "high": 0.002, "evals": {}}
    assert [rounds._is_more({**found, "text": text}) for text in (0.005, 0.02)] == [False, True]


def test_harm_does_not_add_up():
    # Each costs .4% with little noise: less than 1% alone, and seen; so none is taken.
    bench = EvalSet({"a": -0.004, "b": -0.004, "c": -0.004}, dict.fromkeys("abc", 0.1), 0.004)
    setting, *_ = rounds.choose(bench.look(), BASE, [off(0), off(1), off(2)])
    whole = rounds.compare(bench.look(), setting, BASE, range(8))
    assert whole["high"] <= rounds.MOST_WORSE


def test_what_two_rules_drop_is_seen_when_one_of_them_is_off():
    class Both(EvalSet):
        def _add(self, setting, seed, number):
            there = setting[0] is None and setting[1] is None
            return super()._add(setting, seed, number) - (0.05 if there else 0.0)

    bench = Both({"a": 0.001}, {"a": 0.1, "b": 0.0}, 0.001)
    setting, _, tried = rounds.choose(bench.look(), BASE, [off(0), off(1)])
    assert setting == (None, None, "c")
    assert [(row["name"], row["pass"]) for row in tried if row["taken"]] == [("0 off", 1), ("1 off", 2)]


def test_no_setting_is_asked_that_keeps_too_little():
    bench = EvalSet({"x": -0.05, "y": -0.06}, {"x": 0.3, "y": 0.3}, least=600)
    setting, *_ = rounds.choose(bench.look(), BASE, [stricter(0, "x"), stricter(1, "y")])
    assert setting == ("a", "y", "c")
    assert all(bench.size(asked) >= 600 for asked, _ in bench.asked)


def test_of_many_changes_that_do_nothing_few_are_taken():
    wrong = 0
    for trial in range(20):
        changes = [stricter(0, f"{trial}-{i}") for i in range(100)]
        wrong += rounds.choose(EvalSet({}).look(), BASE, changes)[0] != BASE
    assert wrong <= 4


def test_stricter_values_make_it_no_harder_to_see_that_a_rule_should_go():
    bench = EvalSet({"a": 0.003}, noise=0.003)
    rows = rounds.try_alone(bench.look(), BASE, [off(0)])
    assert 0.001 < rows[0]["chance"] < 0.05
    many = [stricter(2, f"v{i}") for i in range(100)]
    setting, *_ = rounds.choose(bench.look(), BASE, [off(0), *many])
    assert setting == (None, "b", "c")


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=2, max_size=8))
def test_an_estimate_says_what_its_interval_says(found):
    row = rounds.estimate(np.array(found))
    assert row["low"] <= row["mean"] <= row["high"] and 0 <= row["chance"] <= 1
    said = {"helps": row["high"] < 0, "harms": row["low"] > 0, "same": not any(found)}
    assert said.get(row["said"], not any(said.values()))
    if row["said"] in ("helps", "harms"):
        assert row["chance"] <= 0.05 + 1e-9


@pytest.mark.parametrize(
    ("chances", "seen"),
    [([0.04], {0}), ([0.06], set()), ([0.04, 0.9], set()), ([0.02, 0.04], {0, 1}), ([0.9, 0.001, 0.5], {1})],
)
def test_effects_are_seen_where_it_counts_how_many_were_looked_at(chances, seen):
    assert rounds.find_seen(chances) == seen
