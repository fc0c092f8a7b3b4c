"""From pairs to clusters, and from clusters to survivors, without texts.

A cluster is what a chain of pairs connects, and a chain proves nothing: its ends may have little in
common. So a cluster is only where `choose` looks; it removes a document for a survivor that it resembles.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numba import njit

from dedup import buckets as tables
from dedup import ledger, signatures
from dedup.minhash import sketched

WINDOW = 4096
"""Survivors of one cluster that a document is compared with; bounds the time for huge clusters."""


def join(files: Sequence[Path], out: Path, *, buckets: int = 16) -> None:
    """Write the documents of each cluster to one `bucket=<number>.parquet`: the connected pairs of all files.

    Reads one file of pairs at a time; holds the ids of documents that have a pair, and a number for each.
    """
    nodes = connected(files)
    seen = np.zeros(len(nodes), dtype=bool)
    with tables.writer(out, buckets) as write:
        for file in files:
            rows = tables.read(file).drop("link", "similarity").unique("id", maintain_order=True)
            rows = rows.join(nodes, on="id", maintain_order="left")
            rows = rows.filter(~seen[rows["node"].to_numpy()])
            seen[rows["node"].to_numpy()] = True
            write(rows.drop("node"), rows["cluster"].to_numpy())


def connected(files: Sequence[Path]) -> pl.DataFrame:
    """For each `id` in the pairs its `node`, a number from 0 on, and its `cluster`, a number that depends
    on the pairs alone, not on their order."""
    ids = pl.DataFrame(schema={"id": pl.String, "node": pl.Int64})
    parent = np.empty(0, dtype=np.int64)
    for file in files:
        pair = tables.read(file, ["id", "link"]).unique()
        fresh = pl.concat([pair["id"], pair["link"]]).unique().to_frame("id").join(ids, on="id", how="anti")
        number = np.arange(len(ids), len(ids) + len(fresh))
        parent = np.concatenate([parent, number])
        ids = pl.concat([ids, fresh.with_columns(node=number)])
        numbered = pair.join(ids, on="id").join(ids, left_on="link", right_on="id")
        unite(parent, numbered["node"].to_numpy(), numbered["node_right"].to_numpy())
    least = pl.col("id").min().over("root").rank("dense") - 1
    return ids.with_columns(root=roots(parent)).with_columns(cluster=least.cast(pl.UInt64)).drop("root")


@njit(cache=True, nogil=True)
def unite(parent: signatures.I64, a: signatures.I64, b: signatures.I64) -> None:
    """Union-find: put `a[i]` and `b[i]` into one tree, whose root is its smallest number."""
    for i in range(len(a)):
        x, y = signatures.root(parent, a[i]), signatures.root(parent, b[i])
        parent[max(x, y)] = min(x, y)


@njit(cache=True, nogil=True)
def roots(parent: signatures.I64) -> signatures.I64:
    """The root of every node."""
    result = np.empty_like(parent)
    for node in range(len(parent)):
        result[node] = signatures.root(parent, node)
    return result


def choose(files: Sequence[Path], out: Path, *, min_similarity: float = 0.75) -> None:
    """Write the ledger of near duplicates: who is removed, for which survivor. By bucket, after `join`.

    In a cluster, the best survivor comes first. A document is removed if its sketch is at least
    `min_similarity` like that of a survivor before it, and the most similar one is named; otherwise it
    survives. So each survivor named survives, and no document goes for a chain alone.
    """
    rows = pl.concat([tables.read(file) for file in files]).sort("cluster", *ledger.ORDER)
    group = rows["cluster"].to_numpy().astype(np.int64)
    leader, similarity = signatures.leaders(sketched(rows), group, min_similarity, WINDOW)
    ledger.entries(rows, leader, similarity, "minhash").write_parquet(out / "ledger.parquet")
