"""The group of token files, run by the engine: the same bytes however it runs."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.pipelines.commands import forget, run, status, trace, verify

RECIPE = """name = "tokens"

[[source]]
name = "{source}"
uris = ["{folder}/*.jsonl"]
part_bytes = 2000
read = {{ use = "ingest.jsonl:read" }}

[[stage]]
name  = "kept"
after = "{source}"
steps = [ {{ use = "filters.text:nonempty" }} ]

[[stage]]
name  = "tokens"
after = "kept"
use   = "groups/tokens.toml"
tokenizer = "{folder}/tokenizer.json"
window = 32
shard_tokens = 2000
{settings}
"""


@pytest.fixture
def recipe(tmp_path):
    """A recipe over documents of one source, and a tokenizer trained on them."""

    def make(settings: str = "validation = 0.1") -> Path:
        texts = [f"document {i} says that " + "the river ran on " * (i % 23) for i in range(150)]
        for file in range(3):
            lines = [json.dumps({"text": text}) + "\n" for text in texts[50 * file :][:50]]
            (tmp_path / f"{file}.jsonl").write_text("".join(lines))
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=["<|endoftext|>"],
            initial_alphabet=sorted(alphabet),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.save(str(tmp_path / "tokenizer.json"))
        path = tmp_path / "recipe.toml"
        path.write_text(RECIPE.format(folder=tmp_path, source="lines", settings=settings))
        return path

    return make


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_group_writes_token_files_of_all_kept_documents(recipe, tmp_path):
    assert run.execute(recipe(), tmp_path / "out", 0, None, "auto", ()) == 0
    made = tmp_path / "out/tokens/all"
    manifest = json.loads((made / "tokens.json").read_text())
    assert sum(split["documents"] for split in manifest["splits"].values()) == 150
    assert manifest["checked"]["documents"] == manifest["checked"]["decoded_alike"] == 100
    train = pl.read_parquet(made / "parquet/train-*.parquet")
    assert set(train["input_ids"].list.len()) == {32}
    for file in manifest["files"]:
        assert hashlib.sha256((made / file["path"]).read_bytes()).hexdigest() == file["sha256"]


def test_the_bytes_are_the_same_for_one_worker_and_two(recipe, tmp_path):
    path = recipe()
    assert run.execute(path, tmp_path / "one", 0, None, "auto", ()) == 0
    assert run.execute(path, tmp_path / "two", 2, None, "auto", ()) == 0
    one = digest(tmp_path / "one/tokens/all")
    assert one == digest(tmp_path / "two/tokens/all") and len(one) > 20


def tell(out: Path, sample: str):
    return CliRunner().invoke(trace.main, [str(out), sample])


@pytest.mark.parametrize("repeat", ["files", "index"])
def test_a_sample_is_traced_to_its_documents_and_their_verdicts(recipe, tmp_path, repeat):
    (tmp_path / "weights.json").write_text('{"weights": {"lines": 1.0}}')
    mix = f'weights = "{tmp_path}/weights.json"\ntokens = 12_000'
    path = recipe(f'repeat = "{repeat}"\nvalidation = 0.1\n{mix}')
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    made = tmp_path / "out/tokens/all"
    traced = pl.read_parquet(made / "trace/train-*.parquet")
    if repeat == "index":  # the last, which stands among those of the first epoch
        number = 12_000 // 32 - 1
        place = np.load(made / "order.npy")[number]
    else:  # the last of a later epoch, behind which some of the first may stand: ids hang on the folder
        number = place = traced.filter(pl.col("epoch") > 0)["place"].max()
    told = tell(tmp_path / "out", f"{number}")
    assert told.exit_code == 0, told.output
    rows = traced.filter(pl.col("place") == place)
    (epoch,) = set(rows["epoch"])
    assert (epoch == 0) == (repeat == "index")
    for row in rows.iter_rows(named=True):
        assert f"{row['begin']:,} to {row['begin'] + row['length']:,}: {row['id']}" in told.output
    assert told.output.count("kept to the end of the run, kept") == min(5, rows["id"].n_unique())
    held = tell(tmp_path / "out", "validation-0")
    assert "in validation-00000" in held.output and held.exit_code == 0
    missing = tell(tmp_path / "out", "99999")
    assert missing.exit_code == 2 and "samples for train, from 0; there is none 99,999" in missing.output
    assert "'x' is no sample" in tell(tmp_path / "out", "x").output


def test_a_tokenizer_trained_in_the_same_run_encodes(recipe, tmp_path):
    path = recipe()
    stage = (
        '[[stage]]\nname = "tokenizer"\nafter = "kept"\nsteps = [ {{ use = {use}, vocabulary = 300 }} ]\n\n'
    )
    text = path.read_text().replace(f"{tmp_path}/tokenizer.json", "stage:tokenizer/tokenizer.json")
    head, tail = text.split('[[stage]]\nname  = "tokens"')
    made = stage.format(use='"mixing.tokens.tokenizer:train"')
    path.write_text(f'{head}{made}[[stage]]\nname  = "tokens"{tail}')
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    said = json.loads((tmp_path / "out/tokens/all/tokens.json").read_text())
    trained = (tmp_path / "out/tokenizer/all/tokenizer.json").read_bytes()
    assert said["tokenizer"]["digest"] == hashlib.sha256(trained).hexdigest()
    assert said["checked"]["decoded_alike"] == 100


def test_token_files_are_out_of_date_until_they_are_made_anew(recipe, tmp_path):
    path, out = recipe(), tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    gone = pl.read_parquet(out / "tokens/all/trace/train-*.parquet")["id"][7]
    (tmp_path / "list.txt").write_text(f"id:{gone}\n")
    told = CliRunner().invoke(forget.main, [str(out), str(tmp_path / "list.txt"), "--share", "1"])
    assert told.exit_code == 0, told.output
    stale = ("tokens.encoded", "tokens.written", "tokens")
    lines = [
        f"stage {name} is out of date: it holds what was made from documents taken down" for name in stale
    ]
    assert all(line in told.output for line in lines) and "--redo tokens.encoded makes it anew" in told.output
    proved = CliRunner().invoke(verify.main, [str(out)])
    assert proved.exit_code == 6 and all(line in proved.output for line in lines), proved.output
    assert all(line in CliRunner().invoke(status.main, [str(out)]).output for line in lines)
    assert all(line in " ".join(tell(out, "0").output.split()) for line in lines)
    assert "**Out of date.**" in (out / "tokens/all/README.md").read_text()
    assert "until it is made anew" in (out / "report.html").read_text()
    assert run.execute(path, out, 0, None, "auto", ()) == 6
    assert run.execute(path, out, 0, None, "auto", ("tokens.encoded",)) == 0
    parts = [out / f"tokens/all/trace/{split}-*.parquet" for split in ("train", "validation")]
    left = {one for part in parts for one in pl.read_parquet(part)["id"]}
    assert left and gone not in left
    assert "Out of date" not in (out / "tokens/all/README.md").read_text()
    assert CliRunner().invoke(verify.main, [str(out)]).exit_code == 0
    assert "out of date" not in CliRunner().invoke(status.main, [str(out)]).output + tell(out, "0").output
