"""FineWeb's rules at their boundaries."""

import polars as pl
import pytest

from winnow.filters.fineweb import quality

OFF = {
    "min_terminal_line_ratio": 0.0,
    "max_short_line_ratio": 1.0,
    "max_duplicate_char_ratio": 1.0,
    "max_newline_ratio": 9.0,
}


def judge(text: str, **settings: float) -> dict[str, object]:
    return quality(pl.DataFrame({"text": [text]}), **{**OFF, **settings}).row(0, named=True)  # type: ignore[arg-type]


def test_terminal_lines() -> None:
    text = 'One.\nTwo!\nThree?\n\n  \nFour。\nपाँच।\nsix\nseven. \neight,\nnine"\nten…'
    assert judge(text)["fineweb_terminal_line_ratio"] == 0.5
    assert judge(text, min_terminal_line_ratio=0.5)["drop_reason"] is None
    assert judge(text, min_terminal_line_ratio=0.51)["drop_reason"] == "fineweb.too_few_terminal_lines"


def test_short_lines_are_counted_in_characters() -> None:
    text = "\n".join(["é" * 30, "é" * 31, " ", "x" * 29])
    assert judge(text)["fineweb_short_line_ratio"] == pytest.approx(2 / 3)
    assert judge(text, max_short_line_ratio=0.66)["drop_reason"] == "fineweb.too_many_short_lines"
    assert judge(text, max_short_line_ratio=0.67)["drop_reason"] is None


def test_characters_of_repeated_lines() -> None:
    text = "ab\nçd\nab\n\n\nab\nxy"
    assert judge(text)["fineweb_duplicate_char_ratio"] == pytest.approx(4 / 10)
    assert judge(text, max_duplicate_char_ratio=0.39)["drop_reason"] == "fineweb.duplicate_lines"


def test_newlines_per_word() -> None:
    assert judge("one two,\n\nthree")["fineweb_newline_ratio"] == 0.5
    assert judge("one two,\n\nthree", max_newline_ratio=0.49)["drop_reason"] == "fineweb.too_many_newlines"


@pytest.mark.parametrize("text", ["", "\n\n", "   "])
def test_a_text_without_lines_goes(text: str) -> None:
    assert quality(pl.DataFrame({"text": [text]}))["drop_reason"][0] == "fineweb.too_few_terminal_lines"
