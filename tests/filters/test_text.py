import polars as pl

from winnow.filters.text import nonempty


def test_a_text_without_a_word_is_dropped() -> None:
    out = nonempty(pl.DataFrame({"text": ["", " \n", "--- ... !", "7", "a.", "漢字"]}))
    assert out["drop_reason"].to_list() == ["text.empty"] * 3 + [None] * 3
    assert out["text_word_count"].to_list() == [0, 0, 0, 1, 1, 2]
