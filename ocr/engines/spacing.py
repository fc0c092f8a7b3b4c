"""Thin spaces, which old prints set before ; : ! ? and within quotes: engines give them as whole ones."""

from collections.abc import Sequence
from statistics import median

from winnow.ocr.engines.answer import Recognized, Word, join_words

CLOSING, OPENING = frozenset(";:!?.,)]\u201d\u2019"), frozenset("([\u201c\u2018")
FULL = frozenset(
    ".,-\u2013\u2014"
)  # marks that do not make a word a mark on their own: an ellipsis has spaces
THIN = 0.8  # of the line's usual gap
LEAST_GAPS = 3  # that tell what is usual


def close_up(line: Recognized) -> Recognized:
    """The line with marks that a thin space parts from their word joined to it.

    Only where the gap is thinner than the others of the line: in code, and where a language (French)
    sets whole spaces, they stay.
    """
    marks = [_find_side(word[0]) for word in line.words]
    if not any(marks):
        return line
    gaps = [right[2] - left[4] for left, right in zip(line.words, line.words[1:], strict=False)]
    plain = [gap for gap, a, b in zip(gaps, marks, marks[1:], strict=False) if not a and not b]
    if len(plain) < LEAST_GAPS:
        return line
    words: list[Word] = [line.words[0]]
    for number, word in enumerate(line.words[1:], 1):
        belongs = marks[number] < 0 or marks[number - 1] > 0
        if belongs and gaps[number - 1] < THIN * median(plain):
            words[-1] = _join((words[-1], word))
        else:
            words.append(word)
    return join_words(words, line.block)


def _find_side(text: str) -> int:
    """-1 for marks that belong to the word before, 1 to the word behind, 0 for what is no such mark."""
    letters = set(text)
    if letters <= CLOSING and not letters <= FULL:
        return -1
    return int(letters <= OPENING)


def _join(words: Sequence[Word]) -> Word:
    whole = join_words(words, 0)
    text = "".join(word[0] for word in words)
    return text, min(word[1] for word in words), whole.x0, whole.y0, whole.x1, whole.y1
