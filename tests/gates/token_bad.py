"""Bad input to token files: what the command line says of it; section `bad` of the gate `tokens`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
from figures import Figures
from tokenizers import Tokenizer, models, pre_tokenizers

RECIPE = """name = "bad"

[[source]]
name = "texts"
uris = ["{folder}/texts.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text" }} }}

[[stage]]
name  = "read"
after = "texts"
steps = [ {{ use = "mixing.count:tokens" }} ]

[[stage]]
name  = "tokens"
after = "read"
use   = "groups/tokens.toml"
{settings}
"""
MAIN = {"name": "main", "tokens": 1000, "weights": {"texts": 1.0}}


def judge(figures: Figures, folder: Path) -> None:
    """Each command ends as it should, and says why in one line."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    texts = ["one known word"] * 400 + ["one strange word"]
    (folder / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    files = write_files(folder)
    cases = [
        ("no_eos", {}, files["words"], 2, "has no token '<|endoftext|>'; it has no special tokens"),
        ("uint16", {"eos": "", "dtype": "uint16"}, files["many"], 2, "and 16 bits hold 65,535"),
        ("beyond", {"eos": ""}, files["far"], 2, "token files hold 2,147,483,647 at most"),
        ("failing", {"eos": ""}, files["words"], 0, ""),
        ("too_many", {"eos": "", "max_failed": 0.001}, files["words"], 2, "failed on 1 of 401 documents"),
        ("empty", {"eos": "", "weights": files["wiki"], "tokens": 100}, files["words"], 2, "['wiki']"),
        (
            "narrow",
            {"eos": "one", "bos": "known", "window": 2},
            files["words"],
            2,
            "no room for text beside 2",
        ),
        ("budget", {"eos": "", "weights": files["phases"]}, files["words"], 2, "'end' has no budget"),
        ("chopped", {"eos": "", "how": "chop", "cut": "paragraph"}, files["words"], 2, "exclude each other"),
    ]
    for name, settings, tokenizer, code, message in cases:
        given = {"window": 64, "formats": ["parquet"], "tokenizer": str(tokenizer), **settings}
        plain = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in plain.items())
        recipe = folder / f"{name}.toml"
        recipe.write_text(RECIPE.format(folder=folder, settings=lines))
        command = [
            sys.executable,
            "-m",
            "winnow",
            "run",
            "--workers=0",
            "--",
            str(recipe),
            str(folder / name),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if message in line] if message else [""]
        print(f"make run RECIPE={name}.toml: {done.returncode}: {said[-1] if said else done.stderr[-400:]}")
        figures.add(
            f"{name}: ends with {code} and its message", float(done.returncode == code and bool(said)), 1
        )
    judge_failed(figures, folder / "failing")


def judge_failed(figures: Figures, out: Path) -> None:
    """One document failed: it is named, and the others are there."""
    manifest = json.loads((out / "tokens/all/tokens.json").read_text())
    named = [row for path in out.rglob("failed.parquet") for row in pl.read_parquet(path).to_dicts()]
    print(f"failing: {named}")
    figures.add("failing: documents that failed and are named", len(named) * manifest["failed_documents"], 1)
    figures.add("failing: documents written", manifest["splits"]["train"]["documents"], 400)


def write_files(folder: Path) -> dict[str, Path]:
    """Tokenizers and mixes, each bad in a way of its own."""
    vocabularies = {
        "words": {"one": 0, "known": 1, "word": 2},
        "many": {"one": 0, "known": 1, "word": 2, "last": 2**16},
        "far": {"one": 0, "known": 1, "word": 2, "last": 2**31},
    }
    found = {}
    for name, vocabulary in vocabularies.items():
        tokenizer = Tokenizer(models.WordLevel(vocabulary))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        found[name] = folder / f"{name}.json"
        tokenizer.save(str(found[name]))
    mixes = {
        "wiki": {"weights": {"texts": 0.5, "wiki": 0.5}},
        "phases": {"phases": [MAIN, {"name": "end", "weights": {"texts": 1.0}}]},
    }
    for name, mix in mixes.items():
        found[name] = folder / f"{name}.json"
        found[name].write_text(json.dumps(mix))
    return found
