"""What an engine answers: lines with places and confidence, the same for all engines."""

from typing import NamedTuple


class Recognized(NamedTuple):
    """A line as an engine read it; places in pixels of the picture, from its top left.

    `block` numbers the engine's own blocks in its reading order; `confidence` is 0 to 1, as the engine has
    it; `words` holds each word's (text, confidence, x0, y0, x1, y1).
    """

    x0: float
    y0: float
    x1: float
    y1: float
    block: int
    confidence: float
    text: str
    words: tuple[tuple[str, float, float, float, float, float], ...] = ()
