"""Who survives, and how a ledger is read back."""

import os

import polars as pl

from dedup import ledger


def order(docs, prefer):
    ranked = ledger.ranked(docs, prefer, []).with_columns(group=pl.lit(0))
    return "".join(ledger.ordered(ranked, ["group"])["id"])


def test_survivors_are_ordered_by_the_rules_in_turn():
    docs = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e"],
            "source": ["web", "wiki", "web", "books", "pdf"],
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
    many = [{"source": ["x"]}] * 11 + [{"length": "min"}]
    assert order(docs, many) == "dbaec"


def write(folder, survivor):
    folder.mkdir(parents=True, exist_ok=True)
    row = {
        "id": "x",
        "source": "web",
        "cluster": survivor,
        "survivor": survivor,
        "similarity": 0.9,
        "containment": 0.95,
    }
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
