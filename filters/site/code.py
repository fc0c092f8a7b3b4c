"""Lines that may be code, told by their form alone: for what takes lines out of texts that have no fences."""

import numpy as np

from winnow.kernels import I64, U8, Bools, kernel
from winnow.words import byte

_CLOSING = np.zeros(256, np.bool_)  # of what a line may consist that only opens, closes or leaves out
_CLOSING[list(b"{}[]();,. \t\r")] = True
_SIGNS = np.zeros(256, np.bool_)  # what prose has not
_SIGNS[list(b"={}\\")] = True


@kernel
def find_signs(data: U8, doc: I64, begin: I64, end: I64, code: Bools) -> None:
    """Whether each line has signs of code. Blank lines have none.

    Signs: nothing but brackets and dots; one of `= { } \\`; a semicolon at the end; a prompt (`$ `, `>>>`,
    `...`) before it; a colon at the end and an indented line after it.
    """
    for k in range(len(begin)):
        first, last = _strip(data, begin[k], end[k])
        code[k] = first < last and _has_sign(data, first, last)
        if first < last and data[last - 1] == byte.COLON and k + 1 < len(begin) and doc[k + 1] == doc[k]:
            code[k] = code[k] or _is_indented(data, begin[k + 1], end[k + 1])


@kernel
def find_blocks(data: U8, doc: I64, begin: I64, end: I64, code: Bools) -> None:
    """Add all lines between two blank ones of which any is indented, or beside which two blank lines stand.

    An indented item of a list does not count; nor do blank lines at the ends of a text.
    """
    k, blanks, before = 0, 0, -1
    while k < len(begin):
        if _is_blank(data, begin[k], end[k]):
            k, blanks = k + 1, blanks + 1
            continue
        start, indented = k, False
        while k < len(begin) and doc[k] == doc[start] and not _is_blank(data, begin[k], end[k]):
            indented = indented or _is_indented(data, begin[k], end[k])
            k += 1
        apart = blanks > 1 and before >= 0 and doc[before] == doc[start]
        for i in range(start, k):
            code[i] = code[i] or indented or apart
        while apart and not _is_blank(data, begin[before], end[before]):
            code[before] = True
            before -= 1
            apart = before >= 0 and doc[before] == doc[start]
        before, blanks = k - 1, 0


@kernel
def _strip(data: U8, first: int, last: int) -> tuple[int, int]:
    """The bounds of a line without white space of ASCII at its ends."""
    while first < last and data[first] <= byte.BLANK:
        first += 1
    while last > first and data[last - 1] <= byte.BLANK:
        last -= 1
    return first, last


@kernel
def _is_blank(data: U8, first: int, last: int) -> bool:
    first, last = _strip(data, first, last)
    return first == last


@kernel
def _is_indented(data: U8, begin: int, end: int) -> bool:
    """Whether a line begins with white space, and what follows is no list item."""
    first, last = _strip(data, begin, end)
    return begin < first < last and not _is_item(data, first, last)


@kernel
def _has_sign(data: U8, first: int, last: int) -> bool:
    if data[last - 1] == byte.SEMICOLON:
        return True
    second = data[first + 1] if first + 1 < last else byte.LF
    third = data[first + 2] if first + 2 < last else byte.LF
    if data[first] == byte.DOLLAR and second == byte.BLANK:
        return True
    if data[first] == second == third and (second == byte.GT or second == byte.DOT):
        return True
    closing = True
    for i in range(first, last):
        if _SIGNS[data[i]]:
            return True
        closing = closing and _CLOSING[data[i]]
    return closing


@kernel
def _is_item(data: U8, first: int, last: int) -> bool:
    """Whether a line begins with the mark of a list item, `-` or a number."""
    i = first
    while i < last and byte.ZERO <= data[i] <= byte.NINE:
        i += 1
    mark = data[i] == byte.DOT if i > first else data[i] == byte.HYPHEN
    return mark and i + 1 < last and data[i + 1] == byte.BLANK
