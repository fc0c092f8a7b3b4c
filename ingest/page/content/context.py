"""What the blocks of a page have in common: sums, repeats, headings, the elements that hold the prose."""

from typing import NamedTuple

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.tags import CODE, INSIDE, Array
from winnow.kernels import F64, I32, I64, kernel

TABLE = 4_096  # places by hash; what falls together counts together
_ARTICLE = CODE["article"]
_LEAF_NAMES = "p h1 h2 h3 h4 h5 h6 li dt dd pre blockquote"
LEAVES = np.zeros(len(CODE), np.bool_)  # elements that hold one text
LEAVES[[CODE[name] for name in _LEAF_NAMES.split()]] = True
_HEADING, _H1 = INSIDE["heading"], INSIDE["h1"]
_BAD_NAMES = "nav aside footer form button figcaption"
_BAD = sum(INSIDE[name] for name in _BAD_NAMES.split())


class Context(NamedTuple):
    """What a page's blocks have in common."""

    sums: Array  # over the blocks before each: characters, in links, of prose, words
    paths: Array  # by path: blocks, characters, in links, of prose
    texts: Array  # by text: blocks
    repeats: Array  # by path: elements
    headings: Array  # the last heading up to each block and the first behind it, or -1
    # Elements: best scored, longest article, smallest with 70% and 90% of the prose. Articles; the first h1.
    tops: Array
    said: Array  # one number: the bits of the names that most of the page's characters do not bear


def gather(page: Page) -> Context:
    """Gather what the features of single blocks refer to."""
    blocks, elements = page.blocks, page.elements
    sums, headings = np.zeros((len(blocks) + 1, 4)), np.full((len(blocks), 2), -1, np.int32)
    paths, texts, repeats = np.zeros((TABLE, 4)), np.zeros(TABLE, np.int32), np.zeros(TABLE, np.int32)
    said = np.zeros(1, np.int32)
    found = Context(sums, paths, texts, repeats, headings, np.zeros(6, np.int64), said)
    _gather_names(blocks, np.zeros(31, np.int64), said)
    _gather_rows(blocks, elements, found, np.zeros(len(elements) + 1))
    return found


@kernel
def count_prose(row: I32) -> int:
    """Characters of a block that reads like prose, else 0."""
    chars = row[col.CHARS] - row[col.LINK]
    if row[col.LINK] * 2 > row[col.CHARS] or row[col.IN] & _BAD or chars < 25:
        return 0
    return chars if row[col.ENDS] or row[col.COMMA] or row[col.CHARS] > 80 else 0


@kernel
def _gather_rows(blocks: I32, elems: I32, page: Context, scores: F64) -> None:
    """Fill in `Context`; `scores` is room for those of elements."""
    sums, paths, texts = page.sums, page.paths, page.texts
    last = -1
    for b in range(len(blocks)):
        row = blocks[b]
        good = count_prose(row)
        sums[b + 1, 0] = sums[b, 0] + row[col.CHARS]
        sums[b + 1, 1] = sums[b, 1] + row[col.LINK]
        sums[b + 1, 2] = sums[b, 2] + good
        sums[b + 1, 3] = sums[b, 3] + row[col.WORDS]
        place = row[col.PATH] % TABLE
        paths[place, 0] += 1
        paths[place, 1] += row[col.CHARS]
        paths[place, 2] += row[col.LINK]
        paths[place, 3] += good
        texts[row[col.HASH] % TABLE] += 1
        if good:
            _credit(row, good, elems, scores)
        page.headings[b, 0] = last
        if row[col.IN] & _HEADING:
            last = b
    last = -1
    for b in range(len(blocks) - 1, -1, -1):
        page.headings[b, 1] = last
        if blocks[b, col.IN] & _HEADING:
            last = b
    for e in range(len(elems)):
        page.repeats[elems[e, col.E_PATH] % TABLE] += 1
    _find_tops(blocks, elems, sums, scores, page.tops)


@kernel
def _gather_names(blocks: I32, borne: I64, said: I32) -> None:
    """Which names tell blocks apart: one that stands around four fifths of a page is its wrapper's."""
    total = 0
    for b in range(len(blocks)):
        total += blocks[b, col.CHARS]
        for bit in range(31):
            borne[bit] += blocks[b, col.CHARS] * ((blocks[b, col.BITS] >> bit) & 1)
    for bit in range(31):
        if 5 * borne[bit] < 4 * total:
            said[0] |= 1 << bit


@kernel
def _credit(row: I32, good: int, elems: I32, scores: F64) -> None:
    """Add a block of prose to the scores of three elements around it, halved at each step (Readability)."""
    weight = min(good, 1_000) + 20.0 * row[col.COMMA]
    e = row[col.ELEM]
    if e >= 0 and LEAVES[elems[e, col.E_TAG]]:
        e = elems[e, col.PARENT]
    for _ in range(3):
        if e < 0:
            break
        scores[e] += weight
        weight *= 0.5
        e = elems[e, col.PARENT]


@kernel
def _find_tops(blocks: I32, elems: I32, sums: F64, scores: F64, tops: I64) -> None:
    """The best scored element, the article with the most prose, the smallest with 70% and 90% of it."""
    n = len(blocks)
    total = sums[n, 2]
    best, most = 0.0, 0.0
    for k in range(6):
        tops[k] = -1
    tops[4] = 0
    for e in range(len(elems)):
        b0, b1 = elems[e, col.B0], elems[e, col.B1]
        good = sums[b1, 2] - sums[b0, 2]
        chars = sums[b1, 0] - sums[b0, 0]
        score = scores[e] * (1.0 - (sums[b1, 1] - sums[b0, 1]) / (chars + 1.0))
        if score > best:
            best, tops[0] = score, e
        if elems[e, col.E_TAG] == _ARTICLE:
            tops[4] += 1
            if good > most:
                most, tops[1] = good, e
        if elems[e, col.PARENT] == tops[2] and good > 0.7 * total:
            tops[2] = e
        if elems[e, col.PARENT] == tops[3] and good > 0.9 * total:
            tops[3] = e
    for b in range(n):
        if blocks[b, col.IN] & _H1:
            tops[5] = b
            break
