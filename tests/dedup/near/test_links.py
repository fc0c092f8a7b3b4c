"""Links and what they connect, against networkx."""

import itertools
import random
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup import buckets
from winnow.dedup.near import links


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_union_find_is_networkx(graph):
    size, edges = graph
    parent = np.arange(size)
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    links.unite(parent, ends[:, 0].copy(), ends[:, 1].copy())
    got = links.find_roots(parent)
    reference = networkx.Graph(edges)
    reference.add_nodes_from(range(size))
    expected = {node: min(part) for part in networkx.connected_components(reference) for node in part}
    assert got.tolist() == [expected[node] for node in range(size)]


def test_a_long_chain_in_any_order_is_one_cluster():
    ends = np.random.default_rng(0).permutation(200_000)
    parent = np.arange(200_001)
    links.unite(parent, ends, ends + 1)
    assert not links.find_roots(parent).any()


def address(kind, number, row):
    return buckets.first_address(Path(f"part-{number:05d}.parquet"), old=kind == "old") + row


def join(kit, folder, pairs, files, count):
    """The clusters of pairs of documents, whose links are spread over files, by so many buckets."""
    paths = []
    for number in range(files):
        (folder / f"pairs/part-{number:05d}").mkdir(parents=True)
        ends = np.array([[address(*one) for one in pair] for pair in pairs[number::files]], np.uint64)
        a, b = ends.reshape(-1, 2).T
        links.write(folder / f"pairs/part-{number:05d}", a, b, np.ones(len(a), np.bool_))
        paths += (folder / f"pairs/part-{number:05d}").iterdir()
    joined = kit.join(paths, folder / "out", count)
    found = {}
    for kind, number in itertools.product(("part", "old"), range(3)):
        for row, cluster, _ in links.read_clusters(joined, address(kind, number, 0)).iter_rows():
            found.setdefault(cluster, set()).add((kind, number, row))
    return sorted(map(sorted, found.values()))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_join_connects_what_networkx_connects(kit, tmp_path, count):
    draw = random.Random(2)
    docs = [(draw.choice(["part", "old"]), draw.randrange(3), row) for row in range(400)]
    edges = [(draw.choice(docs), draw.choice(docs)) for _ in range(260)]
    edges = [(a, b) for a, b in edges if a != b]
    expected = sorted(map(sorted, networkx.connected_components(networkx.Graph(edges))))
    assert join(kit, tmp_path / "a", edges, 6, count) == expected
    assert join(kit, tmp_path / "b", edges[::-1], 1, count) == expected
    assert join(kit, tmp_path / "c", [], 1, count) == []
    chain = [(("part", n % 3, n // 3), ("part", (n + 1) % 3, (n + 1) // 3)) for n in range(300)]
    assert [len(one) for one in join(kit, tmp_path / "d", chain, 3, count)] == [301]
