import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.regression.paired import estimate


@given(
    shift=st.floats(-0.1, 0.1),
    seeds=st.integers(2, 5),
    mixes=st.integers(2, 6),
    draw=st.integers(0, 1_000),
)
def test_what_all_mixes_share_is_no_noise(shift: float, seeds: int, mixes: int, draw: int) -> None:
    """A seed's luck and a mix's own level are taken off; what is left is none."""
    drawn = np.random.default_rng(draw)
    levels, luck = drawn.normal(size=(mixes, 1)), drawn.normal(size=seeds)
    levels[1] = levels[0] + shift
    found = estimate(levels + luck, 1, 0, 0.9)
    assert found["mean"] == pytest.approx(shift, abs=1e-9)
    assert found["high"] - found["low"] < 1e-6


def test_intervals_cover_as_often_as_they_say() -> None:
    drawn = np.random.default_rng(5)
    hits = 0
    for _ in range(2_000):
        values = drawn.normal(size=(5, 3)) + drawn.normal(size=3)
        values[1] += 0.4
        found = estimate(values, 1, 0, 0.9)
        hits += found["low"] <= 0.4 <= found["high"]
    assert 0.88 < hits / 2_000 < 0.92
