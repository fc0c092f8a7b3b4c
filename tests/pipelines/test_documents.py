import itertools
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.spec import schema

ROOT = Path(__file__).parent.parent.parent


def frame(texts: list[str]) -> pl.DataFrame:
    return schema.complete(pl.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts}))


def put(path, frame, cuts=()):
    """A file of a stage that reads from a source."""
    edges = sorted({0, frame.height, *(cut for cut in cuts if cut <= frame.height)})
    write(path, [frame[a:b] for a, b in itertools.pairwise(edges)] or [frame])


def follow(path, upstream, step, cuts=()):
    """A file of a stage that reads kept documents; `cuts` are where what it keeps comes in another batch."""
    with storage.replace(path) as beside:
        writer = documents.DocumentWriter(beside, thin=True)
        for batch, origin in documents.read_with_origin(upstream):
            kept = step(batch)
            edges = sorted({0, kept.height, *(cut for cut in cuts if cut <= kept.height)})
            for a, b in itertools.pairwise(edges):
                writer.write(kept[a:b], origin)
        writer.close(lambda: step(batch.clear()))
    return writer.holders


def write(path, batches):
    with storage.replace(path) as beside:
        writer = documents.DocumentWriter(beside)
        for batch in batches:
            writer.write(batch)
        writer.close(lambda: frame([]))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 5000), max_size=60), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_bytes_depend_on_the_rows_and_not_on_the_batches(tmp_path_factory, sizes, cuts):
    folder = tmp_path_factory.mktemp("w")
    whole = frame(["x" * size for size in sizes])
    edges = sorted({0, len(sizes), *(cut for cut in cuts if cut <= len(sizes))})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "ROW_GROUP_ROWS", 16)
        patch.setattr(documents, "ROW_GROUP_BYTES", 20_000)
        write(folder / "one.parquet", [whole])
        write(folder / "many.parquet", [whole[a:b] for a, b in itertools.pairwise(edges)])
    assert (folder / "one.parquet").read_bytes() == (folder / "many.parquet").read_bytes()
    read = list(documents.read_batches(folder / "one.parquet"))
    assert pl.concat(read).equals(whole)
    assert all(batch.height <= 16 for batch in read)
    assert all(batch["text"].str.len_bytes()[:-1].sum() < 20_000 for batch in read)


def test_no_batches_still_make_a_file_with_the_columns(tmp_path):
    write(tmp_path / "empty.parquet", [])
    assert pq.read_schema(tmp_path / "empty.parquet").names == list(schema.DOCUMENT)
    assert pl.read_parquet(tmp_path / "empty.parquet").height == 0


def test_a_column_that_appears_late_is_a_broken_contract(tmp_path):
    batches = [frame(["a"]), frame(["b"]).with_columns(late=pl.lit(1))]
    with pytest.raises(schema.ContractError, match="late"):
        write(tmp_path / "x.parquet", batches)


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(documents, "ROW_GROUP_ROWS", 7)
    monkeypatch.setattr(documents, "ROW_GROUP_BYTES", 200)


FATE = st.sampled_from(["same", "same", "same", "change", "drop", "swap"])
STEPS = {"same": lambda text: text, "change": lambda text: f"{text}é", "swap": lambda text: "x"}


def step_of(fates):
    """A step that does to each document what `fates` says; a document is its number in the first file."""

    def step(docs):
        kept = docs.filter([fates[int(i)] != "drop" for i in docs["id"]])
        texts = [STEPS[fates[int(i)]](text) for i, text in kept.select("id", "text").iter_rows()]
        return kept.with_columns(pl.Series("text", texts, dtype=pl.String), passed=pl.lit(True))

    return step


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(max_size=60), max_size=40),
    chain=st.lists(st.lists(FATE, min_size=40, max_size=40), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    some=st.sets(st.integers(0, 39)),
)
def test_a_chain_of_thin_files_reads_as_the_fat_ones(
    tmp_path_factory, small_groups, texts, chain, cuts, some
):
    out = tmp_path_factory.mktemp("out")
    whole = frame(texts)
    put(out / "0/part-00000.parquet", whole, cuts)
    for number, fates in enumerate(chain, 1):
        before, here = (out / f"{n}/part-00000.parquet" for n in (number - 1, number))
        named = follow(here, before, step_of(fates), cuts)
        whole = step_of(fates)(whole)
        read = pl.concat(documents.read_batches(here))
        assert read.equals(whole)
        assert documents.columns(here) == whole.schema
        stored = pl.read_parquet(here, glob=False)
        # What stands here is what this stage changed, and never a chain: what is named holds the text.
        assert set(stored["text_here"].drop_nulls()) <= {text for text in whole["text"] if text[-1:] in "éx"}
        assert named == set(stored["text_stage"].drop_nulls()) <= {str(n) for n in range(number)}
        assert stored["text_bytes"].to_list() == [len(text.encode()) for text in whole["text"]]
        again = out / f"{number}b/part-00000.parquet"
        follow(again, before, step_of(fates))
        assert again.read_bytes() == here.read_bytes()
    rows = [number for number in sorted(some) if number < whole.height]
    picked = pl.concat(documents.read_batches(here, ["text", "nowhere", "id"], rows))
    assert picked.equals(whole[rows].select("text", "id"))
    assert pl.concat(documents.read_batches(here, ["url"])).equals(whole.select("url"))
    wanted = [str(number) for number in some]
    found = documents.find(here, pl.col("id").is_in(wanted), ["id", "text"])
    assert found.equals(whole.filter(pl.col("id").is_in(wanted)).select("id", "text"))


