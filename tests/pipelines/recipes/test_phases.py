"""The group of two phases in a recipe: what is refused before any data are read, and a run by the engine, to
token files of both phases."""

import argparse
import inspect
import json
from pydoc_data.topics import topics

import polars as pl
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.pipelines.commands import run
from winnow.pipelines.report import page
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.recipe import RecipeError

RECIPE = """name = "two"

[[source]]
name = "code"
uris = ["{folder}/code.jsonl"]
read = {{ use = "ingest.jsonl:read" }}

[[source]]
name = "prose"
uris = ["{folder}/prose.jsonl"]
read = {{ use = "ingest.jsonl:read" }}

[[source]]
name = "questions"
uris = ["{folder}/questions.jsonl"]

[[stage]]
name  = "evals"
after = "questions"
[[stage.steps]]
use = "ingest.evals:jsonl"
eval = "python"
question = "question"
answer = "answer"
prompt = "{{question}}"

[[stage]]
name  = "contamination.index"
after = "evals"
steps = [ {{ use = "dedup.contamination:index" }} ]

[[stage]]
name  = "counted"
after = ["code", "prose"]
steps = [ {{ use = "mixing.count:tokens", tokenizer = "{folder}/tokenizer.json" }} ]

[[stage]]
name  = "clean"
after = "counted"
steps = [ {{ use = "dedup.contamination:check", index = "stage:contamination.index"{acts} }} ]

[[stage]]
name  = "mix.counts"
after = "clean"
steps = [ {{ use = "mixing.count:by_source" }} ]

[[stage]]
name  = "mix.prepared"
after = "clean"
[[stage.steps]]
use = "mixing.proxies:prepare"
items = "stage:evals"
vocabulary = 512
context = 64
held_out_bytes = 8_000

[[stage]]
name  = "phases"
after = "{after}"
use   = "groups/phases.toml"
weights = "{folder}/first.json"
proxy_tokens = 4_000
size = 30_000
mixes = 8
repeats = 2
phases = {phases}

[[stage]]
name  = "main.drawn"
after = "clean"
may_be_empty = true  # of so few documents: which are drawn hangs on their ids, and these on the folder
steps = [ {{ use = "mixing.sample:draw", weights = "stage:phases/main", counts = "stage:mix.counts" }} ]

[[stage]]
name  = "last.drawn"
after = "clean"
may_be_empty = true  # of so few documents: which are drawn hangs on their ids, and these on the folder
[[stage.steps]]
use = "mixing.sample:draw"
weights = "stage:phases/last"
before = "stage:phases/main"
counts = "stage:mix.counts"

[[stage]]
name  = "main.shards"
after = "main.drawn"
steps = [ {{ use = "mixing.export:shards", weights = "stage:phases/main" }} ]

[[stage]]
name  = "last.shards"
after = "last.drawn"
steps = [ {{ use = "mixing.export:shards", weights = "stage:phases/last" }} ]

[[stage]]
name  = "last.tokens"
after = "last.drawn"
use   = "groups/tokens.toml"
tokenizer = "{folder}/tokenizer.json"
window = 64
formats = ["parquet"]

[[stage]]
name  = "tokens"
after = "clean"
use   = "groups/tokens.toml"
tokenizer = "{folder}/tokenizer.json"
window = 64
weights = "stage:phases"
isolate_sources = true
formats = ["parquet"]
"""
GOOD = '[{ name = "main", tokens = 60_000 }, { name = "last", tokens = 15_000, evals = { python = 1 } }]'


@pytest.fixture
def write(tmp_path, monkeypatch):
    """The recipe over the interpreter's code and language reference; an eval, a tokenizer, a first mix."""
    monkeypatch.chdir(tmp_path)
    texts = {"code": inspect.getsource(argparse).split("\n\n\n"), "prose": list(topics.values())[::2]}
    for name, rows in texts.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    asked = [(f"def add{i}(self, value):", f"\n    return self.value + {i}\n") for i in range(20)]
    lines = [json.dumps({"question": question, "answer": answer}) + "\n" for question, answer in asked]
    (tmp_path / "questions.jsonl").write_text("".join(lines))
    (tmp_path / "first.json").write_text('{"weights": {"code": 0.2, "prose": 0.8}}')
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    about = {"initial_alphabet": sorted(pre_tokenizers.ByteLevel.alphabet()), "show_progress": False}
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<|endoftext|>"], **about)
    tokenizer.train_from_iterator(texts["prose"][:20], trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))

    def fill(phases=GOOD, after="clean", acts=""):
        path = tmp_path / "two.toml"
        path.write_text(RECIPE.format(folder=tmp_path, phases=phases, after=after, acts=acts))
        return path

    return fill


def test_the_group_loads(write):
    stages = toml.load(write()).stages
    names = ("planned", "begun", "swarm", "scored", "fitted", "solved", "proven")
    wanted = [*(f"phases.{name}" for name in names), "phases"]
    assert [name for name in stages if name.startswith("phases")] == wanted
    assert stages["phases.planned"].steps[0].settings["phases"][1]["evals"] == {"python": 1}


