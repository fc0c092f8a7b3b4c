"""Failures by their reason, the same reason of many documents once."""

from collections import Counter

import polars as pl

from winnow.pipelines.engine.ledger import failures
from winnow.pipelines.screen import work
from winnow.pipelines.screen.work import describe_failures


def test_what_is_of_one_document_alone_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(failures.proof, "prove", lambda path: path)
    errors = [
        "ValueError: 'a b' at 12,000",
        'ValueError: "c" at 7',
        "OSError: /data/x/a.txt: gone\nmore",
        "OSError: s3://bucket/x/b.txt: gone",
        "either/or is kept",
        None,
    ]
    pl.DataFrame({"step": ["s:t"] * len(errors), "error": errors}).write_parquet(tmp_path / "a.parquet")
    assert failures.count([tmp_path / "a.parquet"]) == {
        "s:t: ValueError: … at …": 2,
        "s:t: OSError: …: gone": 2,
        "s:t: either/or is kept": 1,
        "s:t: ": 1,
    }


def test_the_most_frequent_are_named_and_the_others_counted():
    found = Counter({"b": 2, "a": 2, "c" * 400: 9, "d": 1, "e": 1})
    cut = "c" * work.MOST_LETTERS + "…"
    assert describe_failures(found) == [(9, cut), (2, "a"), (2, "b"), (2, "for 2 other reasons")]
    assert describe_failures(Counter()) == []


def test_only_parts_with_failures_are_looked_into(tmp_path):
    made = {"part-00000": {"failed": 0}, "part-00001": {"failed": 2}, "all": {}}
    assert failures.list_files(tmp_path, made) == [tmp_path / "failed/part-00001.parquet"]
