"""Clusters against networkx, and what is chosen in them."""

import json
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow import shuffle
from winnow.dedup import buckets, clusters, exact, minhash
from winnow.dedup.near import links
from winnow.pipelines.engine.disk.documents import read_batches


def gone(table):
    return dict(table.filter(pl.col("survivor").is_not_null()).select("id", "survivor").iter_rows())


def test_a_chain_removes_no_document_that_its_survivor_does_not_resemble(kit, tmp_path):
    """Each text shares most with the next, and the first nothing with the last."""
    words = kit.passages(900, 1, seed=4)[0]
    texts = [" ".join(words[start : start + 200]) for start in range(0, 700, 6)]
    docs = kit.documents(texts)
    assert kit.jaccard(texts[0], texts[1]) > 0.92 and kit.jaccard(texts[0], texts[-1]) < 0.02
    table = kit.read(kit.near_ledger(docs, tmp_path))
    assert table["cluster"].n_unique() == 1
    text = dict(docs.select("id", "text").iter_rows())
    removed = gone(table)
    assert removed and not set(removed) & set(removed.values())
    assert all(kit.jaccard(text[one], text[survivor]) >= 0.75 for one, survivor in removed.items())
    # Texts nine steps apart resemble each other by less than 0.6: a survivor takes no more than 16 along.
    assert len(texts) - len(removed) >= len(texts) / 17


def test_a_cut_text_goes_for_the_whole_one_and_never_the_other_way(kit, tmp_path):
    """At a similarity of 0.3 half a band is shared by 11% of pairs, one minimum by 99%."""
    words = kit.passages(6000, 1, seed=9)[0]
    passages = [words[start : start + 300] for start in range(0, 6000, 300)]
    texts = [" ".join(part) for words in passages for part in (words, words[:90])]
    docs = kit.documents(texts, ["web", "wiki"])
    assert all(kit.jaccard(texts[k], texts[k + 1]) < 0.35 for k in range(0, 40, 2))
    place = {name: k for k, name in enumerate(docs["id"])}
    rows = kit.read(kit.near_ledger(docs, tmp_path / "a")).drop_nulls("survivor").to_dicts()
    assert len(rows) >= 19
    for row in rows:
        cut, whole = place[row["id"]], place[row["survivor"]]
        assert cut == whole + 1
        assert row["containment"] == 1
        assert row["similarity"] == pytest.approx(kit.jaccard(texts[whole], texts[cut]))
    short_first = kit.near_ledger(docs, tmp_path / "b", prefer=[{"source": ["wiki"]}])
    assert kit.read(short_first).is_empty()
    assert kit.read(kit.near_ledger(docs, tmp_path / "c", min_containment=1.1)).is_empty()


def test_the_same_text_in_another_sites_frame_goes_and_within_one_site_stays(kit, tmp_path):
    """Some words of the copy are others, and before and after it stands another frame."""
    main, *frames = (words for words in kit.passages(3000, 3, seed=21))
    copy = main[:400]
    copy[::40] = ["other"] * 10
    texts = [
        " ".join([*frames[0][:100], *main[:400], *frames[0][100:200]]),
        " ".join([*frames[1][:10], *copy]),
    ]
    assert kit.jaccard(*texts) < 0.6
    assert kit.covered(texts[1], texts[0]) > 0.94
    for second, count in (("http://other.example/b", 1), ("https://www.SITE.example/c", 0), (None, 0)):
        docs = kit.documents(texts).with_columns(url=pl.Series(["https://site.example/a", second]))
        settings = {"min_containment": 0.9, "min_facts": 0}
        table = kit.read(kit.near_ledger(docs, tmp_path / str(second)[-1], **settings))
        removed = table.filter(pl.col("survivor").is_not_null())
        assert removed["id"].to_list() == docs["id"].to_list()[1:] * count


