"""What members read of texts: some rows are those rows, and a line for fastText is one line of words."""

import re
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.head import features, shape
from winnow.classifiers.head.features import MEMBERS, Features, Members

TEXT = st.text(max_size=30) | st.sampled_from(
    ["Whisk 2 eggs,\nthen bake.", "", None, "</s> __label__1", "É."]
)


def read(texts: list[str | None], members: Members = MEMBERS, layout: bool = False) -> Features:
    return features.read(pl.Series("text", texts, dtype=pl.String), members, layout, 12)


def equal(a: Features, b: Features) -> bool:
    assert a.shape is not None and b.shape is not None and a.ngrams is not None and b.ngrams is not None
    same = np.array_equal(a.ngrams.toarray(), b.ngrams.toarray()) and a.fasttext == b.fasttext
    return same and np.array_equal(a.shape, b.shape)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(TEXT, min_size=1, max_size=6), st.booleans())
def test_taken_rows_are_what_is_read_of_these_texts(
    data: st.DataObject, texts: list[str | None], layout: bool
) -> None:
    """In any order, some left out, some twice, or none."""
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8))
    taken = read(texts, layout=layout).take(np.array(rows, np.int64))
    assert equal(taken, read([texts[row] for row in rows], layout=layout))


@pytest.mark.parametrize("layout", [False, True])
@pytest.mark.parametrize("members", [("shape",), ("trees",), ("ngrams",), ("fasttext",), MEMBERS])
def test_what_no_member_reads_is_not_read(members: Members, layout: bool) -> None:
    found, whole = (
        read(["One, two.\n\n* Three"], members, layout),
        read(["One, two.\n\n* Three"], MEMBERS, layout),
    )
    asked = [bool({"shape", "trees"} & set(members)), "ngrams" in members, "fasttext" in members]
    assert [part is not None for part in found] == asked
    taken = found.take(np.array([0, 0]))
    assert [part is not None for part in taken] == asked
    assert whole.shape is not None and whole.ngrams is not None
    signals = features.list_signals(layout)
    assert signals == (shape.SIGNALS if layout else shape.WORDS)
    assert whole.shape.shape == (1, len(signals)) and whole.ngrams.shape == (1, 2**12)
    if found.shape is not None:
        assert np.array_equal(found.shape, whole.shape)


def test_layout_alone_sees_lines_and_marks() -> None:
    """The same text on one line or on four, with commas or without."""
    prose = "the keeper counted the ships that passed at night, and then the towns along the coast by day "
    flat, broken = " ".join([prose] * 4).strip(), "\n".join([prose] * 4).strip()
    plain = [read([text]) for text in (flat, broken, flat.replace(",", ""))]
    laid = [read([text], layout=True) for text in (flat, broken, flat.replace(",", ""))]
    words, marked = ([np.flatnonzero(each.ngrams.toarray()) for each in found] for found in (plain, laid))  # type: ignore[union-attr]
    assert np.array_equal(words[0], words[1]) and np.array_equal(words[0], words[2])
    assert not np.array_equal(marked[0], marked[2])
    assert np.allclose(plain[0].shape, plain[1].shape, atol=0.01)  # type: ignore[arg-type]
    lines = features.list_signals(True).index("log_lines")
    for each, count in zip(laid, (1, 4, 1), strict=True):
        assert each.shape is not None and np.isclose(each.shape[0, lines], np.log1p(count))


def normalize(*texts: str | None) -> list[str]:
    table = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    return table.select(features.normalize("text"))["text"].to_list()


def normalize_plainly(text: str) -> str:
    out = ""
    for char in text.lower():
        kind = unicodedata.category(char)
        if kind[0] == "Z" or char in "\t\n\v\f\r\x85\0":
            out += " "
        else:
            out += "0" if kind == "Nd" else char if kind[0] in "LMN" else f" {char} "
    return re.sub(" +", " ", out).strip(" ")


ASSIGNED = st.characters(exclude_categories=["Cs", "Cn", "Co"])
BITS = st.sampled_from(["__label__", "</s>", "a1²", "\0", "\x85", "ΑΣ", "\r\n", "İ", "\x1c", "e\u0301", "१२"])


@settings(max_examples=200, deadline=None)
@given(st.lists(ASSIGNED | BITS, max_size=40).map("".join))
def test_a_line_for_fasttext_is_one_line_of_small_words(text: str) -> None:
    """So no text can hold a label, the mark of a line's end, or anything at which fastText would cut."""
    (line,) = normalize(text)
    assert line == normalize_plainly(text)
    assert not re.search(r"[\n\r\t\v\f\0]|  |__label__|</s>", line)
    assert normalize(line) == [line]


def test_a_line_for_fasttext_is_of_the_first_characters() -> None:
    assert normalize("Ab, C-3!\n(d)", None, "É" * 6000) == [
        "ab , c - 0 ! ( d )",
        "",
        "é" * features.MAX_CHARS,
    ]
