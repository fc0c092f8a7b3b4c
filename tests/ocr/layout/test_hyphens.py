"""Addresses that a line's end cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.layout.hyphens import join_words

PARTS = st.lists(st.from_regex(r"[a-z]{2,6}", fullmatch=True), min_size=3, max_size=6)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(see https:", "//example.org/a)"),
        ("at https://www.example.", "org/stable/) and"),
        ("(https://example.org/a/", "b) and"),
        ("from https://example.org/some-", "thing/else"),
        ("from https://example.org/some", "/thing"),
    ],
)
def test_a_cut_address_is_whole_again(before, after):
    assert join_words(before, after, frozenset()) == (before, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("at https://example.org/", "and then"),
        ("at https://example.org.", "Then it"),
        ("at https://example.org", "and/or another"),
        ("see the web.", "org/stable is"),
    ],
)
def test_a_word_behind_an_address_stays_a_word(before, after):
    assert join_words(before, after, frozenset()) == (before, " ")


@given(PARTS, st.data())
def test_an_address_cut_behind_a_sign_is_whole_again(parts, data):
    at = data.draw(st.integers(1, len(parts) - 2))
    address = f"https://{'/'.join(parts[:at])}/", "/".join(parts[at:])
    assert "".join(join_words(*address, frozenset())) == address[0]


@pytest.mark.parametrize(
    ("before", "after", "words", "joined"),
    [
        ("a recog-", "nized word", (), "a recognized word"),
        ("a well-", "known word", ("well-known",), "a well-known word"),
        ("a well-", "known word", ("well", "known"), "a well-known word"),
        ("a well-", "known word", ("well", "known", "wellknown"), "a wellknown word"),
        ("the Anglo-", "Saxons", (), "the Anglo-Saxons"),
        ("from 1990-", "95 on", (), "from 1990- 95 on"),
        ("a recog\u00ad", "nized word", (), "a recognized word"),
        ("a word", "and more", (), "a word and more"),
    ],
)
def test_the_documents_own_words_say_whether_a_hyphen_stays(before, after, words, joined):
    assert "".join(join_words(before, after, frozenset(words))) + after == joined
