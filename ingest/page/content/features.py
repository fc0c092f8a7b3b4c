"""What is known of a block: itself, its neighbours, the elements around it, its place in the page."""

import hashlib

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page.content.context import LEAVES, TABLE, Context, count_prose
from winnow.ingest.page.patterns import PHRASES
from winnow.ingest.page.patterns import WORDS as NAMES
from winnow.ingest.page.tags import CODE, INSIDE
from winnow.kernels import F32, F64, I32, I64, kernel
from winnow.words import byte

SIDES, LEVELS = 3, 5  # neighbours to either side, elements around
_NAMES, _PLACES, _PHRASES = len(NAMES), len(INSIDE), len(PHRASES)
# Of a block itself, its neighbors, the elements and headings around it, its place, and the best elements.
_OF_BLOCK = (
    "log_chars words link_ratio chars_per_word upper_ratio digit_ratio commas terminals punctuation_ratio "
    "links breaks bold_ratio mono_ratio ends_sentence begins_with_capital begins_beyond_ascii title_ratio "
    "same_texts is_p is_div depth lists cell row_layout tag prose terminals_per_word is_leaf"
)
_OF_NAMES = "names_for names_against near_names_for near_names_against"
_OF_SIDE = "log_chars link_ratio is_prose same_place"
_OF_LEVEL = "log_chars link_ratio prose_ratio chars_per_block prose_of_page same_paths"
_OF_HEADINGS = "blocks_since link_ratio_before blocks_until link_ratio_behind chrome_phrases"
_OF_PLACE = (
    "block_ratio chars_ratio prose_ratio blocks_since_h1 articles path_blocks path_chars_per_block "
    "path_link_ratio path_prose_ratio"
)
_TOPS, _OF_TOP = "scored article most_prose nearly_all_prose", "side share depth"
_OF_NEIGHBORS = "prose link_ratio prose_behind"

# In the order in which `fill` writes them: who changes one changes the other, and trains the trees anew.
FEATURES = (
    *_OF_BLOCK.split(),
    *(f"name_{each}" for each in NAMES),
    *_OF_NAMES.split(),
    *(f"inside_{each}" for each in INSIDE),
    *(f"phrase_{each}" for each in PHRASES),
    *(f"side_{side}_{each}" for side in range(2 * SIDES) for each in _OF_SIDE.split()),
    *(f"level_{level}_{each}" for level in range(LEVELS) for each in _OF_LEVEL.split()),
    *(f"heading_{each}" for each in _OF_HEADINGS.split()),
    *(f"place_{each}" for each in _OF_PLACE.split()),
    *(f"{top}_{each}" for top in _TOPS.split() for each in _OF_TOP.split()),
    *(f"neighbors_{each}" for each in _OF_NEIGHBORS.split()),
)
COUNT, _OWN = len(FEATURES), len(_OF_BLOCK.split())

_P, _DIV = CODE["p"], CODE["div"]
_CHROME_PHRASES = "rights more share subscribe cookie ad comment"
_CHROME = sum(1 << list(PHRASES).index(name) for name in _CHROME_PHRASES.split())
_CHROME_NAMES = "comment share related nav footer header sidebar ad cookie newsletter popup popular tags form"
_FOR = sum(1 << list(NAMES).index(name) for name in ("article", "body", "content"))
_AGAINST = sum(1 << list(NAMES).index(name) for name in _CHROME_NAMES.split())


def layout() -> str:
    """A digest of the features in their order, and of the numbers by which one of them names elements."""
    return hashlib.sha256(" ".join([*FEATURES, *CODE]).encode()).hexdigest()[:16]


@kernel
def fill(first: int, last: int, blocks: I32, elems: I32, page: Context, out: F32) -> None:
    """Write the features of blocks first..last, a row each."""
    for b in range(first, last):
        x, names = out[b - first], blocks[b, col.BITS] & page.said[0]
        k = _fill_own(blocks[b], elems, page.texts, x)
        for bit in range(_NAMES):
            x[k] = (names >> bit) & 1
            k += 1
        near = blocks[b, col.NEAR]
        x[k], x[k + 1] = _count_bits(names & _FOR), _count_bits(names & _AGAINST)
        x[k + 2], x[k + 3] = _count_bits(near & _FOR), _count_bits(near & _AGAINST)
        k += 4
        for bit in range(_PLACES):
            x[k] = (blocks[b, col.IN] >> bit) & 1
            k += 1
        for bit in range(_PHRASES):
            x[k] = (blocks[b, col.PHRASE] >> bit) & 1
            k += 1
        k = _fill_sides(b, blocks, x, k)
        k = _fill_levels(blocks[b], elems, page.sums, page.repeats, x, k)
        k = _fill_headings(b, blocks, page.headings, x, k)
        _fill_place(b, blocks, elems, page.sums, page.paths, page.tops, x, k)


@kernel
def _fill_own(row: I32, elems: I32, texts: I32, x: F32) -> int:
    """What a block itself is."""
    chars = row[col.CHARS]
    tag = elems[row[col.ELEM], col.E_TAG] if row[col.ELEM] >= 0 else 0
    x[0] = np.log(chars + 1.0)
    x[1] = row[col.WORDS]
    x[2] = row[col.LINK] / chars
    x[3] = chars / (row[col.WORDS] + 1.0)
    x[4] = row[col.UPPER] / chars
    x[5] = row[col.DIGIT] / chars
    x[6] = row[col.COMMA]
    x[7] = row[col.TERM]
    x[8] = row[col.PUNCT] / chars
    x[9] = row[col.LINKS]
    x[10] = row[col.BREAKS]
    x[11] = row[col.BOLD] / chars
    x[12] = row[col.MONO] / chars
    x[13] = row[col.ENDS]
    x[14] = byte.A <= row[col.FIRST] <= byte.Z
    x[15] = row[col.FIRST] >= 128
    x[16] = row[col.TITLE] / (row[col.WORDS] + 1.0)
    x[17] = texts[row[col.HASH] % TABLE]
    x[18] = tag == _P
    x[19] = tag == _DIV
    x[20] = row[col.DEPTH]
    x[21] = row[col.LISTS]
    x[22] = row[col.CELL]
    x[23] = elems[row[col.ROW], col.LAYOUT] if row[col.ROW] >= 0 else -1
    x[24] = tag
    x[25] = count_prose(row)
    x[26] = row[col.TERM] / (row[col.WORDS] + 1.0)
    x[27] = LEAVES[tag]
    return _OWN


