"""The process that runs a step apart: where it begins, and how long it may take."""

import polars as pl

from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work import cpu_limit
from winnow.pipelines.engine.work.child import Child
from winnow.pipelines.spec import schema

USE = "filters.text:nonempty"


def test_a_child_finds_the_project_wherever_it_is_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    child = Child(None, code.digests(code.of_steps([USE])))
    docs = schema.complete(pl.DataFrame({"id": ["a", "b"], "text": ["words", " "]}))
    try:
        assert child.apply(USE, {}, docs)["drop_reason"].null_count() == 1
    finally:
        child.stop()


def test_no_documents_are_never_over_budget_for_loops_that_are_compiled():
    empty = schema.complete(pl.DataFrame({"id": [], "text": []}, schema={"id": pl.String, "text": pl.String}))
    one = schema.complete(pl.DataFrame({"id": ["a"], "text": ["word"]}))
    assert cpu_limit.of_batch(empty) > 10 * cpu_limit.of_batch(one)
