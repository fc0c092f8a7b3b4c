"""The quality rules of Gopher: is this prose?

Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", A1.1
(arXiv:2112.11446).
"""

from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat

from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U8, U32, U64, kernel
from winnow.ranges import PerWord, Ratio
from winnow.words import byte
from winnow.words.cache import lines_of, words_of
from winnow.words.hashes import find, find_or_add, mask_for
from winnow.words.lines import Lines, next_line
from winnow.words.phrases import starts_with
from winnow.words.split import Words, split
from winnow.words.unicode import flags

DOTS, ELLIPSIS, BULLET = (np.frombuffer(sign.encode(), np.uint8) for sign in ("...", "…", "•"))
SIGNALS = (
    "gopher_word_count",
    "gopher_mean_word_length",
    "gopher_hash_ratio",
    "gopher_ellipsis_ratio",
    "gopher_bullet_line_ratio",
    "gopher_ellipsis_line_ratio",
    "gopher_alphabetic_word_ratio",
    "gopher_stop_word_count",
)

RULES = (
    ("gopher.too_few_words", "gopher_word_count", "min_words"),
    ("gopher.too_many_words", "gopher_word_count", "max_words"),
    ("gopher.short_words", "gopher_mean_word_length", "min_mean_word_length"),
    ("gopher.long_words", "gopher_mean_word_length", "max_mean_word_length"),
    ("gopher.too_many_hashes", "gopher_hash_ratio", "max_hash_ratio"),
    ("gopher.too_many_ellipses", "gopher_ellipsis_ratio", "max_ellipsis_ratio"),
    ("gopher.too_many_bullet_lines", "gopher_bullet_line_ratio", "max_bullet_line_ratio"),
    ("gopher.too_many_ellipsis_lines", "gopher_ellipsis_line_ratio", "max_ellipsis_line_ratio"),
    ("gopher.too_few_alphabetic_words", "gopher_alphabetic_word_ratio", "min_alphabetic_word_ratio"),
    ("gopher.too_few_stop_words", "gopher_stop_word_count", "min_stop_words"),
)


def quality(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    min_words: NonNegativeInt = 50,
    max_words: NonNegativeInt = 100_000,
    min_mean_word_length: NonNegativeFloat = 3,
    max_mean_word_length: PositiveFloat = 10,
    max_hash_ratio: PerWord = 0.1,
    max_ellipsis_ratio: PerWord = 0.1,
    max_bullet_line_ratio: Ratio = 0.9,
    max_ellipsis_line_ratio: Ratio = 0.3,
    min_alphabetic_word_ratio: Ratio = 0.8,
    min_stop_words: NonNegativeInt = 2,
    stop_words: list[str] = ["the", "be", "to", "of", "and", "that", "have", "with"],  # noqa: B006 - never changed
    count_unique_stop_words: bool = True,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop what does not look like prose, as Gopher's rules have it.

    Signals: `gopher_word_count` (words with a letter or digit), `gopher_mean_word_length` (characters of
    those), `gopher_hash_ratio` and `gopher_ellipsis_ratio` (`#`, and `...` or `…`, per word, punctuation
    counted as words), `gopher_bullet_line_ratio` (lines that start with `•` or `-`),
    `gopher_ellipsis_line_ratio` (lines that end in an ellipsis), `gopher_alphabetic_word_ratio` (words
    with a letter; punctuation counts as words), `gopher_stop_word_count` (different stop words, or with
    `count_unique_stop_words = false` all of them; in any case of letters).

    For a language other than English give `stop_words`; for one without spaces (where each letter is
    one word, see `winnow.words`) also `min_mean_word_length` and `min_words`.
    """
    values = _measure_signals(docs["text"], stop_words, count_unique_stop_words)
    signals = {name: values[:, k] for k, name in enumerate(SIGNALS)}
    for name in ("gopher_word_count", "gopher_stop_word_count"):
        signals[name] = signals[name].astype(np.int64)
    return judge_by_rules(docs, signals, RULES, locals())


def _measure_signals(text: pl.Series, stop_words: list[str], unique: bool) -> np.ndarray:
    """One row a document, one column for each of `SIGNALS`."""
    words, rows = words_of(text, marks=False)
    lines, _ = lines_of(text, marks=False)
    stops = split(pl.Series(stop_words, dtype=pl.String)).hash
    table = np.zeros((mask_for(2 * len(stops)) + 1, 2), np.uint64)
    out = np.zeros((len(rows), len(SIGNALS)))
    seen = np.zeros(len(stops), np.int64)
    _measure_documents(words, lines, rows, stops, table, seen, unique, flags(), out)
    return out


@kernel
def _measure_documents(
    words: Words,
    lines: Lines,
    rows: I64,
    stops: U64,
    known: U64,
    seen: I64,
    unique: bool,
    table: U32,
    out: F64,
) -> None:
    """Fill in `_SIGNALS` of each row's document; `known` and `seen` are room to look stop words up."""
    mask = len(known) - 1
    for s in range(len(stops)):
        find_or_add(known, 1, mask, stops[s], s)
    for r in range(len(rows)):
        d = rows[r]
        begin, end = words.doc[d], words.doc[d + 1]
        count, letters, alphabetic, found = 0, 0, 0, 0
        for w in range(begin, end):
            kind = words.kind[w]
            count += kind != 0
            alphabetic += kind == 1
            letters += words.length[w] if kind else 0
            s = find(known, 1, mask, words.hash[w])
            if s >= 0 and not (unique and seen[s] == r + 1):
                seen[s] = r + 1
                found += 1
        tokens = end - begin
        hashes, ellipses = count_symbols(words.data, words.offsets[d], words.offsets[d + 1])
        bullets, dots = _measure_lines(words.data, lines, d, words.offsets[d + 1], table)
        out[r, 0], out[r, 1] = count, letters / max(1, count)
        out[r, 2], out[r, 3] = hashes / max(1, tokens), ellipses / max(1, tokens)
        out[r, 4], out[r, 5] = bullets, dots
        out[r, 6], out[r, 7] = alphabetic / max(1, tokens), found


@kernel
def count_symbols(data: U8, b: int, e: int) -> tuple[int, int]:
    """How many `#` there are, and how many `...` (without overlap) and `…`."""
    hashes, ellipses, free = 0, 0, b
    for i in range(b, e):
        c = data[i]
        hashes += c == byte.HASH
        if c == byte.DOT:
            if i >= free and starts_with(data, i, e, DOTS):
                ellipses, free = ellipses + 1, i + 3
        elif c == ELLIPSIS[0]:
            ellipses += starts_with(data, i, e, ELLIPSIS)
    return hashes, ellipses


@kernel
def ends_in_ellipsis(data: U8, b: int, e: int) -> bool:
    """Whether [b, e) ends in `...` or `…`."""
    last = max(b, e - 3)
    return starts_with(data, last, e, DOTS) or starts_with(data, last, e, ELLIPSIS)


@kernel
def _measure_lines(data: U8, lines: Lines, d: int, last: int, table: U32) -> tuple[float, float]:
    """The ratio of lines that start with a bullet, and of those that end in an ellipsis."""
    count, bullets, dots = 0, 0, 0
    k = lines.doc[d]
    b = lines.start[k]
    while b < last:
        left, right, b, k = next_line(lines, k, b, last, table)
        count += 1
        bullets += left < right and (data[left] == byte.HYPHEN or starts_with(data, left, right, BULLET))
        dots += ends_in_ellipsis(data, left, right)
    return bullets / max(1, count), dots / max(1, count)
