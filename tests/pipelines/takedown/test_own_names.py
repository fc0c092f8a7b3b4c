"""A take-down removes what we wrote, whatever else has the names that we use."""

import pytest

from winnow.pipelines.commands import forget, run, summary, verify
from winnow.pipelines.engine.ledger import takedowns
from winnow.pipelines.spec import recipe

TEXTS = {"a.txt": "a text of six words here\nanother text of six words here\nand one more that nobody names"}
STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short" } ]
[[stage]]
name = "NAME"
after = "read"
steps = [ { use = "toy:shout" } ]
"""


def make(tmp_path, make_recipe, monkeypatch, name):
    """A finished run with a stage of this name, as an earlier version let it be; and a list."""
    path = make_recipe(TEXTS, STAGES.replace("NAME", name))
    with monkeypatch.context() as patch:
        patch.setattr("winnow.pipelines.spec.toml.RESERVED", set())
        assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    (tmp_path / "list.txt").write_text('text:"another text of six words here"\n')
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["worth", "tune"])
def test_a_stage_of_that_name_stays(tmp_path, make_recipe, monkeypatch, name):
    out = make(tmp_path, make_recipe, monkeypatch, name)
    assert forget.forget(out, tmp_path / "list.txt", share=1.0) == 0
    assert (out / name / "part-00000.parquet").exists()
    assert verify.verify(out).wrong == {}


def test_a_stage_where_the_ledger_would_stand_is_refused(tmp_path, make_recipe, monkeypatch):
    out = make(tmp_path, make_recipe, monkeypatch, takedowns.FOLDER)
    with pytest.raises(forget.Refused, match="another name"):
        forget.forget(out, tmp_path / "list.txt", share=1.0)


def test_files_of_others_stay(tmp_path, make_recipe, monkeypatch):
    out = make(tmp_path, make_recipe, monkeypatch, "other")
    ours = (
        "worth/a/recipe.toml",
        "worth/a/run/run.json",
        "worth/prices.json",
        "tune/base.toml",
        "tune/scored/x",
    )
    theirs = ("worth/a/mine.txt", "worth/notes/mine.txt", "tune/mine.txt")
    for inner in (*ours, *theirs):
        (out / inner).parent.mkdir(parents=True, exist_ok=True)
        (out / inner).write_text("x")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("x")
    (out / "worth/b").mkdir()
    (out / "worth/b/recipe.toml").write_text("x")
    (out / "worth/b/run").symlink_to(elsewhere)
    assert forget.forget(out, tmp_path / "list.txt", share=1.0) == 0
    assert [inner for inner in (*ours, *theirs, "worth/b") if (out / inner).exists()] == list(theirs)
    assert (elsewhere / "mine.txt").exists()


def test_all_that_stands_in_the_folder_of_a_run_is_a_stage_or_reserved(tmp_path, make_recipe, monkeypatch):
    out = make(tmp_path, make_recipe, monkeypatch, "other")
    assert forget.forget(out, tmp_path / "list.txt", share=1.0) == 0
    names = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert names - {"read", "other"} <= recipe.RESERVED
    own = {
        takedowns.FOLDER,
        forget.commit.worths.FOLDER,
        forget.commit.tune_report.FOLDER,
        summary.versions.FOLDER,
    }
    assert own <= recipe.RESERVED and run.exit_codes.FILE in recipe.RESERVED
