"""Who survives, and how a ledger is read back."""

import os

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup import ledger
from winnow.files import find_files


def order(docs, prefer):
    ranked = ledger.rank_members(docs, prefer, []).with_columns(group=pl.lit(0))
    return "".join(ledger.sort_members(ranked, ["group"])["id"])


def test_survivors_are_ordered_by_the_rules_in_turn():
    docs = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e"],
            "source": ["web", "wiki", "web", "books", "pdf"],
            "uri": ["1.warc"] * 5,
            "license": [None, "CC0-1.0", "CC-BY-4.0", "CC0-1.0", None],
            "score_quality": [0.5, None, 0.9, 0.1, 0.5],
            "date": ["2020", None, "2024-05-01", "2019", "2024"],
            "length": pl.Series([10, 5, 4_000_000_000, 1, 11], dtype=pl.UInt32),
        }
    )
    assert order(docs, ledger.LONGEST) == "ceabd"
    assert order(docs, [{"source": ["books", "wiki"]}, {"length": "max"}]) == "dbcea"
    assert order(docs, [{"license": ["CC0-1.0", "CC-BY-4.0"]}, {"length": "min"}]) == "dbcae"
    assert order(docs, [{"score_quality": "max"}, {"date": "max"}]) == "ceadb"
    assert order(docs, [{"date": "min"}]) == "daecb"
    assert order(docs, [{"no_such_column": "max"}]) == "abcde"
    assert order(docs, [{"length_class": "max"}, {"date?": "max"}]) == "ceabd"
    many = [{"source": ["x"]}] * 11 + [{"length": "min"}]
    assert order(docs, many) == "dbaec"


ENTRY = {
    "id": "x",
    "source": "web",
    "uri": "2.warc",
    "cluster": "y",
    "survivor": "y",
    "survivor_source": "wiki",
    "similarity": 0.9,
    "containment": 0.95,
    "method": "minhash",
    "duplicates": None,
    "followers": None,
}


def write(folder, *rows):
    folder.mkdir(parents=True, exist_ok=True)
    ledger.write(pl.DataFrame([ENTRY | row for row in rows], schema=ledger.SCHEMA), folder)


def test_large_and_small_ledgers_read_alike(tmp_path, monkeypatch):
    write(tmp_path / "bucket=0000", {})
    write(tmp_path / ".bucket=0001.tmp", {"survivor": "half written"})
    docs = pl.DataFrame({"id": ["w", "x"], "uri": ["1.warc", "2.warc"], "text": ["1", "2"]})
    small = ledger.mark(docs, tmp_path)
    monkeypatch.setattr(ledger, "CACHED", 0)
    assert ledger.mark(docs, tmp_path).equals(small)
    assert small["dedup_survivor"].to_list() == [None, "y"]
    assert small["drop_reason"].to_list() == [None, "minhash.near_duplicate"]
    assert small["duplicates"].to_list() == [1, 1]
    assert ledger.mark(docs.clear(), tmp_path).equals(small.clear())


def test_of_a_large_ledger_a_batch_reads_what_concerns_its_files(tmp_path, monkeypatch):
    rows = [{"id": f"{n:05d}", "uri": f"{n // 100:03d}.warc"} for n in range(30_000)]
    write(tmp_path, *rows)
    monkeypatch.setattr(ledger, "CACHED", 0)
    docs = pl.DataFrame({"id": ["14201", "no", "14299"], "uri": ["142.warc", "142.warc", "142.warc"]})
    assert ledger.look_up(tmp_path, docs)["id"].to_list() == ["14201", "14299"]
    assert len(ledger._read(find_files(tmp_path, "ledger.parquet"), "142.warc", "142.warc")) == 100
    groups = pq.ParquetFile(tmp_path / "ledger.parquet").metadata
    uris = [groups.row_group(n).column(2).statistics for n in range(groups.num_row_groups)]
    assert sum(one.min <= "142.warc" <= one.max for one in uris) == 1 < len(uris)


