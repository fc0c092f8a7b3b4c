"""Terms and shingles against plain Python, and what can be a fact."""

import itertools
import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup.near import tokens


def plain(text):
    """Runs of letters, digits and marks, folded, without accents."""
    words, word = [], ""
    for char in unicodedata.normalize("NFD", text) + " ":
        kind = unicodedata.category(char)[0]
        if word and "\u0300" <= char <= "\u036f":
            continue
        if kind in "LN" or (word and kind == "M"):
            word += char.casefold() if len(char.casefold()) == 1 else char.lower()[0]
        elif word:
            words.append(word)
            word = ""
    return words


def scanned(*texts):
    found = tokens.undate(tokens.scan(pl.Series(texts, dtype=pl.String)))
    values = (found.value | tokens.BITS).tolist()
    return [values[a:b] for a, b in itertools.pairwise(found.doc)]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(alphabet="aBcé\u0301Ω1٣ -.'\n_", max_size=14), max_size=5))
def test_terms_are_those_of_plain_python(texts):
    got, expected = scanned(*texts), [plain(text) for text in texts]
    assert [len(words) for words in got] == [len(words) for words in expected]
    names = {}
    for found, words in zip(got, expected, strict=True):
        for value, word in zip(found, words, strict=True):
            assert names.setdefault(word, value) == value
    assert len(set(names.values())) == len(names)


def test_a_word_is_one_in_whatever_form_it_is_written():
    accents = "Café où Ångström Řešení được Άγγλος йод が 한국어 각"
    assert scanned(accents) == scanned(unicodedata.normalize("NFD", accents))
    assert scanned("Cafe ou Angstrom") == scanned("Café où Ångström")
    assert scanned("office flat affluent stop") == scanned("o\ufb03ce \ufb02at a\ufb04uent \ufb06op")
    assert scanned("ABC 123") == scanned("\uff21\uff22\uff23 \uff11\uff12\uff13")
    assert scanned("cooperation word") == scanned("co\u00adopera\u00adtion wo\u200b\u2060rd\ufeff")
    assert len({tuple(scanned(word)[0]) for word in ("각", "가", "간", "나", "カ", "が", "ば")}) == 7


def test_what_makes_no_difference():
    assert scanned("Don\u2019t STOP, now!") == scanned("don't  stop\nnow")
    assert len(scanned("日本語")[0]) == 3
    assert scanned(None, "", " - ") == [[], [], []]


def facts(text):
    found = tokens.undate(tokens.scan(pl.Series([text])))
    return [word for word, value in zip(plain(text), found.value.tolist(), strict=True) if value & 1]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("the Rhine is 1233 km long", ["rhine", "1233"]),
        ("utf8 and x86 and plain words", ["utf8", "x86"]),
        ("in 1999 or 2020 but not 2525 or 999", ["2525", "999"]),
        ("at 10:22 and 10:22:05, room 10", ["10"]),
        ("on 2024-01-05 or 5/6/2020, but 555-1234", ["555", "1234"]),
        ("5 May 2020, Monday the 3rd, May Smith", ["3rd", "smith"]),
        ("version 3.14 of Ada", ["3", "14", "ada"]),
        ("in may 12 men", ["12"]),
        (
            "see java.util, weak_ptr or me@example.org. and so on",
            ["java", "util", "weak", "ptr", "me", "example", "org"],
        ),
    ],
)
def test_facts_are_numbers_and_names_but_no_dates(text, expected):
    assert facts(text) == expected


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(alphabet="ab ", max_size=20), max_size=4), st.integers(1, 6))
def test_shingles_are_runs_of_terms(texts, n):
    grams, offsets = tokens.make_shingles(tokens.scan(pl.Series(texts, dtype=pl.String)), n)
    names = {}
    for number, text in enumerate(texts):
        words = re.findall("[ab]+", text)
        runs = [tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))] if words else []
        found = grams[offsets[number] : offsets[number + 1]].tolist()
        assert len(found) == len(runs)
        for run, value in zip(runs, found, strict=True):
            assert names.setdefault(run, value) == value
    assert len(set(names.values())) == len(names)


def test_no_shingle_of_nothing():
    with pytest.raises(ValueError, match="1 or more"):
        tokens.make_shingles(tokens.scan(pl.Series(["a"])), 0)
