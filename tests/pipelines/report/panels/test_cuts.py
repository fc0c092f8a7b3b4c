"""Texts before and after a stage cut lines out of them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.report import figures as accounts
from pipelines.report import page
from pipelines.report.panels import cuts


@pytest.fixture
def account(run_of_grades):
    return accounts.read(run_of_grades)


def test_what_went_and_what_is_new_stand_among_their_neighbours(account):
    found = cuts.sample_cuts(account.stages["unmarked"], account)
    assert len(found) == cuts.MOST
    kept = pl.concat([pl.read_parquet(file) for file in account.stages["unmarked"].files("kept")])
    cut = kept.filter(pl.col("text_here").is_not_null()).sort("id")
    assert cut.height == 20
    assert {doc["place"]["key"] for doc in found} <= set(cut["key"])
    for doc in found:
        whats = [what for what, _ in doc["lines"]]
        assert whats == ["skipped", "stayed", "stayed", "gone", "gone", "new", "stayed", "stayed", "skipped"]
        lines = [line for _, line in doc["lines"]]
        assert lines[0] == "1" and lines[-1] == "4"
        assert lines[3].startswith("MARK") and lines[4].startswith("TURN ") and "TURNED" in lines[5]
        assert doc["after"] < doc["before"]


def test_a_stage_that_reads_a_source_or_changes_nothing_has_none(account):
    assert cuts.sample_cuts(account.stages["graded"], account) == []


def test_long_documents_are_left_out(account, monkeypatch):
    monkeypatch.setattr(cuts, "MOST_BYTES", 600)
    found = cuts.sample_cuts(account.stages["unmarked"], account)
    assert len(found) > 0 and all(doc["before"] < 600 for doc in found)
    monkeypatch.setattr(cuts, "MOST_BYTES", 10)
    assert cuts.sample_cuts(account.stages["unmarked"], account) == []


def test_the_report_shows_them_escaped(run_of_grades):
    text = page.write(run_of_grades).read_text()
    assert "<del>MARK &lt;b&gt;MARK&lt;/b&gt;" in text and "<ins>TURNED" in text
    assert "<b>MARK</b>" not in text
    assert text.count("Texts before and after") == 1


LINES = st.lists(st.sampled_from("abcdefgh"), max_size=25)


@given(LINES, LINES)
def test_no_line_is_lost_in_what_is_shown(before, after):
    shown = cuts._compare(before, after)
    left = sum(int(text) for what, text in shown if what == cuts.SKIPPED)
    stayed = sum(what == cuts.STAYED for what, _ in shown)
    if any(what in (cuts.GONE, cuts.NEW) for what, _ in shown):
        assert left + stayed + sum(what == cuts.GONE for what, _ in shown) == len(before)
        assert left + stayed + sum(what == cuts.NEW for what, _ in shown) == len(after)
    else:
        assert before == after
