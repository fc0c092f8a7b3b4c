"""Windows filled by lengths alone: best-fit decreasing, or documents end to end, cut wherever a window ends.

Best-fit decreasing: Johnson et al. 1974; for training data Ding et al. 2024 (arXiv:2404.10830).
"""

from typing import NamedTuple

import numpy as np

from winnow.kernels import I64, Int, kernel


class Pieces(NamedTuple):
    """Stretches of documents: which one, from which token, how many, and the window that each is in."""

    document: I64
    start: I64
    length: I64
    window: I64


def fill_windows(lengths: I64, window: int) -> Pieces:
    """Best fit: a document longer than the window gives whole windows and a rest; no other is cut.

    Takes O(n log window). Windows are numbered from 0: the whole ones first, then by when they were opened.
    """
    whole, rest = lengths // window, lengths % window
    document = np.repeat(np.arange(len(lengths)), whole)
    ordinal = np.arange(len(document)) - np.repeat(np.cumsum(whole) - whole, whole)
    left = np.flatnonzero(rest)
    order = left[np.argsort(-rest[left], kind="stable")]
    bins = np.empty(len(order), np.int64)
    width = 1 << int(window).bit_length()
    _fit(rest[order], window, bins, np.zeros(2 * width, np.int64), np.zeros(len(order), np.int64))
    back = np.empty(len(lengths), np.int64)
    back[order] = bins
    return Pieces(
        np.concatenate([document, left]),
        np.concatenate([ordinal * window, whole[left] * window]),
        np.concatenate([np.full(len(document), window), rest[left]]),
        np.concatenate([np.arange(len(document)), back[left] + len(document)]),
    )


def chop_windows(lengths: I64, window: int) -> Pieces:
    """Documents end to end: each is cut where a window ends, and the last window may be short."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    count = np.where(lengths > 0, (ends - 1) // window - starts // window + 1, 0)
    document = np.repeat(np.arange(len(lengths)), count)
    ordinal = np.arange(len(document)) - np.repeat(np.cumsum(count) - count, count)
    number = (starts // window)[document] + ordinal
    first = np.maximum(starts[document], number * window)
    last = np.minimum(ends[document], (number + 1) * window)
    return Pieces(document, first - starts[document], last - first, number)


def separate(lengths: I64, window: int) -> Pieces:
    """A document a row; one longer than the window is cut into rows of a window and a rest."""
    count = -(-lengths // window)
    document = np.repeat(np.arange(len(lengths)), count)
    ordinal = np.arange(len(document)) - np.repeat(np.cumsum(count) - count, count)
    length = np.minimum(lengths[document] - ordinal * window, window)
    return Pieces(document, ordinal * window, length, np.arange(len(document)))


@kernel
def _fit(lengths: I64, window: Int, bins: I64, tree: I64, nexts: I64) -> Int:
    """Best fit for lengths that descend; how many bins were opened.

    A leaf of `tree` is 1 + the last bin with that much room, or 0; a node counts the leaves below it that
    have one; `nexts` chains the bins of one room.
    """
    width = len(tree) // 2
    opened = 0
    for i in range(len(lengths)):
        room = _find(tree, width, lengths[i])
        if room < 0:
            chosen, room = opened, window
            opened += 1
        else:
            chosen = tree[width + room] - 1
            tree[width + room] = nexts[chosen]
            if nexts[chosen] == 0:
                _mark(tree, width + room, -1)
        bins[i] = chosen
        if room > lengths[i]:
            leaf = width + room - lengths[i]
            nexts[chosen] = tree[leaf]
            if tree[leaf] == 0:
                _mark(tree, leaf, 1)
            tree[leaf] = chosen + 1
    return opened


@kernel
def _mark(tree: I64, leaf: Int, change: Int) -> None:
    """One leaf more, or less, that holds a bin."""
    node = leaf >> 1
    while node:
        tree[node] += change
        node >>= 1


@kernel
def _find(tree: I64, width: Int, least: Int) -> Int:
    """The smallest room from `least` on that a bin has, or -1."""
    node = width + least
    if tree[node]:
        return least
    while node > 1:
        if node & 1 == 0 and tree[node + 1]:
            node += 1
            while node < width:
                node = 2 * node if tree[2 * node] else 2 * node + 1
            return node - width
        node >>= 1
    return -1
