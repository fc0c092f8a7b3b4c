"""The vote of two readings: laws, and what is taken where they differ."""

from itertools import product
from math import exp, isclose, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("rapidfuzz", reason="rapidfuzz comes with `make extras`")

from winnow.ocr.engines.answer import join_words
from winnow.ocr.engines.rapid import decode
from winnow.ocr.engines.vote import expect_better, find_differences, measure_likelihood, vote

ALPHABET = ["", *"abcdehilnorstu", " "]
KNOWN = {c: at for at, c in enumerate(ALPHABET)}


def line(text, *sure):
    words, at = [], 0.0
    for word, confidence in zip(text.split(), sure, strict=True):
        words.append((word, confidence, at, 0.0, at + 10 * len(word), 20.0))
        at += 10 * (len(word) + 1)
    return join_words(words, 3)


def read(text, sure=0.97):
    """A reading of `text` by a model that spends a step on each letter and a blank behind it."""
    scores = np.full((2 * len(text), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1))
    for at, letter in enumerate(text):
        scores[2 * at, KNOWN[letter]] = scores[2 * at + 1, 0] = sure
    return decode(scores, ALPHABET)


def test_a_reading_is_decoded_with_its_places():
    reading = read("no hens")
    assert reading.text == "no hens" and all(isclose(sure, 0.97) for sure in reading.sure)
    assert list(reading.places) == sorted(reading.places) and 0 < reading.places[0] < reading.places[-1] < 1


def test_the_likelihood_is_the_sum_over_all_ways_to_spread_the_text():
    rng = np.random.default_rng(1)
    scores = rng.dirichlet(np.ones(3), size=4)
    known = {"a": 1, "b": 2}
    for text in ("", "a", "ab", "aa", "bab"):
        total = 0.0
        for path in product(range(3), repeat=4):
            shown = "".join("_ab"[sign] for at, sign in enumerate(path) if at == 0 or sign != path[at - 1])
            if shown.replace("_", "") == text:
                total += float(np.prod([scores[step, sign] for step, sign in enumerate(path)]))
        assert isclose(exp(measure_likelihood(scores, text, known)), total, rel_tol=1e-6)


def test_a_character_that_the_model_has_not_is_unlikely_not_impossible():
    scores = read("hens").scores
    assert (
        log(1e-8) < measure_likelihood(scores, "hen\u0436", KNOWN) < measure_likelihood(scores, "hens", KNOWN)
    )


def test_the_surer_reading_is_taken_and_places_stay_in_the_line():
    merged = vote(line("the bouse", 0.96, 0.5), read("the house"), ALPHABET)
    assert (merged.text, merged.block) == ("the house", 3)
    assert [word[0] for word in merged.words] == ["the", "house"]
    assert merged.words[0][1] >= 0.96 and 0.5 < merged.words[1][1] < 1
    assert (merged.x0, merged.x1) == (0.0, 90.0)
    kept = vote(line("the house", 0.96, 0.95), read("the bouse", 0.3), ALPHABET)
    assert kept.text == "the house" and kept.words[1][1] <= 0.95


def test_words_that_were_run_together_are_parted():
    merged = vote(line("thehens", 0.6), read("the hens"), ALPHABET)
    assert [word[0] for word in merged.words] == ["the", "hens"]
    assert merged.words[0][4] <= merged.words[1][2]


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_what_lies_between_differences_is_alike(a, b):
    at = place = 0
    for one in find_differences(a, b):
        assert a[at : one.first] == b[place : one.begin]
        at, place = one.last, one.end
    assert a[at:] == b[place:]


def test_quotes_and_dashes_of_one_kind_are_no_difference():
    assert find_differences("\u201cso\u201d \u2014 he", '"so" - he') == []


@given(st.floats(0, 50), st.floats(0, 1), st.floats(0, 1))
def test_what_is_likelier_is_likelier_taken(gain, word, sure):
    chance = expect_better(gain, word, sure, "a", "o")
    assert 0 < chance < 1
    assert expect_better(gain + 1, word, sure, "a", "o") >= chance >= expect_better(gain, 1, sure, "a", "o")


@given(st.text("abc", min_size=1, max_size=9), st.floats(0, 1))
def test_two_that_agree_are_at_least_as_sure_as_one(word, sure):
    merged = vote(line(word, sure), read(word), ALPHABET)
    assert merged.text == word and merged.words[0][1] >= sure
