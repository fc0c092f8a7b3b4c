"""The look of blocks: lines that were only broken to fit a page are one again before they are measured."""

from typing import Final

import numpy as np

from winnow.kernels import F64, I64, U8, kernel
from winnow.words import byte
from winnow.words.lines import Lines

SIGNALS: Final = (
    "log_blocks",
    "log_block_length",
    "block_spread",
    "short_block_ratio",
    "long_block_ratio",
    "bullet_block_ratio",
    "closed_block_ratio",
    "comma_block_ratio",
    "colon_block_ratio",
    "digit_block_ratio",
    "repeated_block_ratio",
    "digit_byte_ratio",
)
(_BLOCKS, _LENGTH, _SPREAD, _SHORT, _LONG, _BULLET, _CLOSED, _COMMA, _COLON, _DIGITS, _AGAIN, _DIGIT) = range(
    12
)
_END = np.isin(np.arange(256), list(b".!?\"')"))
WRAPPED = 50  # bytes from which on a line may have been broken to fit a page
SHORT, LONG = 30, 200  # bytes of a block
MOST = 400  # lines that are looked at: the first half of them, and the last


@kernel
def measure(lines: Lines, rows: I64, out: F64) -> None:
    """Write the signals of each row's document into its row of `out`, a column for each of `SIGNALS`."""
    for r in range(len(rows)):
        found = out[r]
        begin, end = lines.doc[rows[r]], lines.doc[rows[r] + 1]
        skip, count, size, k = max(0, end - begin - MOST), 0, 0, begin
        while k < end:
            if skip and begin + MOST // 2 <= k < begin + MOST // 2 + skip:
                k = begin + MOST // 2 + skip
            last = _find_last(lines, k, end)
            if lines.left[k] < lines.right[k]:
                count += 1
                size += lines.right[last] - lines.left[k]
                _add_block(lines, k, last, found)
            k = last + 1
        for j in range(1, len(SIGNALS)):
            found[j] /= max(1, size if j == _DIGIT else count)
        found[_BLOCKS] = np.log1p(count)
        found[_SPREAD] = np.sqrt(max(0.0, found[_SPREAD] - found[_LENGTH] * found[_LENGTH]))


@kernel
def _find_last(lines: Lines, k: int, end: int) -> int:
    """The last line of the block that starts with line k."""
    while k + 1 < end and lines.right[k] - lines.left[k] >= WRAPPED and not _is_closed(lines, k):
        b, e = lines.left[k + 1], lines.right[k + 1]
        if b == e or is_bullet(lines.data, b, e):
            break
        k += 1
    return k


@kernel
def _is_closed(lines: Lines, k: int) -> bool:
    """Whether a line ends as a sentence does: with its mark, a quote or a bracket."""
    data, e = lines.data, lines.right[k]
    if e - lines.left[k] >= 3 and data[e - 3] == 0xE2 and data[e - 2] == 0x80:
        return bool(data[e - 1] == 0x99 or data[e - 1] == 0x9D)  # bent quotes
    full = e - lines.left[k] >= 3 and data[e - 3] == 0xE3 and data[e - 2] == 0x80 and data[e - 1] == 0x82
    return bool(full or _END[data[e - 1]])


@kernel
def is_bullet(data: U8, b: int, e: int) -> bool:
    """Whether [b, e) starts like an item of a list."""
    first = data[b]
    plain = first == byte.HYPHEN or first == byte.STAR or first == byte.PLUS
    if plain:
        return e - b > 1 and data[b + 1] == byte.BLANK
    drawn = first == 0xE2 and e - b > 3  # U+2022 and signs beyond U+203F: neither quotes nor dashes
    return drawn and (data[b + 1] != 0x80 or data[b + 2] == 0xA2)


@kernel
def _add_block(lines: Lines, k: int, last: int, found: F64) -> None:
    data, b, e = lines.data, lines.left[k], lines.right[last]
    bullet = is_bullet(data, b, e)
    digits, log = 0, np.log1p(e - b)
    for i in range(b, e):
        digits += byte.ZERO <= data[i] <= byte.NINE
    found[_LENGTH] += log
    found[_SPREAD] += log * log
    found[_SHORT] += e - b <= SHORT
    found[_LONG] += e - b > LONG
    found[_BULLET] += bullet
    found[_CLOSED] += _is_closed(lines, last)
    found[_COMMA] += data[e - 1] == byte.COMMA or data[e - 1] == byte.SEMICOLON
    found[_COLON] += data[e - 1] == byte.COLON
    found[_DIGITS] += 4 * digits > e - b
    found[_AGAIN] += lines.again[k]
    found[_DIGIT] += digits
