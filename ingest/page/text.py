"""Runs of text between tags: measured, and counted into the block that is open."""

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page import tags
from winnow.ingest.page.tags import BYTES, CODE, HASH_FACTOR, INSIDE
from winnow.ingest.page.tokens import match_patterns
from winnow.kernels import I16, I32, I64, U8, kernel
from winnow.words import byte

TITLE_PLACES = 1_024  # by hash, for the words of the title
_WORD_HASH = 0xFFFFFFF
_MAX_PHRASE = 120  # bytes of a block in which hints are looked for
_IN_PRE, _IN_BOLD, _IN_CODE = INSIDE["pre"], INSIDE["bold"], INSIDE["code"]
_IN_LINK = INSIDE["a"] | INSIDE["button"]
_TITLE, _HEAD = CODE["title"], CODE["head"]
_SPACE, _UPPER, _DIGIT, _COMMA = tags.SPACE, tags.UPPER, tags.DIGIT, tags.COMMA
_TERMINAL, _CLOSING, _CHARACTER, _PUNCTUATION = tags.TERMINAL, tags.CLOSING, tags.START, tags.PUNCTUATION


@kernel
def read_text(
    d: U8, i: int, n: int, steps: I16, phrases: I64, titles: U8, blocks: I32, stack: I32, state: I64
) -> int:
    """Read text up to the next tag into the open block; of what is hidden, the words of the title."""
    frame = stack[state[col.TOP]]
    row = blocks[state[col.BLOCKS]]
    if frame[col.S_HIDDEN]:
        inside = state[col.TOP] > 1 and stack[state[col.TOP] - 1, col.S_TAG] == _HEAD
        return _read_hidden(d, i, n, titles, inside and frame[col.S_TAG] == _TITLE)
    begun, before = i, row[col.CHARS]
    i = _measure_text(d, i, n, titles, row)
    gained = row[col.CHARS] - before
    if row[col.START] == 0 and (gained or frame[col.S_IN] & _IN_PRE):  # the indentation of code is text
        row[col.START] = begun
    if gained == 0:
        return i
    state[col.PREV] = 0
    if before == 0:
        _fill_place(row, frame, state[col.TOP])
    row[col.END] = i
    if before < _MAX_PHRASE:
        row[col.PHRASE] |= match_patterns(d, begun, min(i, begun + _MAX_PHRASE), steps, phrases)
    if frame[col.S_IN] & _IN_LINK:
        row[col.LINK] += gained
    if frame[col.S_IN] & _IN_BOLD:
        row[col.BOLD] += gained
    if frame[col.S_IN] & _IN_CODE:
        row[col.MONO] += gained
    return i


@kernel
def _fill_place(row: I32, frame: I32, depth: int) -> None:
    """Where a block stands: in the element that is open."""
    row[col.ELEM], row[col.TAG], row[col.IN] = frame[col.S_ELEM], frame[col.S_TAG], frame[col.S_IN]
    row[col.BITS], row[col.NEAR], row[col.LI] = frame[col.S_BITS], frame[col.S_NEAR], frame[col.S_LI]
    row[col.ROW], row[col.CELL], row[col.GROUP] = frame[col.S_ROW], frame[col.S_CELL], frame[col.S_GROUP]
    row[col.LISTS], row[col.DEPTH], row[col.PATH] = frame[col.S_LISTS], depth, frame[col.S_PATH]


@kernel
def _read_hidden(d: U8, i: int, n: int, titles: U8, heading: bool) -> int:
    """Pass over text that is hidden; of a `heading`, the title of the page, note the words."""
    word = np.int64(0)
    while i < n and d[i] != byte.LT:
        if heading:
            c = d[i] | byte.CASE
            if byte.a <= c <= byte.z or d[i] >= 128:
                word = (word * HASH_FACTOR + c) & _WORD_HASH
            elif word:
                titles[word % TITLE_PLACES] = 1
                word = np.int64(0)
        i += 1
    if word:
        titles[word % TITLE_PLACES] = 1
    return i


