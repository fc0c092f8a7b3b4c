"""Signals of shape: what they count, each text by itself, and that marking up changes little."""

import textwrap

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.head import shape

PROSE = (
    "The keeper of the lighthouse counted the ships that passed in the night. Most of them were small, and\n"
    "carried grain or salt to the towns along the coast. He wrote down their names, if he could!\n\n"
    "A Winter Storm\n\n"
    'In January the sea rose higher than anybody had seen, and the lamp went out twice. "Nobody\n'
    'will ever know," he said, "how close it was." Did the ships see the light again? They did, at dawn.\n'
)


def measure(*texts: str) -> pl.DataFrame:
    found = shape.measure(pl.Series("text", texts, dtype=pl.String))
    return pl.DataFrame(found, schema=list(shape.SIGNALS), orient="row")


def test_words_are_counted_by_kind() -> None:
    row = measure("You and I paid 300 EUR, for 12 Ökonomen!").row(0, named=True)
    words = 9  # You and I paid 300 EUR for 12 Ökonomen
    assert np.isclose(row["log_words"], np.log1p(words))
    counted = {
        "second_person_ratio": 1,
        "first_person_ratio": 1,
        "common_word_ratio": 2,
        "number_ratio": 2,
        "upper_case_ratio": 1,
        "capitalized_ratio": 3,
        "foreign_word_ratio": 1,
        "comma_ratio": 1,
        "exclamation_ratio": 1,
        "mark_ratio": 2,
        "long_word_ratio": 1,
        "sentence_word_ratio": 9,
    }
    assert {name: round(row[name] * words) for name in counted} == counted


def test_blocks_that_end_without_a_mark_are_open() -> None:
    menu, prose, both = measure("Home\nAbout us\nContact", PROSE, "Home\nAbout us\n" + PROSE)[
        "open_block_ratio"
    ]
    assert menu == 3 / 4  # the last one may have been cut
    assert prose == 3 / 80 or prose < 0.05
    assert prose < both < 0.1


def test_code_tables_and_talk_look_different() -> None:
    code = "def f(x):\n    if x:\n        return g(x) + 1;\n    return {}\n"
    table = "a | 12 | 13\nb | 14 | 15\nc\t16\t17"
    talk = "ANNA: Where is it?\nBEN: There.\nANNA: No: here."
    found = measure(code, table, talk, PROSE)
    for name, row in {
        "indented_line_ratio": 0,
        "code_line_ratio": 0,
        "operator_ratio": 0,
        "column_line_ratio": 1,
        "digit_line_ratio": 1,
        "speaker_line_ratio": 2,
        "common_word_ratio": 3,
    }.items():
        assert found[name].arg_max() == row, name


def test_marking_up_changes_little() -> None:
    """Wrapped at other columns, with bent quotes, other bullets, Markdown."""
    lists = PROSE + "\n- one boat, with a red sail;\n- two rafts, of old wood.\n"
    wrapped = "\n\n".join(textwrap.fill(block, 70) for block in PROSE.split("\n\n"))
    bent = (
        PROSE.replace('"Nobody', "“Nobody")
        .replace('know,"', "know,”")
        .replace('"how', "“how")
        .replace('was."', "was.”")
    )
    marked = PROSE.replace("A Winter Storm", "## A Winter Storm").replace("lamp", "**lamp**")
    found = shape.measure(pl.Series([PROSE, wrapped, bent, marked, lists, lists.replace("- ", "• ")]))
    words = found[:, : shape.SIGNALS.index("log_blocks")]
    for other in (1, 2, 3):
        assert np.allclose(words[other], words[0], atol=0.02), dict(
            zip(shape.SIGNALS, words[other] - words[0], strict=False)
        )
    assert np.allclose(found[4, : len(shape.WORDS)], found[5, : len(shape.WORDS)], atol=0.1)
    blocks = found[:, words.shape[1] : len(shape.WORDS)]
    assert np.allclose(blocks[2:4], blocks[0], atol=0.1)


texts = st.lists(
    st.text(max_size=60)
    | st.sampled_from(
        [PROSE, PROSE * 30, "a\nb", "x = {1: '2'}\n\n\n", "…", "?!", "A.", "\n", "word " * 1600, "日本語。"]
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(texts, texts)
def test_each_text_is_measured_by_itself(a: list[str], b: list[str]) -> None:
    apart = [shape.measure(pl.Series("text", [text], dtype=pl.String))[0] for text in a + b]
    together = shape.measure(pl.Series("text", a + b, dtype=pl.String))
    assert together.shape == (len(a + b), len(shape.SIGNALS))
    assert np.isfinite(together).all()
    for row, alone in zip(together, apart, strict=True):
        assert np.array_equal(row, alone)


def test_long_texts_are_read_at_begin_middle_and_end() -> None:
    filler = "plain words here. " * 1000
    for text in ("!" * 100 + filler, filler + "!" * 100 + filler, filler + "!" * 100):
        assert measure(text)["exclamation_ratio"][0] > 0
    assert measure(filler + "!" * 100 + filler * 3)["exclamation_ratio"][0] == 0  # between two windows
