"""The text of chosen blocks: paragraphs apart, list items and table rows a line each, code as it stands."""

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.tags import BLOCK as _BLOCK
from winnow.ingest.page.tags import CODE, INSIDE, KIND_OF, PLACE_OF, Array
from winnow.ingest.page.tags import MONO as _MONO
from winnow.ingest.page.tokens import SKIP, find_code, read_name, skip_tag
from winnow.kernels import I32, U8, Bools, kernel
from winnow.words import byte

_MAX_INDENT = 4
_LONGEST_LEAD = 32  # bytes before a block: an empty line, indentation, the number of a list item

_PRE, _CODE, _APART = INSIDE["pre"], INSIDE["code"], INSIDE["p"] | INSIDE["heading"] | INSIDE["blockquote"]
_IN_TABLE = INSIDE["table"]
_BR, _Q, _LI, _DT, _DD, _TABLE = (CODE[name] for name in ("br", "q", "li", "dt", "dd", "table"))


def render(page: Page, keep: Array) -> str:
    """Text of the blocks to keep: Markdown's list marks, ` | ` between cells, no other markup."""
    size = len(page.data) + _LONGEST_LEAD * int(np.count_nonzero(keep))
    out = np.empty(size, np.uint8)
    length = _render(page.data, page.blocks, page.elements, keep, out)
    return out[:length].tobytes().decode("utf-8")


@kernel
def _render(d: U8, blocks: I32, elems: I32, keep: Bools, out: U8) -> int:
    """Write the blocks to keep; returns where the text ends."""
    o, before, item = 0, -1, -1
    for b in range(len(blocks)):
        if not keep[b]:
            continue
        row = blocks[b]
        if before >= 0:
            o = _trim(out, o)
            o = _separate(blocks[before], row, elems, out, o)
        if row[col.LI] > item:
            item = row[col.LI]
            o = _write_mark(row, elems[item, col.NUMBER], out, o)
        cell = row[col.ROW] >= 0 and elems[row[col.ROW], col.LAYOUT] == 0
        if _is_code(row):
            o = _write_verbatim(d, row[col.START], row[col.END], out, o)
        else:
            o = _write_flowing(d, row[col.START], row[col.END], row[col.IN] & _CODE != 0, cell, out, o)
        before = b
    return _trim(out, o)


@kernel
def _is_code(row: I32) -> bool:
    """In a `pre`, or all in `code` and over several lines."""
    return bool(row[col.IN] & _PRE != 0 or (row[col.MONO] == row[col.CHARS] and row[col.LINES] > 1))


@kernel
def _trim(out: U8, o: int) -> int:
    """Where what is written ends without white space."""
    while o > 0 and (out[o - 1] == byte.BLANK or out[o - 1] == byte.LF):
        o -= 1
    return o


@kernel
def _separate(last: I32, row: I32, elems: I32, out: U8, o: int) -> int:
    """What stands between two blocks."""
    same = row[col.ROW] >= 0 and row[col.ROW] == last[col.ROW] and elems[row[col.ROW], col.LAYOUT] == 0
    if same:
        for _ in range(last[col.CELL], row[col.CELL]):
            out[o], out[o + 1], out[o + 2] = byte.BLANK, byte.PIPE, byte.BLANK
            o += 3
        if last[col.CELL] == row[col.CELL]:
            out[o] = byte.BLANK
            o += 1
        return o
    out[o] = byte.LF
    if _is_tight(last, row, elems):
        return o + 1
    out[o + 1] = byte.LF
    return o + 2


