"""What error a page that was recognized is expected to have, by what the engine was unsure of."""

from collections.abc import Sequence
from math import exp, sqrt

from ocr.engines.answer import Recognized

UNSURE = 0.7  # of a word
# log(error + FLOOR) = CONSTANT + BY_UNSURE * sqrt(letters of unsure words) + BY_NOISE * sqrt(those left out),
# both as shares: a ridge regression on 75 readings of book scans and of English manuals, drawn at 75 to 300
# dpi with noise, blur, JPEG and skew. Of documents left out the ranks of expected and real errors correlate
# by .78.
FLOOR = 0.001
CONSTANT, BY_UNSURE, BY_NOISE = -6.22, 5.98, 6.65


def expect_accuracy(
    lines: Sequence[Recognized], kept: Sequence[Recognized], engine: str = "tesseract"
) -> float:
    """The share of characters expected to be right of the lines kept of those read; 0 without any."""
    words = [word for line in kept for word in line.words]
    letters = sum(len(word[0]) for word in words)
    if not letters:
        return 0.0
    unsure = sum(len(word[0]) for word in words if word[1] < UNSURE) / letters
    noise = 1 - letters / sum(len(word[0]) for line in lines for word in line.words)
    error = exp(CONSTANT + BY_UNSURE * sqrt(unsure) + BY_NOISE * sqrt(noise)) - FLOOR
    return 1 - min(max(error, 0.0), 1.0)
