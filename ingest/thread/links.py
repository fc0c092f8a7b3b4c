"""Threads that belong together though their posts name them differently: what a chain of answers connects."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import scipy

LINKS: dict[str, pl.DataType] = dict.fromkeys(("source", "thread", "whole"), pl.String())
_NAMES = ("thread", "threads_post", "threads_parent")


def connect(frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """Threads that are parts of another, from posts: `source`, `thread` and the name of the `whole`, sorted.

    A post connects its thread, its own name and the name that it answers, where all are names of posts. The
    whole is named as a post is that answers none, else as any post, else as any thread; of several by the
    first name of the alphabet. Holds some 60 bytes a post, and the names of threads.
    """
    edges = [pl.DataFrame(schema={"a": pl.UInt64, "b": pl.UInt64})]
    threads = [pl.DataFrame(schema={"source": pl.String, "name": pl.String, "node": pl.UInt64})]
    posts = [pl.DataFrame(schema={"answers": pl.Boolean, "node": pl.UInt64})]
    for frame in frames:
        named = frame.select("source", name="thread", answers=pl.col("threads_parent").is_not_null())
        nodes = frame.select(
            pl.when(pl.col(name).is_not_null()).then(pl.struct("source", x=name).hash(seed=1)).alias(name)
            for name in _NAMES
        )
        edges += [nodes.select(a="thread", b=name).drop_nulls() for name in _NAMES[1:]]
        threads.append(named.select("source", "name").with_columns(node=nodes["thread"]).unique())
        posts.append(named.select("answers", node=nodes["threads_post"]).drop_nulls())
    pairs = pl.concat(edges).unique()
    node = np.unique(np.concatenate([pairs["a"].to_numpy(), pairs["b"].to_numpy()]))
    ends = [np.searchsorted(node, pairs[name].to_numpy()) for name in ("a", "b")]
    whole = np.empty(0, np.int32)
    if len(node):
        ones, shape = np.ones(len(pairs), np.bool_), (len(node), len(node))
        graph = scipy.sparse.coo_array((ones, (ends[0], ends[1])), shape=shape)
        whole = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    parts = pl.DataFrame({"node": pl.Series(node, dtype=pl.UInt64), "part": whole})
    rank = pl.concat(posts).group_by("node").agg(rank=pl.col("answers").min().cast(pl.Int8))
    found = pl.concat(threads).unique().join(parts, on="node").join(rank, on="node", how="left")
    found = found.sort("part", pl.col("rank").fill_null(2), "name")
    found = found.select("source", thread="name", whole=pl.col("name").first().over("part"))
    return found.filter(pl.col("whole") != pl.col("thread")).sort("source", "thread")
