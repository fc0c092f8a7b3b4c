"""Which documents are long: those that a column says belong together, counted once they are joined."""

import json
from pathlib import Path

import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine.disk.documents import read_batches

POSTS = 12
COLUMNS = ["source", "domain", "text", "token_count", "threads_posts"]
EDGE = 100  # tokens from which on a document of this test is long
RECIPE = """
name = "joined"
[[source]]
name = "thread"
uris = ["{folder}/thread.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ thread = "thread?", key = "key" }} }}
[[source]]
name = "apart"
uris = ["{folder}/apart.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ thread = "thread?", key = "key" }} }}
[[stage]]
name = "counted"
after = ["thread", "apart"]
steps = [ {{ use = "mixing.count:tokens" }} ]
[[stage]]
name = "threads"
after = "counted"
use = "groups/threads.toml"
[[stage]]
name = "again"
after = "threads"
steps = [
  {{ use = "mixing.count:tokens", only_missing = true }},
  {{ use = "mixing.domains:assign", by = ["source", "token_count"], edges = {{ token_count = [{edge}] }} }},
]
"""


@pytest.fixture(scope="module")
def docs(tmp_path_factory) -> pl.DataFrame:
    """Posts of one thread, and the same posts in a source whose column says of none."""
    folder: Path = tmp_path_factory.mktemp("joined")
    posts = [{"key": f"p{k}", "text": f"Post {k} says this much and no more."} for k in range(POSTS)]
    (folder / "thread.jsonl").write_text("".join(json.dumps({**p, "thread": "t"}) + "\n" for p in posts))
    (folder / "apart.jsonl").write_text("".join(json.dumps(p) + "\n" for p in posts))
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder, edge=EDGE))
    assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    files = sorted((folder / "out/again").glob("part-*.parquet"))
    return pl.concat(frame for file in files for frame in read_batches(file, COLUMNS))


def test_a_thread_is_long_by_all_of_its_posts(docs):
    [whole] = docs.filter(source="thread").iter_rows(named=True)
    assert whole["domain"] == "thread/1" and whole["threads_posts"] == POSTS
    assert whole["token_count"] == -(-len(whole["text"].encode()) // 4) > EDGE  # not the first post's count


def test_documents_without_the_column_stay_short(docs):
    apart = docs.filter(source="apart")
    assert apart.height == POSTS and set(apart["domain"]) == {"apart/0"}
