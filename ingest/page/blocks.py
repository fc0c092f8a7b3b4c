"""A page cut into blocks of text: one pass over the well-formed HTML that lexbor writes.

A block is the text between two block-level tags or two line breaks, or in a `pre`. Of each block and each
block-level element the scan writes a row of integers (`ingest.page.columns`); it allocates nothing and nests
without recursion. What is hidden (scripts, styles, templates, `hidden`, `display: none`) is no text; over its
first bytes the scan writes how far to jump (`tokens.SKIP`), so that `ingest.page.render` need not judge
again.
"""

from html import escape
from typing import NamedTuple

import numpy as np
from resiliparse.parse.html import HTMLTree

from filters.words import byte
from filters.words.jit import kernel
from ingest.page import columns as col
from ingest.page import patterns, tags
from ingest.page.tags import CODE, INSIDE, KIND_OF, PLACE_OF, Array
from ingest.page.text import read_text
from ingest.page.tokens import (
    find_code,
    read_attributes,
    read_name,
    skip_comment,
    skip_raw,
    skip_tag,
    write_jump,
)

MAX_DEPTH = 4_096  # deeper elements are part of the one at this depth
PAD = 16  # zero bytes behind the page, so that looking ahead stays inside

_MAX_ROW_CHARS, _MAX_CELL_BLOCKS = 1_500, 4  # of a table row; beyond, it serves the layout

# As plain numbers, for the compiled code.
_TOLD = "br a li tr table html body ol td th span button math time"
_VOID, _BLOCK, _RAW, _HIDE, _CELL, _LIST = (
    tags.VOID,
    tags.BLOCK,
    tags.RAW,
    tags.HIDE,
    tags.CELL,
    tags.LIST,
)
_BR, _A, _LI, _TR, _TABLE, _HTML, _BODY, _OL, _TD, _TH, _SPAN, _BUTTON, _MATH, _TIME = (
    CODE[each] for each in _TOLD.split()
)
_IN_PRE = INSIDE["pre"]
_UNLIKE_CELL = INSIDE["pre"] | INSIDE["heading"]
_DROPPED, _NUMBERED, _FORMULA, _DATED = patterns.DROPPED, patterns.NUMBERED, patterns.FORMULA, patterns.DATED


class Page(NamedTuple):
    """A page scanned: its bytes, the rows of its blocks and elements, and what its tags may tell."""

    data: Array
    blocks: Array
    elements: Array
    formulas: bool = False
    dated: bool = True
    licensed: bool = True
    metas: bool = True


def markup_of(tree: HTMLTree) -> str:
    """The body of a page as lexbor writes it, behind its title."""
    body = tree.body.html if tree.document and tree.body else ""
    return f"<head><title>{escape(tree.title or '')}</title></head>{body}"


def scan(html: str) -> Page:
    """The blocks of a page in well-formed HTML, as `markup_of` gives it."""
    written = html.encode("utf-8", "replace")
    size = len(written)
    data = np.empty(size + PAD, np.uint8)
    data[:size], data[size:] = np.frombuffer(written, np.uint8), 0
    tags = np.count_nonzero(data == 60)  # <
    blocks = np.empty((tags + 2, col.BLOCK_COLUMNS), np.int32)  # a block ends at a tag
    elements = np.empty((tags + 2, col.ELEMENT_COLUMNS), np.int32)
    stack = np.empty((MAX_DEPTH, col.STACK_COLUMNS), np.int32)
    state, titles = np.zeros(6, np.int64), np.zeros(1_024, np.uint8)
    names, found, phrase_steps, phrases = patterns.build_automata()
    blocks[0] = 0
    _scan(data, size, names, found, phrase_steps, phrases, titles, blocks, elements, stack, state)
    holds = [bool(state[col.HOLDS] & each) for each in (patterns.FORMULA, patterns.DATED, patterns.LICENSED)]
    holds.append(b"<meta " in written)
    return Page(data, blocks[: state[col.BLOCKS]], elements[: state[col.ELEMS]], *holds)


