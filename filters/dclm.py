"""Gopher's quality rules as DCLM measures them, and Dolma 3 after it: over what stands between white space.

Li et al. 2024, "DataComp-LM" (arXiv:2406.11794), `baselines/mappers/filters/content_filters.py` of its code.
Beside `filters.gopher`, which follows FineWeb's code: there punctuation counts as words of its own, so that
texts full of it, technical ones above all, are dropped for too few words with a letter; here they stay.
"""

from typing import Annotated

import numpy as np
import polars as pl

from filters.madlad import shape
from filters.verdict import broken, judge
from filters.words.jit import kernel
from filters.words.split import utf8
from filters.words.unicode import DIGIT, LETTER, SPACE, decode, flag, flags

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
    min_words: int = 50,
    max_words: int = 100_000,
    min_mean_word_length: float = 3,
    max_mean_word_length: float = 10,
    max_symbol_ratio: float = 0.1,
    max_bullet_line_ratio: float = 0.9,
    max_ellipsis_line_ratio: float = 0.3,
    min_alphabetic_word_ratio: float = 0.8,
    min_stop_words: int = 2,
    stop_words: list[str] = ["the", "be", "to", "of", "and", "that", "have", "with"],  # noqa: B006 - never changed
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop what does not look like prose, by Gopher's rules in DCLM's reading.

    Signals: `dclm_word_count` (words with a letter or digit, without punctuation); over runs between white
    space: `dclm_mean_word_length` (characters), `dclm_symbol_ratio` (`#`, `...`, `. . .` and `…` per run),
    `dclm_alphabetic_word_ratio` (runs with a letter) and `dclm_stop_word_count` (runs that are a stop word,
    each time, in any case of ASCII letters); over lines that are not blank: `dclm_bullet_line_ratio` (that
    start with `●`, `•`, `*` or `-`) and `dclm_ellipsis_line_ratio` (that end in `...`, `. . .` or `…`).
    """
    settings = locals()
    data, offsets = utf8(docs["text"])
    values = np.zeros((len(docs), len(SIGNALS)))
    _measure(data, offsets, _pack(stop_words), flags(), values)
    signals = {name: values[:, k] for k, name in enumerate(SIGNALS)}
    for name in ("dclm_word_count", "dclm_stop_word_count"):
        signals[name] = signals[name].astype(np.int64)
    return judge(docs, signals, broken(RULES, signals, settings))


def _pack(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Words in lower case as bytes and offsets."""
    lower = [word.lower().encode() for word in words]
    return np.frombuffer(b"".join(lower) + b"\0", np.uint8), np.cumsum([0, *map(len, lower)]).astype(np.int64)


@kernel
def _measure(data, offsets, stops, table, out):
    for d in range(len(offsets) - 1):
        b, last = offsets[d], offsets[d + 1]
        _, _, out[d, 0], _ = shape(data, b, last, table)
        runs, characters, alphabetic, out[d, 6] = _runs(data, b, last, stops, table)
        out[d, 1] = characters / max(1, runs)
        out[d, 2] = _symbols(data, b, last) / max(1, runs)
        out[d, 3], out[d, 4] = _lines(data, b, last, table)
        out[d, 5] = alphabetic / max(1, runs)


@kernel
def _runs(data, b, last, stops, table):
    """Of the runs between white space: (how many, characters, with a letter, that are stop words)."""
    runs, characters, alphabetic, found = 0, 0, 0, 0
    i = b
    while i < last:
        start, seen = i, np.uint32(0)
        after = i
        while i < last:
            point, after = decode(data, i)
            kinds = flag(point, table)
            if kinds & SPACE:
                break
            seen |= kinds
            characters += 1
            i = after
        if i > start:
            runs += 1
            alphabetic += seen & LETTER != 0
            found += seen & LETTER != 0 and not seen & DIGIT and _stop(data, start, i, stops)
        i = after
    return runs, characters, alphabetic, found


@kernel
def _stop(data, b, e, stops):
    letters, ends = stops
    for p in range(len(ends) - 1):
        size = ends[p + 1] - ends[p]
        k = 0
        while size == e - b and k < size:
            c = data[b + k]
            if (c | 32 if 65 <= c <= 90 else c) != letters[ends[p] + k]:
                break
            k += 1
        if size == e - b and k == size:
            return True
    return False


@kernel
def _symbols(data, b, e):
    """How many `#`, `...`, `. . .` and `…` there are; those of one kind do not overlap."""
    count, dots, spaced = 0, 0, b
    for i in range(b, e):
        c = data[i]
        count += c == 35 or (c == 0xE2 and data[i + 1] == 0x80 and data[i + 2] == 0xA6)
        dots = dots + 1 if c == 46 else 0
        if dots == 3:
            count, dots = count + 1, 0
        if i >= spaced and _spaced(data, i, e):
            count, spaced = count + 1, i + 5
    return count


@kernel
def _spaced(data, i, e):
    """Whether `. . .` starts at byte i."""
    if i + 5 > e:
        return False
    return data[i] == data[i + 2] == data[i + 4] == 46 and data[i + 1] == data[i + 3] == 32


@kernel
def _lines(data, b, last, table):
    """Of the lines that are not blank, the ratios of bullets and of those that end in an ellipsis."""
    lines, bullets, dots = 0, 0, 0
    while b < last:
        e = b
        blank = True
        while e < last and data[e] != 10:
            point, e = decode(data, e)
            blank &= flag(point, table) & SPACE != 0
        if not blank:
            point, _ = decode(data, b)
            lines += 1
            bullets += point == 42 or point == 45 or point == 0x2022 or point == 0x25CF
            three = e - b > 2
            dots += three and (
                (data[e - 3] == 46 and data[e - 2] == 46 and data[e - 1] == 46)
                or (data[e - 3] == 0xE2 and data[e - 2] == 0x80 and data[e - 1] == 0xA6)
                or (e - b > 4 and _spaced(data, e - 5, e))
            )
        b = e + 1
    return bullets / max(1, lines), dots / max(1, lines)