def test_batches_of_a_thin_file_are_those_of_the_fat_one(tmp_path, small_groups):
    whole = frame(["word " * (n % 9) for n in range(60)])
    put(tmp_path / "a/part-00000.parquet", whole)
    follow(tmp_path / "b/part-00000.parquet", tmp_path / "a/part-00000.parquet", lambda docs: docs)
    read = [list(documents.read_batches(tmp_path / f"{stage}/part-00000.parquet")) for stage in "ab"]
    assert len(read[0]) == len(read[1]) > 8
    assert all(one.equals(other) for one, other in zip(*read, strict=True))


def test_of_a_file_with_one_new_text_that_one_is_written(tmp_path):
    whole = frame([f"{number} " * 5000 for number in range(50)])
    put(tmp_path / "a/part-00000.parquet", whole)
    change = pl.when(pl.col("id") == "49").then(pl.lit("changed")).otherwise("text")
    file = tmp_path / "b/part-00000.parquet"
    follow(file, tmp_path / "a/part-00000.parquet", lambda docs: docs.with_columns(text=change))
    stored = pl.read_parquet(file)
    assert stored["text_here"].drop_nulls().to_list() == ["changed"] and "text" not in stored.columns
    assert pl.concat(documents.read_batches(file))["text"].to_list() == [*whole["text"][:49], "changed"]


def test_an_id_that_stands_twice_has_its_text_written(tmp_path):
    put(tmp_path / "a/part-00000.parquet", frame(["one", "two", "three"]).with_columns(id=pl.lit("same")))
    file = tmp_path / "b/part-00000.parquet"
    follow(file, tmp_path / "a/part-00000.parquet", lambda docs: docs[1:])
    assert pl.concat(documents.read_batches(file))["text"].to_list() == ["two", "three"]


@pytest.mark.parametrize("change", ["gone", "short", "other", "empty"])
def test_a_holder_that_is_not_the_one_that_was_is_told(tmp_path, change):
    holder, file = tmp_path / "raw/part-00003.parquet", tmp_path / "clean/part-00003.parquet"
    whole = frame(["one", "two", "three"])
    put(holder, whole)
    follow(file, holder, lambda docs: docs)
    if change == "gone":
        holder.unlink()
    else:
        other = {"short": whole[:2], "other": whole[::-1], "empty": whole.clear()}[change]
        put(holder, other)
    with pytest.raises(documents.TextMissing) as told:
        list(documents.read_batches(file))
    assert str(holder) in str(told.value) and str(file) in str(told.value)
    assert "--redo raw" in str(told.value)
    assert pl.concat(documents.read_batches(file, ["id"])).equals(whole.select("id"))


def test_a_step_may_not_take_the_names_of_the_columns_that_stand_for_the_text(tmp_path):
    put(tmp_path / "a/part-00000.parquet", frame(["one"]))
    with pytest.raises(schema.ContractError, match="text_bytes"):
        follow(
            tmp_path / "b/part-00000.parquet",
            tmp_path / "a/part-00000.parquet",
            lambda docs: docs.with_columns(text_bytes=pl.lit(1)),
        )


SPARSE = """
import resource, sys
from pathlib import Path
import polars as pl
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.spec import schema
out = Path(sys.argv[1])
def docs(first):
    texts = [f"{first + n} " * 200_000 for n in range(10)]
    return schema.complete(pl.DataFrame({"id": [str(first + n) for n in range(10)], "text": texts}))
if sys.argv[2] == "write":
    documents.ROW_GROUP_BYTES = 2 * 2**20
    writer = documents.DocumentWriter(out / "a.parquet")
    for first in range(0, 240, 10):
        writer.write(docs(first))
    writer.close(lambda: docs(0))
    (out / "b").mkdir(); (out / "a").mkdir()
    (out / "a.parquet").rename(out / "a/part-00000.parquet")
    documents.ROW_GROUP_BYTES = 16 * 2**20
    writer = documents.DocumentWriter(out / "b/part-00000.parquet", thin=True)
    for batch, origin in documents.read_with_origin(out / "a/part-00000.parquet"):
        writer.write(batch.filter(pl.col("id").cast(pl.Int64) % 15 == 0), origin)
    writer.close(lambda: docs(0))
else:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = 0
    for batch in documents.read_batches(out / "b/part-00000.parquet"):
        total += batch["text"].str.len_bytes().sum()
    print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_is_bounded_by_a_row_group_and_not_by_the_file_that_holds_the_texts(tmp_path):
    for what in ("write", "read"):
        command = [sys.executable, "-c", SPARSE, str(tmp_path), what]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    size, grown = map(int, done.stdout.split())
    assert size > 10e6  # one row group, whose texts stand in a file of 200 MB
    assert grown * 1024 < 150e6, f"{grown / 1024:.0f} MB"
