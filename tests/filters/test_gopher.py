"""Gopher's quality rules at their boundaries: the last value that stays, the first that goes."""

import polars as pl
import pytest

from winnow.filters.gopher import quality

PROSE = "the people of that town have come to be with " * 6  # 60 words, seven kinds of stop words


def judge(text: str, **settings: object) -> dict[str, object]:
    return quality(pl.DataFrame({"text": [text]}), **settings).row(0, named=True)  # type: ignore[arg-type]


def reason(text: str, **settings: object) -> object:
    return judge(text, **settings)["drop_reason"]


def test_prose_stays() -> None:
    out = judge(PROSE)
    assert out["drop_reason"] is None
    assert (out["gopher_word_count"], out["gopher_stop_word_count"]) == (60, 7)
    assert out["gopher_alphabetic_word_ratio"] == 1


@pytest.mark.parametrize(
    ("stays", "goes", "why", "settings"),
    [
        ("the of " + "word " * 48, "the of " + "word " * 47 + "...", "too_few_words", {}),
        (
            "the of " + "word " * 8,
            "the of " + "word " * 9,
            "too_many_words",
            {"max_words": 10, "min_words": 1},
        ),
        (
            "the the abc to of",
            "the the ab to of",
            "short_words",
            {"min_words": 1, "min_mean_word_length": 2.6},
        ),
        ("the of " + "x" * 25, "the of " + "x" * 26, "long_words", {"min_words": 1}),
        ("the of # " + "word " * 7, "the of # " + "word " * 6, "too_many_hashes", {"min_words": 1}),
        ("the of … " + "word " * 7, "the of ... " + "word " * 6, "too_many_ellipses", {"min_words": 1}),
        (
            PROSE + "\n- a" * 9,
            "- the word of words\n" * 10,
            "too_many_bullet_lines",
            {"min_words": 1},
        ),
        (
            PROSE + "\nis it so ...\nis it so …  \nis it so...\n" + "a line\n" * 6,
            PROSE + "\nis it so ...\nis it so …  \nis it so...\n" + "a line\n" * 5,
            "too_many_ellipsis_lines",
            {},
        ),
        (
            "that of words words 1",
            "that of words 1",
            "too_few_alphabetic_words",
            {"min_words": 1},
        ),
        ("The word OF " + "word " * 60, "the " * 60, "too_few_stop_words", {}),
    ],
)
def test_boundaries(stays: str, goes: str, why: str, settings: dict[str, object]) -> None:
    assert reason(stays, **settings) is None
    assert reason(goes, **settings) == f"gopher.{why}"


def test_all_stop_words_may_be_counted() -> None:
    assert reason("the " * 60, count_unique_stop_words=False) is None


def test_stop_words_of_another_language() -> None:
    text = "der Hund und die Katze leben in dem Haus " * 8
    assert reason(text) == "gopher.too_few_stop_words"
    assert reason(text, stop_words=["der", "und", "die", "in"]) is None


def test_a_language_without_spaces_needs_settings_of_its_own() -> None:
    text = "我们在城里住了很多年。" * 10
    assert reason(text) == "gopher.short_words"
    assert reason(text, min_mean_word_length=1, stop_words=["在", "了"]) is None


def test_a_bullet_is_at_the_start_of_a_line_behind_white_space() -> None:
    out = judge("  • one\n\t- two\nthree - four\r\nfive")
    assert out["gopher_bullet_line_ratio"] == 0.5


def test_ellipses_do_not_overlap() -> None:
    assert judge("a .... b ...... c …")["gopher_ellipsis_ratio"] == pytest.approx(4 / 6)
