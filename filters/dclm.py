"""Gopher's quality rules as DCLM measures them, and Dolma 3 after it: over what stands between white space.

Li et al. 2024, "DataComp-LM" (arXiv:2406.11794), `baselines/mappers/filters/content_filters.py` of its code.
Beside `filters.gopher`, which follows FineWeb's code: there punctuation counts as words of its own, so that
texts full of it, technical ones above all, are dropped for too few words with a letter; here they stay.
"""

from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat

from winnow.filters.gopher import BULLET, count_symbols, ends_in_ellipsis
from winnow.filters.madlad import measure_sentence
from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U8, U32, kernel
from winnow.ranges import PerWord, Ratio
from winnow.words import byte
from winnow.words.cache import lines_of
from winnow.words.lines import Lines, next_run
from winnow.words.phrases import Phrases, is_phrase, pack, starts_with
from winnow.words.unicode import DIGIT, LETTER, flags

_SPACED, _DISC = (np.frombuffer(sign.encode(), np.uint8) for sign in (". . .", "●"))
_ALL = np.uint32(0xFFFFFFFF)  # kinds of characters: runs of none are counted too
RULES = (
    ("dclm.too_few_words", "dclm_word_count", "min_words"),
    ("dclm.too_many_words", "dclm_word_count", "max_words"),
    ("dclm.short_words", "dclm_mean_word_length", "min_mean_word_length"),
    ("dclm.long_words", "dclm_mean_word_length", "max_mean_word_length"),
    ("dclm.too_many_symbols", "dclm_symbol_ratio", "max_symbol_ratio"),
    ("dclm.too_many_bullet_lines", "dclm_bullet_line_ratio", "max_bullet_line_ratio"),
    ("dclm.too_many_ellipsis_lines", "dclm_ellipsis_line_ratio", "max_ellipsis_line_ratio"),
    ("dclm.too_few_alphabetic_words", "dclm_alphabetic_word_ratio", "min_alphabetic_word_ratio"),
    ("dclm.too_few_stop_words", "dclm_stop_word_count", "min_stop_words"),
)
SIGNALS = (
    "dclm_word_count",
    "dclm_mean_word_length",
    "dclm_symbol_ratio",
    "dclm_bullet_line_ratio",
    "dclm_ellipsis_line_ratio",
    "dclm_alphabetic_word_ratio",
    "dclm_stop_word_count",
)


def quality(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    min_words: NonNegativeInt = 50,
    max_words: NonNegativeInt = 100_000,
    min_mean_word_length: NonNegativeFloat = 3,
    max_mean_word_length: PositiveFloat = 10,
    max_symbol_ratio: PerWord = 0.1,
    max_bullet_line_ratio: Ratio = 0.9,
    max_ellipsis_line_ratio: Ratio = 0.3,
    min_alphabetic_word_ratio: Ratio = 0.8,
    min_stop_words: NonNegativeInt = 2,
    count_punctuation: bool = True,
    stop_words: list[str] = ["the", "be", "to", "of", "and", "that", "have", "with"],  # noqa: B006 - never changed
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop what does not look like prose, by Gopher's rules in DCLM's reading.

    Signals: `dclm_word_count` (words with a letter or digit, without punctuation); over runs between white
    space: `dclm_mean_word_length` (characters), `dclm_symbol_ratio` (`#`, `...`, `. . .` and `…` per run),
    `dclm_alphabetic_word_ratio` (runs with a letter) and `dclm_stop_word_count` (runs that are a stop word,
    each time, in any case of ASCII letters); over lines that are not blank: `dclm_bullet_line_ratio` (that
    start with `●`, `•`, `*` or `-`) and `dclm_ellipsis_line_ratio` (that end in `...`, `. . .` or `…`).
    Without `count_punctuation` runs without a letter or digit are left out: the bars of a table's row, the
    signs of code. DCLM counts them.
    """
    measured = measure(docs["text"], stop_words, count_punctuation)
    return judge_by_rules(docs, measured, RULES, locals())


def measure(text: pl.Series, stop_words: list[str], count_punctuation: bool = True) -> dict[str, np.ndarray]:
    """`SIGNALS` of each text."""
    lines, rows = lines_of(text, marks=False)
    values = np.zeros((len(text), len(SIGNALS)))
    counted = _ALL if count_punctuation else np.uint32(LETTER | DIGIT)
    _measure_documents(lines, rows, pack(stop_words), counted, flags(), values)
    signals = {name: values[:, k] for k, name in enumerate(SIGNALS)}
    for name in ("dclm_word_count", "dclm_stop_word_count"):
        signals[name] = signals[name].astype(np.int64)
    return signals


@kernel
def _measure_documents(
    lines: Lines, rows: I64, stops: Phrases, counted: np.uint32, table: U32, out: F64
) -> None:
    """Fill in `SIGNALS` of each row's document."""
    data = lines.data
    for r in range(len(rows)):
        d = rows[r]
        b, last = lines.offsets[d], lines.offsets[d + 1]
        _, _, out[r, 0], _ = measure_sentence(data, b, last, table)
        runs, characters, alphabetic, out[r, 6] = _count_runs(data, b, last, stops, counted, table)
        out[r, 1] = characters / max(1, runs)
        out[r, 2] = _count_symbols(data, b, last) / max(1, runs)
        out[r, 3], out[r, 4] = _measure_lines(lines, d)
        out[r, 5] = alphabetic / max(1, runs)


@kernel
def _count_runs(
    data: U8, b: int, last: int, stops: Phrases, counted: np.uint32, table: U32
) -> tuple[int, int, int, int]:
    """Of the runs between white space: (how many, characters, with a letter, that are stop words).

    Counted are those with a character of the kinds `counted`.
    """
    runs, characters, alphabetic, found = 0, 0, 0, 0
    i = b
    while i < last:
        start, i, size, seen = next_run(data, i, last, table)
        if i > start and (seen & counted or counted == _ALL):
            runs += 1
            characters += size
            alphabetic += seen & LETTER != 0
            found += seen & LETTER != 0 and not seen & DIGIT and is_phrase(data, start, i, stops)
    return runs, characters, alphabetic, found


@kernel
def _count_symbols(data: U8, b: int, e: int) -> int:
    """How many `#`, `...`, `. . .` and `…` there are; those of one kind do not overlap."""
    hashes, ellipses = count_symbols(data, b, e)
    spaced, free = 0, b
    for i in range(b, e):
        if data[i] == byte.DOT and i >= free and starts_with(data, i, e, _SPACED):
            spaced, free = spaced + 1, i + 5
    return hashes + ellipses + spaced


@kernel
def _measure_lines(lines: Lines, d: int) -> tuple[float, float]:
    """Of the lines that are not blank, the ratios of bullets and of those that end in an ellipsis."""
    data, count, bullets, dots = lines.data, 0, 0, 0
    for k in range(lines.doc[d], lines.doc[d + 1]):
        if lines.left[k] < lines.right[k]:
            count += 1
            b, e = lines.start[k], lines.end[k]
            bullets += data[b] == byte.STAR or data[b] == byte.HYPHEN
            bullets += starts_with(data, b, e, BULLET) or starts_with(data, b, e, _DISC)
            dots += ends_in_ellipsis(data, b, e) or starts_with(data, max(b, e - 5), e, _SPACED)
    return bullets / max(1, count), dots / max(1, count)
