"""What of a page is content, block by block: the answers that `ingest.page.content.train` learns from."""

import re
from collections import Counter

import numpy as np
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page import columns as col
from winnow.ingest.page.reader import blocks_of
from winnow.ingest.page.tags import Array

_WORD = re.compile(r"\w+")
# Stands before each text that is content, in pages whose main element is known; no page has it of its own.
MARK = "\ue000"


def find_marks(html: str) -> Array:
    """Whether a block of the page has text that is marked."""
    page = blocks_of(HTMLTree.parse(html))
    written, spans = page.data.tobytes(), page.blocks[:, [col.START, col.END]].tolist()
    return np.array([written.find(MARK.encode(), first, last) >= 0 for first, last in spans], np.bool_)


def measure_coverage(texts: list[str], gold: str) -> Array:
    """The share of each block's words in four-word shingles of the gold text (short blocks: all words)."""
    words = _WORD.findall(gold.lower())
    known = {tuple(words[i : i + n]) for n in (1, 2, 3, 4) for i in range(len(words) - n + 1)}
    shares = np.zeros(len(texts))
    for block, text in enumerate(texts):
        own = _WORD.findall(text.lower())
        if len(own) < 4:
            # A single short word is in the gold text by chance.
            sure = len(own) > 1 or (len(own) == 1 and len(own[0]) > 3)
            shares[block] = sure and tuple(own) in known
            continue
        covered = np.zeros(len(own), np.bool_)
        for i in range(len(own) - 3):
            if tuple(own[i : i + 4]) in known:
                covered[i : i + 4] = True
        shares[block] = covered.mean()
    return shares


def drop_repeats(texts: list[str], shares: Array, gold: str) -> Array:
    """Shares, 0 for repeats (teasers, pull quotes): the copy nearest to the rest of the text stays.

    What the gold text repeats as often as the page is no such repeat.
    """
    shingles = {k: set(shingle(texts[k])) for k in np.flatnonzero(shares >= 0.5).tolist()}
    owners: dict[tuple[str, ...], list[int]] = {}
    for block, own in shingles.items():
        for each in own:
            owners.setdefault(each, []).append(block)
    words = _WORD.findall(gold.lower())
    wanted = Counter(tuple(words[i : i + n]) for n in (1, 2, 3, 4) for i in range(len(words) - n + 1))
    repeated = {
        k
        for k, own in shingles.items()
        if sum(len(owners[each]) > max(1, wanted[each]) for each in own) > 0.6 * len(own)
    }
    solid = [k for k in shingles if k not in repeated]
    if not solid:
        return shares
    mass = np.cumsum([len(texts[k]) for k in solid])
    middle = solid[int(np.searchsorted(mass, mass[-1] / 2))]
    found = shares.copy()
    for block in repeated:
        same = {k for each in shingles[block] for k in owners[each]}
        nearest = min(same, key=lambda k: (abs(k - middle), k))
        if nearest != block and len(shingles[nearest]) >= 0.6 * len(shingles[block]):
            found[block] = 0.0
    return found


def shingle(text: str) -> list[tuple[str, ...]]:
    """Runs of four words in order, or all words where they are fewer."""
    words = _WORD.findall(text.lower())
    return [tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))] if words else []
