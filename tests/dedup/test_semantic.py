"""Semantic duplicates: found whatever cell, part and order they are in; marked, and dropped only if told."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_stage import Stage

from winnow.dedup import semantic
from winnow.dedup.meaning import encoder, sentences

ENGLISH = (
    "The lighthouse on the northern cape was built by fishermen who had lost too many boats to the rocks. "
    "For eighty years a keeper lit the lamp each evening, until it was made to light itself."
)
RETOLD = (
    "For eighty years the lamp was lit each evening by a keeper, until it lit itself. Fishermen, who had "
    "lost too many boats to the rocks, had built the lighthouse on the northern cape."
)
GERMAN = (
    "Den Leuchtturm am nördlichen Kap bauten Fischer, die zu viele Boote an die Felsen verloren hatten. "
    "Achtzig Jahre lang zündete ein Wärter jeden Abend die Lampe an, bis sie sich selbst entzündete."
)
OTHER = "The recipe asks for two cups of flour, a spoon of salt and as much water as the dough will take."


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def drawn(seed, groups, copies):
    """Vectors in groups of near ones."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(groups, encoder.SIZE))
    return unit(np.repeat(centres, copies, axis=0) + 0.2 * draw.normal(size=(groups * copies, encoder.SIZE)))


def test_a_translation_is_near_and_another_text_is_not():
    docs = pl.DataFrame({"text": [ENGLISH, RETOLD, GERMAN, OTHER, "", None]})
    found = semantic.embed(docs)["semantic_vector"]
    assert found.is_null().to_list() == [False, False, False, False, True, True]
    vectors = sentences.unpack(found.drop_nulls())
    retold, german, other = vectors[1:] @ vectors[0]
    assert retold > 0.9 > german > 0.6 > 0.3 > other


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 5))
def test_what_a_chain_of_neighbours_connects_has_one_root(seed, groups, copies):
    vectors = drawn(seed, groups, copies)
    root = semantic._connect(vectors, 0.85)
    assert (root == np.repeat(np.arange(groups) * copies, copies)).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_who_goes_matches_a_survivor_and_survivors_do_not_match_each_other(seed):
    draw = np.random.default_rng(seed)
    said = [
        np.rint(127 * unit(draw.normal(size=(draw.integers(1, 4), 4)))).astype(np.int8) for _ in range(20)
    ]
    said = [np.pad(each, ((0, 0), (0, encoder.SIZE - 4))) for each in said]
    rows = [each.tobytes() for each in said]
    cluster = pl.DataFrame({"vector": [each[:1].tobytes() for each in said], "sentences": rows})
    leader, found = semantic._find_leaders(cluster, 0.0, 0.85)
    kept = leader == np.arange(len(rows))
    assert kept[leader].all() and (leader <= np.arange(len(rows))).all()
    vectors, packed = sentences.unpack(cluster["vector"]), cluster["sentences"]
    for row in range(len(rows)):
        before = [k for k in np.flatnonzero(kept[:row]) if vectors[k] @ vectors[row] >= 0]
        own = sentences.unpack([packed[row]])
        match = [sentences.compare(own, sentences.unpack([packed[int(k)]])) for k in before]
        best = max((each[0] for each in match), default=0)
        assert kept[row] == (best < 0.85)
        if not kept[row]:
            assert np.isclose(found[row, 0], best)


def run(kit, tmp_path, texts, *, parts=2, buckets=2, documents=4000, seed=0):
    """The ledger of these texts."""
    docs = semantic.embed(kit.documents(texts, ["a", "b"]))
    files = kit.split(docs, parts, tmp_path / "parts", seed)
    (tmp_path / "centres").mkdir()
    semantic.find_centres(files, tmp_path / "centres", documents=documents)
    cells = kit.groups(semantic.scatter, files, tmp_path / "cells", centres=tmp_path / "centres")
    pairs = kit.buckets(semantic.pair, cells, tmp_path / "pairs", buckets)
    found = kit.groups(
        semantic.gather,
        files,
        tmp_path / "gathered",
        clusters=kit.join(pairs, tmp_path / "clusters", buckets),
    )
    kit.buckets(semantic.choose, found, tmp_path / "ledger", buckets)
    return docs, tmp_path / "ledger"


@pytest.mark.parametrize("parts, buckets, documents, seed", [(1, 1, 4000, 0), (20, 4, 4000, 1), (2, 2, 5, 2)])
def test_the_shorter_of_two_that_say_the_same_is_marked(kit, tmp_path, parts, buckets, documents, seed):
    texts = [ENGLISH, OTHER, RETOLD, "", *kit_texts(kit)]
    docs, folder = run(kit, tmp_path, texts, parts=parts, buckets=buckets, documents=documents, seed=seed)
    gone, stays = (docs.filter(pl.col("text") == text) for text in (RETOLD, ENGLISH))
    marked = semantic.mark(docs, clusters=folder)
    assert "drop_reason" not in marked.columns
    told = marked.drop_nulls("semantic_survivor")
    assert told["id"].to_list() == gone["id"].to_list()
    assert told["semantic_survivor"].to_list() == stays["id"].to_list()
    assert told["semantic_similarity"][0] > 0.7
    assert marked["semantic_vector"].null_count() == len(marked)
    dropped = semantic.mark(docs, clusters=folder, action="drop").drop_nulls("drop_reason")
    assert dropped.select("id", "drop_reason").rows() == [(gone["id"][0], "semantic.duplicate")]


def kit_texts(kit):
    return [" ".join(words) for words in kit.passages(60, 12)]


def test_the_report_names_the_nearest_pairs():
    docs = pl.DataFrame(
        {
            "id": ["a", "b", "c"],
            "source": ["web"] * 3,
            "semantic_survivor": [None, "a", "a"],
            "semantic_source": [None, "web", "web"],
            "semantic_similarity": pl.Series([None, 0.875, 0.9375], dtype=pl.Float32),
        }
    )
    shown = semantic.panel(Stage(docs))
    assert shown["figures"] == {"documents": 2}
    assert [row[0] for row in shown["show"][0]["rows"]] == ["c", "b"]
    assert semantic.panel(Stage(docs.select("id", "source"))) is None
    nothing = semantic.panel(Stage(docs.head(1)))
    assert nothing["show"] == ["No document says what another one says."]


def test_centres_do_not_hang_on_the_order_of_files(kit, tmp_path):
    rows = [(1024 * each).clip(-127, 127).astype(np.int8).tobytes() for each in drawn(3, 30, 4)]
    docs = pl.DataFrame({"id": [f"{k:04d}" for k in range(len(rows))], "semantic_vector": rows})
    found = []
    for seed in (1, 2):
        files = kit.split(docs, 3, tmp_path / f"parts{seed}", seed)
        (tmp_path / f"out{seed}").mkdir()
        semantic.find_centres(files, tmp_path / f"out{seed}", documents=10)
        found.append(np.load(tmp_path / f"out{seed}" / semantic.CENTRES))
    assert len(found[0]) == 12 and (found[0] == found[1]).all()
