"""Where a line stands in its document, and what stands around it: the columns that the trees read.

A line of prose is one that ends as a sentence does and is long. Blank lines are none.
"""

import numpy as np

from winnow.classifiers.line import signals as own
from winnow.kernels import F32, F64, I64, U64, kernel

PLACE = (
    "lines",  # log2 of the document's
    "document",  # log2 of their width
    "prose",  # share of that in lines of prose
    "repeated",  # share of the lines that stand in it more than once
    "from_start",  # log2 of lines
    "from_end",
    "place",  # share of the lines before it
    "width_before",  # share of the width
    "prose_before",  # share of the prose, 0.5 where there is none
    "prose_last",  # log2 of lines back to the last line of prose, 12 where there is none
    "prose_next",
    "prose_near",  # share of prose in the width of two lines on either side
    "prose_around",  # the same of six
    "form_near",  # of six lines on either side, those with the same row of signs
    "start_near",  # and with the same first word
    "width_near",  # mean difference in width to two lines on either side
)
_BASE = len(own.NAMES)
LINES, DOCUMENT, PROSE, REPEATED, FROM_START, FROM_END, AT, WIDTH_BEFORE = range(_BASE, _BASE + 8)
PROSE_BEFORE, PROSE_LAST, PROSE_NEXT, PROSE_NEAR, PROSE_AROUND = range(_BASE + 8, _BASE + 13)
FORM_NEAR, START_NEAR, WIDTH_NEAR = range(_BASE + 13, _BASE + 16)
NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
SHOWN = np.array(
    [own.WIDTH, own.FIRST, own.LAST, own.UPPERS, own.CAPITALS, own.DIGITS, own.SHORTS, own.KNOWN, own.REPEATS]
)
NAMES = (
    *own.NAMES,
    *PLACE,
    *(f"{own.NAMES[k]}{n:+}" for n in NEIGHBOURS for k in SHOWN),
)
COUNT = len(NAMES)
ABSENT = -3.0  # what a neighbour is that is not there
FAR = 12.0
PROSE_WIDTH = 60.0
_OFFSETS = np.array(NEIGHBOURS)


@kernel
def place_lines(first: I64, keys: U64, prose: F64, out: F32) -> None:
    """Fill in all columns behind the lines' own; `prose` has room for two numbers a line."""
    for r in range(len(first) - 1):
        b, e = first[r], first[r + 1]
        for k in range(b, e):
            width = 2.0 ** out[k, own.WIDTH] - 1
            prose[k, 0] = width
            prose[k, 1] = width if out[k, own.LAST] == 4 and width >= PROSE_WIDTH else 0
        _place_document(b, e, prose, out)
        _find_prose(b, e, prose, out)
        for k in range(b, e):
            _measure_around(b, e, k, keys, prose, out)
            _show_neighbours(b, e, k, out)


@kernel
def _place_document(b: int, e: int, prose: F64, out: F32) -> None:
    """Where each line stands, and what kind of document it is in."""
    width, long, again = 0.0, 0.0, 0
    for k in range(b, e):
        width, long, again = width + prose[k, 0], long + prose[k, 1], again + (out[k, own.REPEATS] > 0)
    before, prose_before = 0.0, 0.0
    for k in range(b, e):
        out[k, LINES], out[k, DOCUMENT] = np.log2(1 + e - b), np.log2(1 + width)
        out[k, PROSE], out[k, REPEATED] = long / max(width, 1), again / (e - b)
        out[k, FROM_START], out[k, FROM_END] = np.log2(1 + k - b), np.log2(e - k)
        out[k, AT], out[k, WIDTH_BEFORE] = (k - b) / (e - b), before / max(width, 1)
        out[k, PROSE_BEFORE] = prose_before / long if long else 0.5
        before, prose_before = before + prose[k, 0], prose_before + prose[k, 1]


@kernel
def _find_prose(b: int, e: int, prose: F64, out: F32) -> None:
    """How far the last and the next line of prose are."""
    last, following = -1, -1
    for k in range(b, e):
        out[k, PROSE_LAST] = np.log2(1 + k - last) if last >= 0 else FAR
        last = k if prose[k, 1] else last
    for i in range(e - b):
        k = e - 1 - i
        out[k, PROSE_NEXT] = np.log2(1 + following - k) if following >= 0 else FAR
        following = k if prose[k, 1] else following


@kernel
def _measure_around(b: int, e: int, k: int, keys: U64, prose: F64, out: F32) -> None:
    """What the lines on both sides of line k have of prose and of its own form."""
    near, near_prose, around, around_prose, form, start, apart, many = 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0
    for i in range(max(b, k - 6), min(e, k + 7)):
        if i == k:
            continue
        around, around_prose = around + prose[i, 0], around_prose + prose[i, 1]
        form += keys[i, own.FORM] == keys[k, own.FORM]
        start += keys[i, own.START] == keys[k, own.START]
        if abs(i - k) <= 2:
            near, near_prose, many = near + prose[i, 0], near_prose + prose[i, 1], many + 1
            apart += abs(out[i, own.WIDTH] - out[k, own.WIDTH])
    out[k, PROSE_NEAR] = near_prose / max(near, 1)
    out[k, PROSE_AROUND] = around_prose / max(around, 1)
    out[k, FORM_NEAR], out[k, START_NEAR], out[k, WIDTH_NEAR] = form, start, apart / max(many, 1)


@kernel
def _show_neighbours(b: int, e: int, k: int, out: F32) -> None:
    """Signals of the lines on both sides of line k."""
    column = WIDTH_NEAR + 1
    for n in _OFFSETS:
        inside = b <= k + n < e
        for name in SHOWN:
            out[k, column] = out[k + n, name] if inside else ABSENT
            column += 1
