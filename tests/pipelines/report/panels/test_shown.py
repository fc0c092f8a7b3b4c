"""Documents that a report shows: what was kept, and what stands on either side of a threshold."""

import polars as pl
import pytest
from judged import CALM, judged

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import edges, shown


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    return judged(tmp_path_factory.mktemp("shown"), words=3, texts=CALM)


def rows(out, pattern):
    return pl.concat([pl.read_parquet(file) for file in out.glob(pattern)], how="diagonal_relaxed")


def test_of_each_source_some_of_what_was_kept_is_shown(run_of_grades):
    account = run_summary.read(run_of_grades)
    stage = account.stages["unmarked"]
    found = shown.sample_kept(stage, account, each=3, chars=50)
    kept = rows(run_of_grades, "unmarked/part-*.parquet")
    assert set(found) == {"pages", "books"}
    for source, documents in found.items():
        own = kept.filter(source=source)
        draw = sorted(own["id"], key=lambda id_: (id_[8:16], id_))
        assert [doc["id"] for doc in documents] == draw[:3]
        for doc in documents:
            bytes_ = own.filter(id=doc["id"])["text_bytes"].item()
            assert doc["bytes"] == bytes_ and doc["place"]["source"] == source
            assert len(doc["text"]) == 51 and doc["text"].endswith("…")
    assert shown.sample_kept(stage, account, each=3, chars=50) == found
    assert "What was kept" in page.write(run_of_grades).read_text()


def test_texts_are_cut_by_characters_and_lines():
    assert shown.cut("\nabc\n", 3) == "abc"
    assert shown.cut("abcd", 3) == "abc…"
    assert shown.cut("a\n" * 99, 500) == "\n".join("a" * shown.LINES) + "…"


def test_parts_are_few_and_of_every_source(run_of_grades, monkeypatch):
    stage = run_summary.read(run_of_grades).stages["graded"]
    every = shown.choose_parts(stage)
    assert sorted({part for parts in every.values() for part in parts}) == sorted(stage.parts)
    monkeypatch.setattr(shown, "MOST_PARTS", 1)
    assert {source: len(parts) for source, parts in shown.choose_parts(stage).items()} == dict.fromkeys(
        every, 1
    )
    monkeypatch.setattr(shown, "MOST_SOURCES", 1)
    assert len(shown.choose_parts(stage)) == 1


def test_nearest_documents_stand_on_either_side_of_a_threshold(calm):
    account = run_summary.read(calm)
    found = {edge["threshold"]: edge for edge in edges.sample_edges(account.stages["judged"], account)}
    kept, gone = rows(calm, "judged/part-*.parquet"), rows(calm, "judged/dropped/*.parquet")
    before = rows(calm, "read/part-*.parquet")
    edge = found["min_words 3"]
    inside = kept.filter(pl.col("toy_words") >= 3)["toy_words"].sort()[: edges.EACH]
    outside = gone.filter(reason="toy.too_short")["toy_words"].sort(descending=True)[: edges.EACH]
    assert [doc["value"] for doc in edge["inside"]] == inside.to_list()
    assert [doc["value"] for doc in edge["outside"]] == outside.to_list() == [2, 2]
    for doc in edge["inside"]:  # as it left the stage
        assert doc["text"] == kept.filter(id=doc["id"])["text_here"].item()
    for doc in edge["outside"]:  # as it came
        assert doc["text"] == before.filter(id=doc["id"])["text"].item()
    assert all(doc["value"] <= 1 for doc in found["max_marks 1"]["inside"])
    assert all(doc["value"] > 1 for doc in found["max_marks 1"]["outside"])
    assert "just outside: dropped" in page.write(calm).read_text()


def test_only_documents_that_a_step_judged_stand_at_its_threshold():
    frame = pl.DataFrame({"id": ["a", "b"], "part": "p", "fate": "kept", "size": [5, 9], "kind": ["x", "y"]})
    rule = {"signal": "size", "setting": "min_size", "value": 4}
    assert edges._nearest(frame, rule, {}, broken=False)["id"].to_list() == ["a", "b"]
    assert edges._nearest(frame, rule, {"kind": ["y"]}, broken=False)["id"].to_list() == ["b"]
    assert edges._nearest(frame, rule, {"other": ["y"]}, broken=False).is_empty()
    assert edges._nearest(frame, rule, {}, broken=True).is_empty()
