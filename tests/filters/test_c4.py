"""C4's rules: which lines stay, what they become, which pages go."""

import polars as pl
import pytest

from winnow.filters.c4 import document, lines


def rewrite(text: str, **settings: object) -> str:
    return lines(pl.DataFrame({"text": [text]}), **settings)["text"][0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("  This line stays.\t", "This line stays."),
        ("One two three\nThis one stays!\r\nIs it so?", "This one stays!\nIs it so?"),
        ("He said \"it stays\"\nShe said 'me too'", "He said \"it stays\"\nShe said 'me too'"),
        ("And then there was...", ""),
        ("Too short.\nLong enough now.", "Long enough now."),
        ("Please enable JavaScript to go on.", ""),
        ("We Use Cookies on this page.", ""),
        ("Read our privacy policy here.", ""),
        ("The terms  of use differ here.", "The terms  of use differ here."),
        ("A fact[12] of life[citation needed].", "A fact of life."),
        ("A fact [] and[edit] more [a].", "A fact  and more [a]."),
        ("[1] It starts with one.", "It starts with one."),
        ("It ends in one. [1]", ""),
        ("Ends in brackets [12", ""),
        ("我们 在 城里 住。", ""),
        ("x\u2028A line of three.\x85y", "A line of three."),
        ("", ""),
    ],
)
def test_lines(text: str, stays: str) -> None:
    assert rewrite(text) == stays


def test_word_length_is_in_characters() -> None:
    assert rewrite("a b " + "é" * 999 + ".") != ""
    assert rewrite("a b " + "é" * 1000 + ".") == ""


def test_settings() -> None:
    assert rewrite("no end here", require_terminal_punctuation=False) == "no end here"
    assert rewrite("Two words.", min_words_per_line=2) == "Two words."
    assert rewrite("A fact[1] here.", remove_citations=False) == "A fact[1] here."
    assert rewrite("Use javascript with care.", drop_javascript=False) == "Use javascript with care."
    assert rewrite("Read our cookie policy.", drop_policy=False) == "Read our cookie policy."
    text = "我们在城里住了很多年。"
    assert rewrite(text, require_terminal_punctuation=False, min_words_per_line=1) == text


def test_kept_lines_are_counted_and_a_page_without_any_goes() -> None:
    out = lines(pl.DataFrame({"text": ["One two three.\nno", "no\nno", ""]}))
    assert out["c4_kept_line_ratio"].to_list() == [0.5, 0, 0]
    assert out["drop_reason"].to_list() == [None, "c4.no_lines", "c4.no_lines"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One. Two! Three?", 3),
        ("One\nTwo\n\n  \nThree", 3),
        ('"Is it?" he asked.', 2),
        ("Wait!? (Yes.) No.", 3),
        ("It is 3.14, e.g. pi.", 1),
        ("我来了。他走了。", 2),
    ],
)
def test_sentences(text: str, sentences: int) -> None:
    assert document(pl.DataFrame({"text": [text]}))["c4_sentence_count"][0] == sentences


def test_pages() -> None:
    five = "One. Two. Three. Four. Five."
    texts = [five, five[:-6], five + " Lorem IPSUM.", five + " {"]
    reasons = [None, "c4.too_few_sentences", "c4.lorem_ipsum", "c4.curly_bracket"]
    docs = pl.DataFrame({"text": texts})
    assert document(docs)["drop_reason"].to_list() == reasons
    loose = document(docs, min_sentences=4, drop_lorem_ipsum=False, drop_curly_bracket=False)
    assert loose["drop_reason"].to_list() == [None] * 4
