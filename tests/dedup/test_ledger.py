"""Who survives, and how a ledger is read back."""

import os

import polars as pl

from dedup import ledger


def test_rank_is_source_then_length():
    docs = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e"],
            "source": ["web", "wiki", "web", "books", "pdf"],
            "size": pl.Series([10, 5, 4_000_000_000, 1, 11], dtype=pl.UInt32),
        }
    )
    order = docs.with_columns(ledger.rank("size", ["books", "wiki"])).sort(ledger.ORDER)["id"].to_list()
    assert order == ["d", "b", "c", "e", "a"]
    order = docs.with_columns(ledger.rank("size", None)).sort(ledger.ORDER)["id"].to_list()
    assert order == ["c", "e", "a", "b", "d"]


def write(folder, survivor):
    folder.mkdir(parents=True, exist_ok=True)
    row = {"id": "x", "source": "web", "cluster": survivor, "survivor": survivor, "similarity": 0.9}
    table = pl.DataFrame([row | {"survivor_source": "wiki", "method": "minhash", "duplicates": None}])
    table.select(*ledger.SCHEMA).cast(ledger.SCHEMA).write_parquet(folder / "ledger.parquet")


def test_large_and_small_ledgers_read_alike(tmp_path, monkeypatch):
    write(tmp_path / "bucket=0000", "y")
    write(tmp_path / ".bucket=0001.tmp", "half written")
    docs = pl.DataFrame({"id": ["w", "x"], "text": ["1", "2"]})
    small = ledger.mark(docs, tmp_path, "some.reason")
    monkeypatch.setattr(ledger, "CACHED", 0)
    assert ledger.mark(docs, tmp_path, "some.reason").equals(small)
    assert small["dedup_survivor"].to_list() == [None, "y"]
    assert small["drop_reason"].to_list() == [None, "some.reason"]
    assert small["duplicates"].to_list() == [1, 1]


def test_a_ledger_written_anew_is_read_anew(tmp_path):
    write(tmp_path, "y")
    assert ledger.look_up(tmp_path, pl.Series(["x"]))["survivor"].to_list() == ["y"]
    write(tmp_path, "z")
    os.utime(tmp_path / "ledger.parquet", ns=(1, 1))
    assert ledger.look_up(tmp_path, pl.Series(["x"]))["survivor"].to_list() == ["z"]


def test_no_ledger_removes_nothing(tmp_path):
    docs = pl.DataFrame({"id": ["w"], "text": ["1"]})
    assert ledger.mark(docs, tmp_path, "some.reason")["drop_reason"].to_list() == [None]
