"""Elements that are open while a page is scanned, and the rows that they and their blocks get."""

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page import tags
from winnow.ingest.page.tags import CODE, HASH_FACTOR, INSIDE, PLACE_OF
from winnow.kernels import I32, I64, kernel

_MAX_ROW_CHARS, _MAX_CELL_BLOCKS = 1_500, 4  # of a table row; beyond, it serves the layout

# As plain numbers, for the compiled code.
_CELL, _LIST = tags.CELL, tags.LIST
_LI, _TR, _TABLE, _HTML, _BODY, _OL = (CODE[each] for each in ["li", "tr", "table", "html", "body", "ol"])
_UNLIKE_CELL = INSIDE["pre"] | INSIDE["heading"]


@kernel
def push(at: int, value: int, tag: int, bits: int, hidden: bool, stack: I32, state: I64) -> None:
    """Open an element: what is within it stands in it."""
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
def enter(tag: int, kind: int, bits: int, number: int, elems: I32, stack: I32, state: I64) -> None:
    """A block-level element gets a row of its own."""
    top = state[col.TOP]
    new, old, at = stack[top], stack[top - 1], state[col.ELEMS]
    state[col.ELEMS] = at + 1
    elem = elems[at]
    elem[:] = 0
    elem[col.PARENT], elem[col.E_TAG] = old[col.S_ELEM], tag
    elem[col.E_BITS], elem[col.B0] = bits, state[col.BLOCKS]
    path = np.int64(old[col.S_PATH]) * HASH_FACTOR + tag * 7 + bits % 8_191
    new[col.S_PATH] = elem[col.E_PATH] = path & 0x7FFFFFFF
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
def _number_item(at: int, elems: I32) -> None:
    """Give a list item its number, -1 in a list without."""
    parent = elems[at, col.PARENT]
    elems[at, col.NUMBER] = -1
    if parent >= 0 and elems[parent, col.E_TAG] == _OL:
        elems[at, col.NUMBER] = elems[parent, col.NUMBER]
        elems[parent, col.NUMBER] += 1


@kernel
def pop(at: int, blocks: I32, elems: I32, stack: I32, state: I64) -> None:
    """Close the innermost element."""
    top = state[col.TOP]
    elem = stack[top, col.S_ELEM]
    if elem != stack[top - 1, col.S_ELEM]:
        flush(at, blocks, elems, state)
        elems[elem, col.B1] = state[col.BLOCKS]
        if stack[top, col.S_TAG] == _TR and elems[elem, col.NUMBER] < 2:
            elems[elem, col.LAYOUT] = 1
    state[col.TOP] = top - 1


@kernel
def flush(at: int, blocks: I32, elems: I32, state: I64) -> None:
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
