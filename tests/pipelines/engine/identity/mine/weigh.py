"""A step with a compiled loop, which reads a constant of another module."""

import numpy as np
import polars as pl
from limits import FACTOR

from winnow.kernels import kernel


def weigh(docs: pl.DataFrame) -> pl.DataFrame:
    """Adds `weigh_bytes`, the size of the text times a factor."""
    sizes = docs["text"].str.len_bytes().cast(pl.Int64).to_numpy()
    out = np.empty(len(sizes), np.int64)
    _multiply(sizes, out)
    return docs.with_columns(pl.Series("weigh_bytes", out))


@kernel
def _multiply(sizes, out):
    for i in range(len(sizes)):
        out[i] = sizes[i] * FACTOR
