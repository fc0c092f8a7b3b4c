"""What error a page that was recognized is expected to have, by what the engine was unsure of."""

from collections.abc import Sequence
from math import exp, sqrt
from typing import NamedTuple

from winnow.ocr.engines.answer import Recognized

FLOOR = 0.001


class Weights(NamedTuple):
    """log(error + FLOOR) = `constant` + `by_unsure` * sqrt(letters of words less sure than `unsure`) +
    `by_noise` * sqrt(those left out), both as shares."""

    unsure: float
    constant: float
    by_unsure: float
    by_noise: float


# A ridge regression on 75 readings of book scans and of English manuals, drawn at 75 to 300 dpi with noise,
# blur, JPEG and skew. Of documents left out the ranks of expected and real errors correlate by .78.
ALONE = Weights(0.7, -6.22, 5.98, 6.65)
# Where two engines voted: the same on 95 pages of three English manuals, most set anew in one to three
# columns, worn in seven ways; of pages left out the ranks correlate by .69. No page of a gate is among them.
VOTED = Weights(0.85, -6.27, 5.64, 8.83)


def expect_accuracy(
    lines: Sequence[Recognized], kept: Sequence[Recognized], engine: str = "tesseract"
) -> float:
    """The share of characters expected to be right of the lines kept of those read; 0 without any.

    `engine` as `ocr.engines.cascade` names it. RapidOCR alone is judged as Tesseract: it has no weights yet.
    """
    by = VOTED if "+" in engine else ALONE
    words = [word for line in kept for word in line.words]
    letters = sum(len(word[0]) for word in words)
    if not letters:
        return 0.0
    unsure = sum(len(word[0]) for word in words if word[1] < by.unsure) / letters
    noise = max(1 - letters / sum(len(word[0]) for line in lines for word in line.words), 0.0)
    error = exp(by.constant + by.by_unsure * sqrt(unsure) + by.by_noise * sqrt(noise)) - FLOOR
    return 1 - min(max(error, 0.0), 1.0)
