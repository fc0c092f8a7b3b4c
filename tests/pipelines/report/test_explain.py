"""A removed document beside its survivor."""

import io

import pytest
from click.testing import CliRunner
from rich.console import Console

from pipelines import run
from pipelines.report import explain, figures


def shown(out, identity):
    screen = io.StringIO()
    explain.show(figures.read(out), identity, Console(file=screen, width=140))
    return " ".join(screen.getvalue().split())


def test_a_duplicate_is_shown_beside_its_survivor(make_recipe, deduplicated, tmp_path):
    texts = {"a.txt": "The same old line\nanother\n", "b.txt": "the SAME old line\n"}
    out = tmp_path / "out"
    assert run.execute(make_recipe(texts, deduplicated), out, 0, None, "auto", ()) == 0
    ((_, row),) = [explain.find_removal(figures.read(out), "")]
    text = shown(out, row["id"][:12])
    assert row["id"] in text and row["dedup_survivor"] in text
    assert "exact.duplicate" in text and "similarity 1.0000" in text and "method exact" in text
    assert "old line" in text and "SAME" in text and "same" in text
    with pytest.raises(explain.NotThere, match="no stage"):
        explain.find_removal(figures.read(out), "ffffnone")


def test_the_beginning_of_an_id_must_be_of_one_document_only(make_recipe, deduplicated, tmp_path):
    out = tmp_path / "out"
    assert run.execute(make_recipe({"a.txt": "same\n" * 40}, deduplicated), out, 0, None, "auto", ()) == 0
    with pytest.raises(explain.NotThere, match=r"39 ids .* say more"):
        explain.find_removal(figures.read(out), "")


def test_without_an_id_it_says_how_to_call_it(tmp_path):
    told = CliRunner().invoke(explain.main, [str(tmp_path)])
    assert told.exit_code == 2 and "ID" in told.output
    told = CliRunner().invoke(explain.main, [str(tmp_path), "abc"])
    assert told.exit_code == 1 and "run.json" in told.output


def test_stretches_hold_both_texts_and_mark_what_they_share():
    left, right = "one two three four five", "one two 3 four five six"
    rows = explain.cut_stretches(left, right)
    assert " ".join(a for _, a, _ in rows if a) == left and " ".join(b for _, _, b in rows if b) == right
    assert [(shared, a, b) for shared, a, b in rows] == [
        (True, "one two", "one two"),
        (False, "three", "3"),
        (True, "four five", "four five"),
        (False, "", "six"),
    ]  # fmt: skip
    assert all(a == b for shared, a, b in rows if shared)


def test_a_long_shared_stretch_is_shown_by_its_ends():
    text = explain.elide(" ".join(map(str, range(100))), True)
    assert text.startswith("0 1 2") and text.endswith("98 99") and "[... 60 words ...]" in text
