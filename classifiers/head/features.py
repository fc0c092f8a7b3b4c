"""What the members of a head read of texts."""

from typing import NamedTuple

import numpy as np
import polars as pl
import scipy

from winnow.classifiers.head import ngrams, shape

BITS = 18  # of the hashed n-grams' columns
MAX_CHARS = 5000  # of a text that fastText reads
Members = tuple[str, ...]  # of "shape", "trees", "ngrams", "fasttext"
MEMBERS: Members = ("shape", "trees", "ngrams", "fasttext")


class Features(NamedTuple):
    """Of a column of texts; what no member reads is None."""

    shape: np.ndarray | None  # float64, a column for each of `list_signals`; what trees read, too
    ngrams: "scipy.sparse.csr_matrix | None"
    fasttext: list[str] | None  # a line each

    def take(self, rows: np.ndarray) -> "Features":
        """Those of some rows."""
        return Features(
            None if self.shape is None else self.shape[rows],
            None if self.ngrams is None else self.ngrams[rows],
            None if self.fasttext is None else [self.fasttext[row] for row in rows],
        )


def list_signals(layout: bool) -> tuple[str, ...]:
    """The names of the shape signals: with `layout` those of lines, too."""
    return shape.SIGNALS if layout else shape.WORDS


def read(text: pl.Series, members: Members, layout: bool, bits: int = BITS) -> Features:
    """Features of each text. With `layout` what the lines look like counts, and marks are words: for kinds of
    text; without it the same text wrapped or marked up otherwise has nearly the same features."""
    return Features(
        shape.measure(text)[:, : len(list_signals(layout))] if {"shape", "trees"} & set(members) else None,
        ngrams.index(text, bits, layout) if "ngrams" in members else None,
        text.to_frame("text").select(normalize("text"))["text"].to_list() if "fasttext" in members else None,
    )


def normalize(column: str) -> pl.Expr:
    """One lower-case line, punctuation apart, digits as 0; so no text can hold a label or "</s>"."""
    return (
        pl.col(column)
        .fill_null("")
        .str.slice(0, MAX_CHARS)
        .str.to_lowercase()
        .str.replace_all(r"\p{Nd}", "0")
        .str.replace_all(r"([^\p{L}\p{M}\p{N}\s])", " $1 ")
        .str.replace_all(r"[\s\x00]+", " ")
        .str.strip_chars()
    )
