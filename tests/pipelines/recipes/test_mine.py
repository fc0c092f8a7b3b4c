"""Texts of one's own as JSON lines: to shards, against those shards, and repeated by their copies."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import small

from winnow.pipelines.commands import run, tune
from winnow.pipelines.engine.ledger import removed, run_summary

RECIPES = Path(run.__file__).resolve().parent.parent / "recipes"
PROSE = small.prose()
WORDS = "notwithstanding whatever anyone elsewhere may eventually decide"


def edit(text: str, number: int) -> str:
    """A near duplicate: some words of their own in another place."""
    words = text.split(" ")
    return " ".join([*words[: 30 + number], *WORDS.split()[: 2 + number], *words[30 + number :]])


def write(folder: Path, name: str, texts: list[str]) -> None:
    (folder / "data/mine").mkdir(parents=True, exist_ok=True)
    packed = gzip.compress("".join(json.dumps({"text": text, "by": 1}) + "\n" for text in texts).encode())
    (folder / "data/mine" / f"{name}.jsonl.gz").write_bytes(packed)


def go(recipe: Path, out: str) -> None:
    assert run.execute(recipe, Path(out), 0, None, "auto", ()) == 0


def read_shards(out: str) -> pl.DataFrame:
    return pl.concat(map(pl.read_parquet, sorted(Path(out).glob("shards/all/data/*.parquet"))))


def read_dropped(out: str) -> list[str]:
    return sorted(
        reason
        for file in Path(out).glob("*/dropped/*.parquet")
        for reason in pl.read_parquet(file, columns=["reason"])["reason"]
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An empty folder in which `mine.toml` was run on JSON lines, as it is."""
    folder = tmp_path_factory.mktemp("mine")
    write(
        folder, "a", [*PROSE[:4], PROSE[0], edit(PROSE[1], 0), "Too short.", "Das ist nicht Englisch. " * 30]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        go(RECIPES / "mine.toml", "out/mine")
    return folder


def test_it_has_as_many_lines_as_the_readme_says():
    assert len((RECIPES / "mine.toml").read_text().splitlines()) == 23
    assert "23 lines that you copy and change" in (RECIPES.parents[1] / "README.md").read_text()


def test_json_lines_become_shards_in_an_empty_folder(place, monkeypatch):
    monkeypatch.chdir(place)
    kept = read_shards("out/mine")
    assert set(kept["text"]) == {PROSE[0], edit(PROSE[1], 0), PROSE[2], PROSE[3]}  # the longest one stays
    near = ["exact.duplicate", "language.not_wanted", "minhash.near_duplicate"]
    found = read_dropped("out/mine")
    assert set(near) < set(found) and len(found) == 4
    assert Path("out/mine/report.html").exists()
    assert len((RECIPES / "mine.toml").read_text().splitlines()) <= 24


@pytest.mark.parametrize("own", [True, False])
def test_what_stands_in_a_finished_corpus_goes(place, monkeypatch, own):
    monkeypatch.chdir(place)
    # A copy and an edited copy of what the corpus has, one that went there as a duplicate; the rest is new.
    write(place, "a", [PROSE[2], edit(PROSE[3], 1), PROSE[1], PROSE[5], edit(PROSE[5], 0), PROSE[6]])
    recipe = place / "against.toml"
    text = (RECIPES / "against.toml").read_text()
    recipe.write_text(
        text.replace('"groups/dedup_against.toml"', f'"groups/dedup_against.toml"\nown = {str(own).lower()}')
    )
    go(recipe, f"out/{own}")
    kept, both = read_shards(f"out/{own}"), {PROSE[5], edit(PROSE[5], 0), PROSE[6]}
    assert set(kept["text"]) == (both - {PROSE[5]} if own else both)
    assert set(kept["source"]) == {"mine"}
    dropped = pl.concat(map(pl.read_parquet, Path(f"out/{own}").glob("new/dropped/*.parquet")))
    assert dropped.filter(pl.col("dedup_survivor").is_not_null())["reason"].unique().to_list() == [
        "minhash.near_duplicate"
    ]
    assert dropped.height == 3 + own
    # Of the corpus no text is written anew.
    known = pl.concat(map(pl.read_parquet, Path(f"out/{own}").glob("new.known/part-*.parquet")))
    assert known.height == 4 and known["text"].str.len_bytes().sum() == 0


REHYDRATE = """name = "again"

[[source]]
name = "mine"
uris = ["data/mine/*.jsonl.gz"]
read = { use = "ingest.jsonl:read" }

[[stage]]
name  = "distinct"
after = "mine"
use   = "groups/duplicates.toml"

[[stage]]
name  = "again"
after = "distinct"
use   = "groups/rehydrate.toml"
times = { 1 = 1, 2 = 2, 3 = 7 }

[[stage]]
name  = "shards"
after = "again"
use   = "groups/shards.toml"
"""


def test_documents_with_copies_come_more_often(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = [PROSE[0], PROSE[1], edit(PROSE[1], 0), PROSE[2], PROSE[2], edit(PROSE[2], 2), edit(PROSE[2], 2)]
    write(tmp_path, "a", texts)
    (tmp_path / "again.toml").write_text(REHYDRATE)
    go(tmp_path / "again.toml", "out")
    rows = dict(read_shards("out").group_by("text").len().iter_rows())
    assert rows == {PROSE[0]: 1, edit(PROSE[1], 0): 2, edit(PROSE[2], 2): 7}
    assert json.loads(Path("out/shards/all/manifest.json").read_text())["totals"]["rows"] == 10


def test_worth_and_tune_find_what_they_ask_about(place):
    """What the filters dropped stands in the stage before them."""
    account = run_summary.read(place / "out/mine")
    stage = tune.find_stage(account, None)
    sums = removed.measure(account, stage, removed.Question("filtered"))
    assert stage.name == "filtered" and sums["dropped"] == 2 and sums["came"] > sums["left"] > 0