def test_documents_that_nobody_checked_are_refused(write):
    wanted = "mixing.phases:plan needs the column 'contamination_left', which nothing makes on the way code"
    with pytest.raises(RecipeError, match=f"phases.toml:21: .*{wanted}"):
        toml.load(write(after="counted"))


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        (GOOD.replace(", tokens = 60_000", ""), "phases.0.tokens: this setting must be given"),
        (GOOD.replace("tokens = 15_000", 'tokens = "3"'), "phases: Input should be a valid integer"),
        (GOOD.replace("evals", "eval"), "phases.1.eval: no such setting"),
        ("{}", "phases: Input should be a valid list"),
    ],
)
def test_a_phase_that_lacks_something_is_refused_with_its_line(write, phases, message):
    with pytest.raises(RecipeError, match=f"(phases|two).toml:[0-9]+: mixing.phases:plan: {message}"):
        toml.load(write(phases))


def read(path):
    return json.loads(path.read_text())


def test_the_engine_runs_both_phases_to_token_files(write, tmp_path):
    assert run.execute(write(), tmp_path / "out", 0, None, "auto", ()) == 0
    at = {folder.name: folder / "all" for folder in (tmp_path / "out").iterdir() if folder.is_dir()}
    plan = read(at["phases.planned"] / "plan.json")
    assert plan["unchecked"] == [] and plan["documents"] == 70
    budgets, rows = {"main": 60_000, "last": 15_000}, pl.read_parquet(at["phases"] / "phases.parquet")
    assert dict(rows.select("phase", "budget_tokens").unique().iter_rows()) == budgets
    # Token files of both phases: each phase has its budget, and of each source its share to half a window.
    said = read(at["tokens"] / "tokens.json")["mix"]["phases"]
    for name, budget in budgets.items():
        assert said[name]["tokens"] == pytest.approx(budget, abs=2 * 64)
        wanted = dict(rows.filter(phase=name).select("source", "weight").iter_rows())
        met = dict.fromkeys(wanted, 0.0) | said[name]["met"]  # a share under half a window draws nothing
        assert met == pytest.approx(wanted, abs=64 / budget)
    # Drawn, both phases together: no document twice before its source was read once.
    drawn = [
        pl.read_parquet(tmp_path / f"out/{name}.drawn/part-*.parquet", columns=["id", "source", "repeats"])
        for name in budgets
    ]
    often = pl.concat(drawn).group_by("id", "source").agg(pl.col("repeats").sum())
    read_of = dict(rows.filter(phase="last").select("source", "epochs_so_far").iter_rows())
    for source, repeats in often.select("source", "repeats").iter_rows():
        assert repeats <= read_of[source] + 1
    documents = read(at["last.tokens"] / "tokens.json")["splits"]["train"]["documents"]
    assert documents == drawn[1].filter(pl.col("repeats") > 0).height
    check_told(tmp_path / "out", rows, drawn[0].height)


def check_told(out, rows, kept):
    """The screen and the report tell of both phases, and name no mix that was solved and not taken."""
    lines = page.summary(out).splitlines()
    assert not [line for line in lines if line.startswith("weights ")]
    for name, tokens in (("main", "60,000"), ("last", "15,000")):
        most = rows.filter(phase=name).sort("weight")["source"][-1]
        assert [line for line in lines if line.startswith(f"phase {name}     {tokens} tokens: {most} ")]
    why = read(out / "phases/all/confirmed.json")["why"]
    assert f"phases         {why}" in lines
    html = (out / "report.html").read_text()
    assert f'Documents end in <a href="#stage-main.drawn">main.drawn</a> ({kept} kept), too' in html
    assert f"<b>main</b>, 60,000 tokens: prose 80.0%, code 20.0%; <b>last</b>, 15,000 tokens: {most} " in html


def test_items_that_the_check_was_told_to_leave_stop_the_phases(write, tmp_path, capsys):
    path = write(acts=', evals = ["mbpp"]')
    with (tmp_path / "prose.jsonl").open("a") as more:
        more.write(json.dumps({"text": f"{QUESTION}\nAnswer: {ANSWER}"}) + "\n")
    with (tmp_path / "questions.jsonl").open("a") as more:
        more.write(json.dumps({"question": QUESTION, "answer": ANSWER}) + "\n")
    with pytest.raises(Exception, match=r"some hold items of the phases' evals.*python in 1"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


QUESTION = (
    "Marisol mends fishing nets in a harbour shed. She finishes 6 nets every morning and 9 nets every "
    "afternoon, and a trader pays her 14 dollars for each. How many dollars does Marisol earn in 5 days?"
)
ANSWER = "Marisol finishes 6 + 9 = 15 nets a day. In 5 days she mends 75 nets and earns $1050."
