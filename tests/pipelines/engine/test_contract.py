"""One schema for every part of a stage, and steps that break their word about columns."""

import os
import sys
import types

import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine import contract, schedule
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.spec import recipe, schema


def stage(name, after, *steps):
    listed = ", ".join(f'{{ use = "{step}" }}' for step in steps)
    return f'[[stage]]\nname = "{name}"\nafter = {after}\nsteps = [ {listed} ]\n'


def go(path, out):
    assert run.execute(path, out, 0, None, "auto", ()) == 0


def test_parts_with_nothing_kept_nothing_dropped_or_no_text_at_all_have_one_schema(make_recipe, tmp_path):
    texts = {
        "a.txt": "one two\nthree\nfour five",
        "b.txt": "alone\nDROP that",
        "c.txt": "poison here\npoison",
        "d.txt": "DROP this",
        "e.txt": "",
    }
    go(make_recipe(texts, stage("kept", '"lines"', "toy:quiet", "toy:short")), tmp_path / "out")
    folder = tmp_path / "out/kept"
    kept = pl.read_parquet(folder / "part-*.parquet", glob=True)
    dropped = pl.read_parquet(folder / "dropped/*.parquet")
    failed = pl.read_parquet(folder / "failed/*.parquet")
    assert (kept.height, dropped.height, failed.height) == (2, 4, 3)
    assert kept.schema["toy_words"] == dropped.schema["toy_words"] == pl.Int32
    assert kept.columns[-2:] == dropped.columns[-2:] == ["toy_marks", "toy_words"]
    assert dropped.sort("key")["toy_words"].null_count() == 2  # those that the reader dropped


def test_documents_of_several_stages_have_the_columns_of_all(make_recipe, tmp_path):
    other = f'[[source]]\nname = "more"\nuris = ["{tmp_path}/in/*.md"]\nread = {{ use = "toy:read" }}\n'
    stages = (
        stage("short", '"lines"', "toy:short")
        + stage("quiet", '"more"', "toy:quiet")
        + stage("met", '["short", "quiet"]', "toy:shout")
    )
    path = make_recipe({"a.txt": "one two\nthree four", "b.md": "five six!"}, stages, extra=other)
    go(path, tmp_path / "out")
    assert "toy_marks" in pl.read_parquet(tmp_path / "out/met/*.parquet").columns
    met = documents.read(tmp_path / "out/met").sort("text")
    assert met.select("text", "toy_words", "toy_marks").rows() == [
        ("FIVE SIX!", None, 1),
        ("ONE TWO", 2, None),
        ("THREE FOUR", 2, None),
    ]


def test_when_a_source_appears_that_was_absent_all_parts_get_its_columns(make_recipe, tmp_path):
    more = f'[[source]]\nname = "more"\nuris = ["{tmp_path}/*.md"]\noptional = true\n'
    more += 'read = { use = "toy:read" }\n'
    stages = stage("short", '"more"', "toy:short") + stage("met", '["lines", "short"]', "toy:shout")
    path = make_recipe({"a.txt": "one two"}, stages, extra=more)
    go(path, tmp_path / "out")
    assert "toy_words" not in pl.read_parquet(tmp_path / "out/met/*.parquet").columns
    (tmp_path / "b.md").write_text("three four")
    go(path, tmp_path / "out")
    met = documents.read(tmp_path / "out/met").sort("text")
    assert met.select("text", "toy_words").rows() == [("ONE TWO", None), ("THREE FOUR", 2)]


def test_columns_of_two_types_do_not_meet(make_recipe, tmp_path, wordless):
    more = f'[[source]]\nname = "more"\nuris = ["{tmp_path}/in/*.md"]\nread = {{ use = "toy:read" }}\n'
    stages = (
        stage("one", '"lines"', "toy:short")
        + stage("two", '"more"', "wordless:worded")
        + stage("met", '["one", "two"]', "toy:shout")
    )
    path = make_recipe({"a.txt": "one two", "b.md": "three"}, stages, extra=more)
    message = "stage met: .* the column 'toy_words' is Int32 before and String in 'two'"
    with pytest.raises(schema.ContractError, match=message):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


