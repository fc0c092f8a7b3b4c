"""Near duplicates end to end on edited real prose: recall against theory, and no removal without a reason."""

import itertools
import random

import numpy as np
import polars as pl
import pytest

from winnow.dedup import minhash
from winnow.dedup.near import signatures
from winnow.dedup.near.index import SIGNATURE, TERMS, check_index, check_signed


def signed(*texts, **options):
    return minhash.sign(pl.DataFrame({"text": texts}, schema={"text": pl.String}), **options)


@pytest.mark.parametrize("rows", [8, 4, 1])
def test_shared_bands_follow_the_curve(kit, rows):
    """The share of pairs with a common band, by true similarity, is 1 - (1 - s^8)^14; with half a band s^4
    stands for s^8, with its first minimum s. Of all of a band a key tells in four bits: one in 16 of the
    others that agree in half of it agrees in them too."""
    draw = random.Random(5)
    pairs = [(words, kit.edited(words, draw.randrange(1, 22), draw)) for words in kit.passages(250, 2400)]
    texts = [" ".join(words) for pair in pairs for words in pair]
    true = np.array([kit.jaccard(texts[i], texts[i + 1]) for i in range(0, len(texts), 2)])
    bands = np.array(signed(*texts)["minhash_band_keys"].to_list(), dtype=np.uint64)
    bands = bands & {8: ~np.uint64(0), 4: signatures.HALF, 1: signatures.FIRST}[rows]
    met = (bands[0::2] == bands[1::2]).any(axis=1)
    for low, high in itertools.pairwise([0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0]):
        inside = (true >= low) & (true < high)
        agree = true[inside] ** rows
        agree += (true[inside] ** 4 - agree) / 2**signatures.HALF_BITS if rows == 8 else 0
        theory = 1 - (1 - agree) ** 14
        assert inside.sum() >= 50
        spread = 4 * np.sqrt((theory * (1 - theory)).sum()) + 1
        assert abs(met[inside].sum() - theory.sum()) <= spread, (low, high)


def corpus(kit, seed, count=120):
    """Passages with up to six edited copies each; of every other passage, a copy edits the copy before."""
    draw = random.Random(seed)
    texts = []
    for number, words in enumerate(kit.passages(150, count, seed)):
        texts.append(" ".join(words))
        last = words
        for step in range(draw.randrange(7)):
            last = kit.edited(last if number % 2 else words, 1 + step % 3, draw)
            texts.append(" ".join(last))
    return kit.documents(texts, ["web", "books", "wiki"])


@pytest.fixture(scope="module")
def found(kit, tmp_path_factory):
    docs = corpus(kit, 11)
    return docs, kit.near_ledger(docs, tmp_path_factory.mktemp("near"))


def test_near_duplicates_go_for_a_survivor_that_resembles_them(kit, found):
    docs, ledger = found
    text = dict(docs.select("id", "text").iter_rows())
    removed = kit.read(ledger).filter(pl.col("survivor").is_not_null())
    assert removed.height > 100
    gone = set(removed["id"])
    for row in removed.iter_rows(named=True):
        assert row["survivor"] not in gone
        true = kit.jaccard(text[row["id"]], text[row["survivor"]])
        assert row["similarity"] == pytest.approx(true, abs=1e-6)
        inside = kit.covered(text[row["id"]], text[row["survivor"]])
        assert row["containment"] == pytest.approx(inside, abs=1e-6)
        assert true >= 0.75 or row["containment"] >= 0.95
    left = [identity for identity in text if identity not in gone]
    twins = [(a, b) for a, b in itertools.combinations(left, 2) if kit.jaccard(text[a], text[b]) >= 0.75]
    assert twins == []


def test_survivors_stand_for_all_they_replace(kit, found):
    docs, ledger = found
    marked = minhash.remove(minhash.sign(docs), clusters=ledger)
    kept = marked.filter(pl.col("drop_reason").is_null())
    assert kept["duplicates"].sum() == docs.height
    assert marked.filter(pl.col("drop_reason").is_not_null())["drop_reason"].unique().to_list() == [
        "minhash.near_duplicate"
    ]
    assert marked["id"].equals(docs["id"]) and marked["text"].equals(docs["text"])
    assert all(marked[name].null_count() == docs.height for name in SIGNATURE)
    assert set(minhash.sign(docs).columns) < set(marked.columns)


def test_order_parts_and_buckets_do_not_matter(kit, found, tmp_path):
    docs, ledger = found
    first = kit.read(ledger)
    for seed, (parts, buckets) in enumerate([(1, 1), (7, 16)], start=1):
        out = tmp_path / str(seed)
        assert first.equals(kit.read(kit.near_ledger(docs, out, parts=parts, buckets=buckets, seed=seed)))


