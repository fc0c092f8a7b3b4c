"""Texts before and after a stage cut lines out of them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import cuts


@pytest.fixture
def account(run_of_grades):
    return run_summary.read(run_of_grades)


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
def test_each_line_of_both_texts_is_told_once_and_in_order(before, after):
    lines = cuts._compare(before, after)
    assert [line for what, line in lines if what != cuts.NEW] == before
    assert [line for what, line in lines if what != cuts.GONE] == after


@given(LINES, st.sets(st.integers(0, 24)))
def test_lines_that_were_only_taken_out_are_found_and_none_is_new(before, taken):
    after = [line for i, line in enumerate(before) if i not in taken]
    lines = cuts._compare(before, after)
    assert not [line for what, line in lines if what == cuts.NEW]


@given(LINES, LINES)
def test_no_line_is_lost_in_what_is_shown(before, after):
    lines = cuts._compare(before, after)
    shown = cuts._shorten(lines)
    told = sum(int(text) if what in (cuts.SKIPPED, cuts.MORE) else 1 for what, text in shown)
    assert told == len(lines)


def test_many_lines_alike_take_no_time_and_what_is_not_shown_is_counted():
    before = ["Like", "G Reply"] * 1500
    shown = cuts._shorten(cuts._compare(before, ["Like"] * 1500))
    assert len(shown) == cuts.MOST_LINES + 1
    assert shown[-1] == (cuts.MORE, f"{3000 - cuts.MOST_LINES:,}")


def test_of_long_lines_the_part_that_differs_is_shown():
    line = "word " * 400
    (gone, new) = cuts._shorten([(cuts.GONE, line + "poison"), (cuts.NEW, line + "potion")])
    assert gone[1].startswith("…") and gone[1].endswith("poison") and new[1].endswith("potion")
    ((_, long),) = cuts._shorten([(cuts.GONE, line)])
    assert long.endswith("…") and len(long) == cuts.LINE + 1
