"""Which documents a proxy learns from: blocks that share none, and of each as much as was asked for."""

import numpy as np
import polars as pl

SEED = 21  # of the hash that orders documents


def deal(keys: pl.Series, sizes: np.ndarray, kept: np.ndarray, blocks: int) -> np.ndarray:
    """The block of each document. Those that are kept, and those that are not, are dealt by size, so that
    blocks have about as much text; which block gets which of as many as there are blocks is by a hash."""
    table = pl.DataFrame({"key": keys, "size": sizes, "kept": kept}).with_row_index("row")
    dealt = (
        table.with_columns(order=pl.col("key").hash(SEED))
        .sort("kept", pl.col("size"), "order", "key", descending=[True, True, False, False])
        .with_columns(layer=pl.int_range(pl.len()).over("kept") // blocks)
        .with_columns(place=pl.col("order").rank("ordinal").over("kept", "layer") - 1)
        .sort("row")
    )
    # Where a layer is not full, blocks go empty by turns.
    return dealt.select((pl.col("place") + pl.col("layer")) % blocks).to_series().to_numpy().astype(np.int64)


def order_documents(keys: pl.Series) -> np.ndarray:
    """The order in which documents are learned from, by another hash than the one that deals them."""
    return np.asarray(pl.DataFrame({"key": keys}).select(pl.col("key").hash(SEED + 1).arg_sort()).to_series())


def weigh(lengths: np.ndarray, kept: np.ndarray, tokens: int) -> np.ndarray:
    """How much of each document is learned, from 0 to 1: the first of those kept, `tokens` tokens together.

    ValueError where there is less.
    """
    sizes = np.where(kept, lengths, 0)
    before = np.cumsum(sizes) - sizes
    if sizes.sum() < tokens:
        raise ValueError(f"{sizes.sum():,} tokens are kept, and {tokens:,} are to be learned")
    weights: np.ndarray = np.where(kept, np.clip((tokens - before) / np.maximum(lengths, 1), 0, 1), 0.0)
    return weights
