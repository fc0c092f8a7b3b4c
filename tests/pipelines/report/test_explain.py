"""A removed document beside its survivor."""

import io
import itertools
import json
import re
import shutil

import polars as pl
import pytest
from click.testing import CliRunner
from rich.console import Console

from winnow.pipelines.commands import run
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import run_summary, verdicts
from winnow.pipelines.report import explain


def shown(out, identity):
    screen = io.StringIO()
    explain.show(run_summary.read(out), identity, Console(file=screen, width=140))
    return " ".join(screen.getvalue().split())


def test_a_duplicate_is_shown_beside_its_survivor(make_recipe, deduplicated, tmp_path):
    texts = {"a.txt": "The same old line\nanother\n", "b.txt": "the SAME old line\n"}
    out = tmp_path / "out"
    assert run.execute(make_recipe(texts, deduplicated), out, 0, None, "auto", ()) == 0
    (row,) = verdicts.read(run_summary.read(out)).filter(fate="dropped").to_dicts()
    (survivor,) = pl.read_parquet([*(out / "single/dropped").glob("*.parquet")])["dedup_survivor"].unique()
    text = shown(out, row["id"][:12])
    assert row["id"] in text and f"for {survivor}: similarity" in text and "read: kept, 17 B" in text
    assert "exact.duplicate" in text and "similarity 1.0000" in text and "method exact" in text
    assert "old line" in text and "SAME" in text and "same" in text
    with pytest.raises(explain.NotThere, match="knows no document"):
        explain.find_verdict(run_summary.read(out), "ffffnone")


def test_the_beginning_of_an_id_must_be_of_one_document_only(make_recipe, deduplicated, tmp_path):
    out = tmp_path / "out"
    assert run.execute(make_recipe({"a.txt": "same\n" * 40}, deduplicated), out, 0, None, "auto", ()) == 0
    with pytest.raises(explain.NotThere, match=r"40 documents are meant .* say the id"):
        explain.find_verdict(run_summary.read(out), "")


def test_without_an_id_it_says_how_to_call_it(tmp_path):
    told = CliRunner().invoke(explain.main, [str(tmp_path)])
    assert told.exit_code == 2 and "ID" in told.output
    told = CliRunner().invoke(explain.main, [str(tmp_path), "abc"])
    assert told.exit_code == 2 and "run.json" in told.output


RECIPE = """
name = "mine"
max_failed = 1.0
[[source]]
name = "mine"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text", url = "url", key = "number" }} }}
[[stage]]
name = "read"
after = "mine"
steps = [ {{ use = "filters.text:nonempty" }} ]
[[stage]]
name = "judged"
after = "read"
steps = [ {{ use = "filters.gopher:quality", min_words = 20, min_stop_words = 0 }} ]
[[stage]]
name = "distinct"
after = "judged"
use = "groups/minhash.toml"
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A run with a page of too few words, and two pages of one template with facts of their own."""
    folder = tmp_path_factory.mktemp("explain")
    words = ["".join(letters) for letters in itertools.product("bdfgk", "aeio", "lmnrs", "aeu")]
    before, after = " ".join(words[:150]), " ".join(words[150:])
    pages = [
        f"{before} The town of {town} has {number} people and lies on the river {river} in the north. {after}"
        for town, number, river in (("Ulm", 126405, "Danube"), ("Jena", 108306, "Saale"))
    ]
    rows = [
        {"text": text, "url": f"https://a.example/{n}", "number": f"n{n}"} for n, text in enumerate(pages)
    ]
    rows.append({"text": "Too few words.", "url": "https://a.example/short", "number": "n9"})
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{ no json\n")
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(folder=folder))
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


def test_a_url_and_a_key_of_ones_own_name_a_document(judged):
    text = shown(judged, "https://a.example/short")
    assert "dropped in judged by filters.gopher:quality: gopher.too_few_words" in text
    assert "gopher_word_count 3: min_words 20 (broken)" in text and "Too few words." in text
    assert shown(judged, "n9") == text


def test_a_key_that_begins_ids_means_the_document_of_that_key(make_recipe, tmp_path):
    """Ids are hex digits, and so may keys be."""
    rows = "".join(json.dumps({"text": f"Text {n}.", "key": f"{n:x}"}) + "\n" for n in range(16))
    stages = '[[stage]]\nname = "read"\nafter = "lines"\nsteps = [ { use = "filters.text:nonempty" } ]'
    read = 'use = "ingest.jsonl:read", fields = { text = "text", key = "key" }'
    out = tmp_path / "out"
    assert run.execute(make_recipe({"a.txt": rows}, stages, read=read), out, 0, None, "auto", ()) == 0
    for key in "0123456789abcdef":  # each begins an id of another, but for luck
        assert explain.find_verdict(run_summary.read(out), key)["key"] == key


def test_a_kept_document_is_told_with_its_thresholds_and_the_facts_that_spared_it(judged):
    text = shown(judged, "https://a.example/0")
    other = verdicts.find(run_summary.read(judged), "https://a.example/1")["id"][0]
    assert "kept to the end of the run, distinct" in text
    assert "judged: gopher_word_count" in text and "min_words 20" in text and "(broken)" not in text
    assert f"spared beside {other}" in text
    assert "'Ulm' here, 'Jena' there" in text and "'126405' here, '108306' there" in text


def test_kept_templates_under_their_earlier_name_are_told_not_passed_over(judged, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(judged, out)
    (old,) = {path.parts[len(out.parts)] for path in out.rglob("kept_templates.parquet")}
    about = out / old / "stage.json"
    text = json.dumps(proof.read_json(about)).replace("kept_templates.parquet", "spared.parquet")
    about.write_bytes(proof.encode(about, json.loads(text)))
    for path in sorted(out.rglob("kept_templates.parquet")):
        path.rename(path.with_name("spared.parquet"))
    text = shown(out, "https://a.example/0")
    assert not re.search("spared beside [0-9a-f]", text)
    assert re.search(
        rf"{old}: what was spared beside others is not told: \S+/spared.parquet is not read, as it is"
        r" `kept_templates.parquet` now \(docs/migration.md\)",
        text,
    )


def test_what_failed_is_told_with_its_error(judged):
    failed = verdicts.read(run_summary.read(judged)).filter(fate="failed").row(0, named=True)
    text = shown(judged, failed["id"] or failed["uri"])
    assert "failed in read" in text and "JSON" in text.upper()