WORDLESS = '''
from typing import Annotated, Iterator
import polars as pl

def late(docs: pl.DataFrame) -> pl.DataFrame:
    """A column that is there only where there are documents."""
    return docs.with_columns(late=pl.lit(1)) if docs.height else docs

def other(docs: pl.DataFrame) -> pl.DataFrame:
    """A column whose type depends on the documents."""
    return docs.with_columns(other=pl.lit("a") if docs.height else pl.lit(1))

def worded(docs: pl.DataFrame) -> pl.DataFrame:
    """A name that another step gives to numbers."""
    return docs.with_columns(toy_words=pl.lit("many"))

def changed(docs: pl.DataFrame) -> pl.DataFrame:
    """A column that had another type."""
    return docs.with_columns(toy_words=pl.lit("many"))

def unsaid(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, "said"]:
    """More than it declares."""
    return docs.with_columns(said=1, unsaid=2)

def missing(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, "said", "missing"]:
    """Less than it declares."""
    return docs.with_columns(said=1)

def empty(docs: pl.DataFrame) -> pl.DataFrame:
    """Cannot take no documents."""
    return docs.with_columns(first=pl.lit(docs["text"][0]))

def read(uri: str) -> Iterator[pl.DataFrame]:
    """A column beyond the document's that is not declared."""
    yield pl.DataFrame({"text": ["a b"], "beyond": [1]})

def typed(uri: str) -> Annotated[Iterator[pl.DataFrame], {"beyond": pl.Int64}]:
    """The same, declared."""
    yield from read(uri)
'''


@pytest.fixture
def wordless(tmp_path, monkeypatch):
    """Steps that do not keep their word, under the address `wordless`."""
    (tmp_path / "wordless.py").write_text(WORDLESS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("WINNOW_STEPS", os.pathsep.join([str(tmp_path), os.environ["WINNOW_STEPS"]]))
    sys.modules.pop("wordless", None)
    yield
    sys.modules.pop("wordless", None)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("late", "wordless:late gives the column 'late'"),
        ("other", "wordless:other gives the column 'other' as String; in this stage it is Int32"),
        ("changed", "wordless:changed makes the column 'toy_words' String, and it was Int32 before"),
        ("unsaid", "wordless:unsaid adds the column 'unsaid', which it does not declare"),
        ("missing", "wordless:missing declares the column 'missing' and does not add it"),
        ("empty", "wordless:empty raises on an empty batch \\(0 rows\\), which a part may have: IndexError"),
    ],
)
def test_a_step_that_breaks_its_word_stops_the_run_by_name(make_recipe, tmp_path, wordless, step, message):
    path = make_recipe({"a.txt": "one two"}, stage("kept", '"lines"', "toy:short", f"wordless:{step}"))
    with pytest.raises(schedule.Stopped, match=message):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


def test_a_readers_further_columns_are_declared(make_recipe, tmp_path, wordless):
    stages = stage("kept", '"lines"', "toy:short")
    path = make_recipe({"a.txt": "x"}, stages, read='use = "wordless:read"')
    with pytest.raises(schedule.Stopped, match="wordless:read gives the column 'beyond'"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())
    go(make_recipe({"a.txt": "x"}, stages, read='use = "wordless:typed"'), tmp_path / "again")
    assert pl.read_parquet(tmp_path / "again/kept/*.parquet")["beyond"].to_list() == [1]


def test_the_steps_are_run_on_no_documents_once():
    calls = []

    def apply(use, settings, frame):
        calls.append(use)
        return frame.with_columns(pl.lit(1).alias(settings["name"]))

    steps = [recipe.Step("toy:shout", "shard", {"name": name}) for name in ("once", "twice")]
    worker = types.SimpleNamespace(apply=apply)
    found = contract.infer_schema(steps, schema.DOCUMENT, worker)
    assert [len(columns) - len(schema.DOCUMENT) for columns in found] == [0, 1, 2]
    assert contract.infer_schema(steps, schema.DOCUMENT, worker) == found and len(calls) == 2
    contract.infer_schema(steps, schema.DOCUMENT | {"more": pl.Int64()}, worker)
    assert len(calls) == 4


def test_a_batch_that_has_the_columns_already_is_not_copied():
    frame = pl.DataFrame(
        {"id": ["a"], "n": [1], "drop_reason": [None]}, schema_overrides={"drop_reason": pl.String}
    )
    wanted = {"id": pl.String(), "n": pl.Int64()}
    assert contract.cast_to_schema(frame, wanted, "toy") is frame
    wider = contract.cast_to_schema(frame, {"id": pl.String(), "more": pl.Boolean(), "n": pl.Int64()}, "toy")
    assert wider.columns == ["id", "more", "n", "drop_reason"]
