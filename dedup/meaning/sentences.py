"""Documents as packed vectors, of their beginning and of its sentences, and how sentences of two match."""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from winnow.dedup.meaning import encoder
from winnow.kernels import F32

BEGINNING = 2000
"""Characters of a document that its vector tells of."""

SCALE = 1024.0
"""By which a number of a vector, hardly ever above .11, becomes a byte."""

MOST = 40
"""Sentences of a document's beginning that are compared."""

_SHORTEST = 25  # bytes of a sentence
_END = re.compile(r"(?<=[.!?:;\u3002\uff01\uff1f])\s+|(?<=[\u3002\uff01\uff1f])|\n+")


def begin(text: pl.Series) -> list[str]:
    """The beginning of each text."""
    return text.fill_null("").str.strip_chars().str.slice(0, BEGINNING).to_list()


def pack(texts: list[str]) -> list[bytes]:
    """A vector of each text, a byte a number."""
    with threadpool_limits(1):
        found = np.rint(encoder.encode(texts) * SCALE).clip(-127, 127).astype(np.int8)
    return [row.tobytes() for row in found]


def pack_sentences(texts: list[str]) -> list[bytes]:
    """The vectors of each text's sentences, one behind the other; of a text without any its own."""
    cut = [
        [each for each in map(str.strip, _END.split(text)) if len(each.encode()) >= _SHORTEST]
        for text in texts
    ]
    own = [some[:MOST] or [text] for some, text in zip(cut, texts, strict=True)]
    vectors = iter(pack([each for some in own for each in some]))
    return [b"".join(next(vectors) for _ in some) for some in own]


def unpack(column: Sequence[bytes] | pl.Series) -> F32:
    """Vectors of length 1."""
    found = np.frombuffer(b"".join(column), np.int8).reshape(-1, encoder.SIZE).astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return found


def compare(own: F32, other: F32) -> tuple[float, float]:
    """How sentences match those of another document: over both, and those of `own` alone."""
    cosine = own @ other.T
    ours, theirs = float(cosine.max(axis=1).mean()), float(cosine.max(axis=0).mean())
    return (ours + theirs) / 2, ours
