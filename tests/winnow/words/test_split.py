"""Words and n-grams: the cuts, and the laws that hold for any text."""

# ruff: noqa: RUF001 - the unusual characters are meant
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.words.split import Words, drop_punctuation, ngrams, split

TEXTS = st.lists(st.text(max_size=60), max_size=6)
# The alphabet of the rules: what they look for, in every width of UTF-8.
TRICKY = st.lists(
    st.text(alphabet="aBé漢かกे\u0301👍0٣.,'’-—/:=@+…#\"()%$\u00a0\u2028 \n", max_size=40), max_size=6
)


def strings(words: Words, document: int = 0) -> list[str]:
    data = words.data.tobytes()
    span = range(words.doc[document], words.doc[document + 1])
    return [data[words.start[w] : words.end[w]].decode() for w in span]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   \n\t ", []),
        ("The cat.", ["The", "cat", "."]),
        ("(see below)...", ["(", "see", "below", ")", "..."]),
        ("don't you'd we’ll I'm", ["do", "n't", "you", "'d", "we", "’ll", "I", "'m"]),
        ("wouldn't've", ["would", "n't", "'ve"]),
        ("Anna's dogs' o'clock", ["Anna", "'s", "dogs", "'", "o'clock"]),
        ("well-known and/or", ["well", "-", "known", "and", "/", "or"]),
        ("3.14 1,000 10% 5km 7€", ["3.14", "1,000", "10", "%", "5", "km", "7", "€"]),
        ("see crypto.c. or p.m.", ["see", "crypto.c", ".", "or", "p.m."]),
        ("U.S. e.g. NATO. x.Y", ["U.S.", "e.g.", "NATO", ".", "x", ".", "Y"]),
        ("see www.a-b.org/x-y, me@a-b.org", ["see", "www.a-b.org/x-y", ",", "me@a-b.org"]),
        ("wait...what", ["wait", "...", "what"]),
        ("漢字かな kanji漢", ["漢", "字", "か", "な", "kanji", "漢"]),
        ("ก็ได้", ["ก็", "ไ", "ด้"]),
        ("Привет, мир!", ["Привет", ",", "мир", "!"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("a\u00a0b\u2028c", ["a", "b", "c"]),
    ],
)
def test_cuts(text: str, expected: list[str]) -> None:
    assert strings(split(pl.Series([text]))) == expected


def test_kinds() -> None:
    words = split(pl.Series(["x1 12 ½ . ٣ é 漢 --"]))
    assert words.kind.tolist() == [1, 2, 2, 0, 2, 1, 1, 0]
    assert strings(drop_punctuation(words)) == ["x1", "12", "½", "٣", "é", "漢"]


def test_null_and_no_rows() -> None:
    assert split(pl.Series([None, "a", None], dtype=pl.String)).doc.tolist() == [0, 0, 1, 1]
    assert split(pl.Series([], dtype=pl.String)).doc.tolist() == [0]


def test_a_slice_of_a_column_has_the_words_of_its_rows() -> None:
    column = pl.Series(["one two", "three", "four five six", "seven"])
    assert strings(split(column[1:3]), 1) == ["four", "five", "six"]


def test_more_words_than_the_first_estimate() -> None:
    words = split(pl.Series(["," * 1000 + " a" * 1000, "b"]))
    assert words.doc.tolist() == [0, 2000, 2001]


@given(TEXTS | TRICKY)
def test_words_cover_all_but_white_space(texts: list[str]) -> None:
    words = split(pl.Series(texts, dtype=pl.String))
    for i, text in enumerate(texts):
        assert "".join(strings(words, i)) == "".join(text.split())
        assert all(strings(words, i))
    assert (np.diff(words.start) > 0).all()


@given(TEXTS | TRICKY, TEXTS | TRICKY)
def test_documents_do_not_touch(a: list[str], b: list[str]) -> None:
    both, first, second = (split(pl.Series(t, dtype=pl.String)) for t in (a + b, a, b))
    assert both.hash.tolist() == [*first.hash, *second.hash]
    assert np.diff(both.doc).tolist() == [*np.diff(first.doc), *np.diff(second.doc)]


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Lo", "Nd"]), max_size=30))
def test_case_does_not_change_the_hash(text: str) -> None:
    lower = text.lower()
    if len(lower) == len(text):  # İ becomes two characters
        assert split(pl.Series([text])).hash.tolist() == split(pl.Series([lower])).hash.tolist()


def test_final_sigma_and_long_s() -> None:
    words = split(pl.Series(["ΟΔΟΣ οδος οδοσ Straſe STRASE"]))
    assert len(set(words.hash[:3].tolist())) == 1
    assert words.hash[3] == words.hash[4]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=8), max_size=4), st.integers(1, 5))
def test_ngrams_are_equal_where_their_words_are(documents: list[list[str]], n: int) -> None:
    words = split(pl.Series([" ".join(d) for d in documents], dtype=pl.String))
    value, doc, first = ngrams(words, n)
    expected = [tuple(d[i : i + n]) for d in documents for i in range(len(d) - n + 1)]
    assert np.diff(doc).tolist() == [max(0, len(d) - n + 1) for d in documents]
    assert len(value) == len(expected)
    assert (
        len(set(zip(value.tolist(), expected, strict=True))) == len(set(expected)) == len(set(value.tolist()))
    )
    data = words.data.tobytes()
    for at, gram in zip(first, expected, strict=True):
        assert tuple(data[words.start[at + k] : words.end[at + k]].decode() for k in range(n)) == gram


def test_ngrams_of_no_words() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        ngrams(split(pl.Series(["a"])), 0)
