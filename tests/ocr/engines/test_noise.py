"""Lines of which an engine is unsure, alone and among others."""

from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.engines.answer import Recognized
from winnow.ocr.engines.noise import LEAST_SURE, leave_out_noise


def line(sure, block=1, height=30.0, text="words of a line", y=0.0):
    return Recognized(0, y, 400, y + height, block, sure, text)


def test_a_stain_is_left_out():
    text, stain = [line(0.95, y=40.0 * i) for i in range(5)], line(0.2, block=2)
    assert leave_out_noise([*text, stain]) == text
    assert leave_out_noise([stain, line(0.3, block=2)]) == []


def test_an_unsure_line_among_sure_ones_is_text():
    lines = [line(0.95), line(0.2, y=40), line(0.9, y=80)]
    assert leave_out_noise(lines) == lines


def test_what_is_not_as_high_as_its_block_is_noise():
    text = [line(0.95), line(0.9, y=80)]
    for height in (5, 90):
        assert leave_out_noise([*text, line(0.2, height=height)]) == text


def test_a_block_that_is_mostly_unsure_is_told_line_by_line():
    sure, unsure = line(0.9, text="one"), line(0.2, text="a much longer line of noise")
    assert leave_out_noise([sure, unsure]) == [sure]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3), st.floats(5, 90))))
def test_sure_lines_stay_in_their_order(rows):
    lines = [line(sure, block, height, y=i) for i, (sure, block, height) in enumerate(rows)]
    kept = leave_out_noise(lines)
    assert [one for one in kept if one.confidence >= LEAST_SURE] == [
        one for one in lines if one.confidence >= LEAST_SURE
    ]
    assert [one.y0 for one in kept] == sorted(one.y0 for one in kept)
