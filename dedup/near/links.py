"""Links between documents, and what a chain of them connects, bucket by bucket.

A link stands in the shuffle twice, for either end. A bucket joins all that it sees and gives each document a
link to the first of those it is joined with, and to that one the links back. So what is joined in one bucket
meets in the next round in that of its first document, and when no bucket gives anything new each document is
linked to the first of its cluster, and to no other. Rounds are few: what a chain connects halves in each.

A link is `strict` where a whole band agrees and the sketches are as alike as is asked; clusters of these
alone are found beside the others, for where one has more than `MOST` documents.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from winnow.dedup.near import signatures
from winnow.kernels import I64, U32, U64, Bools, Int, kernel
from winnow.shuffle import open_writer

LINKS = ("node", "other", "size", "strict")
"""Two addresses, how many documents the cluster has as far as is known, and whether the link is strict."""

FILE = "clusters.parquet"

MOST = 200_000
"""Documents of a cluster that are compared in one place: half a gigabyte of words of pages."""

NO_MEMBERS = pl.DataFrame(schema={"row": pl.Int64, "cluster": pl.UInt64, "cut": pl.UInt64})

_HALF = np.uint64(2**32 - 1)


@kernel(allocates=True)
def find_links(
    sketches: U64,
    size: U32,
    keys: U64,
    mask: np.uint64,
    min_similarity: float,
    min_containment: float,
    window: int,
) -> tuple[I64, I64]:
    """Pairs of rows (later, earlier) of one group that may resemble each other.

    A group are the rows whose sorted keys agree in the bits of `mask`, `FIRST` or `HALF`. One shingle is a
    chance that pages with the same footer have too: of those that agree in no more, the sketches must tell of
    a containment, and of all of shared text: of a million pages with one footer many agree in half a band's
    bits by chance. In a group of more than `window` rows the shingle is a common one and tells of nothing:
    more than twice as much is asked for.
    They are as few as can connect all that do, directly or over others: a group of n equal rows gives n - 1.
    A row is compared with `window` rows before it, and only where not yet connected.
    """
    later = np.empty(len(keys), dtype=np.int64)
    earlier = np.empty(len(keys), dtype=np.int64)
    parent = np.arange(len(keys))
    fields = sketches.shape[1] * signatures.FIELDS
    told = signatures.TOLD / np.sqrt(max(fields, 1))  # no rows, no fields
    count, stop, least = 0, 0, told
    for i in range(len(keys)):
        if i == stop:
            stop = _find_end(keys, mask, i)
            least = signatures.CROWDED * told if stop - i > window else told
        for k in range(i - 1, max(-1, i - 1 - window), -1):
            apart = keys[k] ^ keys[i]
            if apart & mask:
                break
            if find_root(parent, i) == find_root(parent, k):
                continue
            near = signatures.compare(sketches[i], sketches[k])
            if near < least:
                continue
            if apart & signatures.HALF and not signatures.tells(
                near, size[i], size[k], fields, min_containment
            ):
                continue
            if signatures.may_reach(near, size[i], size[k], fields, min_similarity, min_containment):
                later[count], earlier[count] = i, k
                count += 1
                parent[find_root(parent, i)] = find_root(parent, k)
    return later[:count], earlier[:count]


@kernel
def _find_end(keys: U64, mask: np.uint64, start: Int) -> Int:
    """Where the group ends that begins at `start`."""
    stop = start + 1
    while stop < len(keys) and not (keys[stop] ^ keys[start]) & mask:
        stop += 1
    return stop


@kernel
def find_root(parent: I64, node: Int) -> Int:
    """The root of a node in a union-find, with the way to it halved for the next time."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def write(out: Path, a: U64, b: U64, strict: Bools) -> None:
    """Write links between the documents `a` and `b` (addresses)."""
    ends = {"node": np.concatenate([a, b]), "other": np.concatenate([b, a])}
    size = pl.Series("size", np.full(2 * len(a), 2), pl.UInt32)
    _write(out, pl.DataFrame(ends).with_columns(size, strict=np.concatenate([strict, strict])))


def _write(out: Path, links: pl.DataFrame) -> None:
    with open_writer(out, "node") as write_rows:
        write_rows(links.sort(LINKS))