def test_the_named_source_survives_whatever_its_length(kit, tmp_path):
    words = kit.passages(120, 1)[0]
    docs = kit.documents(
        [" ".join(words), " ".join(words[2:]), " ".join(words[1:])], ["web", "books", "wiki"]
    )
    plain = kit.read(kit.near_ledger(docs, tmp_path / "a"))
    assert plain["survivor"].drop_nulls().unique().to_list() == [docs["id"][0]]
    named = kit.read(kit.near_ledger(docs, tmp_path / "b", prefer=[{"source": ["wiki", "books"]}]))
    assert named["survivor"].drop_nulls().unique().to_list() == [docs["id"][2]]
    assert named["survivor_source"].drop_nulls().unique().to_list() == ["wiki"]
    assert named["duplicates"].drop_nulls().to_list() == [3]


def test_earlier_duplicates_are_counted_on(kit, tmp_path):
    words = kit.passages(120, 1)[0]
    docs = kit.documents([" ".join(words), " ".join(words[1:]), "alone"])
    docs = docs.with_columns(duplicates=pl.Series([4, 3, 2], dtype=pl.UInt32))
    marked = minhash.remove(docs, clusters=kit.near_ledger(docs, tmp_path))
    assert marked.filter(pl.col("drop_reason").is_null())["duplicates"].to_list() == [7, 2]


def test_texts_of_few_words(kit, tmp_path):
    texts = ["", "?!", "one", "One.", "one two", "two one", "a b c d", "A, b c d!", "a b c d e", "a b c d f"]
    table = signed(*texts)
    assert table["minhash_band_keys"].is_null().to_list() == [True, True] + [False] * 8
    assert table["minhash_sketch"].is_null().to_list() == [True, True] + [False] * 8
    docs = kit.documents(texts)
    marked = minhash.remove(docs, clusters=kit.near_ledger(docs, tmp_path))
    text = dict(docs.select("id", "text").iter_rows())
    gone = marked.filter(pl.col("drop_reason").is_not_null())
    assert {(row["text"], text[row["dedup_survivor"]]) for row in gone.iter_rows(named=True)} == {
        ("one", "One."),
        ("a b c d", "A, b c d!"),
    }


def test_sign_is_a_shard_step(found):
    docs, _ = found
    docs = docs.with_columns(text=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("")).otherwise("text"))
    whole = minhash.sign(docs)
    for cut in (0, 1, 100, docs.height):
        assert pl.concat([minhash.sign(docs[:cut]), minhash.sign(docs[cut:])]).equals(whole)


def test_settings_change_what_they_name(kit):
    text = " ".join(kit.passages(60, 1)[0])
    wide = signed(text, bands=26, rows=11)
    assert (wide["minhash_band_keys"].list.len()[0], wide["minhash_sketch"].list.len()[0]) == (26, 7)
    assert not signed(text, seed=2)["minhash_band_keys"].equals(signed(text)["minhash_band_keys"])
    assert not signed(text, ngram=4)["minhash_band_keys"].equals(signed(text)["minhash_band_keys"])
    with pytest.raises(ValueError, match="16 or more"):
        signed(text, bands=3, rows=5)


def test_nothing_at_all(kit, tmp_path):
    docs = kit.documents([])
    assert minhash.remove(minhash.sign(docs), clusters=kit.near_ledger(docs, tmp_path)).is_empty()


def test_a_part_that_an_earlier_winnow_signed_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "signed").mkdir()
    part = tmp_path / "signed/part-00000.parquet"
    docs = signed("one two").with_columns(id=pl.lit("a"), uri=pl.lit("u"))
    docs.rename({"minhash_band_keys": "minhash_keys"}).write_parquet(part)
    with pytest.raises(ValueError, match=r"part-00000.parquet: without minhash_band_keys.*--redo signed"):
        minhash.bands([part], tmp_path)
    docs[:0].drop("minhash_band_keys", "minhash_sketch", "minhash_shingles").write_parquet(part)
    check_signed(part)


def test_a_finished_corpus_has_the_form_of_an_index_without_its_texts(kit, tmp_path):
    docs = minhash.sign(kit.documents([" ".join(words) for words in kit.passages(60, 4)[:4]]))
    known = minhash.condense(docs)
    assert known["text"].to_list() == [""] * 4 and known.drop(*TERMS, "text").equals(docs.drop("text"))
    known.write_parquet(tmp_path / "part-00000.parquet")
    check_index(tmp_path / "part-00000.parquet")
    assert all(known[name].list.len().to_list() == [60] * 4 for name in TERMS)


def test_within_a_source_no_survivor_is_of_another(kit, tmp_path):
    """What goes within each source is what goes where each is alone."""
    docs = corpus(kit, 17, 40)
    found = kit.read(kit.near_ledger(docs, tmp_path / "all", within="source")).drop_nulls("survivor")
    assert (found["source"] == found["survivor_source"]).all()
    alone = [
        kit.read(kit.near_ledger(own, tmp_path / source)).drop_nulls("survivor")["id"]
        for (source,), own in docs.partition_by("source", as_dict=True).items()
    ]
    assert found.height > 10
    assert set(found["id"]) == set(pl.concat(alone))
