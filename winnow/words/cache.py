"""The words and lines of a batch, found once for all steps that read them.

Steps are handed frames, not words, and rows that one step drops may not reach the next. So a batch is
known again by where its texts lie in memory: Arrow strings are immutable, and the memory of the last
batch is held here, so an address and a length mean the same bytes for as long as they are remembered.
"""

import threading
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from winnow.kernels import I64, U64, kernel
from winnow.words import lines, split
from winnow.words.lines import Lines
from winnow.words.marks import hide_marks
from winnow.words.split import Words


@dataclass
class _Batch:
    """Texts that were read, what holds their memory, and what was found in them."""

    chunks: list[pa.Array]
    places: np.ndarray
    data: np.ndarray
    offsets: np.ndarray
    serves: set[bool]  # who asks for the text with its marks, or without, or both
    words: Words | None = None
    lines: Lines | None = None


_last = threading.local()


def words_of(text: pl.Series, *, marks: bool = True) -> tuple[Words, np.ndarray]:
    """The words of a column and, for each of its rows, the number of its document among them (int64).

    Without `marks` those of the pipeline are not seen, as rules judge a text (`winnow.words.marks`): then
    positions are not those of the text. Where the rows are rows of the last column asked for by this thread,
    in the same order, what was found in it is handed out again. Whole texts that moved in memory are just
    read again. What is handed out holds until the words of another column are asked for: their memory is
    used again.
    """
    batch, rows = _find_batch(text, marks)
    if batch.words is None:
        batch.words, _last.room = split.cut(batch.data, batch.offsets, getattr(_last, "room", None))
    return batch.words, rows


def lines_of(text: pl.Series, *, marks: bool = True) -> tuple[Lines, np.ndarray]:
    """The same for lines; positions and numbers of documents are those of `words_of` for the same column."""
    batch, rows = _find_batch(text, marks)
    if batch.lines is None:
        batch.lines = lines.cut(batch.data, batch.offsets)
    return batch.lines, rows


def _find_batch(text: pl.Series, marks: bool) -> tuple[_Batch, np.ndarray]:
    text = text.fill_null("") if text.null_count() or text.dtype != pl.String else text
    chunks, places = _locate(text)
    known: _Batch | None = getattr(_last, "batch", None)
    if known is not None and len(places) and marks in known.serves:
        rows = np.empty(len(places), np.int64)
        if _is_subsequence(known.places, places, rows):
            return known, rows
    bare = hide_marks(text)
    read = split.utf8(text if marks else bare)
    _last.batch = _Batch(chunks, places, *read, {True, False} if bare.equals(text) else {marks})
    return _last.batch, np.arange(len(text))


def _locate(text: pl.Series) -> tuple[list[pa.Array], np.ndarray]:
    """Two numbers a row that say where its bytes lie (or what they are: Arrow keeps up to 12 in place)."""
    chunks = [c.to_arrow(compat_level=pl.CompatLevel.newest()) for c in text.get_chunks()]
    parts = []
    for chunk in chunks:
        buffers = chunk.buffers()
        views = (
            np.frombuffer(buffers[1], np.uint64)
            .reshape(-1, 2)[chunk.offset : chunk.offset + len(chunk)]
            .copy()
        )
        far = (views[:, 0] & np.uint64(0xFFFFFFFF)) > 12
        bases = np.array([b.address if b else 0 for b in buffers[2:]] or [0], np.uint64)
        place = views[far, 1]
        views[far, 1] = bases[place & np.uint64(0xFFFFFFFF)] + (place >> np.uint64(32))
        parts.append(views)
    return chunks, np.concatenate(parts) if parts else np.zeros((0, 2), np.uint64)


@kernel
def _is_subsequence(known: U64, places: U64, rows: I64) -> bool:
    """Whether `places` are some of `known`, in order; fills in which."""
    k = 0
    for i in range(len(places)):
        while k < len(known) and (known[k, 0] != places[i, 0] or known[k, 1] != places[i, 1]):
            k += 1
        if k == len(known):
            return False
        rows[i] = k
        k += 1
    return True