@kernel
def _scan(d, n, names, found, steps, phrases, titles, blocks, elems, stack, state):
    stack[0] = 0
    stack[0, col.S_ELEM] = stack[0, col.S_LI] = stack[0, col.S_ROW] = stack[0, col.S_GROUP] = -1
    i = 0
    while i < n:
        if d[i] != byte.LT:
            i = read_text(d, i, n, steps, phrases, titles, blocks, stack, state)
        elif d[i + 1] == byte.BANG:
            after = skip_comment(d, i, n)
            write_jump(d, i, after)
            i = after
        elif d[i + 1] == byte.SLASH:
            i = _close(d, i, n, blocks, elems, stack, state)
        else:
            i = _open(d, i, n, names, found, blocks, elems, stack, state)
    _flush(n, blocks, elems, state)
    while state[col.TOP] > 0:
        _pop(n, blocks, elems, stack, state)


@kernel
def _open(d, i, n, names, found, blocks, elems, stack, state):
    begun = i
    value, i = read_name(d, i + 1, n)
    tag = find_code(value)
    kind = KIND_OF[tag]
    i, hints_found, hidden, number = read_attributes(d, i, n, names, found)
    bits = hints_found & 0x7FFFFFFF
    state[col.HOLDS] |= hints_found - bits
    if tag == _MATH:
        state[col.HOLDS] |= _FORMULA
    elif tag == _TIME:
        state[col.HOLDS] |= _DATED
    if kind & _VOID:
        _pass_void(begun, tag, kind, blocks, elems, stack, state)
        return i
    top = state[col.TOP]
    if kind & _RAW:
        after = skip_raw(d, i, n, value)
        write_jump(d, begun, after)
        return after
    if top + 1 >= MAX_DEPTH:
        state[col.OVER] += 1
        return i
    hidden = _is_hidden(tag, kind, bits, hidden, stack[top, col.S_IN])
    inside = stack[top, col.S_IN]
    if kind & _BLOCK and not inside & _IN_PRE:
        _flush(begun, blocks, elems, state)
    _push(begun, value, tag, bits, hidden, stack, state)
    if tag == _A and not stack[top, col.S_HIDDEN]:
        blocks[state[col.BLOCKS], col.LINKS] += 1
    if kind & _BLOCK and not inside & _IN_PRE:
        _enter(tag, kind, bits, number, elems, stack, state)
    return i


@kernel
def _pass_void(at, tag, kind, blocks, elems, stack, state):
    top = state[col.TOP]
    if kind & _BLOCK:
        _flush(at, blocks, elems, state)
    elif tag == _BR and not stack[top, col.S_HIDDEN]:
        row = blocks[state[col.BLOCKS]]
        row[col.BREAKS] += 1
        if state[col.PREV] == 1 and not stack[top, col.S_IN] & _IN_PRE:  # the second with nothing in between
            _flush(at, blocks, elems, state)
        state[col.PREV] = 1


@kernel
def _is_hidden(tag, kind, bits, hidden, inside):
    if kind & _HIDE:
        return True
    if tag in (_HTML, _BODY):
        return False
    if bits & _DROPPED and not kind & _BLOCK:
        return True
    if bits & _NUMBERED and tag in (_SPAN, _A, _TD, _TH):
        return True
    return hidden or (tag == _BUTTON and inside & _IN_PRE != 0)


@kernel
def _push(at, value, tag, bits, hidden, stack, state):
    top = state[col.TOP]
    state[col.TOP] = top + 1
    for k in range(col.STACK_COLUMNS):
        stack[top + 1, k] = stack[top, k]
    new, old = stack[top + 1], stack[top]
    new[col.S_NAME], new[col.S_TAG], new[col.S_AT] = value, tag, at
    new[col.S_IN] |= PLACE_OF[tag]
    if tag not in (_HTML, _BODY):
        new[col.S_BITS] |= bits
        new[col.S_NEAR] = bits
    if hidden and old[col.S_HIDDEN] == 0:
        new[col.S_HIDDEN] = top + 1


