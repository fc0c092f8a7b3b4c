"""Which documents a proxy learns from: blocks that share none, and of each as much as was asked for."""

import heapq

import numpy as np
import polars as pl

SEED = 51  # of the hash that orders documents


def deal(keys: pl.Series, sizes: np.ndarray, kept: np.ndarray, blocks: int) -> np.ndarray:
    """The block of each document. Those that are kept, and then those that are not, the longest first, each
    go to the block that has least of them, so that blocks have as much text; those of about one length are in
    the order of a hash."""
    about = pl.col("size").clip(1).log(2).mul(4).floor()
    table = pl.DataFrame({"key": keys, "size": sizes})
    order = table.select(
        pl.struct(-about, pl.col("key").hash(SEED).alias("order"), "key").arg_sort()
    ).to_series()
    dealt = np.zeros(len(keys), dtype=np.int64)
    for mine in (kept, ~kept):
        filled = [(0, block) for block in range(blocks)]
        for row in order.filter(pl.Series(mine[order.to_numpy()])):
            size, block = heapq.heappop(filled)
            dealt[row] = block
            heapq.heappush(filled, (size + int(sizes[row]), block))
    return dealt


def rank(keys: pl.Series, orders: int) -> np.ndarray:
    """The place of each document in each of several orders (orders, documents), by hashes other than the one
    that deals."""
    row = pl.int_range(pl.len())
    ranks = [pl.struct(pl.col("key").hash(SEED + 1 + n), row).rank("ordinal") for n in range(orders)]
    return np.array([keys.to_frame("key").select(one).to_series().to_numpy() for one in ranks])


def weigh(lengths: np.ndarray, kept: np.ndarray, ranks: np.ndarray, tokens: int) -> np.ndarray:
    """How much of each document is learned, from 0 to 1: the first of those kept, `tokens` tokens together.

    ValueError where there is less.
    """
    order = np.argsort(ranks)
    sizes = np.where(kept, lengths, 0)[order]
    before = np.cumsum(sizes) - sizes
    if sizes.sum() < tokens:
        raise ValueError(f"{sizes.sum():,} tokens are kept, and {tokens:,} are to be learned")
    weights = np.zeros(len(lengths))
    weights[order] = np.where(sizes > 0, np.clip((tokens - before) / np.maximum(sizes, 1), 0, 1), 0.0)
    return weights
