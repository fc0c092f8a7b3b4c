"""Clusters against networkx, and what is chosen in them."""

import random

import networkx
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import clusters


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
    clusters.unite(parent, ends[:, 0].copy(), ends[:, 1].copy())
    got = clusters.roots(parent)
    reference = networkx.Graph(edges)
    reference.add_nodes_from(range(size))
    expected = {node: min(part) for part in networkx.connected_components(reference) for node in part}
    assert got.tolist() == [expected[node] for node in range(size)]


def test_a_long_chain_in_any_order_is_one_cluster():
    links = np.random.default_rng(0).permutation(200_000)
    parent = np.arange(200_001)
    clusters.unite(parent, links, links + 1)
    assert not clusters.roots(parent).any()


def test_clusters_over_files_do_not_depend_on_their_order(tmp_path):
    draw = random.Random(2)
    edges = [(f"d{draw.randrange(400)}", f"d{draw.randrange(400)}") for _ in range(260)]
    files = []
    for number in range(6):
        files.append(tmp_path / f"{number}.parquet")
        pl.DataFrame(edges[number::6], schema=["id", "link"], orient="row").write_parquet(files[-1])
    got = clusters.connected(files)
    assert got["node"].to_list() == list(range(got.height))
    groups = got.group_by("cluster").agg("id")["id"].to_list()
    expected = networkx.connected_components(networkx.Graph(edges))
    assert {frozenset(group) for group in groups} == {frozenset(group) for group in expected}
    turned = clusters.connected(files[::-1])
    columns = ["id", "cluster"]
    assert got.sort("id").select(columns).equals(turned.sort("id").select(columns))


def test_a_chain_removes_no_document_that_its_survivor_does_not_resemble(kit, tmp_path):
    """Each text shares most with the next, and the first nothing with the last."""
    words = kit.passages(900, 1, seed=4)[0]
    texts = [" ".join(words[start : start + 200]) for start in range(0, 700, 6)]
    docs = kit.documents(texts)
    assert kit.jaccard(texts[0], texts[1]) > 0.92 and kit.jaccard(texts[0], texts[-1]) < 0.02
    table = kit.read(kit.near_ledger(docs, tmp_path))
    assert table["cluster"].n_unique() == 1
    text = dict(docs.select("id", "text").iter_rows())
    gone = dict(table.filter(pl.col("survivor").is_not_null()).select("id", "survivor").iter_rows())
    assert gone and not set(gone) & set(gone.values())
    assert all(kit.jaccard(text[removed], text[survivor]) > 0.6 for removed, survivor in gone.items())
    # Texts nine steps apart resemble each other by less than 0.6: a survivor takes no more than 16 along.
    assert len(texts) - len(gone) >= len(texts) / 17


def test_every_document_of_a_cluster_is_written_once_and_together(kit, tmp_path):
    words = kit.passages(100, 30, seed=9)
    texts = [" ".join(one[start:]) for one in words for start in range(3)]
    kit.near_ledger(kit.documents(texts), tmp_path, buckets=5)
    files = sorted((tmp_path / "clusters").iterdir())
    tables = [pl.read_parquet(file) for file in files]
    whole = pl.concat(tables)
    assert whole.height == whole["id"].n_unique() == 90
    assert sum(table["cluster"].n_unique() for table in tables) == whole["cluster"].n_unique() == 30
    assert len(files) == 5
