"""Thresholds chosen by what models learn: a rule drops what is wanted, and none drops the noise."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from planted import code, noise, prose

from winnow.pipelines.commands import run, tune, verify, worth
from winnow.pipelines.engine.ledger import replay, run_summary
from winnow.pipelines.spec import toml

HERE = Path(__file__).parent.parent
RECIPE = """
# Code is marked, and dropped for it; noise is one long word.
name = "planted"
max_failed = 1.0
[[source]]
name = "files"
uris = ["in/*"]
read = {{ use = "ingest.files:read" }}
[[source]]
name = "questions"
uris = ["{folder}/items.parquet"]
[[stage]]
name = "asked"
after = "questions"
steps = [ {{ use = "toy:take" }} ]
[[stage]]
name = "came"
after = "files"
steps = [ {{ use = "filters.text:nonempty" }} ]
[[stage]]
name = "judged"
after = "came"
replayable = true
steps = [
  {{ use = "toy:short", min_words = 1 }},  # of words
  {{ use = "toy:quiet", max_marks = 20 }},
  {{ use = "toy:cut", pattern = '# !+' }},
]
"""
FLAGS = ["--tokens", "20000", "--seeds", "6", "--workers", "0"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A finished run of code, prose and some noise."""
    folder = tmp_path_factory.mktemp("tuned")
    functions, paragraphs = code(), prose()
    asked, functions = functions[:100], functions[100:260]
    told, paragraphs = paragraphs[:60], paragraphs[60:400]
    texts = {f"code-{i}": f"{text}\n# {'!' * (30 + i % 9)}" for i, text in enumerate(functions)}
    texts |= {f"prose-{i}": text for i, text in enumerate(paragraphs)}
    texts |= {f"noise-{i}": noise(1000 + i)[:500].replace("!", "?") for i in range(90)}
    (folder / "in").mkdir()
    for name, text in texts.items():
        (folder / "in" / f"{name}.txt").write_text(text)
    items = [("code", str(i), text[:200], text[200:350]) for i, text in enumerate(asked)]
    items += [("prose", str(i), text[:200], text[200:350]) for i, text in enumerate(told)]
    pl.DataFrame(items, worth.ITEM, orient="row").write_parquet(folder / "items.parquet")
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.chdir(folder)  # a path is part of an id, and what is drawn hangs on it
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def told(out):
    """What was chosen, and what the command said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.chdir(out.parent)
        done = CliRunner().invoke(tune.main, [str(out), *FLAGS], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads((out / "tune/tune.json").read_text()), done.output


def test_the_rule_that_drops_what_is_wanted_goes_and_noise_is_dropped_and_that_holds(told):
    found, said = told
    rules = {row["rule"]: row for row in found["rules"]}
    assert rules["toy.too_loud"]["now"] > 30  # of 30 to 38 marks
    assert rules["toy.too_short"]["now"] > 1 and rules["toy.too_short"]["kind"] == "stricter"
    assert found["verdict"]["held"] and found["verdict"]["claim"] == "helps"
    assert found["verdict"]["high"] < 0 and found["verdict"]["evals"]["code"]["said"] == "helps"
    assert re.search(r"^HELD: it helps: -\d", said, re.MULTILINE)
    assert (found["verdict"]["seeds"], found["seeds"]) == (6, 6)


def test_the_recipe_keeps_its_comments_and_a_rerun_drops_what_the_replay_said(told, out, monkeypatch):
    monkeypatch.chdir(out.parent)
    path = out / "tune/tuned.toml"
    text = path.read_text()
    assert text.startswith("# Tuned by `make tune`.\n# HELD: it helps")
    assert "# Code is marked, and dropped for it; noise is one long word." in text and "# of words" in text
    steps = toml.load(path).stages["judged"].steps
    rules = {row["setting"]: row["now"] for row in told[0]["rules"]}
    assert [steps[0].settings, steps[1].settings] == [{k: rules[k]} for k in ("min_words", "max_marks")]
    again = out.parent / "again"
    assert run.execute(path, again, 0, None, "auto", ()) == 0
    kept = pl.concat([pl.read_parquet(file, columns=["id"]) for file in (again / "judged").glob("*.parquet")])
    stage = run_summary.read(out).stages["judged"]
    rows = replay.read_rows(stage, 1.0)
    broken = (rows["toy_words"] < rules["min_words"]) | (rows["toy_marks"] > rules["max_marks"])
    assert sorted(kept["id"]) == sorted(rows.filter(~broken)["id"])
    assert (kept.height, rows.height) == (told[0]["amounts"]["kept_now"], told[0]["amounts"]["drawn"])


def test_texts_that_were_dropped_are_learned_from_as_they_would_leave_the_stage(told, out):
    texts = pl.read_parquet(out / "tune/documents.parquet")
    assert texts.filter(kept=0.0).height > 100
    assert not texts["text"].str.contains("!!!!!").any()
    came = pl.concat([pl.read_parquet(file) for file in (out / "came").glob("*.parquet")])
    assert came["text"].str.contains("!!!!!").sum() > 100


def test_the_same_is_found_from_what_was_half_scored_and_nothing_is_scored_twice(told, out, monkeypatch):
    monkeypatch.chdir(out.parent)
    folder = out / "tune"
    before = {name: (folder / name).read_bytes() for name in ("tune.json", "tuned.toml", "tune.md")}
    scored = (folder / "scored/scored.jsonl").read_bytes()
    lines = scored.splitlines(keepends=True)
    (folder / "scored/scored.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]) + lines[-1][:20])
    shutil.rmtree(folder / "run")
    assert CliRunner().invoke(tune.main, [str(out), *FLAGS]).exit_code == 0
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert sorted((folder / "scored/scored.jsonl").read_bytes().splitlines(keepends=True)) == sorted(lines)
    counts = json.loads((folder / "run/tuned/all/messages.json").read_text())["counts"]
    assert counts["proxies scored"] == len(lines) - len(lines) // 2


def test_other_items_are_asked_anew(told, out, tmp_path, monkeypatch):
    monkeypatch.chdir(out.parent)
    monkeypatch.setattr(tune, "HALVES", ("judge", "choose"))
    copied = tmp_path / "out"
    shutil.copytree(out, copied, symlinks=True)
    done = CliRunner().invoke(tune.main, [str(copied), *FLAGS], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads((copied / "tune/tune.json").read_text())
    assert found["alone"][0]["mean"] != told[0]["alone"][0]["mean"]


def test_its_folder_is_no_damage(told, out):
    assert not verify.verify(out).wrong
    assert not verify.verify(out / "tune/run").wrong
    aside = (out / "tune/recipe.toml").rename(out.parent / "aside.toml")  # as where it was refused
    assert not verify.verify(out).wrong
    aside.rename(out / "tune/recipe.toml")


def change(out, patch, name, **changes):
    """Have the run be read with a stage that is otherwise."""
    account = run_summary.read(out)
    stage = dataclasses.replace(account.stages[name], **changes)
    other = dataclasses.replace(account, stages=account.stages | {name: stage})
    patch.chdir(out.parent)
    patch.setattr(tune.run_summary, "read", lambda _: other)


@pytest.mark.parametrize(
    ("name", "changes", "arguments", "message"),
    [
        (
            "judged",
            {"replayable": False},
            (),
            "no stage with `replayable = true` whose rules have thresholds",
        ),
        ("judged", {}, ("--stage", "came"), "say which stage: STAGE=judged; 'came' is none"),
        ("judged", {"done": False}, (), "stage judged is not whole"),
        ("judged", {"upstream": []}, (), "reads its documents from a source"),
        ("asked", {"parts": {}}, (), "has no eval items"),
        ("judged", {}, ("--seeds", "200"), "too few to learn from"),
    ],
)
def test_what_cannot_be_tuned_is_refused_in_a_sentence(name, changes, arguments, message, out, monkeypatch):
    change(out, monkeypatch, name, **changes)
    done = CliRunner().invoke(tune.main, [str(out), *FLAGS, *arguments])
    assert done.exit_code == 2
    assert message in done.output and "Traceback" not in done.output


def test_facts_that_are_not_those_of_the_rules_are_refused(out, monkeypatch):
    rules = run_summary.read(out).stages["judged"].rules
    change(out, monkeypatch, "judged", rules=[rules[0], rules[1] | {"value": 30}])
    done = CliRunner().invoke(tune.main, [str(out), *FLAGS])
    assert done.exit_code == 2 and "its recorded facts give another fate to" in done.output
