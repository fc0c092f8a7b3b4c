"""Gopher's repetition rules: what is counted, and the ceilings."""

import polars as pl
import pytest

from winnow.filters.repetition import repetition

OFF = {
    **{f"max_duplicate_{part}_ratio": 9.0 for part in ("paragraph", "paragraph_char", "line", "line_char")},
    **{f"max_top_{n}gram_char_ratio": 9.0 for n in range(2, 5)},
    **{f"max_duplicate_{n}gram_char_ratio": 9.0 for n in range(5, 11)},
}


def judge(text: str, **settings: float) -> dict[str, object]:
    return repetition(pl.DataFrame({"text": [text]}), **{**OFF, **settings}).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("a\n\nb\n\n\na", "duplicate_paragraph_ratio", 1 / 3),
        ("\n\nab\n\ncd\n\nab", "duplicate_paragraph_char_ratio", 2 / 12),
        ("a\nb\n\na\nA", "duplicate_line_ratio", 1 / 4),
        ("é\nbc\n\né", "duplicate_line_char_ratio", 1 / 7),
        ("a b c a b", "top_2gram_char_ratio", 6 / 9),
        ("a b c d e", "top_2gram_char_ratio", 3 / 9),  # nothing twice: the first run counts once
        ("a b c x a b c y", "top_3gram_char_ratio", 10 / 15),
        ("a b c d x a b c d", "top_4gram_char_ratio", 14 / 17),
        ("a b c", "top_4gram_char_ratio", 0),
        ("a b c d e . a b c d e", "duplicate_5gram_char_ratio", 5 / 21),
        ("a b c d e f . a b c d e f", "duplicate_5gram_char_ratio", 5 / 25),  # without overlap
        ("a b c d e f . a b c d e f", "duplicate_6gram_char_ratio", 6 / 25),
        ("a b c d e f . a b c d e f", "duplicate_7gram_char_ratio", 0),
        ("a a a a a a a a a a a a", "duplicate_5gram_char_ratio", 10 / 23),
        ("q w e r t z u i o p . q w e r t z u i o p", "duplicate_10gram_char_ratio", 10 / 41),
    ],
)
def test_signals(text: str, signal: str, value: float) -> None:
    assert judge(text)[f"repetition_{signal}"] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("rule", [name.removeprefix("max_") for name in OFF])
def test_ceilings(rule: str) -> None:
    text = "one two three four five six seven eight nine ten\n\n" * 4
    value = float(judge(text)[f"repetition_{rule}"])  # type: ignore[arg-type]
    assert value > 0
    assert judge(text, **{f"max_{rule}": value + 0.001})["drop_reason"] is None
    assert (
        judge(text, **{f"max_{rule}": value - 0.001})["drop_reason"]
        == f"repetition.{rule.removesuffix('_ratio')}"
    )


def test_an_empty_text_repeats_nothing() -> None:
    out = repetition(pl.DataFrame({"text": ["", "x"]}))
    assert out["drop_reason"].to_list() == [None, None]
