"""Copies stand beside what they are copies of: with ids and parts of their own, however a run came about."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from winnow.pipelines.commands import forget, run, verify
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.manifest import StaleStage
from winnow.pipelines.engine.parts import plan
from winnow.pipelines.report import explain, page
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.recipe import RecipeError

LONG = " ".join(f"word{n}" for n in range(60))
STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short", min_words = 2 } ]

[[stage]]
name = "again"
after = "read"
copy_as = "{source}.again"
steps = [ { use = "toy:first" } ]

[[stage]]
name = "thrice"
after = ["read", "again"]
steps = [ { use = "mixing.count:tokens" } ]
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    (tmp_path / "in").mkdir()
    for name, lines in {"a": ["one a", f"two CUT {LONG}", "b"], "c": ["three c", "DROP me c"]}.items():
        (tmp_path / "in" / f"{name}.txt").write_text("\n".join(lines))
    return write(tmp_path, STAGES)


def write(tmp_path: Path, stages: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'name = "toy"\nmax_failed = 1.0\n[[source]]\nname = "lines"\nuris = ["{tmp_path}/in/*.txt"]\n'
        f'part_bytes = 1\nread = {{ use = "toy:read" }}\n{stages}'
    )
    return path


def go(recipe: Path, out: Path, workers: int = 0) -> int:
    return run.execute(recipe, out, workers, None, "auto", ())


def tables(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.glob("*/*.parquet")}


def test_copies_meet_what_they_are_copies_of(recipe, tmp_path):
    out = tmp_path / "out"
    assert go(recipe, out) == 0
    read, met = documents.read(out / "read"), documents.read(out / "thrice")
    copies = met.filter(source="lines.again")
    assert met["id"].n_unique() == met.height == 2 * read.height
    assert copies["parent_id"].sort().equals(read["id"].sort())
    assert set(copies["parent_source"]) == {"lines"}
    assert met.filter(source="lines")["parent_id"].null_count() == read.height
    beside = copies.select(id="parent_id", said="text").join(read, on="id")
    assert [said == text.split(" CUT")[0] for said, text in beside["said", "text"].rows()] == [
        True
    ] * read.height
    account = run_summary.read(out)
    assert page.find_broken(account) == [] and verify.verify(out).wrong == {}
    sums = run_summary.add_totals(account)
    assert sums["in"] == 5 + read.height == sums["kept"] + sums["dropped"] + sums["failed"]
    assert go(recipe, tmp_path / "two", workers=2) == 0
    assert tables(tmp_path / "two") == tables(out)


def test_a_source_that_grows_moves_no_number(recipe, tmp_path):
    out = tmp_path / "out"
    assert go(recipe, out) == 0
    before = tables(out)
    (tmp_path / "in/b.txt").write_text("a new b")
    assert go(recipe, out) == 0
    after = tables(out)
    assert {name: after[name] for name in before} == before and len(after) == len(before) + 4
    labels = {place.part for place in plan.read_places(out)}
    assert labels == set(range(6))
    (tmp_path / "in/a.txt").unlink()
    assert go(recipe, out) == 0
    assert {"again/part-00002.parquet", "thrice/part-00002.parquet"} == set(before) - {*tables(out)} - {
        "read/part-00000.parquet",
        "thrice/part-00000.parquet",
    }


def test_a_parent_that_is_taken_down_takes_its_copies_along(recipe, tmp_path):
    out = tmp_path / "out"
    assert go(recipe, out) == 0
    met = documents.read(out / "thrice")
    copy = met.filter(pl.col("text").str.strip_chars() == "two").row(0, named=True)
    for name, listed, gone in (("copy", copy["id"], 1), ("parent", copy["parent_id"], 2)):
        each = shutil.copytree(out, tmp_path / name)
        (tmp_path / "list.txt").write_text(listed)
        done = CliRunner().invoke(forget.main, ["--share", "1", "--", str(each), str(tmp_path / "list.txt")])
        assert done.exit_code == 0, done.output
        account = run_summary.read(each)
        assert page.find_broken(account) == [] and verify.verify(each).wrong == {}
        left = documents.read(each / "thrice")
        assert left.height == met.height - gone and listed not in left["id"]
        assert copy["id"] not in left["id"] and (copy["parent_id"] in left["id"]) == (name == "copy")
        sums = run_summary.add_totals(account)
        assert sums["in"] == sums["kept"] + sums["dropped"] + sums["failed"]
        assert run.execute(recipe, each, 0, None, "auto", ("again",)) == 0
        assert copy["id"] not in documents.read(each / "thrice")["id"]


def test_a_copy_is_explained_with_its_parent(recipe, tmp_path):
    assert go(recipe, tmp_path / "out") == 0
    copy = documents.read(tmp_path / "out/again").row(0, named=True)
    told = CliRunner().invoke(explain.main, [str(tmp_path / "out"), copy["id"]])
    assert told.exit_code == 0 and f"a copy of {copy['parent_id']}" in told.output


def test_what_can_not_be_copied_is_refused(recipe, tmp_path):
    def refuse(old: str, new: str) -> str:
        with pytest.raises(RecipeError) as refused:
            toml.load(write(tmp_path, STAGES.replace(old, new)))
        return str(refused.value)

    assert "`copy_as` is for documents of a stage" in refuse('after = "read"\ncopy', 'after = "lines"\ncopy')
    assert "the only name in braces is {source}" in refuse("{source}.again", "{sorce}.again")
    told = refuse('copy_as = "{source}.again"\n', "")
    assert "would meet the documents of lines twice; copies of them (`copy_as`)" in told
    shape = 'name = "again"\nafter = "read"\ncopy_as = "{source}.again"\nsteps = [ { use = "toy:first" } ]'
    corpus = shape.replace("toy:first", "dedup.exact:duplicates")
    assert "`copy_as` is for shard steps" in refuse(shape, corpus)


def test_another_source_makes_the_stage_anew(recipe, tmp_path):
    assert go(recipe, tmp_path / "out") == 0
    assert "copy_as" in json.loads((tmp_path / "out/again/stage.json").read_text())
    other = write(tmp_path, STAGES.replace("{source}.again", "said"))
    with pytest.raises(StaleStage, match=r"copy_as: was \{source\}.again, is said"):
        go(other, tmp_path / "out")
    assert run.execute(other, tmp_path / "out", 0, None, "auto", ("again",)) == 0
    assert set(pl.read_parquet(tmp_path / "out/again/*.parquet")["source"]) == {"said"}
