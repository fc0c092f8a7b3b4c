"""How many documents have which label: counted once more, in plain Python."""

import polars as pl
import pytest

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import histograms, labels


def test_labels_are_counted_by_document_token_and_source(run_of_grades):
    account = run_summary.read(run_of_grades)
    (found,) = labels.of_stage(account.stages["graded"], account)
    assert (found["name"], found["documents"], found["others"]) == ("toy_kind", 120, 0)
    assert found["sources"] == ["books", "pages"]
    rows = {row["label"]: row for row in found["rows"]}
    assert [row["label"] for row in found["rows"]] == ["prose", "(null)", "code"]
    assert rows["prose"]["documents"] == pytest.approx(80 / 120)
    assert rows["prose"]["by_source"] == pytest.approx([1, 1 / 3])
    assert rows["(null)"]["by_source"] == pytest.approx([0, 1 / 3])
    assert rows["code"]["tokens"] is None  # nobody counted any yet


def test_a_stage_that_names_nothing_new_has_none(run_of_grades):
    account = run_summary.read(run_of_grades)
    assert labels.of_stage(account.stages["unmarked"], account) == []


def test_the_report_shows_them(run_of_grades):
    text = page.write(run_of_grades).read_text()
    assert "<code>toy_kind</code> of 120 kept documents" in text
    assert text.count("<h4>Labels</h4>") == 1


@pytest.mark.parametrize(
    ("values", "is_label"),
    [
        (["a", "a", "b", "b"], True),
        (["a", "b", "c", None], False),
        (["a", "a", None], True),
        (["a"] * 4, False),
    ],
)
def test_what_differs_in_nearly_each_document_is_no_label(values, is_label):
    assert labels._is_label(pl.Series(values, dtype=pl.String)) == is_label


def test_documents_of_small_parts_count_as_those_of_large_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(histograms, "MAX_ROWS", 100)
    files = []
    for number, (height, kind) in enumerate([(10, "poem"), (1000, "shop"), (10, "poem"), (1000, "shop")]):
        files.append(tmp_path / f"part-{number}.parquet")
        pl.DataFrame({"id": ["x"] * height, "kind": [kind] * height}).write_parquet(files[-1])
    rows = histograms.sample(files, ["kind"])
    assert rows.height <= 100
    assert 0 < (rows["kind"] == "poem").mean() < 0.03
