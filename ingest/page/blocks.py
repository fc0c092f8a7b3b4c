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

from winnow.ingest.page import columns as col
from winnow.ingest.page import patterns, tags
from winnow.ingest.page.elements import enter, flush, pop, push
from winnow.ingest.page.tags import CODE, INSIDE, KIND_OF, Array
from winnow.ingest.page.text import TITLE_PLACES, read_text
from winnow.ingest.page.tokens import (
    find_code,
    is_sign_link,
    match_patterns,
    read_attributes,
    read_name,
    skip_comment,
    skip_raw,
    skip_tag,
    write_jump,
)
from winnow.kernels import I16, I32, I64, U8, kernel
from winnow.words import byte

MAX_DEPTH = 4_096  # deeper elements are part of the one at this depth
PAD = 16  # zero bytes behind the page, so that looking ahead stays inside

# As plain numbers, for the compiled code.
_VOID, _BLOCK, _RAW, _HIDE = tags.VOID, tags.BLOCK, tags.RAW, tags.HIDE
_NAMED = "br a html body td th span button math time meta noscript"
_BR, _A, _HTML, _BODY, _TD, _TH, _SPAN, _BUTTON, _MATH, _TIME, _META, _NOSCRIPT = (
    CODE[each] for each in _NAMED.split()
)
_IN_PRE = INSIDE["pre"]
_NAMING = INSIDE["heading"] | INSIDE["dl"] | INSIDE["caption"] | INSIDE["figcaption"]  # what links to itself
_DROPPED, _NUMBERED = patterns.DROPPED, patterns.NUMBERED
_FORMULA, _DATED, _DIRECTED = patterns.FORMULA, patterns.DATED, patterns.DIRECTED
_HELD = (patterns.FORMULA, patterns.DATED, patterns.LICENSED, patterns.DIRECTED)


class Page(NamedTuple):
    """A page scanned: its bytes, the rows of its blocks and elements, and what its tags may tell."""

    data: Array
    blocks: Array
    elements: Array
    formulas: bool = False
    dated: bool = True
    licensed: bool = True
    directed: bool = True


def markup_of(tree: HTMLTree) -> str:
    """The body of a page as lexbor writes it, behind its title."""
    body = tree.body.html if tree.document and tree.body else ""
    return f"<head><title>{escape(tree.title or '')}</title></head>{body}"


def scan(html: str, *, unscripted: bool = False) -> Page:
    """The blocks of a page in well-formed HTML, as `markup_of` gives it; `unscripted`: with what it shows
    where no script runs."""
    written = html.encode("utf-8", "replace")
    size = len(written)
    data = np.empty(size + PAD, np.uint8)
    data[:size], data[size:] = np.frombuffer(written, np.uint8), 0
    tags = np.count_nonzero(data == byte.LT)
    blocks = np.empty((tags + 2, col.BLOCK_COLUMNS), np.int32)  # a block ends at a tag
    elements = np.empty((tags + 2, col.ELEMENT_COLUMNS), np.int32)
    stack = np.empty((MAX_DEPTH, col.STACK_COLUMNS), np.int32)
    state, titles = np.zeros(7, np.int64), np.zeros(TITLE_PLACES, np.uint8)
    state[col.UNSCRIPTED] = unscripted
    names, found, phrase_steps, phrases = patterns.build_automata()
    blocks[0] = 0
    _scan(data, size, names, found, phrase_steps, phrases, titles, blocks, elements, stack, state)
    holds = [bool(state[col.HOLDS] & each) for each in _HELD]
    return Page(data, blocks[: state[col.BLOCKS]], elements[: state[col.ELEMS]], *holds)


@kernel
def _scan(
    d: U8,
    n: int,
    names: I16,
    found: I64,
    steps: I16,
    phrases: I64,
    titles: U8,
    blocks: I32,
    elems: I32,
    stack: I32,
    state: I64,
) -> None:
    """Read the page from its first byte to byte n; fill in blocks, elements and state."""
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
    flush(n, blocks, elems, state)
    while state[col.TOP] > 0:
        pop(n, blocks, elems, stack, state)


@kernel
def _open(
    d: U8, i: int, n: int, names: I16, found: I64, blocks: I32, elems: I32, stack: I32, state: I64
) -> int:
    """Read the tag at i that opens an element; returns where to go on."""
    begun = i
    value, i = read_name(d, i + 1, n)
    tag = find_code(value)
    kind = _find_kind(tag, state)
    i, found_bits, hidden, number = read_attributes(d, i, n, names, found)
    bits = found_bits & 0x7FFFFFFF
    state[col.HOLDS] |= found_bits - bits
    if tag == _MATH:
        state[col.HOLDS] |= _FORMULA
    elif tag == _TIME:
        state[col.HOLDS] |= _DATED
    elif tag == _META:
        state[col.HOLDS] |= match_patterns(d, begun, i, names, found) & _DIRECTED
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
    inside = stack[top, col.S_IN]
    hidden = _is_hidden(tag, kind, bits, hidden, inside) or _links_to_itself(d, i, n, tag, inside)
    if kind & _BLOCK and not inside & _IN_PRE:
        flush(begun, blocks, elems, state)
    push(begun, value, tag, bits, hidden, stack, state)
    if tag == _A and not stack[top, col.S_HIDDEN]:
        blocks[state[col.BLOCKS], col.LINKS] += 1
    if kind & _BLOCK and not inside & _IN_PRE:
        enter(tag, kind, bits, number, elems, stack, state)
    return i


@kernel
def _find_kind(tag: int, state: I64) -> int:
    """The kinds of an element."""
    return int(KIND_OF[tag]) & ~_HIDE if tag == _NOSCRIPT and state[col.UNSCRIPTED] else int(KIND_OF[tag])


@kernel
def _pass_void(at: int, tag: int, kind: int, blocks: I32, elems: I32, stack: I32, state: I64) -> None:
    """What an element without content does to the open block."""
    top = state[col.TOP]
    if kind & _BLOCK:
        flush(at, blocks, elems, state)
    elif tag == _BR and not stack[top, col.S_HIDDEN]:
        row = blocks[state[col.BLOCKS]]
        row[col.BREAKS] += 1
        if state[col.PREV] == 1 and not stack[top, col.S_IN] & _IN_PRE:  # the second with nothing in between
            flush(at, blocks, elems, state)
        state[col.PREV] = 1


@kernel
def _is_hidden(tag: int, kind: int, bits: int, hidden: bool, inside: int) -> bool:
    """Whether an element's content is no text of the page."""
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
def _links_to_itself(d: U8, i: int, n: int, tag: int, inside: int) -> bool:
    """Whether an element is the sign by which a heading, a term or a caption links to itself."""
    return bool(tag == _A and inside & _NAMING and not inside & _IN_PRE and is_sign_link(d, i, n))


@kernel
def _close(d: U8, i: int, n: int, blocks: I32, elems: I32, stack: I32, state: I64) -> int:
    """Read the tag at i that closes an element; returns where to go on."""
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
            pop(i, blocks, elems, stack, state)
    if state[col.TOP]:
        hidden = stack[state[col.TOP], col.S_HIDDEN] == state[col.TOP]
        begun = stack[state[col.TOP], col.S_AT]
        pop(i, blocks, elems, stack, state)
        if hidden:
            write_jump(d, begun, after)
    return after