@kernel
def _fill_sides(b: int, blocks: I32, x: F32, k: int) -> int:
    """The blocks before and behind."""
    for d in range(-SIDES, SIDES + 1):
        if d == 0:
            continue
        if 0 <= b + d < len(blocks):
            row = blocks[b + d]
            x[k] = np.log(row[col.CHARS] + 1.0)
            x[k + 1] = row[col.LINK] / row[col.CHARS]
            x[k + 2] = count_prose(row) > 0
            x[k + 3] = row[col.ELEM] == blocks[b, col.ELEM] or row[col.PATH] == blocks[b, col.PATH]
        else:
            x[k] = x[k + 1] = x[k + 2] = x[k + 3] = -1
        k += 4
    return k


@kernel
def _fill_levels(row: I32, elems: I32, sums: F64, repeats: I32, x: F32, k: int) -> int:
    """The elements around a block: characters, links, prose."""
    e = row[col.ELEM]
    if e >= 0 and LEAVES[elems[e, col.E_TAG]] and elems[e, col.PARENT] >= 0:
        e = elems[e, col.PARENT]
    for _ in range(LEVELS):
        if e < 0:
            for j in range(6):
                x[k + j] = -1
        else:
            b0, b1 = elems[e, col.B0], elems[e, col.B1]
            chars = sums[b1, 0] - sums[b0, 0] + 1
            x[k] = np.log(chars)
            x[k + 1] = (sums[b1, 1] - sums[b0, 1]) / chars
            x[k + 2] = (sums[b1, 2] - sums[b0, 2]) / chars
            x[k + 3] = chars / (b1 - b0)
            x[k + 4] = (sums[b1, 2] - sums[b0, 2]) / (sums[len(sums) - 1, 2] + 1)
            x[k + 5] = repeats[elems[e, col.E_PATH] % TABLE]
            e = elems[e, col.PARENT]
        k += 6
    return k


@kernel
def _fill_headings(b: int, blocks: I32, headings: I32, x: F32, k: int) -> int:
    """The headings around a block: how far, how much of them is a link, what the last one hints at."""
    for side in range(2):
        at = headings[b, side]
        x[k] = min(abs(b - at), 100) if at >= 0 else 200
        x[k + 1] = blocks[at, col.LINK] / blocks[at, col.CHARS] if at >= 0 else -1
        k += 2
    at = headings[b, 0]
    x[k] = _count_bits(blocks[at, col.PHRASE] & _CHROME) if at >= 0 else 0
    return k + 1


@kernel
def _count_bits(bits: int) -> int:
    """How many bits are set."""
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@kernel
def _fill_place(b: int, blocks: I32, elems: I32, sums: F64, paths: F64, tops: I64, x: F32, k: int) -> None:
    """Where a block stands in the page, its path, and the page's best elements."""
    n = len(blocks)
    total = sums[n, 0]
    x[k] = b / n
    x[k + 1] = sums[b, 0] / total
    x[k + 2] = sums[b, 2] / (sums[n, 2] + 1)
    # Nothing that is the same for all blocks of a page: trees would learn pages by heart by it.
    x[k + 3] = min(max(b - tops[5], -50), 200) if tops[5] >= 0 else -100
    x[k + 4] = min(tops[4], 5)
    path = blocks[b, col.PATH] % TABLE
    x[k + 5] = paths[path, 0]
    x[k + 6] = paths[path, 1] / paths[path, 0]
    x[k + 7] = paths[path, 2] / paths[path, 1]
    x[k + 8] = paths[path, 3] / paths[path, 1]
    k += 9
    for which in range(4):
        _fill_relative(b, tops[which], blocks, elems, sums, x, k)
        k += 3
    x[k] = sums[min(b + 6, n), 2] - sums[max(b - 5, 0), 2]
    x[k + 1] = (sums[min(b + 6, n), 1] - sums[max(b - 5, 0), 1]) / (
        sums[min(b + 6, n), 0] - sums[max(b - 5, 0), 0]
    )
    x[k + 2] = (sums[min(b + 21, n), 2] - sums[b, 2]) / (sums[n, 2] + 1)


@kernel
def _fill_relative(b: int, top: int, blocks: I32, elems: I32, sums: F64, x: F32, k: int) -> None:
    """Where a block is to an element: before, inside or behind; how deep inside; how much prose is inside."""
    if top < 0:
        x[k] = x[k + 1] = x[k + 2] = -2
        return
    b0, b1 = elems[top, col.B0], elems[top, col.B1]
    x[k] = -1 if b < b0 else (1 if b >= b1 else 0)
    x[k + 1] = (b - b0) / (b1 - b0)
    x[k + 2] = 20
    e = blocks[b, col.ELEM]
    for step in range(12):
        if e == top:
            x[k + 2] = step
            break
        if e < 0:
            break
        e = elems[e, col.PARENT]
