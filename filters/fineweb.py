"""The rules that FineWeb adds to Gopher's and C4's: lists, menus and repeated lines.

Penedo et al. 2024, "The FineWeb Datasets" (arXiv:2406.17557).
"""

from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U32, kernel
from winnow.ranges import PerWord, Ratio
from winnow.words.cache import lines_of, words_of
from winnow.words.lines import Lines
from winnow.words.split import Words
from winnow.words.unicode import TERMINAL, decode, flag, flags, step_back

RULES = (
    ("fineweb.too_few_terminal_lines", "fineweb_terminal_line_ratio", "min_terminal_line_ratio"),
    ("fineweb.too_many_short_lines", "fineweb_short_line_ratio", "max_short_line_ratio"),
    ("fineweb.duplicate_lines", "fineweb_duplicate_char_ratio", "max_duplicate_char_ratio"),
    ("fineweb.too_many_newlines", "fineweb_newline_ratio", "max_newline_ratio"),
)


SIGNALS = tuple(signal for _, signal, _ in RULES)


def quality(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    min_terminal_line_ratio: Ratio = 0.12,
    max_short_line_ratio: Ratio = 0.67,
    max_short_line_length: NonNegativeInt = 30,
    max_duplicate_char_ratio: Ratio = 0.01,
    max_newline_ratio: PerWord = 0.3,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop pages of lists, menus and repeated lines.

    Signals, over lines that are not blank: `fineweb_terminal_line_ratio` (lines whose last character ends
    a sentence in some script), `fineweb_short_line_ratio` (of at most `max_short_line_length` characters),
    `fineweb_duplicate_char_ratio` (characters of lines seen before in the document, per character of the
    text without its line breaks), `fineweb_newline_ratio` (line breaks per word, punctuation counted as
    words). A text without lines has ratios of zero, and is dropped by the first rule.

    In a language without spaces each letter is a word, so the newline ratio is lower than elsewhere.
    """
    words, rows = words_of(docs["text"], marks=False)
    lines, _ = lines_of(docs["text"], marks=False)
    out = np.zeros((len(rows), 4))
    _measure_lines(words, lines, rows, flags(), max_short_line_length, out)
    terminal, short, duplicate, newline = out.T
    signals = {
        "fineweb_terminal_line_ratio": terminal,
        "fineweb_short_line_ratio": short,
        "fineweb_duplicate_char_ratio": duplicate,
        "fineweb_newline_ratio": newline,
    }
    return judge_by_rules(docs, signals, RULES, locals())


@kernel
def _measure_lines(words: Words, lines: Lines, rows: I64, table: U32, short_length: int, out: F64) -> None:
    """Fill in the four ratios of each row's document."""
    data = words.data
    for r in range(len(rows)):
        d = rows[r]
        count, terminal, short, repeated, total = 0, 0, 0, 0, 0
        first, last = lines.doc[d], lines.doc[d + 1]
        for k in range(first, last):
            length, end = lines.length[k], lines.end[k]
            total += length
            if lines.left[k] < lines.right[k]:
                count += 1
                point, _ = decode(data, step_back(data, end, lines.start[k]))
                terminal += flag(point, table) & TERMINAL != 0
                short += length <= short_length
                repeated += length if lines.again[k] else 0
        out[r, 0], out[r, 1] = terminal / max(1, count), short / max(1, count)
        out[r, 2] = repeated / max(1, total)
        out[r, 3] = (last - first - 1) / max(1, words.doc[d + 1] - words.doc[d])