@kernel
def _enter(tag, kind, bits, number, elems, stack, state):
    """A block-level element gets a row of its own."""
    top = state[col.TOP]
    new, old, at = stack[top], stack[top - 1], state[col.ELEMS]
    state[col.ELEMS] = at + 1
    elem = elems[at]
    elem[:] = 0
    elem[col.PARENT], elem[col.E_TAG], elem[col.E_BITS], elem[col.B0] = (
        old[col.S_ELEM],
        tag,
        bits,
        state[col.BLOCKS],
    )
    new[col.S_PATH] = elem[col.E_PATH] = (
        np.int64(old[col.S_PATH]) * 31 + tag * 7 + bits % 8_191
    ) & 0x7FFFFFFF
    new[col.S_ELEM] = at
    new[col.S_NEAR] = bits | old[col.S_NEAR]
    if tag == _TABLE:
        if old[col.S_ROW] >= 0:
            elems[old[col.S_ROW], col.LAYOUT] = 1
        new[col.S_ROW] = -1
        new[col.S_GROUP] = at if old[col.S_GROUP] < 0 else old[col.S_GROUP]
    elif tag == _TR:
        new[col.S_ROW], new[col.S_CELL] = at, 0
    elif kind & _CELL and old[col.S_ROW] >= 0:
        elems[old[col.S_ROW], col.NUMBER] += 1
        new[col.S_CELL] = elems[old[col.S_ROW], col.NUMBER]
    elif kind & _LIST:
        new[col.S_LISTS] += 1
        new[col.S_GROUP] = at if old[col.S_LISTS] == 0 else old[col.S_GROUP]
        elem[col.NUMBER] = number if tag == _OL else -1
    elif tag == _LI:
        new[col.S_LI] = at
        _number_item(at, elems)


@kernel
def _number_item(at, elems):
    parent = elems[at, col.PARENT]
    elems[at, col.NUMBER] = -1
    if parent >= 0 and elems[parent, col.E_TAG] == _OL:
        elems[at, col.NUMBER] = elems[parent, col.NUMBER]
        elems[parent, col.NUMBER] += 1


@kernel
def _close(d, i, n, blocks, elems, stack, state):
    value, after = read_name(d, i + 2, n)
    after = skip_tag(d, after, n)
    if state[col.OVER]:
        state[col.OVER] -= 1
        return after
    top = state[col.TOP]
    if top and stack[top, col.S_NAME] != value:  # never in lexbor's own writing, but within foreign elements
        k = top - 1
        while k > 0 and top - k < 64 and stack[k, col.S_NAME] != value:
            k -= 1
        if k <= 0 or stack[k, col.S_NAME] != value:
            return after
        while state[col.TOP] > k:
            _pop(i, blocks, elems, stack, state)
    if state[col.TOP]:
        hidden = stack[state[col.TOP], col.S_HIDDEN] == state[col.TOP]
        begun = stack[state[col.TOP], col.S_AT]
        _pop(i, blocks, elems, stack, state)
        if hidden:
            write_jump(d, begun, after)
    return after


@kernel
def _pop(at, blocks, elems, stack, state):
    top = state[col.TOP]
    elem = stack[top, col.S_ELEM]
    if elem != stack[top - 1, col.S_ELEM]:
        _flush(at, blocks, elems, state)
        elems[elem, col.B1] = state[col.BLOCKS]
        if stack[top, col.S_TAG] == _TR and elems[elem, col.NUMBER] < 2:
            elems[elem, col.LAYOUT] = 1
    state[col.TOP] = top - 1


@kernel
def _flush(at, blocks, elems, state):
    """End the open block, if there is text in it."""
    row = blocks[state[col.BLOCKS]]
    state[col.PREV] = 0
    if row[col.CHARS] == 0:
        row[:] = 0
        return
    tr = row[col.ROW]
    if tr >= 0:
        elems[tr, col.E_CHARS] += row[col.CHARS]
        same = elems[tr, col.LAST_CELL] == row[col.CELL]
        elems[tr, col.CELL_BLOCKS] = elems[tr, col.CELL_BLOCKS] + 1 if same else 1
        elems[tr, col.LAST_CELL] = row[col.CELL]
        many = elems[tr, col.E_CHARS] > _MAX_ROW_CHARS or elems[tr, col.CELL_BLOCKS] > _MAX_CELL_BLOCKS
        if many or row[col.IN] & _UNLIKE_CELL:
            elems[tr, col.LAYOUT] = 1
    state[col.BLOCKS] += 1
    blocks[state[col.BLOCKS]] = 0