def test_pages_of_one_template_stay_and_versions_of_one_page_go(kit, tmp_path):
    page = kit.passages(150, 1, seed=3)[0]
    made = "{} Rotterdam {} tons {}"

    def filled(*values):
        return " ".join([*page[:60], *made.format(*values[:3]).split(), *page[60:]])

    texts = [
        filled("Vessel Aurora built", "4711", "Panama"),
        filled("Vessel Borealis built", "1234", "Malta"),
        filled("Vessel Aurora built", "4711", "Panama") + " printed 12 May 2021",
        filled("Vessel Aurora built", "4711", "Panama") + " printed 30 June 2022",
    ]
    docs = kit.documents(texts)
    folder = kit.near_ledger(docs, tmp_path / "a", min_facts=2)
    ids = docs["id"].to_list()
    removed = gone(kit.read(folder))
    assert ids[1] not in removed and ids[1] not in removed.values()
    assert len(removed) == 2 and set(removed) < {ids[0], ids[2], ids[3]}
    spared = pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("*/kept_templates.parquet"))])
    assert spared["id"].to_list() == [ids[1]] or ids[1] in spared["other"].to_list()
    assert len(gone(kit.read(kit.near_ledger(docs, tmp_path / "b", min_facts=0)))) == 3


def test_only_row_groups_with_a_member_are_read(kit, tmp_path):
    docs = minhash.sign(kit.documents(["one two three"] * 40))
    path = tmp_path / "part-00002.parquet"
    docs.write_parquet(path, row_group_size=10)
    (tmp_path / "clusters").mkdir()
    first = buckets.first_address(path)
    ends = (np.array([first + row], np.uint64) for row in (3, 25))
    links.write(tmp_path / "clusters", *ends, np.ones(1, np.bool_))
    joined = kit.join(list((tmp_path / "clusters").iterdir()), tmp_path / "joined", 2)
    (tmp_path / "out").mkdir()
    clusters.gather([path], tmp_path / "out", read=read_batches, clusters=joined)
    rows = pl.concat([row for file in (tmp_path / "out").iterdir() for row in shuffle.Reader(0, 1)(file)])
    assert sorted(rows["id"]) == sorted([docs["id"][3], docs["id"][25]])


def test_a_later_run_goes_by_the_index_of_an_earlier(kit, tmp_path):
    draw = random.Random(7)
    texts = []
    for words in kit.passages(150, 60, 2):
        texts += [" ".join(kit.edited(words, draw.randrange(3), draw)) for _ in range(4)]
    docs = kit.documents(texts)
    one = gone(kit.read(kit.near_ledger(docs, tmp_path / "one")))
    half = docs.height // 2 + 1  # in the middle of four copies
    first = kit.near_ledger(docs[:half], tmp_path / "first", parts=2)
    (tmp_path / "index").mkdir()
    parts = sorted((tmp_path / "first/parts").iterdir())
    for part in parts:
        minhash.index([part], tmp_path / "index", read=read_batches, clusters=first)
    index = sorted((tmp_path / "index").iterdir())
    known = pl.concat([pl.read_parquet(path) for path in index])
    kept = known.filter(pl.col("terms").list.len() > 0)
    assert "text" not in known.columns and set(known["id"]) == set(docs["id"][:half])
    assert set(kept["id"]) == set(docs["id"][:half]) - set(gone(kit.read(first)))
    second = gone(kit.read(kit.near_ledger(docs[half:], tmp_path / "second", index=index)))
    assert len(gone(kit.read(first))) + len(second) == len(one) > 150
    assert not set(second) & set(kept["id"])
    text = dict(docs.select("id", "text").iter_rows())
    assert set(second.values()) & set(kept["id"])
    assert all(kit.jaccard(text[a], text[b]) >= 0.75 for a, b in second.items())


