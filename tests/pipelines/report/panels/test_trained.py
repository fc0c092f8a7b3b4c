"""A run of `groups/tokens.toml` with phases: what the report, the trace and a store say of its files."""

import json
import shutil

import polars as pl
import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.pipelines.commands import run, trace
from winnow.pipelines.commands import tokenizer as training
from winnow.pipelines.report import page
from winnow.pipelines.spec.recipe import RecipeError

RECIPE = """name = "small"
[[source]]
name = "web"
uris = ["web.jsonl"]
read = { use = "ingest.jsonl:read", fields = { text = "text" } }
[[source]]
name = "books"
uris = ["books.jsonl"]
read = { use = "ingest.jsonl:read", fields = { text = "text" } }
[[stage]]
name  = "read"
after = ["web", "books"]
steps = [ { use = "mixing.count:tokens" } ]
[[stage]]
name = "shards"
after = "read"
steps = [ { use = "mixing.export:shards" } ]
[[stage]]
name  = "tokens"
after = "read"
use   = "groups/tokens.toml"
tokenizer = "tokenizer.json"
window = 64
split_long = "paragraph"
validation = 0.1
weights = "phases.json"
isolate_sources = true
formats = ["parquet", "megatron", "litdata"]
[[stage]]
name = "sent"
after = "tokens"
steps = [ { use = "mixing.store:send", to = "memory://store/tokens" } ]
"""
PHASES = [
    {"name": "main", "tokens": 3200, "weights": {"web": 0.75, "books": 0.25}},
    {"name": "end", "tokens": 1280, "weights": {"books": 1.0}},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    texts = {
        name: [f"The {name} said so, number {i}.\n\n" * (3 + i % 9) for i in range(60)]
        for name in ("web", "books")
    }
    for name, rows in texts.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    made.train_from_iterator(texts["web"], trainer)
    made.save(str(folder / "tokenizer.json"))
    (folder / "phases.json").write_text(json.dumps({"phases": PHASES}))
    (folder / "recipe.toml").write_text(RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


def test_the_report_says_what_the_manifest_does(made):
    manifest = json.loads((made / "tokens/all/tokens.json").read_text())
    html = page.write(made).read_text()
    (told,) = json.loads((made / "report.json").read_text())["token_files"]
    assert told["stage"] == "tokens" and told["forms"] == ["litdata", "megatron", "parquet"]
    assert told["splits"]["train"]["tokens"] == manifest["splits"]["train"]["tokens"]
    for name, rows in told["mixes"].items():
        mix = manifest["mix"] if name == "all" else manifest["mix"]["phases"][name]
        assert {row["name"]: row["met"] for row in rows} == mix["met"]
    assert list(told["mixes"]) == ["all", "main", "end"]
    assert 'id="tokens"><summary><h3>Token files</h3>' in html and "<th>phase end</th>" in html
    assert all((made / href).exists() for href in told["links"].values())


def test_phases_have_their_own_shares_and_files(made):
    manifest = json.loads((made / "tokens/all/tokens.json").read_text())
    for phase in PHASES:
        rows = pl.read_parquet(made / f"tokens/all/trace/{phase['name']}-*.parquet")
        counts = dict(rows.group_by("source").agg(pl.col("length").cast(pl.Int64).sum()).iter_rows())
        assert set(counts) == set(phase["weights"])
        for name, share in phase["weights"].items():
            assert abs(counts[name] - share * phase["tokens"]) <= 64
            met = manifest["mix"]["phases"][phase["name"]]["met"][name]
            assert met == pytest.approx(counts[name] / sum(counts.values()))
    assert "Phase `end`, files `end-*`: 1,280 tokens" in (made / "tokens/all/README.md").read_text()
    assert (made / "tokens/all/megatron/end-00000.bin").exists()


def test_a_sample_of_each_phase_is_traced_to_its_documents(made):
    manifest = json.loads((made / "tokens/all/tokens.json").read_text())
    for where in manifest["ranges"]:
        said = CliRunner().invoke(trace.main, [str(made), str(where["first"])])
        assert said.exit_code == 0 and f"in {where['phase']}-00000" in said.output
        assert "kept by read" in said.output or "read" in said.output


def test_what_was_sent_is_what_was_made(made):
    sent = json.loads((made / "sent/all/sent.json").read_text())
    here = {
        str(path.relative_to(made / "tokens/all"))
        for path in (made / "tokens/all").rglob("*")
        if path.is_file()
    }
    assert {each["path"] for each in sent["files"]} == here and sent["others"] == 0


def test_a_tokenizer_is_trained_on_the_shards(made, tmp_path):
    run_ = shutil.copytree(made, tmp_path / "a[1]")  # no pattern, a name
    path = training.train(run_, tmp_path / "own/t.json", vocabulary=280, special=["<e>"])
    own = Tokenizer.from_file(str(path))
    text = "The web said so, number 7.\n\n"
    assert own.token_to_id("<e>") == 0 and own.decode(own.encode(text).ids) == text
    assert 257 < own.get_vocab_size() <= 280
    assert [each.name for each in path.parent.iterdir()] == ["t.json"]
    with pytest.raises(RecipeError, match="has no shards of a stage 'x'; there are: shards"):
        training.train(made, tmp_path / "t.json", stage="x", special=[])
