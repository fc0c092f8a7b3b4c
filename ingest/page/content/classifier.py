"""Which blocks of a page are content: boosted trees over `content.features`, from `content.train`."""

import functools
from pathlib import Path

import numpy as np

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.content.context import gather
from winnow.ingest.page.content.features import COUNT, fill, layout
from winnow.ingest.page.tags import Array
from winnow.kernels import F32, F64, I32, U64, Bools, kernel
from winnow.trees import Trees, add_up, take

_CHUNK = 256  # blocks whose features are held at a time
_MODEL = Path(__file__).with_name("content.npz")


@functools.cache
def load_trees() -> Trees:
    """The trees that are shipped."""
    return load(_MODEL)


def load(path: Path) -> Trees:
    """Trees that were trained on the features of today; ValueError where they were trained on others."""
    with np.load(path) as model:
        stamp = str(model["layout"]) if "layout" in model else "no layout"
        if stamp != layout():
            raise ValueError(
                f"{path} holds trees for other features ({stamp}) than those of"
                f" `ingest.page.content.features` ({layout()}); train them anew:"
                " python -m winnow.ingest.page.content.train"
            )
        return take(model)


def choose(page: Page) -> Array:
    """Whether each block is content."""
    return select(page, score(page))


def select(page: Page, likely: Array) -> Array:
    """The blocks to keep, by how likely each is content."""
    keep = choose_by_f1(likely, page.blocks[:, col.WORDS])
    _complete_groups(page.blocks, page.elements, likely, keep, np.zeros((len(page.elements) + 1, 2)))
    _complete_rows(page.blocks, page.elements, keep, np.zeros((len(page.elements), 2)))
    _trim_start(page.blocks, keep)
    return keep


def score(page: Page) -> Array:
    """How likely each block is content."""
    around = gather(page)
    model = load_trees()
    found = np.empty(len(page.blocks), np.float32)
    rows = np.empty((min(_CHUNK, len(found)), COUNT), np.float32)
    at = np.empty(len(rows), np.uint64)
    for first in range(0, len(found), _CHUNK):
        last = min(first + _CHUNK, len(found))
        fill(first, last, page.blocks, page.elements, around, rows)
        _predict(rows, model, at, found[first:last])
    return found


def choose_by_f1(likely: Array, words: Array) -> Array:
    """The blocks that promise the page's best F1 of words: those above half of it (Lipton et al. 2014)."""
    if not len(likely):
        return np.zeros(0, np.bool_)
    weight = np.maximum(words, 1).astype(np.float64)
    order = np.argsort(-likely, kind="stable")
    hits = np.cumsum((likely * weight)[order])
    best = (2 * hits / (np.cumsum(weight[order]) + hits[-1])).max()
    best_blocks: Array = likely >= best / 2
    return best_blocks


@kernel
def _complete_groups(blocks: I32, elems: I32, likely: F32, keep: Bools, shares: F64) -> None:
    """Of a list or table of data of which two fifths are kept, keep the rest, unless it is surely none."""
    for b in range(len(blocks)):
        if _in_group(blocks[b], elems):
            shares[blocks[b, col.GROUP], 0] += blocks[b, col.CHARS]
            shares[blocks[b, col.GROUP], 1] += blocks[b, col.CHARS] * keep[b]
    for b in range(len(blocks)):
        group = blocks[b, col.GROUP]
        if _in_group(blocks[b], elems) and likely[b] > 0.05 and 5 * shares[group, 1] > 2 * shares[group, 0]:
            keep[b] = True


@kernel
def _complete_rows(blocks: I32, elems: I32, keep: Bools, shares: F64) -> None:
    """A row of data stays whole, or goes: by half of its characters. One without some cells would mislead."""
    for b in range(len(blocks)):
        row = blocks[b, col.ROW]
        if row >= 0 and elems[row, col.LAYOUT] == 0:
            shares[row, 0] += blocks[b, col.CHARS]
            shares[row, 1] += blocks[b, col.CHARS] * keep[b]
    for b in range(len(blocks)):
        row = blocks[b, col.ROW]
        if row >= 0 and elems[row, col.LAYOUT] == 0:
            keep[b] = 2 * shares[row, 1] >= shares[row, 0]


@kernel
def _trim_start(blocks: I32, keep: Bools) -> None:
    """Content does not begin with a list of links, if there is anything else."""
    first = 0
    while first < len(blocks) and (not keep[first] or _is_list_of_links(blocks[first])):
        first += 1
    for b in range(first if first < len(blocks) else 0):
        keep[b] = False


@kernel
def _is_list_of_links(row: I32) -> bool:
    """Whether nine tenths of a list's block are links."""
    return bool(row[col.LISTS] > 0 and 10 * row[col.LINK] >= 9 * row[col.CHARS])


@kernel
def _in_group(row: I32, elems: I32) -> bool:
    """Whether a block stands in a list or in a table of data."""
    if row[col.GROUP] < 0:
        return False
    return bool(elems[row[col.ROW], col.LAYOUT] == 0 if row[col.ROW] >= 0 else row[col.LISTS] > 0)


@kernel
def _predict(rows: F32, model: Trees, at: U64, out: F32) -> None:
    """How likely each row is content: the sum over the trees, through the logistic function."""
    for r in range(len(out)):
        out[r] = model.base
    add_up(rows, model, at, out)
    for r in range(len(out)):
        out[r] = 1.0 / (1.0 + np.exp(-out[r]))
