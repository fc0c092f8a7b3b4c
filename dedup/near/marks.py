"""The marks of a term: which operators stand before it, and whether it is a name by its form.

By the operators `a < b` and `a >= b` are two things, and a sheet of sums is none of differences, though all
their words are the same. Of a gap between two terms only the signs count, not blanks, brackets, quotes and
stops. A bullet, a bar, a rule, emphasis or a quotation mark of Markdown are no operators, nor is a hyphen or
a slash within a word or a date: they tell something only where an operator stands in their place.
"""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
from numpy.typing import NDArray

from winnow.kernels import U8, Bool, Int, kernel
from winnow.words import byte
from winnow.words.unicode import decode

U16 = NDArray[np.uint16]

FIRM = np.uint16(1)
"""An operator wherever it stands, not only beside one."""

PREFIX = np.uint16(2)
"""The term has a sign of its own: a minus before a number, a negation before a name."""

_SIGNS, _SHIFT = np.uint16(0x3FFC), 2
"""Between these bits and the next one stands which signs there are, 0 for none."""

SIGNS = FIRM | PREFIX | _SIGNS
"""All bits that tell of signs."""

RUNS_ON = np.uint16(1 << 14)
"""The term stands in running text: only a blank, or a comma and a blank, parts it from the one before."""

NAME = np.uint16(1 << 15)
"""The term is a name by its form: `ByteBuffer`, `utf8`, `java.util`, `weak_ptr`."""