@kernel
def _is_tight(last: I32, row: I32, elems: I32) -> bool:
    """Whether one line break parts two blocks: items of a list, rows of a table, lines of an element."""
    rows = row[col.ROW] >= 0 and last[col.ROW] >= 0 and row[col.ROW] != last[col.ROW]
    if rows and _are_rows(last[col.ROW], row[col.ROW], elems):
        return True
    if row[col.GROUP] >= 0 and row[col.GROUP] == last[col.GROUP]:
        if row[col.LISTS] and last[col.LISTS]:
            return not _are_paragraphs(last, row, elems)
        if row[col.ROW] >= 0 and last[col.ROW] >= 0:
            return bool(rows and row[col.IN] & last[col.IN] & _PRE)
    if (row[col.IN] | last[col.IN]) & (_APART | _PRE) or row[col.GROUP] != last[col.GROUP]:
        return False
    a, b = row[col.ELEM], last[col.ELEM]
    return bool(a != b and a >= 0 and b >= 0 and elems[a, col.PARENT] == elems[b, col.PARENT])


@kernel
def _are_rows(last: int, row: int, elems: I32) -> bool:
    """Whether two rows are of one table, and one of data; the other may be of one cell, a title of rows."""
    data = elems[last, col.LAYOUT] == 0, elems[row, col.LAYOUT] == 0
    if not (data[0] or data[1]):
        return False
    if not ((data[0] or elems[last, col.NUMBER] < 2) and (data[1] or elems[row, col.NUMBER] < 2)):
        return False
    return _find_table(last, elems) == _find_table(row, elems)


@kernel
def _find_table(row: int, elems: I32) -> int:
    """The table of a row, or -1."""
    while row >= 0 and elems[row, col.E_TAG] != _TABLE:
        row = elems[row, col.PARENT]
    return row


@kernel
def _are_paragraphs(last: I32, row: I32, elems: I32) -> bool:
    """Whether two blocks of a list are paragraphs (or code, headings, tables) of one item."""
    item, a = _find_item(row[col.ELEM], elems)
    other, b = _find_item(last[col.ELEM], elems)
    if item < 0 or item != other:
        return False
    return a or b or row[col.ELEM] == last[col.ELEM]


@kernel
def _find_item(elem: int, elems: I32) -> tuple[int, bool]:
    """The innermost list item that holds an element, or -1; whether a paragraph or the like is in between."""
    apart = False
    while elem >= 0:
        place = PLACE_OF[elems[elem, col.E_TAG]]
        if elems[elem, col.E_TAG] in (_LI, _DT, _DD):
            return elem, apart
        apart = apart or place & (_APART | _PRE | _IN_TABLE) != 0
        elem = elems[elem, col.PARENT]
    return -1, apart


