"""How many documents have which label: counted once more, in plain Python."""

import pytest

from pipelines.report import figures as accounts
from pipelines.report import page
from pipelines.report.panels import labels


def test_labels_are_counted_by_document_token_and_source(run_of_grades):
    account = accounts.read(run_of_grades)
    (found,) = labels.of_stage(account.stages["graded"], account)
    assert (found["name"], found["documents"], found["others"]) == ("toy_kind", 120, 0)
    assert found["sources"] == ["books", "pages"]
    rows = {row["label"]: row for row in found["rows"]}
    assert [row["label"] for row in found["rows"]] == ["prose", "code", "none"]
    assert rows["prose"]["documents"] == pytest.approx(80 / 120)
    assert rows["prose"]["by_source"] == pytest.approx([1, 1 / 3])
    assert rows["none"]["by_source"] == pytest.approx([0, 1 / 3])
    assert rows["code"]["tokens"] is None  # nobody counted any yet


def test_a_stage_that_names_nothing_new_has_none(run_of_grades):
    account = accounts.read(run_of_grades)
    assert labels.of_stage(account.stages["unmarked"], account) == []


def test_the_report_shows_them(run_of_grades):
    text = page.write(run_of_grades).read_text()
    assert "<code>toy_kind</code> of 120 kept documents" in text
    assert text.count("<h3>Labels</h3>") == 1
