"""The groups of chats and of others' corpora, run on small files of several forms."""

import gzip
import json
from pathlib import Path

import polars as pl
from click.testing import CliRunner

from winnow.pipelines.commands import run

RECIPE = """name = "sets"
max_failed = 0.5

[[source]]
name = "chats"
uris = ["{folder}/chats.json", "{folder}/sums.jsonl.gz"]
read = {{ use = "ingest.chats:read", license = "CC0-1.0" }}

[[source]]
name = "pages"
uris = ["{folder}/pages/*"]
read = {{ use = "ingest.corpora:read", corpus = "fineweb" }}

[[stage]]
name  = "sets.chats"
after = "chats"
use   = "groups/chats.toml"

[[stage]]
name  = "sets.pages"
after = "pages"
use   = "groups/corpora.toml"
"""
CHATS = [
    {"instruction": "Name a colour.", "input": "", "output": "Blue is one."},
    {"instruction": "name a  colour", "input": "", "output": "Blue."},
    {"instruction": "Book a flight.", "input": "", "output": "I'm sorry, but I can't book flights."},
    {"instruction": "Count.", "input": "", "output": "one two three " * 30},
    {"instruction": "Say it.", "input": "", "output": ""},
    {"neither": "nor"},
]
SUMS = [
    {"problem": "What is 6*7?", "solution": "6*7 is \\boxed{42}.", "answer": "42"},
    {"problem": "What is 6*8?", "solution": "6*8 is \\boxed{49}.", "answer": "48"},
]


def write_page(n: int, text: str) -> dict[str, object]:
    about = {"id": f"n{n}", "url": f"http://a.b/{n}", "date": "2020-01-01", "language": "en"}
    return about | {"text": text, "language_score": 0.9, "dump": "d"}


def test_every_document_is_kept_dropped_with_its_reason_or_failed(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "chats.json").write_text(json.dumps(CHATS))
    (tmp_path / "sums.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, SUMS)).encode()))
    pages = [write_page(1, "the same words"), write_page(2, "...")]
    pl.DataFrame(pages).write_parquet(tmp_path / "pages/a.parquet")
    (tmp_path / "pages/b.jsonl").write_text(json.dumps(write_page(3, "The same  words ")) + "\n")
    (tmp_path / "r.toml").write_text(RECIPE.format(folder=tmp_path))
    out = tmp_path / "out"
    done = CliRunner().invoke(run.main, [str(tmp_path / "r.toml"), str(out), "--workers", "0"])
    assert done.exit_code == 0, done.output
    dropped = pl.concat(
        [pl.read_parquet(file) for file in out.glob("*/dropped/part-*.parquet")], how="diagonal_relaxed"
    )
    assert sorted(dropped["reason"]) == [
        *("answers.wrong", "chats.empty_answer", "chats.loop", "chats.refusal"),
        *("exact.duplicate", "exact.question_duplicate", "text.empty"),
    ]
    wrong = dropped.filter(pl.col("reason") == "answers.wrong")
    assert wrong.select("answer_found", "answer_reference").row(0) == ("49", "48")
    kept = pl.concat([pl.read_parquet(file) for file in (out / "sets.chats.judged").glob("part-*.parquet")])
    assert kept["answers"].null_count() == kept["questions"].null_count() == kept.height
    assert set(kept["license"]) == {"CC0-1.0"}
    failed = pl.concat(
        [pl.read_parquet(file) for file in out.glob("*/failed/part-*.parquet")], how="diagonal_relaxed"
    )
    assert failed.height == 1 and "there are: neither" in failed["error"][0]
