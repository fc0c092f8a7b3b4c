"""Axes and what is drawn along them."""

import re

import pytest

from winnow.pipelines.report import charts

WORDS = {"name": "toy_words", "unit": "words", "edges": [0.0, 1.0, 2.0, 3.0]}


def histogram(**more):
    entry = {**WORDS, "groups": {"kept": [1, 0, 3]}, "thresholds": {}, "outside": {}, **more}
    return charts.draw_histogram(entry)


@pytest.mark.parametrize(
    ("axis", "most", "ticks"),
    [
        (charts.Axis(0, 1, 0, 100), 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (charts.Axis(-0.5, 7.5, 0, 100), 5, [0, 2, 4, 6]),
        (charts.Axis(3, 2_000, 0, 100, log=True), 5, [10, 100, 1000]),
    ],
)
def test_ticks_are_round_and_within(axis, most, ticks):
    assert axis.ticks(most) == pytest.approx(ticks)


def test_places_follow_the_scale():
    assert [charts.Axis(1, 100, 0, 100, log=True).place(value) for value in (1, 10, 100, 500)] == [
        0,
        50,
        100,
        100,
    ]
    assert charts.Axis(0, 10, 50, 0).place(2) == 40


def test_bars_stand_where_their_bins_are_as_high_as_their_shares():
    bars = re.findall(r"M([\d.]+) 142V([\d.]+)H([\d.]+)V142Z", histogram())
    assert [tuple(map(float, bar)) for bar in bars] == [(42, 98, 138), (234, 10, 330)]


def test_thresholds_on_the_axis_are_lines_and_others_arrows():
    inside = histogram(thresholds={"min_words": 1.5})
    assert inside.count('class="threshold"') == 1 and "M186 10V142" in inside
    beyond = histogram(thresholds={"max_words": 9.0}, outside={"max_words": "above"})
    assert 'class="threshold"' not in beyond and "max_words →" in beyond


def test_names_are_texts():
    assert "<b>" not in histogram(name="<b>")