def test_of_an_index_without_a_document_taken_down_its_signatures_lead_to_nothing(kit, tmp_path):
    draw = random.Random(11)
    texts = [" ".join(kit.edited(words, 2, draw)) for words in kit.passages(200, 2, seed=3) for _ in range(3)]
    docs = kit.documents([*texts, *(f"{text} once more" for text in texts)])
    docs, again = docs[: len(texts)], docs[len(texts) :]
    first = kit.near_ledger(docs, tmp_path / "first", parts=1)
    (tmp_path / "index").mkdir()
    minhash.index(
        [tmp_path / "first/parts/part-00000.parquet"], tmp_path / "index", read=read_batches, clusters=first
    )
    survivors = set(gone(kit.read(first)).values())
    taken_down = docs.filter(pl.col("id").is_in(survivors))["id"][0]
    file = tmp_path / "index/part-00000.parquet"
    pl.read_parquet(file).filter(pl.col("id") != taken_down).write_parquet(file)
    second = gone(kit.read(kit.near_ledger(again, tmp_path / "second", index=[file])))
    (left,) = survivors - {taken_down}
    assert taken_down not in second.values()
    assert sorted(second.values(), key=[left].count)[-3:] == [left] * 3  # of this one all copies go
    assert len(second) == 5  # of the other one stays, for which its copies go


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop("uri"),
        lambda table: table.drop("terms"),
        lambda table: table.cast({"terms": pl.List(pl.UInt64)}),
        lambda table: table.drop("marks"),  # 0.3.0's
        lambda table: table.rename({"minhash_band_keys": "minhash_keys"}),  # 0.3.0's, of 32-bit minima
    ],
)
def test_an_index_of_another_form_is_refused(kit, tmp_path, change):
    words = kit.passages(60, 2)
    docs = kit.documents([" ".join(one) for one in words])
    ledger = kit.near_ledger(docs, tmp_path / "first", parts=1)
    (tmp_path / "index").mkdir()
    minhash.index(
        [tmp_path / "first/parts/part-00000.parquet"], tmp_path / "index", read=read_batches, clusters=ledger
    )
    file = tmp_path / "index/part-00000.parquet"
    change(pl.read_parquet(file)).write_parquet(file)
    with pytest.raises(ValueError, match=r"part-00000.parquet: not an index of this form.*made again"):
        minhash.bands([file], tmp_path, old=True)
    with pytest.raises(ValueError, match=r"part-00000.parquet: not an index of this form.*made again"):
        clusters.gather([file], tmp_path, read=read_batches, clusters=tmp_path, old=True)


def test_a_copy_of_a_near_duplicate_goes_for_what_stays_in_the_end(kit, tmp_path):
    words = kit.passages(200, 1)[0]
    texts = [" ".join(words), " ".join(words[1:]), " ".join(words[1:]).upper(), " ".join(words[1:])]
    docs = minhash.sign(exact.hash(kit.documents(texts)))
    copies = kit.exact_ledger(docs.select("id", "source", "uri", "text"), tmp_path / "exact")
    near = kit.near_ledger(docs, tmp_path / "near", without=copies)
    marked = exact.remove(docs, duplicates=copies, clusters=near)
    left = minhash.remove(marked.filter(pl.col("drop_reason").is_null()), clusters=near)
    kept = left.filter(pl.col("drop_reason").is_null())
    assert kept["id"].to_list() == [docs["id"][0]] and kept["duplicates"].to_list() == [4]
    gone = pl.concat([table.drop_nulls("drop_reason") for table in (marked, left)], how="diagonal")
    assert sorted(gone["drop_reason"]) == ["exact.duplicate"] * 2 + ["minhash.near_duplicate"]
    assert set(gone["dedup_survivor"]) == {docs["id"][0]}
    assert gone["dedup_similarity"].n_unique() == 1 and gone["dedup_similarity"][0] < 1
    alone = minhash.remove(docs, clusters=near).drop_nulls(
        "drop_reason"
    )  # as the ledger of near ones has them
    for table in (gone, alone):
        reasons = table.select("id", "drop_reason", "dedup_method", "dedup_similarity").sort("id")
        assert reasons.equals(gone.select(reasons.columns).sort("id"))
        assert sorted(table["dedup_method"]) == ["exact", "exact", "minhash"]
    table = kit.read(near).drop_nulls("survivor")
    assert sorted(table["method"]) == ["exact", "exact", "minhash"]
    assert table["similarity"].n_unique() == 1


