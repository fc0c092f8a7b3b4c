"""Marks that thin spaces part from their words; whole spaces stay."""

import pytest

from winnow.ocr.engines.answer import join_words
from winnow.ocr.engines.spacing import close_up

WHOLE, THIN = 14.0, 6.0


def line(text):
    """A line whose words stand `WHOLE` apart, those parted by ~ `THIN`."""
    words, at = [], 0.0
    for part in text.split():
        for number, word in enumerate(part.split("~")):
            at += THIN - WHOLE if number else 0.0
            words.append((word, 0.9 - 0.1 * number, at, 0.0, at + 9 * len(word), 20.0))
            at += 9 * len(word) + WHOLE
    return join_words(words, 2)


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ("to tell their horrors~; and this he did", "to tell their horrors; and this he did"),
        (
            "so called \u201c~Liberal Turks~\u201d of whom he knew",
            "so called \u201cLiberal Turks\u201d of whom he knew",
        ),
        ("what will he do~?~\u201d asked the king", "what will he do?\u201d asked the king"),
        ("value = a ? b : c and more words", "value = a ? b : c and more words"),
        ("one two three four~. . .", "one two three four . . ."),
        ("horrors~; and", "horrors ; and"),  # too few words to tell what is thin
    ],
)
def test_marks_join_their_words_where_the_space_is_thin(seen, text):
    assert close_up(line(seen)).text == text


def test_the_joined_word_covers_both_and_is_as_sure_as_the_less_sure():
    (word,) = (word for word in close_up(line("to tell their horrors~; and this")).words if ";" in word[0])
    assert word[1] == pytest.approx(0.8)
    assert word[4] - word[2] == 9 * len("horrors") + THIN + 9
