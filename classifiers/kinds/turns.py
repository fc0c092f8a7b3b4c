"""Signals of lines that tell talk, tables, settings and menus apart, beside those of `classifiers.head`."""

from typing import Final

import numpy as np
import polars as pl

from winnow.kernels import F64, I64, U8, kernel
from winnow.words import byte
from winnow.words.cache import lines_of
from winnow.words.lines import Lines

SIGNALS: Final = (
    "quoted_line_ratio",
    "answer_ratio",
    "spoken_line_ratio",
    "name_line_ratio",
    "name_again_ratio",
    "capitals_line_ratio",
    "aligned_line_ratio",
    "setting_line_ratio",
    "semicolon_line_ratio",
    "tag_line_ratio",
    "command_line_ratio",
    "title_line_ratio",
    "paragraph_ratio",
    "dollar_ratio",
    "macro_ratio",
)
(_QUOTED, _ANSWER, _SPOKEN, _NAME, _AGAIN, _CAPITALS, _ALIGNED, _SETTING, _SEMICOLON, _TAG, _COMMAND) = range(
    11
)
(_TITLE, _PARAGRAPH, _DOLLAR, _MACRO) = range(11, 15)
MOST = 400  # lines that are looked at
NAMED, TITLE, LONG = 30, 60, 140  # bytes of a name before its colon, of a menu's item, of a paragraph's line
KEPT = 8  # names of speakers that are kept to be met again


def measure(text: pl.Series) -> np.ndarray:
    """One row a document, one column (float64, finite) for each of `SIGNALS`."""
    lines, rows = lines_of(text)
    out = np.zeros((len(rows), len(SIGNALS)))
    _measure_documents(lines, rows, np.zeros(KEPT, np.int64), out)
    return out


@kernel
def _measure_documents(lines: Lines, rows: I64, names: I64, out: F64) -> None:
    for r in range(len(rows)):
        begin, end = lines.doc[rows[r]], lines.doc[rows[r] + 1]
        skip = max(0, end - begin - MOST)
        count, size, before, marks = 0, 0, False, 0
        names[:] = 0
        for k in range(begin, end):
            if lines.left[k] == lines.right[k] or (
                skip and begin + MOST // 2 <= k < begin + MOST // 2 + skip
            ):
                continue
            count += 1
            size += lines.right[k] - lines.left[k]
            found = out[r]
            quoted = lines.data[lines.left[k]] == byte.GT
            found[_ANSWER] += before and not quoted
            before = quoted
            now = _add_line(lines.data, lines.left[k], lines.right[k], names, found)
            found[_ALIGNED] += now > 0 and now == marks
            marks = now
        for s in range(len(SIGNALS)):
            out[r, s] /= max(1, size if s >= _PARAGRAPH else count)


@kernel
def _count_signs(data: U8, b: int, e: int, found: F64) -> tuple[int, int, int, int]:
    """Small letters, capitals, marks between cells and equals signs of a line; its dollars and macros are
    counted."""
    small, capitals, marks, equals = 0, 0, 0, 0
    for i in range(b, e):
        c = data[i]
        small += byte.a <= c <= byte.z
        capitals += byte.A <= c <= byte.Z
        marks += c == byte.COMMA or c == byte.PIPE or c == byte.TAB
        equals += c == byte.EQ
        found[_DOLLAR] += c == ord("$")
        found[_MACRO] += c == byte.BACKSLASH and i + 1 < e and byte.a <= data[i + 1] | byte.CASE <= byte.z
    return small, capitals, marks, equals


@kernel
def _add_line(data: U8, b: int, e: int, names: I64, found: F64) -> int:
    """Count a line; how many commas, bars and tabs it has."""
    first, last = data[b], data[e - 1]
    found[_QUOTED] += first == byte.GT
    found[_SPOKEN] += _is_speech(data, b, e)
    found[_SEMICOLON] += last == byte.SEMICOLON
    found[_TAG] += first == byte.LT and last == byte.GT
    found[_COMMAND] += (
        first == byte.HYPHEN
        and e > b + 1
        and (data[b + 1] == byte.HYPHEN or (e > b + 2 and data[b + 2] <= byte.BLANK))
    )
    name = _hash_name(data, b, e)
    if name:
        found[_NAME] += 1
        found[_AGAIN] += _meet(names, name)
    small, capitals, marks, equals = _count_signs(data, b, e, found)
    found[_CAPITALS] += small == 0 and capitals > 2
    found[_SETTING] += equals == 1 and last != byte.SEMICOLON and _is_word_before(data, b, e)
    closed = last == byte.DOT or last == byte.BANG or last == byte.QUESTION or last == byte.COMMA
    found[_TITLE] += (
        byte.A <= first <= byte.Z and e - b <= TITLE and not closed and small > 2 and last != byte.COLON
    )
    if e - b > LONG:
        found[_PARAGRAPH] += e - b
    return marks


@kernel
def _is_speech(data: U8, b: int, e: int) -> bool:
    """Whether a line starts with a quotation mark or a long dash."""
    if data[b] == byte.QUOTE:
        return True
    return e - b > 3 and data[b] == 0xE2 and data[b + 1] == 0x80 and (0x93 <= data[b + 2] <= 0x9D)


@kernel
def _is_word_before(data: U8, b: int, e: int) -> bool:
    """Whether what stands before the first equals sign is one word."""
    for i in range(b, e):
        if data[i] == byte.EQ:
            return i > b
        if data[i] <= byte.BLANK and not (i + 1 < e and data[i + 1] == byte.EQ):
            return False
    return False


@kernel
def _hash_name(data: U8, b: int, e: int) -> int:
    """A number of the name that a line starts with (`NAME:`, `<name>`, a time before it), else 0."""
    start = b
    if data[b] == byte.LBRACKET or byte.ZERO <= data[b] <= byte.NINE:
        for i in range(b, min(e, b + NAMED)):
            if data[i] == byte.LT or data[i] == byte.RBRACKET:
                start = i + (data[i] == byte.RBRACKET)
                break
    while start < e and data[start] == byte.BLANK:
        start += 1
    stop = byte.GT if start < e and data[start] == byte.LT else byte.COLON
    value = 5381
    for i in range(start, min(e, start + NAMED)):
        if data[i] == stop:
            spaced = i + 1 == e or data[i + 1] == byte.BLANK
            return value if i > start + 1 - (stop == byte.COLON) and spaced else 0
        value = (value * 33 + data[i]) & 0xFFFFFFFF
    return 0


@kernel
def _meet(names: I64, name: int) -> bool:
    """Whether a name is among those kept; it then is."""
    for k in range(len(names)):
        if names[k] == name:
            return True
    for k in range(len(names) - 1, 0, -1):
        names[k] = names[k - 1]
    names[0] = name
    return False