def read_cut(folder):
    found = [pl.read_parquet(path) for path in sorted(folder.glob("*/cut_clusters.parquet"))]
    told = [json.loads(path.read_text())["says"] for path in sorted(folder.glob("*/messages.json"))]
    return pl.concat(found), [line for lines in told for line in lines]


def test_a_cluster_over_the_bound_is_cut_and_said_and_nothing_goes_that_should_not(
    kit, tmp_path, monkeypatch
):
    """A chain of texts that share much with the next alone, copies of one text, and a pair."""
    words = kit.passages(900, 1, seed=4)[0]
    chain = [" ".join(words[start : start + 200]) for start in range(0, 700, 6)]
    own = kit.passages(300, 1, seed=8)[0]
    copies = [" ".join([*own[:n], "other", *own[n + 1 :]]) for n in range(60)]
    texts = [*chain, *copies, *(" ".join(kit.passages(100, 1, seed=9)[0][n:]) for n in range(2))]
    docs = kit.documents(texts)
    text = dict(docs.select("id", "text").iter_rows())
    whole = gone(kit.read(kit.near_ledger(docs, tmp_path / "whole", min_facts=0)))
    assert not list((tmp_path / "whole").rglob("cut_clusters.parquet"))
    monkeypatch.setattr(links, "MOST", 20)
    folder = kit.near_ledger(docs, tmp_path / "cut", min_facts=0)
    removed = gone(kit.read(folder))
    assert all(
        kit.jaccard(text[one], text[other]) >= 0.75 or kit.covered(text[one], text[other]) >= 0.95
        for one, other in removed.items()
    )
    assert not set(removed) & set(removed.values())
    cut, told = read_cut(folder)
    assert cut["cut"].n_unique() == 2 and cut["documents"].sum() == len(chain) + len(copies)
    assert len(told) == len(list(folder.glob("*/cut_clusters.parquet"))) and "of more than 20 were" in told[0]
    assert cut["piece"].n_unique() >= 6
    ids = set(docs["id"][len(chain) : -2])  # of what is alike as a whole each piece keeps one
    assert len(ids & set(whole)) == len(copies) - 1
    assert len(copies) - 2 >= len(ids & set(removed)) >= len(copies) - cut["piece"].n_unique()
    pair = docs["id"][-2:].to_list()
    assert pair[1] in removed and removed[pair[1]] == pair[0]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=12), st.integers(1, 20))
def test_what_is_compared_at_a_time_are_whole_clusters(sizes, at_once):
    """No more words at once than two such amounts, but where one cluster alone has more."""
    groups = np.repeat(np.arange(len(sizes), dtype=np.uint64) * 3, [len(rows) for rows in sizes])
    words = np.array([size for rows in sizes for size in rows], dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "AT_ONCE", at_once)
        cuts = list(clusters.cut_groups(groups, words))
    assert [cuts[0][0], *(stop for _, stop in cuts)] == [*(start for start, _ in cuts), len(groups)]
    parts = [groups[start:stop] for start, stop in cuts]
    assert sum(len(set(part.tolist())) for part in parts) == len(sizes)
    for start, stop in cuts:
        last = words[start:stop][groups[start:stop] == groups[start:stop][-1:]].sum()
        assert words[start:stop].sum() - last < at_once


def test_the_ledger_is_the_same_however_much_is_compared_at_a_time(kit, tmp_path, monkeypatch):
    words = kit.passages(2000, 1, seed=6)[0]
    passages = [words[start : start + 100] for start in range(0, 2000, 100)]
    docs = kit.documents([" ".join(part) for one in passages for part in (one, [*one, "more"], one[:95])])
    whole = kit.read(kit.near_ledger(docs, tmp_path / "a"))
    assert len(gone(whole)) == 40
    monkeypatch.setattr(clusters, "AT_ONCE", 150)
    monkeypatch.setattr(clusters, "ROWS", 7)
    assert kit.read(kit.near_ledger(docs, tmp_path / "b")).equals(whole)
