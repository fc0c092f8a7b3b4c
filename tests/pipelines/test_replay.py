"""A replayable stage: all steps judge all documents, and what is kept is what it always was."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine import manifest, shard
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.spec import recipe, toml

STAGE = """
[[stage]]
name = "judged"
after = "{after}"
{key}
steps = [ {{ use = "toy:short", min_words = {words} }}, {{ use = "toy:quiet" }}, {{ use = "toy:ends" }} ]
"""
READ = '[[stage]]\nname = "read"\nafter = "lines"\nsteps = [ { use = "mixing.count:tokens" } ]\n'
TEXTS = {
    "a.txt": "one two three\nword\nDROP this\nFAIL that\nfour !! five\nloud!!\nsix 7\n8\npoison\n",
    "b.txt": "too much poison here\nerase !! this too\nkeep this\n",
    "c.txt": "\n".join(f"line {'! ' * (i % 4)}{i}" + " many" * (i % 3) for i in range(60)),
    "d.txt": "DROP all\n",
}


def judged(make_recipe, out: Path, *, key: str = "replayable = true", after: str = "lines", words: int = 2):
    path = make_recipe(TEXTS, READ + STAGE.format(key=key, after=after, words=words))
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    return json.loads((out / "judged/stage.json").read_text())


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.parquet")}


@pytest.mark.parametrize("after", ["lines", "read"])
def test_what_is_kept_and_why_the_rest_went_is_the_same(make_recipe, tmp_path, after):
    plain = judged(make_recipe, tmp_path / "plain", key="", after=after)
    replay = judged(make_recipe, tmp_path / "replay", after=after)
    assert digests(tmp_path / "plain/judged") == digests(tmp_path / "replay/judged")
    for name, receipt in plain["parts"].items():
        other = replay["parts"][name]
        for figure in ("rows_in", "kept", "dropped", "failed"):
            assert other[figure] == receipt[figure]
        for step, figures in receipt["steps"].items():
            for figure in ("documents_in", "dropped") if "toy:read" not in step else ():
                assert other["steps"][step].get(figure, 0) == figures[figure]
        counted = [{r: f["documents"] for r, f in one["reasons"].items()} for one in (receipt, other)]
        assert counted[0] == counted[1]
    columns = ["id", "step", "reason"]
    ledgers = [
        storage.read_ledger(tmp_path / run_ / "judged/dropped").select(columns).sort("id")
        for run_ in ("plain", "replay")
    ]
    assert ledgers[0].equals(ledgers[1])
    failed = [
        storage.read_ledger(tmp_path / run_ / "judged/failed").sort("id") for run_ in ("plain", "replay")
    ]
    assert failed[0].equals(failed[1])


def test_dropped_rows_hold_the_signals_and_verdicts_of_all_steps(make_recipe, tmp_path):
    about = judged(make_recipe, tmp_path / "out")
    rows = storage.read_ledger(tmp_path / "out/judged/dropped").sort("uri", "key")
    found = {row["key"]: row for row in rows.iter_rows(named=True) if row["uri"].endswith("a.txt")}
    assert found["line 6"]["verdicts"] == ["toy.too_short", "toy.too_loud", None]
    assert (found["line 6"]["reason"], found["line 6"]["toy_marks"]) == ("toy.too_short", 2)
    assert found["line 8"]["verdicts"] == ["toy.too_short", None, "toy.number"]
    assert found["line 3"]["verdicts"] is None  # the reader's own: no text, nothing to judge
    parts = about["parts"].values()
    for number, use in enumerate(("toy:short", "toy:quiet", "toy:ends")):
        alone = rows.filter(pl.col("verdicts").list.get(number).is_not_null()).height
        assert alone == sum(part["steps"].get(use, {}).get("alone", 0) for part in parts)
        in_order = rows.filter(step=use).height
        assert in_order == sum(part["steps"].get(use, {}).get("dropped", 0) for part in parts)
        assert 0 < in_order <= alone


def test_a_step_that_fails_on_what_was_dropped_leaves_it_dropped(make_recipe, tmp_path):
    judged(make_recipe, tmp_path / "out")
    rows = storage.read_ledger(tmp_path / "out/judged/dropped")
    (poison,) = rows.filter(pl.col("error").str.contains("poison")).iter_rows(named=True)
    assert (poison["key"], poison["reason"]) == ("line 9", "toy.too_short")
    assert poison["error"] == "ValueError: poison in the text"
    assert poison["verdicts"] == ["toy.too_short", None, None]
    failed = storage.read_ledger(tmp_path / "out/judged/failed")
    assert failed.filter(pl.col("error").str.contains("poison"))["key"].to_list() == ["line 1"]


def test_a_text_that_is_gone_is_not_judged_further(make_recipe, tmp_path):
    judged(make_recipe, tmp_path / "out")
    rows = storage.read_ledger(tmp_path / "out/judged/dropped")
    (erased,) = rows.filter(pl.col("uri").str.ends_with("b.txt")).iter_rows(named=True)
    assert (erased["key"], erased["verdicts"]) == ("line 2", [None, "toy.too_loud", None])
    assert erased["error"] == shard.NO_TEXT


def test_it_is_part_of_what_a_stage_is(make_recipe, tmp_path):
    judged(make_recipe, tmp_path / "out")
    path = tmp_path / "recipe.toml"
    path.write_text(path.read_text().replace("replayable = true", ""))
    with pytest.raises(manifest.StaleStage, match="replayable: was True, is False"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


def test_a_corpus_stage_is_not_replayable(make_recipe):
    stage = '[[stage]]\nname = "t"\nafter = "lines"\nreplayable = true\nsteps = [ { use = "toy:total" } ]\n'
    with pytest.raises(recipe.RecipeError, match="`replayable` is for shard steps"):
        toml.load(make_recipe(TEXTS, stage))