# ruff: noqa: RUF001
_SPELLED = {"×": "*", "⋅": "·", "∙": "·", "÷": "/", "∕": "/", "−": "-", "–": "-", "—": "-"}
_SPELLED |= {"≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "←": "<-", "⇒": "=>", "¬": "!", "∧": "&&", "∨": "||"}
_FIRM = frozenset("+=<!^%×÷−≤≥≠¬∧∨:?")
_WEAK = frozenset("-–—*/>|&~#$·⋅∙∕→←⇒")
_SIZE, _FIRST, _SECOND, _IS_FIRM = 0x2C00, np.uint16(0x3F), 6, np.uint16(1 << 12)
_SHAPES = range(0x2500, 0x2600)  # boxes and blocks, of which rules and bullets are
_MINUS, _NOT, _WAVE, _HAT, _SLASH = range(1, 6)
_NAMED = "-!~^/"


@functools.cache
def make_table() -> U16:
    """Of each code point below `_SIZE` the one or two signs that it is, by number, and whether it is firm.

    Those beyond ASCII that are not spelled with others are what Unicode 3.2, which every Python has, calls
    mathematical, a currency or another symbol, two numbers each.
    """
    alone = sorted({c for sign in _FIRM | _WEAK for c in _SPELLED.get(sign, sign)} - set(_NAMED))
    number = {sign: n for n, sign in enumerate([*_NAMED, *alone], start=1)}
    table = np.zeros(_SIZE, np.uint16)
    for point in range(0xA2, _SIZE):
        if unicodedata.ucd_3_2_0.category(chr(point)) in ("Sm", "Sc", "So") and point not in _SHAPES:
            table[point] = 40 + point % 24 | 1 + point // 24 % 63 << _SECOND | _IS_FIRM
    for sign in _FIRM | _WEAK:
        first, *second = (number[c] for c in _SPELLED.get(sign, sign))
        table[ord(sign)] = first | sum(second) << _SECOND | (_IS_FIRM if sign in _FIRM else 0)
    return table


@kernel
def mark(data: U8, begin: Int, ended: Int, first: Int, named: Bool, table: U16) -> np.uint16:
    """The marks of the term at `first`, `named` by its form (`is_name`), after a term that `ended`, in a
    document that begins at `begin`."""
    found = name_signs(data, ended, first, begin, table)
    if ended > begin and _runs_on(data, ended, first):
        found |= RUNS_ON
    return found | NAME if named else found


@kernel
def name_signs(data: U8, start: Int, stop: Int, begin: Int, table: U16) -> np.uint16:
    """The signs between a term that ends at `start` and one that begins at `stop`, as a number; across lines
    those that touch the term before. The document begins at `begin`."""
    if _is_plain(data, start, stop, table):
        return np.uint16(0)
    # Of the signs that count: all, or across lines those that touch the term before.
    told, count = np.uint32(0), 0
    firm: Bool = False
    only: Int = 0
    last: Int = 0  # the sign that ends here, if any; where its run began, and what stands before that
    run: Int = start
    before: Int = 0
    i = start
    broken, glued = _has_break(data, start, stop), start > begin
    while i < stop:
        point, after = decode(data, i)
        sign = np.int64(table[point]) if point < _SIZE and _counts(data, i, start, stop) else 0
        if not sign:
            glued, before, run = glued and point > byte.BLANK, np.int64(point), after
        elif glued or not broken:
            told, count, only = _add(told, sign), count + 1, sign
            firm = firm or sign & _IS_FIRM > 0 or _is_twice(data, i, start)
        last, i = sign, after
    if count == 1 and start > begin and not broken:
        told, firm = _judge_one(data, start, stop, run > start, last, only, told, firm)
    found = _shorten(told) | (FIRM if firm else np.uint16(0))
    if last and (run > start or start == begin) and _is_own(last, before, data[stop]):
        found |= PREFIX
    return found


@kernel(inlined=True)
def _is_plain(data: U8, start: Int, stop: Int, table: U16) -> Bool:
    """Whether one byte at most parts two terms, which is no sign: as it mostly is."""
    return stop - start < 2 and (stop == start or data[start] >= 128 or table[data[start]] == 0)


@kernel(inlined=True)
def _is_twice(data: U8, i: Int, start: Int) -> Bool:
    """Whether a sign, no hyphen, stands behind one like it: `>>`, `&&`."""
    return i > start and data[i] == data[i - 1] and data[i] != byte.HYPHEN


@kernel(inlined=True)
def _judge_one(
    data: U8, start: Int, stop: Int, apart: Bool, last: Int, only: Int, told: np.uint32, firm: Bool
) -> tuple[np.uint32, Bool]:
    """One sign alone between two terms of a line: a hyphen or a slash within a word or a date is none, and
    any sign is firm that stands `apart` beside a number."""
    if not apart and last and only in (_MINUS, _SLASH):
        return np.uint32(0), firm
    return told, firm or (apart and (_is_digit(data[start - 1]) or _is_digit(data[stop])))


@kernel(inlined=True)
def _runs_on(data: U8, start: Int, stop: Int) -> Bool:
    """Whether a sentence goes on between two terms."""
    if stop - start == 2:
        return data[start] == byte.COMMA and data[start + 1] == byte.BLANK
    return stop - start == 1 and data[start] == byte.BLANK


@kernel(inlined=True)
def _has_break(data: U8, start: Int, stop: Int) -> Bool:
    """Whether a line ends between two terms."""
    breaks = 0
    for i in range(start, stop):
        breaks += data[i] == byte.LF or data[i] == byte.CR
    return breaks > 0


@kernel(inlined=True)
def _counts(data: U8, i: Int, start: Int, stop: Int) -> Bool:
    """Whether a sign is one here: a bar where there are two, a colon or a question mark before `=`."""
    if data[i] == byte.PIPE:
        return (i > start and data[i - 1] == byte.PIPE) or (i + 1 < stop and data[i + 1] == byte.PIPE)
    if data[i] == byte.COLON or data[i] == byte.QUESTION:
        return i + 1 < stop and data[i + 1] == byte.EQ
    return True


@kernel(inlined=True)
def _is_digit(b: Int) -> Bool:
    return byte.ZERO <= b <= byte.NINE


@kernel(inlined=True)
def _add(told: np.uint32, sign: Int) -> np.uint32:
    """The number of a run of signs, with one more."""
    told = told * np.uint32(131) + np.uint32(sign & 63)
    second = sign >> 6 & 63
    return told * np.uint32(131) + np.uint32(second) if second else told


@kernel(inlined=True)
def _shorten(told: np.uint32) -> np.uint16:
    """The number of a run as it is kept: 0 for none, and else never 0."""
    if not told:
        return np.uint16(0)
    return np.uint16(((told * np.uint32(0x9E3779B1)) >> np.uint32(20) | np.uint32(1)) << np.uint32(_SHIFT))


@kernel(inlined=True)
def _is_own(sign: Int, before: Int, after: Int) -> Bool:
    """Whether a sign that touches the term after it, and not the one before, belongs to that term."""
    last = (sign >> 6 & 63) or sign & 63
    if last == _MINUS:
        return _is_digit(after)
    if last == _HAT:
        return before == byte.LBRACKET
    return last in (_NOT, _WAVE) and not _is_digit(after)


@kernel(inlined=True)
def differ(mine: np.uint16, theirs: np.uint16) -> Bool:
    """Whether the signs before a term and those before the same term of another text are two things."""
    if (mine ^ theirs) & PREFIX:
        return True
    both = mine & _SIGNS and theirs & _SIGNS
    return both and (mine ^ theirs) & _SIGNS and (mine | theirs) & FIRM


@kernel
def is_name(data: U8, first: Int, stop: Int, joined: Bool) -> Bool:
    """Whether a term is a name by its form: with a capital inside, of letters and figures, or `joined`; but
    not a version (`v2`), which stands on a page many times."""
    letters, figures, small, inside = 0, 0, 0, 0
    for i in range(first, stop):
        b = data[i]
        low, high = b >= 128 or byte.a <= b <= byte.z, byte.A <= b <= byte.Z
        figures += _is_digit(b)
        letters += low or high
        small += low
        inside += high and i > first
    if letters == 1 and data[first] | byte.CASE == byte.v:
        return False
    return (inside > 0 and small > 0) or (letters > 0 and (figures > 0 or joined))
