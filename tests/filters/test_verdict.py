"""Rules as data: directions, switches, and that what is stored is what is compared."""

import inspect

import numpy as np
import polars as pl
import pytest

from winnow.filters import c4, fineweb, gopher, repetition
from winnow.filters.verdict import find_broken, judge

SIGNALS = {"x_count": np.array([0, 1, 5]), "x_ratio": np.array([0.0, 0.1, 0.1 + 1e-10])}
STEPS = [gopher.quality, repetition.repetition, c4.document, fineweb.quality]


def find(rule: tuple[str, str, str], **settings: object) -> list[list[bool]]:
    return [mask.tolist() for mask, _ in find_broken([rule], SIGNALS, settings)]


def test_the_settings_name_gives_the_direction() -> None:
    assert find(("x.few", "x_count", "min_count"), min_count=1) == [[True, False, False]]
    assert find(("x.many", "x_count", "max_count"), max_count=1) == [[False, False, True]]
    assert find(("x.any", "x_count", "drop_any"), drop_any=True) == [[False, True, True]]


@pytest.mark.parametrize("settings", [{}, {"max_count": None}, {"max_count": False}])
def test_a_rule_without_a_setting_breaks_nothing(settings: dict[str, object]) -> None:
    assert find(("x.many", "x_count", "max_count"), **settings) == []


def test_a_threshold_is_replayed_from_the_column() -> None:
    rules = find_broken([("x.much", "x_ratio", "max_ratio")], SIGNALS, {"max_ratio": 0.1})
    out = judge(pl.DataFrame({"id": [1, 2, 3]}), SIGNALS, rules)
    assert out["x_ratio"].dtype == pl.Float32
    assert out["drop_reason"].is_not_null().equals(out["x_ratio"] > 0.1)
    assert out["drop_reason"].null_count() == 3


@pytest.mark.parametrize("step", STEPS)
def test_each_threshold_of_a_step_is_in_a_rule_and_each_rule_has_its_signal(step) -> None:
    module = inspect.getmodule(step)
    assert module is not None
    rules = [rule for rule in module.RULES if rule[2] in inspect.signature(step).parameters]
    out = step(pl.DataFrame({"text": ["Some words here."]}))
    for reason, signal, _ in rules:
        assert signal in out.columns
        assert reason.startswith(f"{module.__name__.removeprefix('winnow.filters.')}.")
    assert len({reason for reason, _, _ in rules}) == len(rules)
    limits = {n for n in inspect.signature(step).parameters if n.startswith(("min_", "max_", "drop_"))}
    assert limits - {setting for *_, setting in rules} <= {"max_short_line_length"}
