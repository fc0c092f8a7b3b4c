"""Words as a reader sees them."""

import html
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.overlap.lexer.words import NUMBER, STOP, WORD, cut


def words(text: str) -> list[int]:
    return cut(pl.Series([text])).hash.tolist()


def pieces(text: str) -> list[str]:
    found, data = cut(pl.Series([text])), text.encode()
    return [data[a:b].decode() for a, b in zip(found.start, found.end, strict=True)]


SAME = [
    ("The Café", "the cafe"),
    ("cafe\u0301", "café"),
    ("he\u200bl\u00adlo", "hello"),
    ("h\u0435ll\u043e", "hello"),
    ("\U0001d400pple", "apple"),
    ("ﬁne ﬄuff", "fine ffluff"),
    ("\uff46\uff55\uff4c\uff4c", "full"),
    ("don\u2019t", "don't"),
    ("don&rsquo;t &amp; won&#39;t", "don't won't"),
    ("r&eacute;sum&#xe9;", "résumé"),
    ("exam-\nple", "example"),
    ("> exam-\n> ple", "example"),
    ("exam\u00ad\nple", "example"),
    ("**bold** _words_", "bold words"),
    ("snake_case", "snake case"),
    ("1,000", "1000"),
    ("2.50", "2.5"),
    ("3.0", "3"),
    ("twenty-five", "25"),
    ("Two hundred", "200"),
    ("one thousand", "1000"),
    ("$\\frac{1}{2}$ of $\\text{all}$", "1 2 of all"),
    ("one\\nline", "one line"),
    ("it\\u2019s", "it's"),
    ("5km", "5 km"),
    ("٤٢", "42"),
    ("he&shy;llo", "hello"),
    ("ʜᴇʟʟᴏ", "hello"),
    ("đøg", "dog"),
    ("\U0001f172\U0001f170\U0001f183", "cat"),
    ("$\\FRAC{1}{2}$ of $\\\U0001d42d\U0001d41e\U0001d431\U0001d42d{all}$", "1 2 of all"),
    ("<li><b>h</b>el<wbr>lo</li>", "hello"),
    ("<td>one</td><td class='x'>word</td><br/>", "one word"),
    ("<a href='/the/page'>one</a><a>word</a>", "one word"),
]


@pytest.mark.parametrize("shown, plain", SAME, ids=[repr(a) for a, _ in SAME])
def test_disguise_and_layout_change_no_word(shown, plain):
    assert words(shown) == words(plain)


@pytest.mark.parametrize("text", ["a <b and c> d", "List<Item> x", "1 <i", "<b", '<img alt="b"> <input'])
def test_what_is_no_tag_is_read(text):
    assert words(text) == words(text.replace("<", " ").replace(">", " "))


def test_tags_beside_a_word_are_outside_its_place():
    assert pieces("<p><em>one</em> t<b>w</b>o</p>") == ["one", "t<b>w</b>o"]


@pytest.mark.parametrize(
    "a, b", [("2.5", "25"), ("2.05", "2.5"), ("10", "100"), ("1,00", "100"), ("ab", "ba")]
)
def test_other_words_are_other(a, b):
    assert words(a) != words(b)


def test_kinds():
    assert cut(pl.Series(["The 3 gulls, forty of them"])).kind.tolist() == [
        STOP,
        NUMBER,
        WORD,
        NUMBER,
        STOP,
        STOP,
    ]


def test_places_are_those_of_the_original():
    assert pieces("«Caf\u0065\u0301» &amp; ex-\n  act, twenty-five") == [
        "Cafe\u0301",
        "ex-\n  act",
        "twenty-five",
    ]


def test_ideographs_are_words_each():
    assert pieces("漢字kana") == ["漢", "字", "kana"]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_every_text_is_cut_alone_as_in_a_batch(texts):
    found = cut(pl.Series(texts, dtype=pl.String))
    for k, text in enumerate(texts):
        assert found.hash[found.doc[k] : found.doc[k + 1]].tolist() == words(text)


@given(st.text(st.sampled_from("ab1é\u0301\u200b-\n&#;\\u{}'.,漢 "), max_size=60))
def test_places_are_in_order_and_within(text):
    found, data = cut(pl.Series([text])), text.encode()
    edges = [edge for pair in zip(found.start, found.end, strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(data))
    for a, b in zip(found.start, found.end, strict=True):
        data[a:b].decode()


@given(st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17E), min_size=1, max_size=20))
def test_case_and_composition_do_not_matter(text):
    assert words(text) == words(unicodedata.normalize("NFD", text))
    if text.upper().lower() == text.lower():
        assert words(text.upper()) == words(text.lower())


@given(st.text(st.sampled_from("abc é<>&\"' "), max_size=30))
def test_escaped_html_is_as_its_text(text):
    assert words(html.escape(text)) == words(text)


@given(st.text(st.sampled_from("aZ07.,-'`_$ \n"), max_size=60))
def test_plain_words_are_as_those_read_a_character_at_a_time(text):
    assert words(text) == words(" ".join("\u200b" + piece for piece in text.split(" ")))


@pytest.mark.parametrize(
    "text, cut_",
    [
        ("a''b c'", ["a''b", "c"]),
        ("well-known ex- ample", ["well", "known", "ex", "ample"]),
        ("x1.5 3.14.15 1,000,00 7.", ["x1", "5", "3.14", "15", "1,000", "00", "7"]),
        ("AT&T a&amp;b R\\nD", ["AT", "T", "a", "b", "R", "D"]),
        ("na\u00efve end\u00e9", ["na\u00efve", "end\u00e9"]),
        ("12th 5-km '99", ["12", "th", "5", "km", "99"]),
    ],
)
def test_where_words_end(text, cut_):
    assert pieces(text) == cut_