def join(links: pl.DataFrame, out: Path) -> None:
    """Write the links of a round, and the clusters of this bucket's documents as far as they are known."""
    node = pl.concat([links["node"], links["other"]]).unique().sort().to_numpy()
    a, b = (np.searchsorted(node, links[end].to_numpy()) for end in ("node", "other"))
    size, strict = links["size"].to_numpy(), links["strict"].to_numpy()
    root, count = _connect(len(node), a, b, size)
    own_root, own_count = _connect(len(node), a[strict], b[strict], size[strict])
    rounds = [_point(node, root, count, False), _point(node, own_root, own_count, True)]
    _write(out, pl.concat([frame for pair in rounds for frame in pair]))
    here = np.flatnonzero(np.bincount(a, minlength=len(node)))
    known = {
        "node": node[here],
        "cluster": node[root[here]],
        "size": count[root[here]],
        "strict": node[own_root[here]],
        "strict_size": own_count[own_root[here]],
    }
    pl.DataFrame(known).write_parquet(out / FILE, row_group_size=65_536)


def _connect(nodes: int, a: I64, b: I64, size: U32) -> tuple[I64, I64]:
    """The root of each node, and of each root how many nodes are known to have it."""
    parent = np.arange(nodes)
    unite(parent, a, b)
    root = find_roots(parent)
    count = np.bincount(root, minlength=nodes)
    _raise_counts(count, root[a], size)
    return root, count


def _point(node: U64, root: I64, count: I64, strict: bool) -> Iterator[pl.DataFrame]:
    """Links from each node to its root, and back."""
    some = np.flatnonzero(root != np.arange(len(root)))
    ends = node[some], node[root[some]]
    size = pl.Series("size", count[root[some]], pl.UInt32)
    for one, other in (ends, ends[::-1]):
        yield pl.DataFrame({"node": one, "other": other}).with_columns(size, strict=pl.lit(strict))


@kernel
def unite(parent: I64, a: I64, b: I64) -> None:
    """Union-find: put `a[i]` and `b[i]` into one tree, whose root is its smallest number."""
    for i in range(len(a)):
        x, y = find_root(parent, a[i]), find_root(parent, b[i])
        parent[max(x, y)] = min(x, y)


@kernel
def _raise_counts(count: I64, at: I64, least: U32) -> None:
    """Raise `count[at[i]]` to `least[i]`, for each i."""
    for i in range(len(at)):
        count[at[i]] = max(count[at[i]], np.int64(least[i]))


@kernel(allocates=True)
def find_roots(parent: I64) -> I64:
    """The root of every node."""
    result = np.empty_like(parent)
    for node in range(len(parent)):
        result[node] = find_root(parent, node)
    return result


def read_clusters(folder: Path, first: int) -> pl.DataFrame:
    """The clusters of a part's documents, by the address of its first one.

    Columns: `row`, in order; `cluster`, a hash; `cut`, the cluster that was cut because it has more than
    `MOST` documents, where one was.

    Of such a cluster those stay together that strict links connect, and of more than `MOST` of these any
    `MOST` or less.
    """
    buckets = _list_buckets(folder, folder.stat().st_mtime_ns)
    if not buckets:
        return NO_MEMBERS
    file = buckets[first * len(buckets) >> 64]
    rows = pl.scan_parquet(file, glob=False, hive_partitioning=False)
    rows = rows.filter(pl.col("node").is_between(first, first + int(_HALF)))
    found = rows.collect()
    node = found["node"].to_numpy()
    pieces = -(-found["strict_size"].to_numpy() // MOST)
    piece = mix(node) % pieces.astype(np.uint64)
    strict = mix(mix(found["strict"].to_numpy()) + piece)
    large = pl.Series(found["size"] > MOST)
    whole = pl.Series(mix(found["cluster"].to_numpy()))
    return pl.select(
        row=pl.Series((node & _HALF).astype(np.int64)),
        cluster=pl.when(large).then(pl.Series(strict)).otherwise(whole),
        cut=pl.when(large).then(whole),
    )


@functools.lru_cache(4)
def _list_buckets(folder: Path, stamp: int) -> list[Path]:
    """The files of the last round, in the order of buckets."""
    found = sorted(path for path in folder.glob(f"*bucket=*/{FILE}") if path.parent.name[0] != ".")
    rounds = [path.parent.name.rpartition("bucket=")[0] for path in found]
    last = max(rounds, default="")
    return [path for path, number in zip(found, rounds, strict=True) if number == last]


def mix(x: U64) -> U64:
    """The finalizer of MurmurHash3, which gives no number twice: every bit moves every bit."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> np.uint64(33)) * np.uint64(factor)
    return x ^ x >> np.uint64(33)
