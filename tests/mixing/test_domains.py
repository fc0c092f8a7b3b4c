"""Domains, from the step that names them to the shards."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing import count, export, proxies, sample
from winnow.mixing.domains import assign
from winnow.pipelines.engine.disk.documents import read_batches

ROWS = [
    ("web", "en", 0.1),
    ("web", "de", 0.3),
    ("code", None, 0.9),
    ("forum", "en", None),
]
DOCS = pl.DataFrame(ROWS, schema=["source", "language", "score_quality"], orient="row")


def names(**choices):
    return assign(DOCS, **choices)["domain"].to_list()


def test_names_are_the_values_joined():
    assert names() == ["web/en", "web/de", "code/none", "forum/en"]
    assert names(by=["source"]) == ["web", "web", "code", "forum"]


def test_numbers_are_cut_into_buckets():
    found = names(by=["source", "score_quality"], edges={"score_quality": [0.3, 0.7]})
    assert found == ["web/0", "web/1", "code/2", "forum/none"]


def test_groups_are_one_domain():
    assert names(groups={"web": ["web/*"]}) == ["web", "web", "code/none", "forum/en"]
    found = names(groups={"english": ["*/en"], "rest": ["*"]})
    assert found == ["english", "rest", "rest", "english"]
    assert names(groups={"one": ["web/d?", "co[a-d]e/none"]}) == ["web/en", "one", "one", "forum/en"]
    assert names(groups={"none": ["eb/en", "web/e", "WEB/en"]}) == names()


@given(cut=st.integers(0, 4))
def test_the_law_of_shard_steps(cut):
    choices = {
        "by": ["language", "score_quality"],
        "edges": {"score_quality": [0.3]},
        "groups": {"x": ["en/*"]},
    }
    parts = [assign(part, **choices) for part in (DOCS[:cut], DOCS[cut:])]
    assert assign(DOCS, **choices).equals(pl.concat(parts))
    assert assign(DOCS, **choices).drop("domain").equals(DOCS)


def test_refusals():
    with pytest.raises(ValueError, match=r"edges for \['date'\]"):
        assign(DOCS, edges={"date": [1.0]})
    with pytest.raises(ValueError, match="do not ascend"):
        assign(DOCS, by=["score_quality"], edges={"score_quality": [0.7, 0.3]})


@pytest.fixture
def parts(tmp_path):
    """Documents of one source and two languages, in a group of their own each."""
    rows = [
        (f"{i:032x}", "web", "de" if i % 4 == 0 else "en", f"Document {i}. " * 40, 120) for i in range(400)
    ]
    docs = pl.DataFrame(rows, schema=["id", "source", "language", "text", "token_count"], orient="row")
    file = tmp_path / "part-00000.parquet"
    assign(docs).with_columns(license=pl.lit("CC0"), metadata=pl.lit(None, pl.String)).write_parquet(file)
    return file


def test_all_steps_mix_by_domain(parts, tmp_path):
    count.by_source([parts], tmp_path)
    counts = json.loads((tmp_path / "counts.json").read_text())
    assert {name: row["documents"] for name, row in counts.items()} == {"web/de": 100, "web/en": 300}

    items = [("eval", "0", "Document ", "1.")]
    pl.DataFrame(items, schema=["eval", "item", "prompt", "answer"], orient="row").write_parquet(
        tmp_path / "items.parquet"
    )
    proxies.prepare([parts], tmp_path, read=read_batches, items=tmp_path, vocabulary=300, context=32)
    prepared = json.loads((tmp_path / "prepared.json").read_text())
    assert set(prepared["sources"]) == {"web/de", "web/en"}

    solved = {"weights": {"web/de": 0.5, "web/en": 0.5}, "settings": {"budget_tokens": 48_000}}
    (tmp_path / "weights.json").write_text(json.dumps(solved))
    drawn = sample.draw(pl.read_parquet(parts), weights=tmp_path, counts=tmp_path)
    assert set(drawn.filter(pl.col("language") == "de")["repeats"]) == {2}
    assert set(drawn.filter(pl.col("language") == "en")["repeats"]) == {0, 1}

    drawn.filter(pl.col("repeats") > 0).drop("drop_reason").write_parquet(parts)
    (tmp_path / "out").mkdir()
    export.shards([parts], tmp_path / "out", read=read_batches)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["sources"]["web/de"]["share"] == pytest.approx(0.5, abs=0.05)
    assert manifest["schema"]["domain"] == "string"
    rows = pl.read_parquet(sorted((tmp_path / "out" / "data").iterdir()))
    assert set(rows["domain"]) == {"web/de", "web/en"} and set(rows["source"]) == {"web"}


def test_inside_a_group_the_shares_stay_natural(parts, tmp_path):
    grouped = assign(pl.read_parquet(parts), groups={"all": ["web/*"]})
    grouped.write_parquet(parts)
    count.by_source([parts], tmp_path)
    solved = {"weights": {"all": 1.0}, "settings": {"budget_tokens": 24_000}}
    (tmp_path / "weights.json").write_text(json.dumps(solved))
    drawn = sample.draw(grouped, weights=tmp_path, counts=tmp_path)
    kept = drawn.filter(pl.col("repeats") > 0)["language"]
    assert (kept == "de").mean() == pytest.approx(0.25, abs=0.06) and 150 < len(kept) < 250
