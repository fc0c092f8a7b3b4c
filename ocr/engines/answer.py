"""What an engine answers: lines with places and confidence, the same for all engines."""

from collections.abc import Sequence
from typing import NamedTuple

Word = tuple[str, float, float, float, float, float]  # text, confidence, x0, y0, x1, y1


class Recognized(NamedTuple):
    """A line as an engine read it; places in pixels of the picture, from its top left.

    `block` numbers the engine's own blocks in its reading order; `confidence` is 0 to 1, as the engine has
    it; `words` holds each word.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    block: int
    confidence: float
    text: str
    words: tuple[Word, ...] = ()


def join_words(words: Sequence[Word], block: int) -> Recognized:
    """A line of its words; its confidence is theirs by length."""
    letters = [len(word[0]) for word in words]
    sure = sum(word[1] * count for word, count in zip(words, letters, strict=True)) / sum(letters)
    return Recognized(
        min(word[2] for word in words),
        min(word[3] for word in words),
        max(word[4] for word in words),
        max(word[5] for word in words),
        block,
        sure,
        " ".join(word[0] for word in words),
        tuple(words),
    )


def move(line: Recognized, x: float, y: float) -> Recognized:
    """A line of a part of a picture, where it stands in the whole one."""
    words = tuple((text, sure, a + x, b + y, c + x, d + y) for text, sure, a, b, c, d in line.words)
    return line._replace(x0=line.x0 + x, y0=line.y0 + y, x1=line.x1 + x, y1=line.y1 + y, words=words)


def measure_confidence(lines: Sequence[Recognized]) -> float:
    """The engine's own confidence, by letters; 0 without any."""
    letters = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / letters if letters else 0.0
