"""The look of a text's lines, in numbers: what tells code, tables and menus from prose."""

from typing import Final

import numpy as np

from winnow.kernels import F64, I64, U8, kernel
from winnow.words import byte
from winnow.words.lines import Lines

SIGNALS: Final = (
    "log_lines",
    "log_line_length",
    "log_longest_line",
    "line_spread",
    "short_line_ratio",
    "long_line_ratio",
    "indented_line_ratio",
    "bullet_line_ratio",
    "closed_line_ratio",
    "code_line_ratio",
    "column_line_ratio",
    "speaker_line_ratio",
    "digit_line_ratio",
    "repeated_line_ratio",
    "empty_line_ratio",
    "operator_ratio",
    "digit_ratio",
    "backslash_ratio",
)
(_LINES, _LENGTH, _LONGEST, _SPREAD, _SHORT, _LONG, _INDENTED, _BULLET, _CLOSED) = range(9)
(_CODE, _COLUMNS, _SPEAKER, _DIGITS, _REPEATED, _EMPTY, _OPERATOR, _DIGIT, _BACKSLASH) = range(9, 18)
_END = np.isin(np.arange(256), list(b".!?\"')"))
_CODE_END = np.isin(np.arange(256), list(b"{};),\\>"))
_OPERATORS = np.isin(np.arange(256), list(b"=<>+*/^_{}[]()|&%$#@~"))
SHORT, LONG = 30, 120  # bytes of a line
MOST = 400  # lines that are looked at: the first half of them, and the last


def measure(lines: Lines, rows: I64, out: F64) -> None:
    """Write the signals of each row's document into its row of `out`."""
    _measure_documents(lines, rows, out)


@kernel
def _measure_documents(lines: Lines, rows: I64, out: F64) -> None:
    for r in range(len(rows)):
        found = out[r]
        begin, end = lines.doc[rows[r]], lines.doc[rows[r] + 1]
        skip = max(0, end - begin - MOST)
        count, size = 0, 0
        for k in range(begin, end):
            if skip and begin + MOST // 2 <= k < begin + MOST // 2 + skip:
                continue
            if lines.left[k] == lines.right[k]:
                found[_EMPTY] += 1
                continue
            count += 1
            size += lines.right[k] - lines.left[k]
            _add_line(lines, k, found)
        _finish(found, count, size, end - begin)


@kernel
def _add_line(lines: Lines, k: int, found: F64) -> None:
    data, b, e = lines.data, lines.left[k], lines.right[k]
    size, first, last = e - b, data[b], data[e - 1]
    log = np.log1p(size)
    found[_LENGTH] += log
    found[_SPREAD] += log * log
    found[_LONGEST] = max(found[_LONGEST], log)
    found[_SHORT] += size <= SHORT
    found[_LONG] += size > LONG
    found[_INDENTED] += b - lines.start[k] >= 2 or data[lines.start[k]] == byte.TAB
    bullet = first == byte.HYPHEN or first == byte.STAR or first == byte.PLUS or (first == 0xE2 and size > 3)
    found[_BULLET] += bullet and (first == 0xE2 or (size > 1 and data[b + 1] == byte.BLANK))
    found[_CLOSED] += _END[last]
    found[_CODE] += _CODE_END[last]
    found[_REPEATED] += lines.again[k]
    digits, operators, backslashes, gaps, colon = _count_bytes(data, b, e)
    found[_DIGIT] += digits
    found[_OPERATOR] += operators
    found[_BACKSLASH] += backslashes
    found[_COLUMNS] += gaps >= 2
    found[_DIGITS] += 3 * digits > size
    found[_SPEAKER] += 0 < colon <= 30 and 3 * operators < colon


@kernel
def _count_bytes(data: U8, b: int, e: int) -> tuple[int, int, int, int, int]:
    """Digits, operators, backslashes, gaps between columns, and how far it is to a first colon and blank."""
    digits, operators, backslashes, gaps, colon = 0, 0, 0, 0, 0
    for i in range(b, e):
        c = data[i]
        digits += byte.ZERO <= c <= byte.NINE
        operators += _OPERATORS[c]
        backslashes += c == byte.BACKSLASH
        wide = c == byte.BLANK and data[i - 1] == byte.BLANK and (i < b + 2 or data[i - 2] != byte.BLANK)
        gaps += wide or c == byte.TAB or c == byte.PIPE
        if c == byte.COLON and colon == 0:
            colon = i - b if i + 1 == e or data[i + 1] == byte.BLANK else -1
    return digits, operators, backslashes, gaps, colon


@kernel
def _finish(found: F64, count: int, size: int, lines: int) -> None:
    """Sums become means."""
    found[_LINES] = np.log1p(count)
    for k in range(len(SIGNALS)):
        if k != _LINES and k != _LONGEST and k != _EMPTY and k < _OPERATOR:
            found[k] /= max(1, count)
    found[_SPREAD] = np.sqrt(max(0.0, found[_SPREAD] - found[_LENGTH] * found[_LENGTH]))
    found[_EMPTY] /= max(1, lines)
    for k in range(_OPERATOR, _BACKSLASH + 1):
        found[k] /= max(1, size)