@kernel
def _write_mark(row: I32, number: int, out: U8, o: int) -> int:
    """Write the mark of a list item, indented by its depth: `-`, or its number."""
    for _ in range(2 * (min(row[col.LISTS], _MAX_INDENT) - 1)):
        out[o] = byte.BLANK
        o += 1
    if number < 0:
        out[o], out[o + 1] = byte.HYPHEN, byte.BLANK
        return o + 2
    size = 1
    while size < number + 1 and size < 1_000_000:
        size *= 10
    size = max(size // 10, 1)
    while size:
        out[o] = byte.ZERO + (number // size) % 10
        o += 1
        size //= 10
    out[o], out[o + 1] = byte.DOT, byte.BLANK
    return o + 2


@kernel
def _skip(d: U8, i: int) -> int:
    """Behind what the scan found hidden at i."""
    size = d[i + 1] | np.int64(d[i + 2]) << 8 | np.int64(d[i + 3]) << 16 | np.int64(d[i + 4]) << 24
    return i + int(size)


@kernel
def _copy_character(d: U8, i: int, out: U8, o: int) -> tuple[int, int]:
    """Copy a byte, or what an entity stands for (0xA0 for a space that does not break)."""
    c = d[i]
    if c == byte.AMPERSAND:
        second = d[i + 1]
        if second == byte.a and d[i + 4] == byte.SEMICOLON:
            out[o] = byte.AMPERSAND
            return i + 5, o + 1
        if (second == byte.l or second == byte.g) and d[i + 3] == byte.SEMICOLON:
            out[o] = byte.LT if second == byte.l else byte.GT
            return i + 4, o + 1
        if second == byte.q and d[i + 5] == byte.SEMICOLON:
            out[o] = byte.QUOTE
            return i + 6, o + 1
    if c == 0xC2 and d[i + 1] == 0xAD:  # soft hyphen
        return i + 2, o
    if c == 0xE2 and d[i + 1] == 0x80 and d[i + 2] == 0x8B:  # space of no width
        return i + 3, o
    if c == 0xEF and d[i + 1] == 0xBB and d[i + 2] == 0xBF:  # byte order mark
        return i + 3, o
    out[o] = c
    return i + 1, o + 1


@kernel
def _measure_space(d: U8, i: int) -> int:
    """Length of a space that does not break, at i, or 0."""
    if d[i] == byte.AMPERSAND and d[i + 1] == byte.n:
        return 6
    return 2 if d[i] == 0xC2 and d[i + 1] == 0xA0 else 0


@kernel
def _put(c: int, out: U8, o: int) -> int:
    """Write a byte."""
    out[o] = c
    return o + 1


@kernel
def _read_tag(d: U8, i: int, end: int) -> tuple[bool, int, int]:
    """Whether the tag at i closes, its element's code, and where it ends."""
    closing = d[i + 1] == byte.SLASH
    value, after = read_name(d, i + 2 if closing else i + 1, end)
    return closing, find_code(value), skip_tag(d, after, end)


@kernel
def _write_tag(
    tag: int, closing: bool, cell: bool, space: bool, begun: int, out: U8, o: int
) -> tuple[int, bool]:
    """Write what a tag within text stands for (`br`, `q`): (where that ends, whether a space waits)."""
    if tag == _BR:
        return (o, True) if cell else (_put(byte.LF, out, _trim_spaces(out, o, begun)), False)
    if tag == _Q:
        if space and not closing and o > begun:
            o, space = _put(byte.BLANK, out, o), False
        o = _put(byte.QUOTE, out, o)
    return o, space


@kernel
def _write_flowing(d: U8, i: int, end: int, mono: bool, cell: bool, out: U8, o: int) -> int:
    """Text whose white space is collapsed; in `code` a space that does not break is a space as it stands."""
    space, begun = False, o
    depth, quotes = 1 if mono else 0, 0
    while i < end:
        c = d[i]
        if c == SKIP:
            i = _skip(d, i)
            continue
        if c == byte.LT:
            closing, tag, i = _read_tag(d, i, end)
            o, space = _write_tag(tag, closing, cell, space, begun, out, o)
            if tag == _Q:
                quotes += -1 if closing else 1
            elif KIND_OF[tag] & _MONO:
                depth = max(0, depth - 1) if closing else depth + 1
            continue
        wide = _measure_space(d, i)
        if c <= byte.BLANK or wide:
            if wide and depth:
                o = _put(byte.BLANK, out, o)
            else:
                space = True
            i += max(wide, 1)
            continue
        if space and o > begun and out[o - 1] != byte.LF:
            o = _put(byte.BLANK, out, o)
        space = False
        i, o = _copy_character(d, i, out, o)
    return _put(byte.QUOTE, out, o) if quotes > 0 else o


@kernel
def _trim_spaces(out: U8, o: int, begun: int) -> int:
    """Where the line that began at `begun` ends without spaces."""
    while o > begun and out[o - 1] == byte.BLANK:
        o -= 1
    return o


@kernel
def _write_verbatim(d: U8, i: int, end: int, out: U8, o: int) -> int:
    """Code: line breaks and indentation stay; a block-level tag breaks the line."""
    begun = o
    while i < end and (d[i] == byte.LF or d[i] == byte.CR):
        i += 1
    while i < end:
        c = d[i]
        if c == SKIP:
            i = _skip(d, i)
            continue
        if c == byte.LT:
            _, tag, i = _read_tag(d, i, end)
            if tag == _BR or (KIND_OF[tag] & _BLOCK and o > begun and out[o - 1] != byte.LF):
                o = _put(byte.LF, out, o)
            continue
        wide = _measure_space(d, i)
        if wide:
            o = _put(byte.BLANK, out, o)
            i += wide
        elif c == byte.CR:
            i += 1
        else:
            i, o = _copy_character(d, i, out, o)
    return o