@kernel
def _measure_text(d: U8, i: int, n: int, titles: U8, row: I32) -> int:
    """Count the characters and words of a text."""
    chars, words, upper, digits, commas, ends, marks, lines, hits = 0, 0, 0, 0, 0, 0, 0, 0, 0
    word, value, closed = np.int64(0), np.int64(row[col.HASH]), row[col.ENDS]
    first = 0
    while i < n and d[i] != byte.LT:
        c = d[i]
        kind = BYTES[c]
        if kind & _SPACE or _measure_blank(d, i):
            lines += c == byte.LF
            i = _pass_blank(d, i)
            if word:
                words += 1
                hits += titles[word % TITLE_PLACES]
                word = np.int64(0)
            continue
        if c == byte.AMPERSAND:  # &amp; &lt; &gt; &quot;
            while i + 1 < n and d[i] != byte.SEMICOLON and d[i + 1] != byte.LT:
                i += 1
            kind = _CHARACTER | _PUNCTUATION
        elif c >= 0xD8:
            kind |= _classify_far_mark(d, i)
        word = (word * HASH_FACTOR + (c | byte.CASE)) & _WORD_HASH
        value = (value * HASH_FACTOR + c) & 0x7FFFFFFF
        first = c if chars == 0 else first
        chars += (kind & _CHARACTER) != 0
        upper += (kind & _UPPER) != 0
        digits += (kind & _DIGIT) != 0
        commas += (kind & _COMMA) != 0
        marks += (kind & _PUNCTUATION) != 0
        ends += (kind & _TERMINAL) != 0
        closed = _is_closed(kind, closed)
        i += 1
    if word:
        words, hits = words + 1, hits + titles[word % TITLE_PLACES]
    _add_counts(row, first, chars, words, upper, digits, commas, ends, marks, lines, hits)
    row[col.HASH], row[col.ENDS] = value, closed
    return i


@kernel
def _is_closed(kind: int, closed: int) -> int:
    """Whether a text ends as a sentence does, behind one more character."""
    if kind & _TERMINAL:
        return 1
    return 0 if not kind & _CLOSING and kind & _CHARACTER else closed


@kernel
def _add_counts(
    row: I32,
    first: int,
    chars: int,
    words: int,
    upper: int,
    digits: int,
    commas: int,
    ends: int,
    marks: int,
    lines: int,
    hits: int,
) -> None:
    """Add what a text has to what its block has."""
    if row[col.CHARS] == 0:
        row[col.FIRST] = first
    row[col.CHARS] += chars
    row[col.WORDS] += words
    row[col.UPPER] += upper
    row[col.DIGIT] += digits
    row[col.COMMA] += commas
    row[col.TERM] += ends
    row[col.PUNCT] += marks
    row[col.LINES] += lines
    row[col.TITLE] += hits


@kernel
def _pass_blank(d: U8, i: int) -> int:
    """Behind a space; a control character becomes one, so that none looks like SKIP."""
    c = d[i]
    if c > byte.BLANK:
        return i + _measure_blank(d, i)
    if c < byte.TAB or byte.CR < c < byte.BLANK:
        d[i] = byte.BLANK
    return i + 1


@kernel
def _measure_blank(d: U8, i: int) -> int:
    """Length of a space that is no ASCII at i (unbroken, of no width, byte order mark, soft hyphen), or 0."""
    c = d[i]
    if c == byte.AMPERSAND:
        return 6 if d[i + 1] == byte.n else 0  # &nbsp;
    if c == 0xC2:
        return 2 if d[i + 1] == 0xA0 or d[i + 1] == 0xAD else 0
    mark = (c == 0xE2 and d[i + 1] == 0x80 and d[i + 2] == 0x8B) or (
        c == 0xEF and d[i + 1] == 0xBB and d[i + 2] == 0xBF
    )
    return 3 if mark else 0


@kernel
def _classify_far_mark(d: U8, i: int) -> int:
    """Commas and ends of sentences beyond Latin: CJK, Arabic, Devanagari."""
    a, b, c = d[i], d[i + 1], d[i + 2]
    if a == 0xE3 and b == 0x80:  # \u3002 and \u3001, of CJK
        return _TERMINAL if c == 0x82 else (_COMMA if c == 0x81 else 0)
    if a == 0xEF and b == 0xBC:  # the full-width ! ? and comma
        return _TERMINAL if c == 0x81 or c == 0x9F else (_COMMA if c == 0x8C else 0)
    if a == 0xD8:  # the Arabic comma and question mark
        return _COMMA if b == 0x8C else (_TERMINAL if b == 0x9F else 0)
    return _TERMINAL if a == 0xE0 and b == 0xA5 and c == 0xA4 else 0