def test_a_ledger_written_anew_is_read_anew(tmp_path):
    docs = pl.DataFrame({"id": ["x"], "uri": ["2.warc"]})
    write(tmp_path, {})
    assert ledger.look_up(tmp_path, docs)["survivor"].to_list() == ["y"]
    write(tmp_path, {"survivor": "z"})
    os.utime(tmp_path / "ledger.parquet", ns=(1, 1))
    assert ledger.look_up(tmp_path, docs)["survivor"].to_list() == ["z"]


def test_the_reason_is_that_of_the_method(tmp_path):
    methods = {"a": "exact", "b": "url", "c": "minhash"}
    write(tmp_path, *({"id": name, "method": method} for name, method in methods.items()))
    docs = pl.DataFrame({"id": ["a", "b", "c", "d"], "uri": ["2.warc"] * 4})
    marked = ledger.mark(docs, tmp_path)
    assert marked["drop_reason"].to_list() == [
        "exact.duplicate",
        "exact.url_duplicate",
        "minhash.near_duplicate",
        None,
    ]
    assert marked["dedup_method"].to_list() == [*methods.values(), None]


def test_an_empty_ledger_removes_nothing_and_a_folder_without_one_is_refused(tmp_path):
    docs = pl.DataFrame({"id": ["w"], "uri": ["1.warc"], "text": ["1"]})
    with pytest.raises(ValueError, match=r"no ledger\.parquet in this folder"):
        ledger.mark(docs, tmp_path)
    ledger.write(pl.DataFrame(schema=ledger.SCHEMA), tmp_path)
    assert ledger.mark(docs, tmp_path)["drop_reason"].to_list() == [None]


ENTRIES = st.lists(st.sampled_from([None, *"abcd"]), max_size=12)


@given(ENTRIES, st.sets(st.sampled_from("abcd")))
def test_lists_are_attached_as_a_left_join_would(ids, known):
    rows = pl.DataFrame({"id": ids, "n": range(len(ids))}, schema={"id": pl.String, "n": pl.Int64})
    lists = pl.DataFrame({"id": sorted(known), "own": [[name] * 3 for name in sorted(known)]})
    lists = lists.cast({"id": pl.String, "own": pl.List(pl.String)})
    wanted = rows.join(lists, on="id", how="left", maintain_order="left")
    assert ledger._attach(rows, lists).equals(wanted)


def test_copies_of_one_document_take_memory_for_each_not_for_each_pair(kit, tmp_path):
    count = 3000
    docs = kit.documents(["Not found. " * 10] * count)
    found = kit.exact_ledger(docs, tmp_path)
    [table] = [frame for file in found.glob("*/*") if (frame := pl.read_parquet(file)).height]
    [survivor] = table.filter(pl.col("survivor").is_null()).to_dicts()
    assert survivor["duplicates"] == count
    assert {one["id"] for one in survivor["followers"]} | {survivor["id"]} == set(docs["id"])
    assert ledger.add_followers(table).estimated_size() < 1000 * count
    other = pl.concat([docs, docs.with_columns(id="other-" + pl.col("id"))])
    left = ledger.drop_removed(other, found)
    assert left.height == count + 1 and left.estimated_size() < 1000 * count


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_of_texts_of_one_length_class_the_shorter_is_near_the_longer(a, b):
    """So which of them comes first loses no excerpt: below three quarters a containment decides."""
    docs = pl.DataFrame({"id": ["a", "b"], "source": "s", "uri": "u", "length": [a, b], "date": ["1", "2"]})
    ranked = ledger.rank_members(docs, [{"length_class": "max"}, {"date": "max"}], [])
    one, other = ranked["rank_00_max"]
    assert one != other or min(a, b) > 0.75 * max(a, b)
    assert one == other or (one > other) == (a > b)
