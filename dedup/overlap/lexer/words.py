"""The words of a document as its reader sees them, whatever they are disguised or laid out as.

This is another cut than `winnow.words.split`: nothing invisible, letters as they look, markup aside, and the
bytes of the original known for every word without a way back. Words split where anything but letters and
digits stands (`snake_case` is two), after a leading number (`5km`), and at ideographs. Words broken at the
end of a line are whole. Numbers are words of their own kind, in digits or spelt: `1,000`, `1000.0` and
`one thousand` are the same word.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.overlap.lexer.scanner import NUMBER, STOP, WORD, read
from winnow.dedup.overlap.lexer.tables import make_tables
from winnow.kernels import I64, U8, U64
from winnow.words.split import utf8

__all__ = ["NUMBER", "STOP", "WORD", "Cut", "cut"]


class Cut(NamedTuple):
    """The words of a batch; those of document i are `doc[i]` to `doc[i + 1]`. Places are in bytes."""

    doc: I64  # documents + 1
    start: I64
    end: I64
    kind: U8  # WORD, NUMBER or STOP
    hash: U64


def cut(text: pl.Series) -> Cut:
    """The words of each text; a null has none."""
    data, offsets = utf8(text)
    known = make_tables()
    room = int(offsets[-1] - offsets[0]) // 4 + 64
    while True:
        start, end = np.empty((2, room), np.int64)
        kind, hashes, doc = (
            np.empty(room, np.uint8),
            np.empty(room, np.uint64),
            np.zeros(len(offsets), np.int64),
        )
        size = read(data, offsets, known, doc, start, end, kind, hashes)
        if size >= 0:
            return Cut(doc, start[:size], end[:size], kind[:size], hashes[:size])
        room *= 4
