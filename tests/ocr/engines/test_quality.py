"""Laws of the expected accuracy: between 0 and 1, and lower the more the engine was unsure of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.engines.answer import join_words
from winnow.ocr.engines.quality import expect_accuracy

ENGINES = ("tesseract", "tesseract+rapidocr", "rapidocr")
sure = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def line(confidences):
    words = [("letters", confidence, 0.0, 0.0, 1.0, 1.0) for confidence in confidences]
    return join_words(words, 0)


@pytest.mark.parametrize("engine", ENGINES)
@given(kept=sure, left_out=sure)
def test_it_is_a_share_and_what_was_left_out_lowers_it(engine, kept, left_out):
    alone = expect_accuracy([line(kept)], [line(kept)], engine)
    both = expect_accuracy([line(kept), line(left_out)], [line(kept)], engine)
    assert 0 <= both <= alone <= 1


@pytest.mark.parametrize("engine", ENGINES)
@given(good=st.integers(1, 20), bad=st.integers(0, 20))
def test_a_word_more_that_is_unsure_lowers_it(engine, good, bad):
    less = line([0.96] * good + [0.3] * bad)
    more = line([0.96] * good + [0.3] * (bad + 1))
    assert expect_accuracy([more], [more], engine) <= expect_accuracy([less], [less], engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clean_page_is_expected_right_and_an_empty_one_not(engine):
    clean = [line([0.96] * 50)]
    assert expect_accuracy(clean, clean, engine) > 0.998
    assert expect_accuracy(clean, [], engine) == 0.0
